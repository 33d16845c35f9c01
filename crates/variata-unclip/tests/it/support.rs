//! Tiny checkpoints, and what is done with them.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use variata_core::{Count, Seed, Size, SquareImage, Strength, VariationSpec};

/// The committed checkpoint of this name.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// A copy of a committed checkpoint that a test may spoil.
pub(crate) fn copy(name: &str) -> TempDir {
    let target = tempfile::tempdir().unwrap();
    copy_folder(&fixture(name), target.path());
    target
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

pub(crate) fn source() -> SquareImage {
    SquareImage::from_fn(40, |x, y| [6 * x as u8, 5 * y as u8, (x * y % 256) as u8, 255])
}

pub(crate) fn spec(count: u64, strength: f32) -> VariationSpec {
    VariationSpec {
        count: Count::new(count).unwrap(),
        size: Size::Px256,
        seed: Seed::from_bits(7),
        strength: Strength::new(strength).unwrap(),
    }
}

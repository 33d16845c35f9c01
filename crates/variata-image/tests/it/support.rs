//! Small pictures and files, made by code.

use std::path::PathBuf;

use variata_core::{Seed, Size, SquareImage, Strength};
use variata_image::{Fit, Provenance, RECORD_VERSION, SourceDigest};

/// A picture with detail, smooth parts and, if asked, every kind of alpha.
pub(crate) fn picture(side: u32, transparent: bool) -> SquareImage {
    SquareImage::from_fn(side, |x, y| {
        let noise = (x * 7919 + y * 104_729 + x * y) % 251;
        let alpha = if transparent { ((x * 17 + y * 5) % 256) as u8 } else { 255 };
        [(x * 255 / side) as u8, (y * 255 / side) as u8, noise as u8, alpha]
    })
}

pub(crate) fn provenance() -> Provenance {
    Provenance {
        record_version: RECORD_VERSION,
        id: "var_0123456789abcdef".to_owned(),
        software: "variata 0.1.0".to_owned(),
        engine: "variata-patch".to_owned(),
        engine_version: "1".to_owned(),
        seed: Seed::new(9_223_372_036_854_775_807).unwrap(),
        strength: Strength::new(0.7).unwrap(),
        size: Size::Px512,
        source_sha256: SourceDigest::of(b"abc"),
        fit: Some(Fit::Crop),
        operation: Some("shift-map + dusk, 100 % <für> \"&\"\n2nd line".to_owned()),
        parent: Some("var_fedcba9876543210".to_owned()),
    }
}

/// The folder of test data beside the repository, if it is there.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("VARIATA_SHARED").map_or(beside, PathBuf::from);
    let path = root.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

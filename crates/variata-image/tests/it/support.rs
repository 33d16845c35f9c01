//! Small pictures and files, made by code.

use std::path::PathBuf;

use variata_core::{Rgba, Seed, Size, SquareImage, Strength};
use variata_image::{Fit, Format, Picture, Provenance, RECORD_VERSION, SourceDigest};

/// A picture with detail, smooth parts and, if asked, every kind of alpha.
pub(crate) fn picture(side: u32, transparent: bool) -> SquareImage {
    SquareImage::from_fn(side, |x, y| {
        let noise = (x * 7919 + y * 104_729 + x * y) % 251;
        let alpha = if transparent { ((x * 17 + y * 5) % 256) as u8 } else { 255 };
        [(x * 255 / side) as u8, (y * 255 / side) as u8, noise as u8, alpha]
    })
}

/// A picture of any shape, by its pixels.
pub(crate) fn shaped(width: u32, height: u32, colour: impl Fn(u32, u32) -> Rgba) -> Picture {
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let pixels = pixels.map(|(x, y)| colour(x, y)).collect();
    Picture::new(width, height, pixels, Format::Png).unwrap()
}

pub(crate) fn provenance() -> Provenance {
    Provenance {
        record_version: RECORD_VERSION,
        id: "var_0123456789abcdef".to_owned(),
        software: "variata 0.1.0".to_owned(),
        engine: "variata-patch".to_owned(),
        engine_version: "1".to_owned(),
        seed: Seed::new(Seed::MAX).unwrap(),
        strength: Strength::new(0.7).unwrap(),
        size: Size::Px512,
        source_sha256: SourceDigest::of(b"abc"),
        fit: Some(Fit::Crop),
        operation: Some("shift-map + dusk, 100 % <für> \"&\"\n2nd line".to_owned()),
        parent: Some("var_fedcba9876543210".to_owned()),
    }
}

/// A PNG built chunk by chunk, so that it can be wrong in any way.
pub(crate) struct Png(Vec<u8>);

impl Png {
    /// Signature and header; `kind` is PNG's colour type, `interlace` 0 or 1.
    pub(crate) fn new((width, height): (u32, u32), depth: u8, kind: u8, interlace: u8) -> Self {
        let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
        let header = [&sides[..], &[depth, kind, 0, 0, interlace]].concat();
        Self(b"\x89PNG\r\n\x1a\n".to_vec()).chunk(b"IHDR", &header)
    }

    /// The smallest picture: one white pixel.
    pub(crate) fn dot() -> Self {
        Self::new((1, 1), 8, 0, 0)
    }

    pub(crate) fn chunk(mut self, kind: &[u8; 4], data: &[u8]) -> Self {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(kind);
        hasher.update(data);
        self.0.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        self.0.extend(kind);
        self.0.extend(data);
        self.0.extend(hasher.finalize().to_be_bytes());
        self
    }

    /// The rows, each with its filter byte, compressed.
    pub(crate) fn rows(self, rows: &[u8]) -> Self {
        self.chunk(b"IDAT", &fdeflate::compress_to_vec(rows))
    }

    pub(crate) fn end(self) -> Vec<u8> {
        self.chunk(b"IEND", b"").0
    }

    pub(crate) fn without_end(self) -> Vec<u8> {
        self.0
    }
}

/// Exif with one tag, the orientation, in either byte order.
pub(crate) fn exif(orientation: u16, is_little: bool) -> Vec<u8> {
    let u16_bytes = |v: u16| if is_little { v.to_le_bytes() } else { v.to_be_bytes() };
    let u32_bytes = |v: u32| if is_little { v.to_le_bytes() } else { v.to_be_bytes() };
    let mut exif = if is_little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    exif.extend(u32_bytes(8));
    exif.extend(u16_bytes(1));
    exif.extend(u16_bytes(0x0112));
    exif.extend(u16_bytes(3));
    exif.extend(u32_bytes(1));
    exif.extend(u16_bytes(orientation));
    exif.extend([0; 6]);
    exif
}

/// Enough of a digest to tell outputs apart.
pub(crate) fn short_digest(bytes: &[u8]) -> String {
    SourceDigest::of(bytes).to_string().chars().take(16).collect()
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

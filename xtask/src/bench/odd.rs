//! Pictures that nobody would take, and that somebody will send.
//!
//! Uniform ones have no edges and no nearest patch that is nearer than another, stripes and noise
//! have as many as there can be; none of them may cost much more than a photograph.

use std::path::{Path, PathBuf};

use anyhow::Context;
use variata_core::{Rgba, SquareImage};
use variata_image::OutputFormat;

type Pixel = fn(u32, u32) -> Rgba;

/// Name, side and pixels of each.
const ODD: [(&str, u32, Pixel); 6] = [
    ("odd-one-pixel", 1, |_, _| [200, 30, 90, 255]),
    ("odd-uniform", 1024, |_, _| [127, 127, 127, 255]),
    ("odd-halves", 1024, |x, _| if x < 512 { [255, 0, 0, 255] } else { [0, 0, 255, 255] }),
    ("odd-stripes", 1024, |x, _| if x % 2 == 0 { [0, 0, 0, 255] } else { [255; 4] }),
    ("odd-noise", 1024, noise),
    ("odd-large", 4096, noise),
];

/// Draws them into `folder`.
pub(super) fn draw(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let draw = |&(name, side, pixel): &(&str, u32, Pixel)| {
        let picture = SquareImage::from_fn(side, pixel);
        let bytes = variata_image::encode(&picture, OutputFormat::Png, None)
            .with_context(|| format!("cannot draw {name}"))?;
        let path = folder.join(name).with_extension("png");
        crate::pictures::write(&path, &bytes)?;
        Ok(path)
    };
    ODD.iter().map(draw).collect()
}

fn noise(x: u32, y: u32) -> Rgba {
    let mixed = (x ^ y.rotate_left(16)).wrapping_mul(0x9e37_79b9).rotate_left(13);
    let [red, green, blue, _] = mixed.wrapping_mul(0x85eb_ca6b).to_le_bytes();
    [red, green, blue, 255]
}

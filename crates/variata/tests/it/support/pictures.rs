//! Small pictures.

use variata::OutputFormat;
use variata_core::SquareImage;
use variata_image::{Format, Picture, encode, encode_picture};

/// A sound PNG of 32 × 32 pixels.
pub(crate) fn png() -> Vec<u8> {
    encode(&image(), OutputFormat::Png, None).unwrap()
}

/// The same as a JPEG.
pub(crate) fn jpeg() -> Vec<u8> {
    encode(&image(), OutputFormat::Jpeg, None).unwrap()
}

/// A sound PNG of 6 × 4 pixels.
pub(crate) fn oblong_png() -> Vec<u8> {
    let picture = Picture::new(6, 4, vec![[90, 80, 70, 255]; 24], Format::Png).unwrap();
    encode_picture(&picture, OutputFormat::Png).unwrap()
}

/// A PNG that is followed by zeros up to this length.
pub(crate) fn png_of_bytes(length: usize) -> Vec<u8> {
    let mut file = png();
    file.resize(length, 0);
    file
}

fn image() -> SquareImage {
    SquareImage::from_fn(32, |x, y| [x as u8 * 8, y as u8 * 8, (x * y) as u8, 255])
}

//! Small pictures.

use variata_core::SquareImage;
use variata_image::{OutputFormat, encode};

/// A sound PNG of 32 × 32 pixels.
pub(crate) fn square_png() -> Vec<u8> {
    let image = SquareImage::from_fn(32, |x, y| [x as u8 * 8, y as u8 * 8, 128, 255]);
    encode(&image, OutputFormat::Png, None).unwrap()
}

/// A sound PNG with sides that differ.
pub(crate) fn oblong_png(width_px: u32, height_px: u32) -> Vec<u8> {
    png_with(width_px, height_px, 0)
}

/// A sound grey PNG with a comment of `padding_bytes`.
pub(crate) fn png_with(width_px: u32, height_px: u32, padding_bytes: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width_px, height_px);
    if padding_bytes > 0 {
        encoder.add_text_chunk("Comment".to_owned(), "x".repeat(padding_bytes)).unwrap();
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![90; width_px as usize * height_px as usize]).unwrap();
    writer.finish().unwrap();
    file
}

//! WebP through `image-webp`, after its frames were found to fit their canvas.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};
use variata_core::Rgba;

use crate::Format;
use crate::container;
use crate::decode::header::webp_bitstream;
use crate::decode::{DecodeError, Header, blank, spread};

/// Decodes a WebP whose header was found acceptable.
pub(super) fn pixels(bytes: &[u8], header: &Header) -> Result<Vec<Rgba>, DecodeError> {
    check_frames(bytes, header)?;
    let mut decoder =
        WebPDecoder::new(Cursor::new(bytes)).map_err(|error| explain(bytes, &error))?;
    if decoder.dimensions() != (header.width_px, header.height_px) {
        return Err(DecodeError::malformed(Format::WebP, "its headers disagree on its size"));
    }
    let mut pixels = blank(header)?;
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let used = pixels.len() * channels;
    let samples = pixels.as_flattened_mut().get_mut(..used).unwrap_or_default();
    decoder.read_image(samples).map_err(|error| explain(bytes, &error))?;
    if channels == 3 {
        spread(&mut pixels, channels);
    }
    Ok(pixels)
}

/// The codec allocates for a frame by the frame's own header, before it compares it with the
/// canvas: a canvas of one pixel can hold a frame of 16,383 × 16,383.
fn check_frames(bytes: &[u8], header: &Header) -> Result<(), DecodeError> {
    let canvas = (header.width_px, header.height_px);
    let fits = |(width, height): (u32, u32)| width <= canvas.0 && height <= canvas.1;
    let frames = container::webp_chunks(bytes).flat_map(|chunk| {
        let animated = (&chunk.kind == b"ANMF").then(|| chunk.data.get(ANMF_HEADER_BYTES..));
        let nested = animated.flatten().unwrap_or_default();
        std::iter::once(chunk).chain(container::riff_chunks(nested))
    });
    if frames.filter_map(|chunk| webp_bitstream(&chunk)).all(fits) {
        return Ok(());
    }
    Err(DecodeError::malformed(Format::WebP, "it has a frame larger than its canvas"))
}

const ANMF_HEADER_BYTES: usize = 16;

fn explain(bytes: &[u8], error: &DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(_) => DecodeError::truncated(Format::WebP, bytes),
        other => DecodeError::malformed(Format::WebP, other.to_string()),
    }
}

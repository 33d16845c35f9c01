//! WebP through `image-webp`, after its frames were found to fit their canvas.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};
use variata_core::Rgba;

use crate::Format;
use crate::container::{self, RiffChunk};
use crate::decode::header::{webp_bitstream, webp_sides};
use crate::decode::{DecodeError, Header, blank, spread};

/// Decodes a WebP whose header was found acceptable.
pub(super) fn pixels(bytes: &[u8], header: &Header) -> Result<Vec<Rgba>, DecodeError> {
    let bytes =
        container::webp_file(bytes).ok_or_else(|| DecodeError::truncated(Format::WebP, bytes))?;
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

/// The codec allocates for a frame by the frame's own header before it compares that with the
/// canvas, which may be one pixel while the frame is 16,383 × 16,383; of an animation's frame it
/// compares some never, and panics.
fn check_frames(bytes: &[u8], header: &Header) -> Result<(), DecodeError> {
    let canvas = (header.width_px, header.height_px);
    container::webp_chunks(bytes).try_for_each(|chunk| match &chunk.kind {
        b"ANMF" => check_animation_frame(&chunk, canvas),
        _ => check_chunk(&chunk, canvas),
    })
}

/// A frame is `VP8L`, or `VP8 ` with or without an `ALPH` before it (RFC 9649, 2.7.1.2).
fn check_animation_frame(frame: &RiffChunk<'_>, canvas: (u32, u32)) -> Result<(), DecodeError> {
    let sides = frame.data.get(6..).and_then(webp_sides);
    let fits = |sides: &(u32, u32)| sides.0 <= canvas.0 && sides.1 <= canvas.1;
    let sides = sides.filter(fits).ok_or_else(wrong_frame)?;
    let nested = || container::riff_chunks(frame.data.get(ANMF_HEADER_BYTES..).unwrap_or_default());
    nested().try_for_each(|chunk| check_chunk(&chunk, sides))?;
    let mut kinds = nested().map(|chunk| chunk.kind);
    match (kinds.next().as_ref(), kinds.next().as_ref()) {
        (Some(b"VP8 " | b"VP8L"), _) | (Some(b"ALPH"), Some(b"VP8 ")) => Ok(()),
        _ => Err(wrong_frame()),
    }
}

/// The chunk has to be all there and, if it is a picture, one of the `expected` sides.
fn check_chunk(chunk: &RiffChunk<'_>, expected: (u32, u32)) -> Result<(), DecodeError> {
    if !chunk.is_complete {
        let reason = format!("its {} chunk is cut off", chunk.kind.escape_ascii());
        return Err(DecodeError::malformed(Format::WebP, reason));
    }
    match webp_bitstream(chunk) {
        Some(sides) if sides != expected => Err(wrong_frame()),
        _ => Ok(()),
    }
}

fn wrong_frame() -> DecodeError {
    DecodeError::malformed(Format::WebP, "it has a frame of another kind or size than announced")
}

const ANMF_HEADER_BYTES: usize = 16;

fn explain(bytes: &[u8], error: &DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(_) => DecodeError::truncated(Format::WebP, bytes),
        other => DecodeError::malformed(Format::WebP, other.to_string()),
    }
}

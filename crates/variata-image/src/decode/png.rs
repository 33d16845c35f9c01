//! PNG through the `png` crate, told to collect nothing but the picture.

use std::io::Cursor;

use variata_core::Rgba;

use crate::Format;
use crate::container;
use crate::decode::{DecodeError, Header, blank, spread};

/// Decodes a PNG whose header was found acceptable.
pub(super) fn pixels(bytes: &[u8], header: &Header) -> Result<Vec<Rgba>, DecodeError> {
    if !container::png_chunks(bytes).any(|chunk| &chunk.kind == b"IEND") {
        return Err(
            first_bad_crc(bytes).unwrap_or_else(|| DecodeError::truncated(Format::Png, bytes))
        );
    }
    read(bytes, header).map_err(|error| match error {
        Failure::Codec(error) => explain(bytes, &error),
        Failure::Own(error) => error,
    })
}

/// What the codec may allocate besides our pixels: a few rows, the palette and the chunk that it
/// is reading. 16,384 pixels of 8 bytes are 128 KiB a row.
const CODEC_MAX_BYTES: usize = 8 * 1024 * 1024;

enum Failure {
    Codec(png::DecodingError),
    Own(DecodeError),
}

impl From<png::DecodingError> for Failure {
    fn from(error: png::DecodingError) -> Self {
        Self::Codec(error)
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::Own(error)
    }
}

fn read(bytes: &[u8], header: &Header) -> Result<Vec<Rgba>, Failure> {
    let limits = png::Limits { bytes: CODEC_MAX_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(
        png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
    );
    let mut reader = decoder.read_info()?;
    let mut pixels = blank(header)?;
    let frame = reader.next_frame(pixels.as_flattened_mut())?;
    // The frame control chunk of an animated PNG can shrink the frame that follows it.
    if (frame.width, frame.height) != (header.width_px, header.height_px) {
        let reason = format!("its first frame is only {}x{}", frame.width, frame.height);
        return Err(DecodeError::malformed(Format::Png, reason).into());
    }
    if frame.color_type != png::ColorType::Rgba {
        spread(&mut pixels, frame.color_type.samples());
    }
    reader.finish()?;
    Ok(pixels)
}

fn explain(bytes: &[u8], error: &png::DecodingError) -> DecodeError {
    first_bad_crc(bytes).unwrap_or_else(|| DecodeError::malformed(Format::Png, error.to_string()))
}

fn first_bad_crc(bytes: &[u8]) -> Option<DecodeError> {
    let broken =
        container::png_chunks(bytes).find(|chunk| chunk.is_critical() && !chunk.crc_is_right())?;
    let (kind, offset) = (broken.kind.escape_ascii(), broken.offset_bytes);
    let reason = format!("CRC error in the {kind} chunk at byte {offset}");
    Some(DecodeError::malformed(Format::Png, reason))
}

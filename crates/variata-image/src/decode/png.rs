//! PNG through the `png` crate, told to collect nothing but the picture.

use std::io::{BufRead, Cursor, Seek};

use variata_core::Rgba;

use crate::Format;
use crate::container;
use crate::decode::consumed::Consumed;
use crate::decode::{DecodeError, Header, blank, spread};

/// Decodes a PNG whose header was found acceptable.
pub(super) fn pixels(bytes: &[u8], header: &Header) -> Result<Vec<Rgba>, DecodeError> {
    check_chunks(bytes)?;
    let mut pixels = blank(header)?;
    let explained = |error| first_bad_crc(bytes).unwrap_or_else(|| explain(&error));
    read(Cursor::new(bytes), &mut pixels).map_err(explained)?;
    Ok(pixels)
}

/// The same of a file that is given back as it is read. Once something is wrong in the middle of it,
/// its start is gone: so all checksums are looked at before.
pub(super) fn pixels_of_owned(bytes: Vec<u8>, header: &Header) -> Result<Vec<Rgba>, DecodeError> {
    check_chunks(&bytes)?;
    if let Some(broken) = first_bad_crc(&bytes) {
        return Err(broken);
    }
    let mut pixels = blank(header)?;
    read(Consumed::new(bytes), &mut pixels).map_err(|error| explain(&error))?;
    Ok(pixels)
}

/// What the codec may allocate besides our pixels: a few rows, the palette and the chunk that it
/// is reading. 16,384 pixels of 8 bytes are 128 KiB a row.
const CODEC_MAX_BYTES: usize = 8 * 1024 * 1024;

/// Fills `pixels`, first with as many samples a pixel as its colour has.
fn read(file: impl BufRead + Seek, pixels: &mut [Rgba]) -> Result<(), png::DecodingError> {
    let limits = png::Limits { bytes: CODEC_MAX_BYTES };
    let mut decoder = png::Decoder::new_with_limits(file, limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(
        png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
    );
    let mut reader = decoder.read_info()?;
    let colour = reader.next_frame(pixels.as_flattened_mut())?.color_type;
    reader.finish()?;
    if colour != png::ColorType::Rgba {
        spread(pixels, colour.samples());
    }
    Ok(())
}

/// The chunks have to reach the end chunk; a codec would be content without it.
fn check_chunks(bytes: &[u8]) -> Result<(), DecodeError> {
    let Some(last) = container::png_chunks(bytes).last() else {
        return Err(DecodeError::truncated(Format::Png, bytes));
    };
    if &last.kind == b"IEND" {
        return check_palette(bytes);
    }
    let cut_off = if bytes.ends_with(END_CHUNK) {
        let reason = format!("the chunk at byte {} has a wrong length", last.end_bytes());
        DecodeError::malformed(Format::Png, reason)
    } else {
        DecodeError::truncated(Format::Png, bytes)
    };
    Err(first_bad_crc(bytes).unwrap_or(cut_off))
}

/// A palette has whole entries of three bytes; the codec panics at others.
fn check_palette(bytes: &[u8]) -> Result<(), DecodeError> {
    let palettes = container::png_chunks(bytes).filter(|chunk| &chunk.kind == b"PLTE");
    for palette in palettes {
        let length = palette.data.len();
        if length == 0 || !length.is_multiple_of(3) {
            let reason = format!("its palette has {length} bytes, which are no colours of three");
            let malformed = DecodeError::malformed(Format::Png, reason);
            return Err(first_bad_crc(bytes).unwrap_or(malformed));
        }
    }
    Ok(())
}

/// The same in every PNG.
const END_CHUNK: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

/// What the codec says; of a checksum we know more.
fn explain(error: &png::DecodingError) -> DecodeError {
    let reason = match error {
        png::DecodingError::LimitsExceeded => {
            format!("it needs more than {CODEC_MAX_BYTES} bytes besides its pixels")
        }
        other => with_plain_chunk_name(other.to_string()),
    };
    DecodeError::malformed(Format::Png, reason)
}

/// The codec prints a chunk's kind with all its properties; only the name is of use.
fn with_plain_chunk_name(text: String) -> String {
    let parts = text.split_once("ChunkType { type: ").and_then(|(before, rest)| {
        let (kind, rest) = rest.split_once(',')?;
        let (_, after) = rest.split_once(" }")?;
        Some(format!("{before}{kind}{after}"))
    });
    parts.unwrap_or(text)
}

fn first_bad_crc(bytes: &[u8]) -> Option<DecodeError> {
    let broken =
        container::png_chunks(bytes).find(|chunk| chunk.is_critical() && !chunk.crc_is_right())?;
    let (kind, offset) = (broken.kind.escape_ascii(), broken.offset_bytes);
    let reason = format!("CRC error in the {kind} chunk at byte {offset}");
    Some(DecodeError::malformed(Format::Png, reason))
}

//! Format and dimensions from the first bytes of a file.

use crate::Format;
use crate::container::{self, RiffChunk};
use crate::decode::limits::one_of;
use crate::decode::{DecodeError, format_of};

/// What the header of a readable picture says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The format.
    pub format: Format,
    /// The width as stored, before Exif orientation is applied; at least 1.
    pub width_px: u32,
    /// The height as stored, before Exif orientation is applied; at least 1.
    pub height_px: u32,
}

impl Header {
    /// How many pixels the header announces.
    pub fn pixel_count(&self) -> u64 {
        u64::from(self.width_px) * u64::from(self.height_px)
    }
}

/// Reads format and dimensions without decoding or allocating for the picture; the rest of the
/// file may be broken or absent.
///
/// # Errors
///
/// [`DecodeError`] when the bytes are no readable format or the header is not complete.
pub fn probe(bytes: &[u8]) -> Result<Header, DecodeError> {
    let format = format_of(bytes)?;
    let (width_px, height_px) = match format {
        Format::Png => png(bytes)?,
        Format::Jpeg => jpeg(bytes)?,
        Format::WebP => webp(bytes)?,
        found => {
            let expected = one_of(Format::READABLE);
            return Err(DecodeError::UnsupportedFormat { found, expected });
        }
    };
    if width_px == 0 || height_px == 0 {
        let reason = format!("its header says {width_px}x{height_px} pixels");
        return Err(DecodeError::malformed(format, reason));
    }
    Ok(Header { format, width_px, height_px })
}

/// The dimensions that a `VP8 ` or `VP8L` chunk announces (RFC 9649, 2.5–2.6).
pub(super) fn webp_bitstream(chunk: &RiffChunk<'_>) -> Option<(u32, u32)> {
    match &chunk.kind {
        b"VP8 " => match *chunk.data.get(6..10)? {
            [a, b, c, d] => {
                let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
                Some((side(a, b), side(c, d)))
            }
            _ => None,
        },
        b"VP8L" => {
            let bits = chunk.data.get(1..5)?.first_chunk::<4>()?;
            let bits = u32::from_le_bytes(*bits);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        _ => None,
    }
}

/// Two sides of 24 bits each, less one, as canvases and animation frames are measured (RFC 9649,
/// 2.7).
pub(super) fn webp_sides(bytes: &[u8]) -> Option<(u32, u32)> {
    let [a, b, c, d, e, f] = *bytes.first_chunk::<6>()?;
    let side = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
    Some((side(a, b, c), side(d, e, f)))
}

/// The `IHDR` chunk has to come first and starts with the two sides (PNG, third edition, 11.2.1).
fn png(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    let truncated = || DecodeError::truncated(Format::Png, bytes);
    let start = bytes.get(8..24).ok_or_else(truncated)?;
    if !start.starts_with(b"\0\0\0\x0dIHDR") {
        return Err(DecodeError::malformed(Format::Png, "its first chunk is not an IHDR"));
    }
    let [a, b, c, d, e, f, g, h] =
        *start.get(8..).and_then(|sides| sides.first_chunk::<8>()).ok_or_else(truncated)?;
    Ok((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])))
}

/// The start-of-frame segment holds precision, height and width (ITU-T T.81, B.2.2).
fn jpeg(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    let malformed = |reason: &str| DecodeError::malformed(Format::Jpeg, reason);
    let frame = container::jpeg_segments(bytes)
        .find(|segment| is_start_of_frame(segment.marker))
        .ok_or_else(|| malformed("it has no complete start of frame"))?;
    match frame.payload.get(1..5) {
        Some(&[a, b, c, d]) => {
            Ok((u32::from(u16::from_be_bytes([c, d])), u32::from(u16::from_be_bytes([a, b]))))
        }
        _ => Err(malformed("its start of frame is too short")),
    }
}

/// All of SOF0 to SOF15 but the three codes in between that mean something else: DHT, JPG, DAC.
fn is_start_of_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

fn webp(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    let incomplete = || DecodeError::malformed(Format::WebP, "its first chunk is not complete");
    let first = container::webp_chunks(bytes).next().ok_or_else(incomplete)?;
    if &first.kind != b"VP8X" {
        return webp_bitstream(&first).ok_or_else(incomplete);
    }
    let sides = first.data.get(4..).and_then(webp_sides);
    sides.ok_or_else(incomplete)
}

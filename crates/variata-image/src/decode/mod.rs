//! From bytes to a picture, within limits that hold before the first allocation.
//!
//! The order of the checks is the defence: size of the file, format, the header's dimensions, and
//! only then a codec. A PNG of 3.93 MB can announce 32.4 gigapixels; it is refused on 24 bytes.

mod consumed;
mod error;
mod header;
mod jpeg;
mod limits;
mod orientation;
mod png;
mod webp;

use variata_core::Rgba;

use crate::{Format, Picture, sniff};

pub use error::DecodeError;
pub use header::{Header, probe};
pub use limits::DecodeLimits;
use orientation::Orientation;

/// Reads a picture.
///
/// Colours of every kind become 8-bit RGBA with straight alpha; Exif orientation is applied; of an
/// animation the first frame (for PNG: the default image) is read. Colour profiles and gamma are
/// ignored: samples are taken as sRGB. Allocates 4 bytes for each pixel of a PNG, up to 10 for the
/// others, and 4 more to turn the picture.
///
/// # Errors
///
/// [`DecodeError`], whose variants say what the caller can do about it.
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Picture, DecodeError> {
    let header = accepted(bytes, limits)?;
    let pixels = match header.format {
        Format::Png => png::pixels(bytes, &header)?,
        Format::Jpeg => jpeg::pixels(bytes, &header)?,
        _ => webp::pixels(bytes, &header)?,
    };
    upright(orientation::find(bytes, header.format), &header, pixels)
}

/// Reads a picture as [`decode`] does, and gives the file's memory back with it: a large PNG is let go
/// as its pixels are made.
///
/// # Errors
///
/// Those of [`decode`].
pub fn decode_owned(bytes: Vec<u8>, limits: &DecodeLimits) -> Result<Picture, DecodeError> {
    let header = accepted(&bytes, limits)?;
    if header.format != Format::Png {
        return decode(&bytes, limits);
    }
    let orientation = orientation::find(&bytes, header.format);
    upright(orientation, &header, png::pixels_of_owned(bytes, &header)?)
}

/// The header of a picture within `limits`.
fn accepted(bytes: &[u8], limits: &DecodeLimits) -> Result<Header, DecodeError> {
    limits.check_bytes(bytes)?;
    limits.check_format(format_of(bytes)?)?;
    let header = probe(bytes)?;
    limits.check_dimensions(&header)?;
    Ok(header)
}

/// The format of `bytes`, readable or not.
fn format_of(bytes: &[u8]) -> Result<Format, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    sniff(bytes).ok_or_else(|| DecodeError::unknown_format(bytes))
}

fn upright(
    orientation: Orientation,
    header: &Header,
    pixels: Vec<Rgba>,
) -> Result<Picture, DecodeError> {
    let (width_px, height_px) = orientation.turned(header.width_px, header.height_px);
    let pixels = orientation.apply(header.width_px, header.height_px, pixels);
    Picture::new(width_px, height_px, pixels, header.format)
        .ok_or_else(|| DecodeError::malformed(header.format, "it has no pixels"))
}

/// Room for the pixels of a picture, black and transparent.
fn blank(header: &Header) -> Result<Vec<Rgba>, DecodeError> {
    let count = usize::try_from(header.pixel_count())
        .map_err(|_| DecodeError::malformed(header.format, "it does not fit into memory"))?;
    Ok(vec![[0; 4]; count])
}

/// Spreads samples that lie packed at the start of `pixels` to one RGBA pixel each, in place.
///
/// `channels` is 1 (grey), 2 (grey, alpha) or 3 (red, green, blue). Goes from the end, so that no
/// sample is overwritten before it is read.
fn spread(pixels: &mut [Rgba], channels: usize) {
    let count = pixels.len();
    let bytes = pixels.as_flattened_mut();
    for index in (0..count).rev() {
        let mut sample = [u8::MAX; 4];
        let from = index * channels;
        sample[..channels].copy_from_slice(&bytes[from..from + channels]);
        let pixel = match (channels, sample) {
            (1, [grey, ..]) => [grey, grey, grey, u8::MAX],
            (2, [grey, alpha, ..]) => [grey, grey, grey, alpha],
            _ => sample,
        };
        bytes[index * 4..index * 4 + 4].copy_from_slice(&pixel);
    }
}

//! From a square picture to the bytes of a file.
//!
//! Files are built from pixels and from our own record alone, so nothing that came with an input
//! (a place, a name, a thumbnail of what was cropped away) can be passed on.

mod png;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use variata_core::{Rgba, SquareImage};

use crate::container::COM;
use crate::{Picture, Provenance, UnknownName};

/// A format that pictures can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OutputFormat {
    /// PNG: lossless, with transparency.
    #[default]
    Png,
    /// JPEG of quality 92, full colour resolution; transparency becomes white.
    Jpeg,
    /// Lossless WebP, with transparency.
    WebP,
}

impl OutputFormat {
    /// The usual end of a file name, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::WebP => "webp",
        }
    }

    /// The media type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }
}

impl FromStr for OutputFormat {
    type Err = UnknownName;

    /// Takes `jpg` as well as `jpeg`.
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "png" => Ok(Self::Png),
            "jpeg" | "jpg" => Ok(Self::Jpeg),
            "webp" => Ok(Self::WebP),
            _ => Err(UnknownName::new("output format", text, "png, jpeg or webp")),
        }
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::WebP => "webp",
        })
    }
}

/// Why a picture was not written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The format cannot hold a picture of this side.
    #[error("a {format} cannot be {side_px} pixels on a side, only {limit_px}")]
    TooLarge {
        /// The format that was asked for.
        format: OutputFormat,
        /// The picture's side.
        side_px: u32,
        /// The longest side of this format.
        limit_px: u32,
    },
    /// The provenance record is too long; shorten its texts.
    #[error("the provenance record has {actual_bytes} bytes, more than {limit_bytes}")]
    RecordTooLong {
        /// The record's length.
        actual_bytes: usize,
        /// The longest that is written and read.
        limit_bytes: usize,
    },
    /// The PNG codec failed.
    #[error("cannot write a PNG: {0}")]
    Png(#[from] ::png::EncodingError),
    /// The JPEG codec failed.
    #[error("cannot write a JPEG: {0}")]
    Jpeg(#[from] jpeg_encoder::EncodingError),
    /// The WebP codec failed.
    #[error("cannot write a WebP: {0}")]
    WebP(#[from] image_webp::EncodingError),
}

/// Writes `image` in `format`, with `provenance` if there is one.
///
/// The same arguments give the same bytes. A PNG has three channels when every pixel is opaque and
/// four otherwise. The record is a `tEXt` chunk in a PNG (beside a standard `Software` one), a
/// comment segment in a JPEG and an XMP packet in a WebP; [`crate::read_provenance`] finds it in
/// each.
///
/// # Errors
///
/// [`EncodeError`] when the side or the record is too large for the format.
pub fn encode(
    image: &SquareImage,
    format: OutputFormat,
    provenance: Option<&Provenance>,
) -> Result<Vec<u8>, EncodeError> {
    let record = provenance.map(record_of).transpose()?;
    let (side, pixels) = (image.side(), image.pixels());
    file(&View { width_px: side, height_px: side, pixels }, format, record.as_ref())
}

/// Writes a picture of any shape in `format`, without a record: for pictures that show others, such
/// as a contact sheet.
///
/// # Errors
///
/// [`EncodeError`] when a side is too long for the format.
pub fn encode_picture(picture: &Picture, format: OutputFormat) -> Result<Vec<u8>, EncodeError> {
    let (width_px, height_px) = (picture.width_px(), picture.height_px());
    file(&View { width_px, height_px, pixels: picture.pixels() }, format, None)
}

/// At 92 the difference is not seen at arm's length, and the encoder keeps full colour resolution.
const JPEG_QUALITY: u8 = 92;
const WEBP_MAX_SIDE_PX: u32 = 16_384;

/// A picture of any shape; `pixels` fills it.
struct View<'a> {
    width_px: u32,
    height_px: u32,
    pixels: &'a [Rgba],
}

impl View<'_> {
    fn has_transparency(&self) -> bool {
        self.pixels.iter().any(|pixel| pixel[3] != u8::MAX)
    }

    fn check_sides(&self, format: OutputFormat, limit_px: u32) -> Result<(), EncodeError> {
        let side_px = self.width_px.max(self.height_px);
        if side_px > limit_px {
            return Err(EncodeError::TooLarge { format, side_px, limit_px });
        }
        Ok(())
    }
}

struct Record {
    software: String,
    text: String,
}

fn record_of(provenance: &Provenance) -> Result<Record, EncodeError> {
    let text = provenance.to_record();
    let (actual_bytes, limit_bytes) = (text.len(), crate::provenance::MAX_RECORD_BYTES);
    if actual_bytes > limit_bytes {
        return Err(EncodeError::RecordTooLong { actual_bytes, limit_bytes });
    }
    Ok(Record { software: crate::provenance::escape(&provenance.software), text })
}

fn file(
    image: &View<'_>,
    format: OutputFormat,
    record: Option<&Record>,
) -> Result<Vec<u8>, EncodeError> {
    match format {
        OutputFormat::Png => png::file(image, record),
        OutputFormat::Jpeg => jpeg_file(image, record),
        OutputFormat::WebP => webp_file(image, record),
    }
}

fn jpeg_file(image: &View<'_>, record: Option<&Record>) -> Result<Vec<u8>, EncodeError> {
    image.check_sides(OutputFormat::Jpeg, u32::from(u16::MAX))?;
    let [width, height] =
        [image.width_px, image.height_px].map(|side| u16::try_from(side).unwrap_or(u16::MAX));
    let on_white: Vec<u8> = image.pixels.iter().flat_map(|&pixel| over_white(pixel)).collect();
    let mut file = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut file, JPEG_QUALITY);
    encoder.encode(&on_white, width, height, jpeg_encoder::ColorType::Rgb)?;
    Ok(match record {
        Some(record) => with_comment(&file, record.text.as_bytes()),
        None => file,
    })
}

fn webp_file(image: &View<'_>, record: Option<&Record>) -> Result<Vec<u8>, EncodeError> {
    image.check_sides(OutputFormat::WebP, WEBP_MAX_SIDE_PX)?;
    let (width, height) = (image.width_px, image.height_px);
    let mut file = Vec::new();
    let mut encoder = image_webp::WebPEncoder::new(&mut file);
    if let Some(record) = record {
        encoder.set_xmp_metadata(crate::provenance::to_xmp(&record.text).into_bytes());
    }
    if image.has_transparency() {
        encoder.encode(image.pixels.as_flattened(), width, height, image_webp::ColorType::Rgba8)?;
    } else {
        encoder.encode(&opaque_samples(image), width, height, image_webp::ColorType::Rgb8)?;
    }
    Ok(file)
}

fn opaque_samples(image: &View<'_>) -> Vec<u8> {
    // Written in place: flattening pixel by pixel takes five times as long.
    let mut samples = vec![0; 3 * image.pixels.len()];
    for (sample, [red, green, blue, _]) in samples.as_chunks_mut().0.iter_mut().zip(image.pixels) {
        *sample = [*red, *green, *blue];
    }
    samples
}

fn over_white([red, green, blue, alpha]: Rgba) -> [u8; 3] {
    let full = u32::from(u8::MAX);
    let alpha = u32::from(alpha);
    [red, green, blue].map(|sample| {
        let sum = u32::from(sample) * alpha + full * (full - alpha);
        u8::try_from((sum + full / 2) / full).unwrap_or(u8::MAX)
    })
}

/// Puts a comment behind the first segment, which JFIF wants to come first. The text is shorter
/// than a segment can be.
fn with_comment(file: &[u8], text: &[u8]) -> Vec<u8> {
    let segments = crate::container::jpeg_segments(file).next();
    let head_bytes = segments.map_or(2, |first| file.len() - first.rest.len());
    let (head, tail) = file.split_at_checked(head_bytes).unwrap_or((file, &[]));
    let length = u16::try_from(text.len() + 2).unwrap_or(u16::MAX);
    let comment = [0xff, COM].into_iter().chain(length.to_be_bytes()).chain(text.iter().copied());
    head.iter().copied().chain(comment).chain(tail.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DecodeLimits, Format, decode};

    #[test]
    fn a_picture_of_any_shape_keeps_its_shape_in_every_format() {
        let pixels: Vec<Rgba> = (0..30).map(|value| [value, 2 * value, 200, 255]).collect();
        let picture = Picture::new(10, 3, pixels, Format::Png).unwrap();
        for format in [OutputFormat::Png, OutputFormat::Jpeg, OutputFormat::WebP] {
            let file = encode_picture(&picture, format).unwrap();
            let read = decode(&file, &DecodeLimits::local()).unwrap();
            assert_eq!((read.width_px(), read.height_px()), (10, 3), "{format}");
            assert!(format == OutputFormat::Jpeg || read.pixels() == picture.pixels(), "{format}");
        }
    }
}

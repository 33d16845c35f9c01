//! JPEG through `zune-jpeg`, without its processor-specific paths.
//!
//! Those paths are left out of the build: JPEG leaves the rounding of its inverse transform and
//! of its colour conversion open, and the same photograph has to give the same pixels everywhere.

use std::io::Cursor;

use variata_core::Rgba;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::Format;
use crate::container::{self, SOS};
use crate::decode::{DecodeError, Header, blank, spread};

/// Decodes a JPEG whose header was found acceptable.
pub(super) fn pixels(bytes: &[u8], header: &Header) -> Result<Vec<Rgba>, DecodeError> {
    check_end(bytes)?;
    let side = |side_px: u32| usize::try_from(side_px).unwrap_or(usize::MAX);
    let options = DecoderOptions::new_safe()
        .set_max_width(side(header.width_px))
        .set_max_height(side(header.height_px))
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| explain(&error))?;
    if decoder.output_buffer_size()
        != usize::try_from(header.pixel_count() * SAMPLES_PER_PIXEL as u64).ok()
    {
        let reason = "it has frames of different sizes";
        return Err(DecodeError::malformed(Format::Jpeg, reason));
    }
    let mut pixels = blank(header)?;
    let used = pixels.len() * SAMPLES_PER_PIXEL;
    let samples = pixels.as_flattened_mut().get_mut(..used).unwrap_or_default();
    decoder.decode_into(samples).map_err(|error| explain(&error))?;
    spread(&mut pixels, SAMPLES_PER_PIXEL);
    Ok(pixels)
}

/// Red, green and blue: asked for alpha too, `zune-jpeg` 0.5.15 writes pixels of four inks three
/// bytes apart.
const SAMPLES_PER_PIXEL: usize = 3;

/// Encoders write about ten scans; each one walks over the whole picture, so a small file with
/// many of them costs as much time as it likes.
const MAX_SCANS: usize = 40;

/// A decoder fills what a cut-off file lacks with grey; better to say so. In compressed data a
/// 0xff is always followed by 0x00 or a marker, so that the end marker is unmistakable.
fn check_end(bytes: &[u8]) -> Result<(), DecodeError> {
    let scan = container::jpeg_segments(bytes).find(|segment| segment.marker == SOS);
    let ends = |rest: &[u8]| rest.windows(2).any(|pair| pair == [0xff, 0xd9]);
    if scan.is_some_and(|scan| ends(scan.rest)) {
        return Ok(());
    }
    Err(DecodeError::truncated(Format::Jpeg, bytes))
}

fn explain(error: &DecodeErrors) -> DecodeError {
    // Static messages come in quotation marks, as they are printed for debugging.
    DecodeError::malformed(Format::Jpeg, error.to_string().trim_matches('"'))
}

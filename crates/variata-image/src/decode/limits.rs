//! How large a picture may be, and of which kind.

use crate::Format;
use crate::decode::{DecodeError, Header};

/// How large a picture may be, and of which kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeLimits {
    /// The longest file, in bytes.
    pub max_bytes: u64,
    /// The longest width or height, in pixels.
    pub max_side_px: u32,
    /// The most pixels in all.
    pub max_pixels: u64,
    /// The formats that are taken; only those in [`Format::READABLE`] have an effect.
    pub formats: &'static [Format],
}

impl DecodeLimits {
    /// The endpoint's rule is "less than 4 MB", taken as mebibytes.
    pub const ENDPOINT_MAX_BYTES: u64 = 4 * 1024 * 1024 - 1;
    /// The longest side that a server takes: 64 MiB of pixels.
    pub const ENDPOINT_MAX_SIDE_PX: u32 = 4096;
    /// The longest file that a person at a terminal may give.
    pub const LOCAL_MAX_BYTES: u64 = 512 * 1024 * 1024;
    /// The longest side that a person at a terminal may give; WebP can hold no longer one.
    pub const LOCAL_MAX_SIDE_PX: u32 = 16_384;
    /// The most pixels that a person at a terminal may give: 400 MB of them.
    pub const LOCAL_MAX_PIXELS: u64 = 100_000_000;

    /// What the image-variation endpoint takes: a PNG of less than 4 MB.
    ///
    /// Callers that ask for `crop`, `focus` or `pad` may send the other formats too; add
    /// `.with_formats(Format::READABLE)` for them.
    pub fn endpoint() -> Self {
        let side = u64::from(Self::ENDPOINT_MAX_SIDE_PX);
        Self {
            max_bytes: Self::ENDPOINT_MAX_BYTES,
            max_side_px: Self::ENDPOINT_MAX_SIDE_PX,
            max_pixels: side * side,
            formats: &[Format::Png],
        }
    }

    /// What a person may give on their own machine: anything that can be read, as large as a
    /// telephone or a scanner makes it.
    pub fn local() -> Self {
        Self {
            max_bytes: Self::LOCAL_MAX_BYTES,
            max_side_px: Self::LOCAL_MAX_SIDE_PX,
            max_pixels: Self::LOCAL_MAX_PIXELS,
            formats: Format::READABLE,
        }
    }

    /// The same limits for other formats.
    #[must_use]
    pub fn with_formats(self, formats: &'static [Format]) -> Self {
        Self { formats, ..self }
    }

    pub(super) fn check_bytes(&self, bytes: &[u8]) -> Result<(), DecodeError> {
        let actual_bytes = bytes.len() as u64;
        if actual_bytes > self.max_bytes {
            return Err(DecodeError::TooManyBytes { actual_bytes, limit_bytes: self.max_bytes });
        }
        Ok(())
    }

    pub(super) fn check_format(&self, found: Format) -> Result<(), DecodeError> {
        if self.formats.contains(&found) && Format::READABLE.contains(&found) {
            return Ok(());
        }
        Err(DecodeError::UnsupportedFormat { found, expected: one_of(self.formats) })
    }

    pub(super) fn check_dimensions(&self, header: &Header) -> Result<(), DecodeError> {
        let Header { width_px, height_px, .. } = *header;
        let limit_px = self.max_side_px;
        if width_px > limit_px || height_px > limit_px {
            return Err(DecodeError::SideTooLong { width_px, height_px, limit_px });
        }
        let limit = self.max_pixels;
        if header.pixel_count() > limit {
            return Err(DecodeError::TooManyPixels { width_px, height_px, limit });
        }
        Ok(())
    }
}

/// `a PNG, a JPEG or a WebP`.
pub(super) fn one_of(formats: &[Format]) -> String {
    let names: Vec<String> = formats.iter().map(|format| format.with_article()).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

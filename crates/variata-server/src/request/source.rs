//! From the bytes of the part `image` to a square picture.

use variata_core::SquareImage;
use variata_image::{
    DecodeError, DecodeLimits, Fit, Format, Header, Lineage, NotSquare, decode, fit, probe,
};

use crate::ApiError;

/// What an engine starts from, and what is recorded of it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) image: SquareImage,
    pub(crate) lineage: Lineage,
}

/// Refuses what the first bytes of `file` tell to be wrong; looks at no pixels, so that this may be
/// done anywhere, and before the request waits for its turn.
///
/// # Errors
///
/// [`ApiError`] for a wrong format, too many pixels, or sides that differ and may not.
pub(crate) fn check_header(file: &[u8], choice: Fit) -> Result<(), ApiError> {
    let limits = limits(choice);
    let header = probe(file).map_err(|error| ApiError::image_refused(&for_us(error, choice)))?;
    let Header { format, width_px, height_px } = header;
    if !limits.formats.contains(&format) {
        let error = DecodeError::UnsupportedFormat { found: format, expected: String::new() };
        return Err(ApiError::image_refused(&for_us(error, choice)));
    }
    let limit_px = limits.max_side_px;
    if width_px.max(height_px) > limit_px {
        let error = DecodeError::SideTooLong { width_px, height_px, limit_px };
        return Err(ApiError::image_refused(&error));
    }
    // Turning a picture upright never makes it square, so the stored sides will do.
    if choice == Fit::Reject && width_px != height_px {
        return Err(ApiError::not_square(NotSquare { width_px, height_px }));
    }
    Ok(())
}

/// Decodes `file` and makes it square. Computes: for the compute pool only.
///
/// # Errors
///
/// [`ApiError`] when it is no picture that `choice` takes.
pub(crate) fn read(file: &[u8], choice: Fit) -> Result<Source, ApiError> {
    let picture = decode(file, &limits(choice)).map_err(|error| ApiError::image_refused(&error))?;
    let fitted = (picture.width_px() != picture.height_px()).then_some(choice);
    let image = fit(picture, choice).map_err(ApiError::not_square)?;
    Ok(Source { image, lineage: Lineage::of(file, fitted) })
}

/// The endpoint takes PNG alone, unless the caller lets us change the picture anyway.
fn limits(choice: Fit) -> DecodeLimits {
    match choice {
        Fit::Reject => DecodeLimits::endpoint(),
        Fit::Crop | Fit::Pad => DecodeLimits::endpoint().with_formats(Format::READABLE),
    }
}

/// The error with what this endpoint takes instead of all that can be read.
fn for_us(error: DecodeError, choice: Fit) -> DecodeError {
    match error {
        DecodeError::UnsupportedFormat { found, .. } if choice == Fit::Reject => {
            DecodeError::UnsupportedFormat { found, expected: "a PNG".to_owned() }
        }
        other => other,
    }
}

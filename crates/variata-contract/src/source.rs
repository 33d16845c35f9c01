//! From the bytes of the field `image` to a square picture.

use variata_core::SquareImage;
use variata_image::{
    DecodeError, DecodeLimits, Fit, Format, Header, Lineage, NotSquare, decode, fit, probe,
};

use crate::ErrorObject;

/// What an engine starts from, and what is recorded of it.
#[derive(Debug, Clone)]
pub struct Source {
    /// The picture.
    pub image: SquareImage,
    /// What is recorded of it.
    pub lineage: Lineage,
}

/// Refuses what the first bytes of `file` tell to be wrong; looks at no pixels, so that this may be
/// done anywhere, and before the request waits for its turn.
///
/// # Errors
///
/// [`ErrorObject`] for a wrong format, too many pixels, or sides that differ and may not.
pub fn check_header(file: &[u8], choice: Fit) -> Result<(), ErrorObject> {
    let limits = limits(choice);
    let header = probe(file).map_err(|error| ErrorObject::image_refused(&for_us(error, choice)))?;
    let Header { format, width_px, height_px } = header;
    if !limits.formats.contains(&format) {
        let error = DecodeError::UnsupportedFormat { found: format, expected: String::new() };
        return Err(ErrorObject::image_refused(&for_us(error, choice)));
    }
    let limit_px = limits.max_side_px;
    if width_px.max(height_px) > limit_px {
        let error = DecodeError::SideTooLong { width_px, height_px, limit_px };
        return Err(ErrorObject::image_refused(&error));
    }
    // Turning a picture upright never makes it square, so the stored sides will do.
    if choice == Fit::Reject && width_px != height_px {
        return Err(ErrorObject::not_square(NotSquare { width_px, height_px }));
    }
    Ok(())
}

/// Decodes `file` and makes it square. Computes: for the compute pool only.
///
/// # Errors
///
/// [`ErrorObject`] when it is no picture that `choice` takes.
pub fn read(file: &[u8], choice: Fit) -> Result<Source, ErrorObject> {
    let picture =
        decode(file, &limits(choice)).map_err(|error| ErrorObject::image_refused(&error))?;
    let fitted = (picture.width_px() != picture.height_px()).then_some(choice);
    let image = fit(picture, choice).map_err(ErrorObject::not_square)?;
    Ok(Source { image, lineage: Lineage::of(file, fitted) })
}

/// The endpoint takes PNG alone, unless the caller lets us change the picture anyway.
fn limits(choice: Fit) -> DecodeLimits {
    match choice {
        Fit::Reject => DecodeLimits::endpoint(),
        Fit::Crop | Fit::Focus | Fit::Pad => {
            DecodeLimits::endpoint().with_formats(Format::READABLE)
        }
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

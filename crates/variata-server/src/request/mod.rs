//! From a body to a request that is right.
//!
//! Every rule of the endpoint is checked here and never again: what comes out holds a square
//! picture and a specification, and nothing that could still be wrong.

mod body;
mod boundary;
mod form;
mod room;

pub use body::BodyLimits;
pub(crate) use body::Upload;
pub(crate) use boundary::boundary;
#[cfg(test)]
pub(crate) use form::TEXT_FIELDS;
pub(crate) use form::{Form, ImagePart, is_sent_byte_by_byte, read as read_form};
pub(crate) use room::Room;

use variata_contract::{Engines, ErrorObject, Fields};

use crate::ApiError;

/// The fields of a form and the bytes of its picture.
///
/// # Errors
///
/// [`ApiError`] for what is missing, misspelt, wrong or too long, in this order.
pub(crate) fn interpret(form: Form, engines: &Engines) -> Result<(Fields, Vec<u8>), ApiError> {
    if form.image.is_none() {
        let misnamed = form.misnamed.as_deref();
        return Err(misnamed.map_or_else(ApiError::image_missing, ApiError::image_misnamed));
    }
    if let Some((name, meant)) = form.misspelt {
        return Err(ApiError::misspelt(&name, meant));
    }
    let fields = Fields::parse(&form.texts, engines)?;
    match form.image {
        Some(ImagePart::Whole(file)) => Ok((fields, file)),
        Some(ImagePart::TooLong { actual_bytes }) => {
            Err(ErrorObject::image_too_long(actual_bytes).into())
        }
        None => Err(ApiError::image_missing()),
    }
}

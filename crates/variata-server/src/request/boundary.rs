//! What separates the parts of a form, as its `Content-Type` names it.
//!
//! Values with `=`, `/` or `:` should stand in quotes (RFC 2045, 5.1). Programs that make such
//! boundaries up, of Base64 for example, seldom quote them, and there is only one way to read them.

use crate::ApiError;

/// The boundary that a `Content-Type` names.
///
/// # Errors
///
/// [`ApiError`] when it is absent, not multipart, or without a boundary.
pub(crate) fn boundary(content_type: Option<&str>) -> Result<String, ApiError> {
    let value = content_type.ok_or_else(|| ApiError::not_multipart(None))?;
    let (kind, parameters) = value.split_once(';').unwrap_or((value, ""));
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return Err(ApiError::not_multipart(content_type));
    }
    named_in(parameters).map(str::to_owned).ok_or_else(|| {
        ApiError::invalid_multipart(
            "the 'Content-Type' header names no boundary; HTTP clients add one when that header \
             is left to them",
        )
    })
}

/// The value of the first parameter `boundary` that has one.
fn named_in(mut parameters: &str) -> Option<&str> {
    loop {
        let (name, rest) = parameters.split_once('=')?;
        let (value, next) = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_once(';').unwrap_or((rest, "")),
        };
        let name = name.rsplit(';').next().unwrap_or(name).trim();
        let value = value.trim();
        if name.eq_ignore_ascii_case("boundary") && !value.is_empty() {
            return Some(value);
        }
        parameters = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_read_as_clients_write_them() {
        for (parameters, expected) in [
            ("boundary=frontier", "frontier"),
            ("boundary=\"front; ier\"", "front; ier"),
            ("boundary=----=_Part_0_12.34", "----=_Part_0_12.34"),
            ("boundary===============8374==", "==============8374=="),
            ("boundary=a/b+c:d?e", "a/b+c:d?e"),
            ("Boundary = frontier ;", "frontier"),
            ("charset=\"utf-8; boundary=no\"; boundary=frontier", "frontier"),
            ("flag; boundary=frontier; charset=utf-8", "frontier"),
        ] {
            let read = boundary(Some(&format!("Multipart/Form-Data ;{parameters}")));
            assert_eq!(read.unwrap(), expected, "{parameters}");
        }
    }

    #[test]
    fn a_form_without_a_boundary_is_told_from_what_is_no_form() {
        for none in ["", ";", "; boundary", "; boundary=", "; boundary=\"", "; x=boundary"] {
            let error = boundary(Some(&format!("multipart/form-data{none}"))).unwrap_err();
            assert_eq!(error.code(), Some("invalid_multipart"), "{none}");
        }
        for other in ["multipart/mixed; boundary=a", "application/json", "", "form-data"] {
            let error = boundary(Some(other)).unwrap_err();
            assert_eq!(error.code(), Some("unsupported_content_type"), "{other}");
        }
    }
}

//! The causes of errors, one constructor each.
//!
//! The start of each message is what OpenAI documents or sends; what follows says what was wrong
//! with this request. Of a picture, callers got one vague sentence for every cause for years; it is
//! kept, because programs match it, and the true cause follows.

use std::fmt::Display;
use std::path::Path;

use variata_image::{DecodeError, DecodeLimits, Format, NotSquare};

use crate::{ErrorObject, ErrorType};

/// The longest value of the caller's that a message repeats.
const SHOWN_CHARS: usize = 100;
const NOT_A_PNG: &str = "Uploaded image must be a PNG and less than 4 MB.";

impl ErrorObject {
    /// A value that is none of the choices.
    pub fn not_one_of(param: &str, value: &str, choices: &[&str]) -> Self {
        let choices: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
        let choices = choices.join(", ");
        let message = format!("'{}' is not one of [{choices}] - '{param}'", shown(value));
        Self::bad_request(message).on(param)
    }

    /// A number above its range.
    pub fn above_maximum(param: &str, value: &str, maximum: impl Display) -> Self {
        let value = shown(value);
        Self::bad_request(format!("{value} is greater than the maximum of {maximum} - '{param}'"))
            .on(param)
    }

    /// A number below its range.
    pub fn below_minimum(param: &str, value: &str, minimum: impl Display) -> Self {
        let value = shown(value);
        Self::bad_request(format!("{value} is less than the minimum of {minimum} - '{param}'"))
            .on(param)
    }

    /// A text that is no value of the type; `kind` is JSON Schema's name for it.
    pub fn not_of_type(param: &str, value: &str, kind: &str) -> Self {
        let value = shown(value);
        Self::bad_request(format!("'{value}' is not of type '{kind}' - '{param}'")).on(param)
    }

    /// A text that is longer than any of its kind.
    pub fn text_too_long(param: &str, limit_bytes: usize) -> Self {
        let param = shown(param);
        let message = format!("'{param}' is longer than the maximum of {limit_bytes} bytes.");
        Self::bad_request(message).on(&param).with_code("string_above_max_length")
    }

    /// A model that is neither `dall-e-2` nor one of the engines.
    pub fn unknown_model(value: &str, engines: &[&str]) -> Self {
        let engines: Vec<String> = engines.iter().map(|id| format!("'{id}'")).collect();
        let message = format!(
            "Invalid value: '{}'. Value must be 'dall-e-2'. Other engines that can be named: {}.",
            shown(value),
            engines.join(", "),
        );
        Self::bad_request(message).on("model").with_code("invalid_value")
    }

    /// A body that is larger than any that is read.
    pub fn body_too_large(limit_bytes: u64) -> Self {
        let message = format!("Maximum content size limit ({limit_bytes}) exceeded");
        Self::new(413, ErrorType::InvalidRequestError, message)
    }

    /// A file that is no picture, or none that is taken.
    pub fn image_refused(error: &DecodeError) -> Self {
        let message = format!("{NOT_A_PNG} {}{}", sentence(error), way_out(error));
        let code = match error {
            DecodeError::SideTooLong { .. } | DecodeError::TooManyPixels { .. } => "invalid_image",
            _ => "invalid_image_format",
        };
        Self::bad_request(message).on("image").with_code(code)
    }

    /// A picture of 4 MiB or more, of which only the length is known.
    pub fn image_too_long(actual_bytes: u64) -> Self {
        let megabytes = actual_bytes as f64 / (1024.0 * 1024.0);
        let message = format!(
            "{NOT_A_PNG} It has {megabytes:.1} MB ({actual_bytes} bytes), and the limit is {} \
             bytes.",
            DecodeLimits::ENDPOINT_MAX_BYTES,
        );
        Self::bad_request(message).on("image").with_code("invalid_image_format")
    }

    /// A picture that is not square and was not to be made so.
    pub fn not_square(error: NotSquare) -> Self {
        let NotSquare { width_px, height_px } = error;
        let message = format!(
            "Invalid input image - expected an image with equal width and height, got \
             {width_px}x{height_px} instead. Send 'fit' = 'crop' or 'pad' to have it made square."
        );
        Self::bad_request(message).on("image").with_code("invalid_image")
    }

    /// No room for more work now.
    pub fn overloaded() -> Self {
        let message = "The server is overloaded. Please try again later.";
        Self::new(503, ErrorType::ServiceUnavailableError, message)
            .with_code("server_is_overloaded")
    }

    /// A fault that is not the caller's.
    pub fn internal() -> Self {
        let message = "The server had an error while processing your request.";
        Self::new(500, ErrorType::ServerError, message)
    }
}

/// A caller's text, short and on one line.
pub fn shown(text: &str) -> String {
    let clean = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    let mut short: String = clean.take(SHOWN_CHARS).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        short.push('…');
    }
    short
}

/// The error's text as a sentence.
fn sentence(error: &DecodeError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first: String = chars.next().map(|char| char.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// What a caller can do about `error`, where that is not plain.
fn way_out(error: &DecodeError) -> String {
    match error {
        DecodeError::UnsupportedFormat { found, .. } if Format::READABLE.contains(found) => {
            " Send 'fit' = 'crop' to have JPEG and WebP taken.".to_owned()
        }
        DecodeError::Text { text } if is_file_name(text) => {
            format!(" With curl: -F 'image=@{text}'.")
        }
        _ => String::new(),
    }
}

/// Whether `text` names a file, with nothing that means something to curl or a shell.
fn is_file_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._- ".contains(&byte);
    Path::new(text).extension().is_some() && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_picture_is_told_the_way_out_where_there_is_one() {
        let refused = |error| ErrorObject::image_refused(&error).message;
        let unsupported =
            |found| DecodeError::UnsupportedFormat { found, expected: "a PNG".to_owned() };
        let text = |text: &str| DecodeError::Text { text: text.to_owned() };
        for (error, end) in [
            (
                unsupported(Format::Jpeg),
                "It is a JPEG, expected a PNG. Send 'fit' = 'crop' to have JPEG and WebP taken.",
            ),
            (unsupported(Format::Gif), "It is a GIF, expected a PNG."),
            (
                text("my/otter.png"),
                "It is the text \"my/otter.png\", expected the bytes of a picture. With curl: -F \
                 'image=@my/otter.png'.",
            ),
            (
                text("~/my otter.png"),
                "It is the text \"~/my otter.png\", expected the bytes of a picture.",
            ),
            (text("undefined"), "It is the text \"undefined\", expected the bytes of a picture."),
        ] {
            assert_eq!(refused(error), format!("{NOT_A_PNG} {end}"));
        }
    }

    #[test]
    fn a_long_value_is_repeated_in_part_and_on_one_line() {
        let error = ErrorObject::not_one_of("size", &"a\n".repeat(500), &["1", "2"]);
        assert!(error.message.starts_with("'a a "));
        assert!(error.message.len() < 200);
    }
}

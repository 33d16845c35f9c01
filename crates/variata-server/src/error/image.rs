//! The causes of errors that are about the picture.
//!
//! For years callers got one vague sentence for every cause. It is kept, because programs match
//! it, and the true cause follows.

use variata_image::{DecodeError, NotSquare};

use super::ApiError;

impl ApiError {
    /// No part named `image`.
    pub(crate) fn image_missing() -> Self {
        Self::bad_request("'image' is a required property").on("image")
    }

    /// A part that was meant to be `image` but has another name.
    pub(crate) fn image_misnamed(name: &str) -> Self {
        let message = format!(
            "'image' is a required property, but the request has a part named '{name}': this \
             method takes exactly one picture, in a part named 'image'."
        );
        Self::bad_request(message).on("image")
    }

    /// What the official Node client makes of a bare `Buffer`: one text part for each byte.
    pub(crate) fn image_sent_byte_by_byte() -> Self {
        let message = "'image' is a required property, but the request has one part for each byte \
                       ('image[0]', 'image[1]', …). A bare Buffer was passed as the image: pass \
                       `fs.createReadStream(path)` or `await OpenAI.toFile(buffer, 'image.png')` \
                       instead.";
        Self::bad_request(message).on("image")
    }

    /// A file that is no picture, or none that is taken.
    pub(crate) fn image_refused(error: &DecodeError) -> Self {
        let message = format!("{NOT_A_PNG} {}", sentence(error));
        let code = match error {
            DecodeError::SideTooLong { .. } | DecodeError::TooManyPixels { .. } => "invalid_image",
            _ => "invalid_image_format",
        };
        Self::bad_request(message).on("image").with_code(code)
    }

    /// A picture of 4 MiB or more, of which only the length is known.
    pub(crate) fn image_too_long(actual_bytes: u64) -> Self {
        let megabytes = actual_bytes as f64 / (1024.0 * 1024.0);
        let message = format!(
            "{NOT_A_PNG} It has {megabytes:.1} MB ({actual_bytes} bytes), and the limit is {} \
             bytes.",
            variata_image::DecodeLimits::ENDPOINT_MAX_BYTES,
        );
        Self::bad_request(message).on("image").with_code("invalid_image_format")
    }

    /// A picture that is not square and was not to be made so.
    pub(crate) fn not_square(error: NotSquare) -> Self {
        let NotSquare { width_px, height_px } = error;
        let message = format!(
            "Invalid input image - expected an image with equal width and height, got \
             {width_px}x{height_px} instead. Send 'fit' = 'crop' or 'pad' to have it made square."
        );
        Self::bad_request(message).on("image").with_code("invalid_image")
    }
}

const NOT_A_PNG: &str = "Uploaded image must be a PNG and less than 4 MB.";

/// The error's text as a sentence.
fn sentence(error: &DecodeError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first: String = chars.next().map(|char| char.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

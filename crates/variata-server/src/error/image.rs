//! The causes of errors that are about the part with the picture.

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
}

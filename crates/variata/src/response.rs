//! What a request is answered with.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Error;

/// The answer to a request for variations.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImagesResponse {
    /// When the images were made, in seconds since 1970.
    pub created: u64,
    /// The images, in the order of their seeds.
    pub data: Vec<Image>,
    /// The seed of each image, which makes it again with an `n` of 1. Empty when the server does
    /// not tell.
    pub seeds: Vec<u64>,
    /// The engine that made them, if the server tells.
    pub engine: Option<String>,
    /// The server's name for the request; quote it when you report a fault to the operator.
    pub request_id: Option<String>,
}

/// One image: a link to it, or the image itself.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "remote", derive(serde::Deserialize))]
#[non_exhaustive]
pub struct Image {
    /// A link: `http:` or `https:` from a server, `file:` from the embedded maker.
    #[cfg_attr(feature = "remote", serde(default))]
    pub url: Option<String>,
    /// The image's file in standard base64.
    #[cfg_attr(feature = "remote", serde(default))]
    pub b64_json: Option<String>,
}

impl Image {
    pub(crate) fn link(url: String) -> Self {
        Self { url: Some(url), b64_json: None }
    }

    pub(crate) fn inline(base64: String) -> Self {
        Self { url: None, b64_json: Some(base64) }
    }

    /// The bytes of the image's file, when it came in base64.
    ///
    /// # Errors
    ///
    /// [`Error::UnexpectedReply`] when there is only a link, or no valid base64.
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        let unexpected =
            |reason: &str| Error::UnexpectedReply { status: 200, reason: reason.to_owned() };
        let text = self.b64_json.as_deref().ok_or_else(|| {
            unexpected("the image is a link: ask for ResponseFormat::B64Json to have its bytes")
        })?;
        STANDARD.decode(text).map_err(|_| unexpected("the image is not in standard base64"))
    }
}

impl fmt::Debug for Image {
    /// Megabytes of base64 are no help to anybody.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length_chars = self.b64_json.as_ref().map(String::len);
        formatter
            .debug_struct("Image")
            .field("url", &self.url)
            .field("b64_json_chars", &length_chars)
            .finish()
    }
}

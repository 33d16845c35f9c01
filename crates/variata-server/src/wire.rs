//! The bodies of answers, key for key as OpenAI documents them.
//!
//! Strict clients break on keys that they do not know, so there are no others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;

/// The answer of `POST /v1/images/variations`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImagesResponse {
    /// When the images were made, in seconds since 1970.
    pub(crate) created: u64,
    /// The images, in the order of their seeds.
    pub(crate) data: Vec<ImageData>,
}

/// One image: a link, or its bytes in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ImageData {
    /// An absolute URL that works without a key.
    Url(String),
    /// The file's bytes.
    B64Json(Base64),
}

/// The bytes of a file in standard base64 with padding, and behind them the end of an answer.
///
/// A connection gives a piece's memory back as soon as the piece is sent, which takes a millisecond
/// for megabytes; an end in a piece of its own would leave only then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base64(Bytes);

/// Ends a JSON text, an object and what may be around it.
const END: &str = "\"}]}";
/// How much of that belongs to the text and its object.
const ITEM_END_BYTES: usize = 2;

impl Base64 {
    /// The bytes of `file` in base64, as they are handed from thread to thread.
    pub(crate) fn encode(file: &[u8]) -> Bytes {
        let mut text = vec![0; file.len().div_ceil(3) * 4 + END.len()];
        // There is room for all of it, so this does not fail.
        let text_bytes = STANDARD.encode_slice(file, &mut text).unwrap_or_default();
        text.truncate(text_bytes);
        text.extend_from_slice(END.as_bytes());
        Bytes::from(text)
    }

    /// What [`Base64::encode`] has made.
    pub(crate) fn from_encoded(encoded: Bytes) -> Self {
        Self(encoded)
    }

    /// The text alone.
    pub(crate) fn into_text(self) -> Bytes {
        self.without(END.len())
    }

    /// The text and the end of the object that it is in.
    fn into_item_end(self) -> Bytes {
        self.without(END.len() - ITEM_END_BYTES)
    }

    fn without(mut self, end_bytes: usize) -> Bytes {
        self.0.truncate(self.0.len().saturating_sub(end_bytes));
        self.0
    }
}

impl ImagesResponse {
    /// The JSON in pieces. Base64 needs no escaping in JSON, so what may be twenty megabytes of it
    /// is neither copied nor looked at.
    pub(crate) fn into_json(self) -> Vec<Bytes> {
        let mut pieces = vec![Bytes::from(format!("{{\"created\":{},\"data\":[", self.created))];
        let mut images = self.data.into_iter().peekable();
        while let Some(image) = images.next() {
            image.append_to(&mut pieces, images.peek().is_none());
        }
        pieces
    }
}

impl ImageData {
    /// Adds the item and what comes behind it: a comma, or the end of the answer.
    fn append_to(self, pieces: &mut Vec<Bytes>, is_last: bool) {
        match self {
            Self::Url(url) => {
                let (url, end) = (serde_json::Value::String(url), if is_last { "]}" } else { "," });
                pieces.push(Bytes::from(format!("{{\"url\":{url}}}{end}")));
            }
            Self::B64Json(base64) => {
                pieces.push(Bytes::from_static(b"{\"b64_json\":\""));
                if is_last {
                    pieces.push(base64.0);
                } else {
                    pieces.extend([base64.into_item_end(), Bytes::from_static(b",")]);
                }
            }
        }
    }
}

/// The answer of `GET /v1/models`.
#[derive(Debug, Serialize)]
pub(crate) struct ModelList<'a> {
    object: &'static str,
    data: Vec<Model<'a>>,
}

/// One engine, as OpenAI describes a model.
#[derive(Debug, Serialize)]
pub(crate) struct Model<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    owned_by: &'static str,
}

impl<'a> ModelList<'a> {
    pub(crate) fn new(ids: impl Iterator<Item = &'a str>, created: u64) -> Self {
        Self { object: "list", data: ids.map(|id| Model::new(id, created)).collect() }
    }
}

impl<'a> Model<'a> {
    /// `created` is when the server started: engines have no other date.
    pub(crate) fn new(id: &'a str, created: u64) -> Self {
        Self { id, object: "model", created, owned_by: "variata" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_holds_just_its_url_or_just_its_bytes() {
        let base64 = || ImageData::B64Json(Base64::from_encoded(Base64::encode(b"ab")));
        let images = [base64(), ImageData::Url("u\"".to_owned()), base64()];
        let json = |data: &[ImageData]| {
            let response = ImagesResponse { created: 7, data: data.to_vec() };
            String::from_utf8(response.into_json().concat()).unwrap()
        };
        let expected =
            r#"{"created":7,"data":[{"b64_json":"YWI="},{"url":"u\""},{"b64_json":"YWI="}]}"#;
        assert_eq!(json(&images), expected);
        assert_eq!(json(&images[1..2]), r#"{"created":7,"data":[{"url":"u\""}]}"#);
    }

    #[test]
    fn the_last_bytes_of_an_answer_leave_with_its_last_image() {
        let base64 = Base64::from_encoded(Base64::encode(&[0; 100]));
        assert_eq!(base64.clone().into_text().len(), 136);
        let response = ImagesResponse { created: 7, data: vec![ImageData::B64Json(base64)] };
        assert!(response.into_json().last().unwrap().ends_with(b"A==\"}]}"));
    }
}

//! The bodies of answers, key for key as OpenAI documents them.
//!
//! Strict clients break on keys that they do not know, so there are no others.

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
    /// The file's bytes, already in standard base64 with padding.
    B64Json(Bytes),
}

impl ImagesResponse {
    /// The JSON in pieces. Base64 needs no escaping in JSON, so what may be twenty megabytes of it
    /// is neither copied nor looked at.
    pub(crate) fn into_json(self) -> Vec<Bytes> {
        let mut pieces = vec![Bytes::from(format!("{{\"created\":{},\"data\":[", self.created))];
        for (index, image) in self.data.into_iter().enumerate() {
            if index > 0 {
                pieces.push(Bytes::from_static(b","));
            }
            match image {
                ImageData::Url(url) => {
                    let url = serde_json::Value::String(url);
                    pieces.push(Bytes::from(format!("{{\"url\":{url}}}")));
                }
                ImageData::B64Json(text) => {
                    pieces.push(Bytes::from_static(b"{\"b64_json\":\""));
                    pieces.push(text);
                    pieces.push(Bytes::from_static(b"\"}"));
                }
            }
        }
        pieces.push(Bytes::from_static(b"]}"));
        pieces
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
        let images = [ImageData::Url("u\"".to_owned()), ImageData::B64Json(Bytes::from("b="))];
        let response = ImagesResponse { created: 7, data: images.to_vec() };
        let json = response.into_json().concat();
        let expected = r#"{"created":7,"data":[{"url":"u\""},{"b64_json":"b="}]}"#;
        assert_eq!(String::from_utf8(json).unwrap(), expected);
    }
}

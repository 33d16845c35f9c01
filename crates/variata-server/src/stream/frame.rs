//! What goes over the wire of a stream, in the shape of OpenAI's image events.
//!
//! `image_generation.partial_image` and `image_generation.completed` of the official clients are
//! the model, so that a program that reads those reads these. Ours add `index` and `seed`, since a
//! request may be for several images.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use variata_core::{Description, Seed, Size};
use variata_image::OutputFormat;

use crate::ApiError;

/// What all events of one stream have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) size: Size,
    pub(super) format: OutputFormat,
}

/// Which image an event is about, and when it was made, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) index: u32,
    pub(super) seed: Seed,
    pub(super) created_at: u64,
}

/// Where the picture of an event is.
#[derive(Debug, Clone)]
pub(super) enum Picture {
    /// In the event, in base64.
    Base64(Bytes),
    /// Behind an absolute URL.
    Url(String),
}

/// Said when there is no news; clients skip comments.
pub(super) fn comment() -> Vec<Bytes> {
    vec![Bytes::from_static(b": still working\n\n")]
}

/// The last event of a stream that failed.
pub(super) fn error(error: &ApiError) -> Vec<Bytes> {
    vec![Bytes::from(format!("event: error\ndata: {}\n\n", error.envelope()))]
}

impl Shape {
    /// A coarse picture of an image that is not finished, the `nth` of that image.
    pub(super) fn partial(self, about: About, nth: u32, base64: Bytes) -> Vec<Bytes> {
        let head = self.head("image_variation.partial_image", about);
        pieces(&Head { partial_image_index: Some(nth), ..head }, Some(base64))
    }

    /// A finished image, and how it came about.
    pub(super) fn completed(
        self,
        about: About,
        description: &Description,
        picture: Picture,
    ) -> Vec<Bytes> {
        let head = self.head("image_variation.completed", about);
        let told = Some(Told::from(description));
        let head = Head { usage: Some(Usage::default()), told, ..head };
        match picture {
            Picture::Base64(text) => pieces(&head, Some(text)),
            Picture::Url(url) => pieces(&Head { url: Some(url), ..head }, None),
        }
    }

    fn head(self, kind: &'static str, about: About) -> Head<'static> {
        Head {
            r#type: kind,
            index: about.index,
            partial_image_index: None,
            seed: about.seed.to_string(),
            created_at: about.created_at,
            size: self.size.to_string(),
            output_format: self.format.to_string(),
            background: "auto",
            quality: "auto",
            usage: None,
            told: None,
            url: None,
        }
    }
}

/// An event without what may be megabytes of base64.
#[derive(Serialize)]
struct Head<'a> {
    r#type: &'static str,
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_image_index: Option<u32>,
    /// As text: programs that keep numbers as doubles would change it.
    seed: String,
    created_at: u64,
    size: String,
    output_format: String,
    background: &'static str,
    quality: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(flatten)]
    told: Option<Told<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// An engine's own words about an image.
#[derive(Serialize)]
struct Told<'a> {
    class: &'a str,
    operation: &'a str,
    scores: BTreeMap<&'a str, f32>,
}

impl<'a> From<&'a Description> for Told<'a> {
    fn from(description: &'a Description) -> Self {
        let Description { class, operation, scores } = description;
        let scores = scores.iter().map(|score| (score.name, score.value)).collect();
        Self { class, operation, scores }
    }
}

/// Tokens, which typed clients want to see counted; there are none here.
#[derive(Default, Serialize)]
struct Usage {
    input_tokens: u32,
    input_tokens_details: TokenDetails,
    output_tokens: u32,
    total_tokens: u32,
}

#[derive(Default, Serialize)]
struct TokenDetails {
    image_tokens: u32,
    text_tokens: u32,
}

/// One event, in pieces: base64 needs no escaping in JSON, so it is neither copied nor looked at.
fn pieces(head: &Head<'_>, base64: Option<Bytes>) -> Vec<Bytes> {
    let json = serde_json::to_string(head).unwrap_or_default();
    let start = format!("event: {}\ndata: ", head.r#type);
    let Some(base64) = base64 else {
        return vec![Bytes::from(format!("{start}{json}\n\n"))];
    };
    let open = json.strip_suffix('}').unwrap_or(&json);
    let head = Bytes::from(format!("{start}{open},\"b64_json\":\""));
    vec![head, base64, Bytes::from_static(b"\"}\n\n")]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { size: Size::Px512, format: OutputFormat::Png };

    fn about() -> About {
        About { index: 1, seed: Seed::from_bits(u64::MAX), created_at: 7 }
    }

    fn text(pieces: Vec<Bytes>) -> String {
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[test]
    fn a_partial_image_has_the_keys_of_openais_event_and_ours() {
        let expected = "event: image_variation.partial_image\n\
                        data: {\"type\":\"image_variation.partial_image\",\"index\":1,\
                        \"partial_image_index\":2,\"seed\":\"9223372036854775807\",\
                        \"created_at\":7,\"size\":\"512x512\",\"output_format\":\"png\",\
                        \"background\":\"auto\",\"quality\":\"auto\",\"b64_json\":\"b=\"}\n\n";
        assert_eq!(text(SHAPE.partial(about(), 2, Bytes::from("b="))), expected);
    }

    #[test]
    fn a_completed_image_has_just_its_url_or_just_its_bytes() {
        let description = Description {
            class: "scene".to_owned(),
            operation: "dusk".to_owned(),
            scores: vec![variata_core::Score { name: "layout", value: 0.5 }],
        };
        let completed = |picture| text(SHAPE.completed(about(), &description, picture));
        let whole = completed(Picture::Base64(Bytes::from("b=")));
        let told = "\"class\":\"scene\",\"operation\":\"dusk\",\"scores\":{\"layout\":0.5}";
        assert!(whole.contains(told), "{whole}");
        assert!(whole.contains("\"usage\":{\"input_tokens\":0,"), "{whole}");
        assert!(whole.ends_with("\"b64_json\":\"b=\"}\n\n") && !whole.contains("url"), "{whole}");
        let link = completed(Picture::Url("u\"".to_owned()));
        assert!(link.ends_with("\"url\":\"u\\\"\"}\n\n") && !link.contains("b64"), "{link}");
    }
}

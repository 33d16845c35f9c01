//! The fields of a request, as a table.

use variata_contract::{
    FITS, MAX_COUNT, MAX_PARTIAL_IMAGES, MAX_TEXT_BYTES, OUTPUT_FORMATS, RESPONSE_FORMATS, SIZES,
};
use variata_core::Seed;

/// The names of all fields.
pub(crate) fn field_names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|field| field.name)
}

/// One part of the form.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// What holds when it is not sent.
    pub(super) default: Option<&'static str>,
    /// Whether the retired endpoint had it.
    pub(super) is_official: bool,
    /// A sentence or two.
    pub(super) meaning: &'static str,
}

/// What a field may hold.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A picture's bytes.
    Image,
    /// A text of at most so many bytes.
    Text { max_bytes: usize },
    /// One of several words.
    Choice(&'static [&'static str]),
    /// A whole number in ASCII digits.
    Integer { minimum: u64, maximum: u64 },
    /// A number from 0 to 1.
    Share,
    /// `true` or `false`.
    Flag,
}

/// Every field in the order of OpenAI's documentation, then the extensions.
pub(super) const FIELDS: [Field; 12] = [
    official(
        "image",
        Kind::Image,
        None,
        "The picture to vary: a square PNG of less than 4 MB and at most 4096 pixels a side. Its \
         file name and content type do not matter. With `fit`, other shapes, JPEG and WebP too.",
    ),
    official(
        "model",
        Kind::Text { max_bytes: MAX_TEXT_BYTES },
        Some("dall-e-2"),
        "`dall-e-2` means the server's default engine; the ids of `GET /v1/models` name others.",
    ),
    official(
        "n",
        Kind::Integer { minimum: 1, maximum: MAX_COUNT },
        Some("1"),
        "How many variations to make.",
    ),
    official(
        "response_format",
        Kind::Choice(&RESPONSE_FORMATS),
        Some("url"),
        "A link that works for 60 minutes, or the file itself in base64.",
    ),
    official(
        "size",
        Kind::Choice(&SIZES),
        Some("1024x1024"),
        "Width and height of the variations, in pixels.",
    ),
    official(
        "user",
        Kind::Text { max_bytes: MAX_TEXT_BYTES },
        None,
        "Your end user's id, for monitoring abuse. It is recorded and never echoed.",
    ),
    extension(
        "seed",
        Kind::Integer { minimum: 0, maximum: Seed::MAX },
        None,
        "Makes the same variations again; variation i has seed + i. The header `variata-seeds` \
         names the seeds of every answer.",
    ),
    extension(
        "strength",
        Kind::Share,
        Some("0.7"),
        "From 0, hardly a change, to 1, as bold as stays faithful.",
    ),
    extension(
        "fit",
        Kind::Choice(&FITS),
        Some("reject"),
        "What to do with a picture that is not square: refuse it, cut its middle out, cut out the \
         square with most to see in it, or add margins.",
    ),
    extension(
        "output_format",
        Kind::Choice(&OUTPUT_FORMATS),
        Some("png"),
        "The format of the variations.",
    ),
    extension(
        "stream",
        Kind::Flag,
        Some("false"),
        "Whether to send each variation as an event as soon as it is finished. The answer is then \
         `text/event-stream`, and `response_format` is `b64_json` unless you send it.",
    ),
    extension(
        "partial_images",
        Kind::Integer { minimum: 0, maximum: MAX_PARTIAL_IMAGES },
        Some("3"),
        "How many coarse pictures of each variation to send before it, at most; with `stream`.",
    ),
];

const fn official(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    meaning: &'static str,
) -> Field {
    Field { name, kind, default, is_official: true, meaning }
}

const fn extension(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    meaning: &'static str,
) -> Field {
    Field { name, kind, default, is_official: false, meaning }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use variata_core::{Size, Strength};
    use variata_image::{Fit, OutputFormat};

    use super::*;
    use crate::request::TEXT_FIELDS;

    #[test]
    fn every_field_that_is_read_is_told() {
        let told: BTreeSet<_> = FIELDS.iter().map(|field| field.name).collect();
        let read: BTreeSet<_> = TEXT_FIELDS.into_iter().chain(["image"]).collect();
        assert_eq!(told, read);
    }

    #[test]
    fn defaults_are_those_that_hold() {
        let default = |name| FIELDS.iter().find(|field| field.name == name).unwrap().default;
        for (name, held) in [
            ("size", Size::default().to_string()),
            ("strength", Strength::default().to_string()),
            ("fit", Fit::default().to_string()),
            ("output_format", OutputFormat::default().to_string()),
        ] {
            assert_eq!(default(name), Some(held.as_str()));
        }
    }
}

//! The errors that a caller can get, one of each, made by the constructors that the server uses.

use std::time::Duration;

use http::{HeaderName, Method};
use serde_json::Value;
use variata_contract::{ErrorObject, MAX_COUNT, MAX_TEXT_BYTES, SIZES};
use variata_image::{DecodeError, DecodeLimits, Format, NotSquare};

use crate::connection::MAX_BUFFER_BYTES;
use crate::error::Overload;
use crate::{ApiError, BodyLimits};

/// One cause of errors.
pub(super) struct Cause {
    /// The name of its constructor.
    pub(super) name: &'static str,
    pub(super) place: Place,
    /// When it comes about.
    pub(super) when: &'static str,
    /// An instance.
    pub(super) error: ApiError,
}

impl Cause {
    /// The body that callers get.
    pub(super) fn body(&self) -> Value {
        serde_json::from_str(&self.error.envelope()).unwrap_or_default()
    }

    /// The headers that its answers carry beyond those of every answer.
    pub(super) fn header_names(&self) -> impl Iterator<Item = &str> {
        self.error.headers().keys().map(HeaderName::as_str)
    }
}

/// Which requests can end this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Those that need a key.
    WithKey,
    /// Those for variations.
    Variations,
    /// Those that need the store.
    WithStore,
    /// Those for one model.
    Model,
    /// Those for a file.
    File,
    /// All.
    Anywhere,
    /// Those for none of the documented operations.
    Elsewhere,
}

/// Every cause, in the order in which requests are checked.
pub(super) fn causes() -> Vec<Cause> {
    let groups = [
        (Place::WithKey, of_key()),
        (Place::Variations, of_request()),
        (Place::Variations, of_image()),
        (Place::Variations, of_value()),
        (Place::Variations, of_load()),
        (Place::WithStore, of_store()),
        (Place::Model, of_model()),
        (Place::File, of_file()),
        (Place::Anywhere, of_anything()),
        (Place::Elsewhere, of_no_operation()),
    ];
    let with_place = |(place, group): (Place, Vec<Told>)| {
        group.into_iter().map(move |(name, when, error)| Cause { name, place, when, error })
    };
    groups.into_iter().flat_map(with_place).collect()
}

/// The name of a constructor, when it is used, and what it makes.
type Told = (&'static str, &'static str, ApiError);

fn of_key() -> Vec<Told> {
    vec![
        ("no_api_key", "no key was sent", ApiError::no_api_key()),
        ("wrong_api_key", "the key is none of this server's", ApiError::wrong_api_key()),
        ("expired_api_key", "the key has expired", ApiError::expired_api_key()),
    ]
}

fn of_request() -> Vec<Told> {
    let BodyLimits { max_bytes, total, idle } = BodyLimits::default();
    let json = ApiError::not_multipart(Some("application/json"));
    let cut_off = ApiError::invalid_multipart("it ends before the closing boundary");
    let encoded = ApiError::encoded_body("gzip");
    let reused = ApiError::idempotency_key_reused();
    let in_use = ApiError::idempotency_key_in_use();
    let too_large = ErrorObject::body_too_large(max_bytes).into();
    vec![
        ("other_site", "a page of another site sent it", ApiError::other_site()),
        ("not_multipart", "the body is no multipart form", json),
        ("encoded_body", "the body is compressed", encoded),
        ("invalid_multipart", "the form is broken or cut off", cut_off),
        ("body_too_large", "the body is larger than any that is read", too_large),
        ("stalled", "the body stops coming", ApiError::stalled(idle)),
        ("too_slow", "the body takes too long", ApiError::too_slow(total)),
        ("sent_twice", "a field comes more than once", ApiError::sent_twice("n")),
        ("idempotency_key_reused", "the `Idempotency-Key` is in use otherwise", reused),
        ("idempotency_key_in_use", "a stream with this `Idempotency-Key` is under way", in_use),
    ]
}

fn of_image() -> Vec<Told> {
    let found = Format::Jpeg;
    let jpeg = DecodeError::UnsupportedFormat { found, expected: "a PNG".to_owned() };
    let limit_px = DecodeLimits::ENDPOINT_MAX_SIDE_PX;
    let wide = DecodeError::SideTooLong { width_px: 8192, height_px: 8192, limit_px };
    let oblong = NotSquare { width_px: 640, height_px: 480 };
    let [jpeg, wide] = [&jpeg, &wide].map(|error| ErrorObject::image_refused(error).into());
    let long = ErrorObject::image_too_long(5 << 20).into();
    let oblong = ErrorObject::not_square(oblong).into();
    let misnamed = ApiError::image_misnamed("image[]");
    let buffer = ApiError::image_sent_byte_by_byte();
    vec![
        ("image_missing", "there is no part `image`", ApiError::image_missing()),
        ("image_misnamed", "the picture's part has another name", misnamed),
        ("image_sent_byte_by_byte", "Node's client was given a bare Buffer", buffer),
        ("image_refused", "the picture is no PNG, or damaged", jpeg),
        ("image_too_wide", "the picture has too many pixels", wide),
        ("image_too_long", "the picture has 4 MiB or more", long),
        ("not_square", "the sides differ, and there is no `fit`", oblong),
    ]
}

fn of_value() -> Vec<Told> {
    let size = ErrorObject::not_one_of("size", "300x300", &SIZES);
    let above = ErrorObject::above_maximum("n", "15", MAX_COUNT);
    let below = ErrorObject::below_minimum("n", "0", 1);
    let other = ErrorObject::not_of_type("n", "x", "integer");
    let long = ErrorObject::text_too_long("user", MAX_TEXT_BYTES);
    let model = ErrorObject::unknown_model("x", &["patch"]);
    let misspelt = ApiError::misspelt("responseFormat", "response_format");
    vec![
        ("misspelt", "a field's name is almost that of another", misspelt),
        ("not_one_of", "a value is none of the choices", size.into()),
        ("above_maximum", "a number is too large", above.into()),
        ("below_minimum", "a number is too small", below.into()),
        ("not_of_type", "a value is of another type", other.into()),
        ("text_too_long", "a text is too long", long.into()),
        ("unknown_model", "`model` names no engine", model.into()),
    ]
}

fn of_load() -> Vec<Told> {
    let wait = Duration::from_secs(2);
    let busy = ApiError::overloaded(Overload::Passing { wait });
    let limited = ApiError::rate_limited("images per minute", "50/1min", 10, Some(wait));
    vec![
        ("rate_limited", "the key, or the end user, asks for more than its share", limited),
        ("user_blocked", "the operator has blocked the end user", ApiError::user_blocked()),
        ("overloaded", "there is no room in the queue", busy),
    ]
}

fn of_store() -> Vec<Told> {
    vec![("no_storage", "the store is full or cannot be reached", ApiError::no_storage())]
}

fn of_model() -> Vec<Told> {
    vec![("no_such_model", "there is no such model", ApiError::no_such_model("x"))]
}

fn of_file() -> Vec<Told> {
    let expired = ApiError::link_refused("it has expired; links work for 60 minutes.");
    vec![
        ("link_refused", "the link was altered, or its hour is over", expired),
        ("unknown_file", "the file is gone", ApiError::unknown_file()),
    ]
}

fn of_anything() -> Vec<Told> {
    let fault = ApiError::internal().with_request_id("req_0123456789abcdef");
    let large = ApiError::head_too_large(MAX_BUFFER_BYTES);
    vec![
        ("malformed_http", "the bytes are no HTTP request", ApiError::malformed_http()),
        ("head_too_large", "the request's head is larger than any that is read", large),
        ("internal", "something of the server's went wrong", fault),
    ]
}

fn of_no_operation() -> Vec<Told> {
    let path = ApiError::unknown_path(&Method::POST, "/v1/foo");
    vec![
        ("unknown_path", "nothing is served at this path", path),
        ("wrong_method", "the path does not take this method", ApiError::wrong_method("POST")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constructor_of_an_error_is_told() {
        let sources = [
            include_str!("../error/causes.rs"),
            include_str!("../error/image.rs"),
            include_str!("../../../variata-contract/src/causes.rs"),
        ];
        let public = sources.map(|source| source.replace("    pub(crate) fn ", "    pub fn "));
        let constructors = public.iter().flat_map(|source| {
            let starts = source.split("    pub fn ").skip(1);
            starts.filter_map(|text| text.split_once('(').map(|(name, _)| name))
        });
        let told: Vec<_> = causes().iter().map(|cause| cause.name).collect();
        let mut count = 0;
        for constructor in constructors {
            assert!(told.contains(&constructor), "{constructor} is told nowhere");
            count += 1;
        }
        assert!(count > 20, "only {count} constructors were found");
    }
}

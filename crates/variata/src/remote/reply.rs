//! What a server's answer says.

use bytes::Bytes;
use http::HeaderMap;
use http::header::LOCATION;
use serde::Deserialize;
use variata_contract::shown;

use super::Reply;
use crate::{ApiError, Error, Image, ImagesResponse};

/// The body of a success. Keys that are not known here are another server's extensions.
#[derive(Deserialize)]
struct Body {
    created: u64,
    data: Vec<Image>,
}

#[derive(Deserialize)]
struct Envelope {
    error: ErrorBody,
}

#[derive(Deserialize)]
struct ErrorBody {
    message: String,
    r#type: Option<String>,
    param: Option<String>,
    code: Option<String>,
}

/// The images of a success, or the error of anything else.
pub(super) fn read(reply: &Reply) -> Result<ImagesResponse, Error> {
    let unexpected = |reason: String| Error::UnexpectedReply { status: reply.status, reason };
    match reply.status {
        200..300 => images(reply).map_err(|error| unexpected(format!("no images: {error}"))),
        300..400 => {
            let target = text(&reply.headers, LOCATION.as_str()).unwrap_or_default();
            Err(unexpected(format!(
                "the server redirects to {:?}, which is not followed: set the base URL to where \
                 the API is",
                shown(&target),
            )))
        }
        _ => Err(api_error(reply).into()),
    }
}

fn images(reply: &Reply) -> Result<ImagesResponse, serde_json::Error> {
    let Body { created, data } = serde_json::from_slice(&reply.body)?;
    let seeds = text(&reply.headers, "variata-seeds").unwrap_or_default();
    Ok(ImagesResponse {
        created,
        data,
        seeds: seeds.split(',').map_while(|seed| seed.parse().ok()).collect(),
        engine: text(&reply.headers, "variata-engine"),
        request_id: request_id(&reply.headers),
    })
}

/// The error in the envelope; what stands there instead when a proxy answered, or a stranger.
fn api_error(reply: &Reply) -> ApiError {
    let (status, request_id) = (reply.status, request_id(&reply.headers));
    match serde_json::from_slice(&reply.body) {
        Ok(Envelope { error: ErrorBody { message, r#type, param, code } }) => {
            ApiError { status, message, r#type, param, code, request_id }
        }
        Err(_) => {
            let words = shown(String::from_utf8_lossy(&reply.body).trim());
            let message = format!("the server answered with status {status}: {words:?}");
            ApiError { status, message, r#type: None, param: None, code: None, request_id }
        }
    }
}

/// The error that an event tells, whose status is gone by then: its type tells most of it.
pub(super) fn error_event(data: &[u8], request_id: Option<String>) -> ApiError {
    let reply =
        Reply { status: 500, headers: HeaderMap::new(), body: Bytes::copy_from_slice(data) };
    let error = ApiError { request_id, ..api_error(&reply) };
    match error.r#type.as_deref() {
        Some("invalid_request_error") => ApiError { status: 400, ..error },
        Some("service_unavailable_error") => ApiError { status: 503, ..error },
        _ => error,
    }
}

pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    text(headers, "x-request-id")
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

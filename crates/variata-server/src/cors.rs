//! Which pages of other sites may call the API from a browser.
//!
//! None, unless the operator names their origins: a page that knows a key could as well send it to a
//! server of its own, but a server without keys should not be open to every page that its user has
//! open.

use std::str::FromStr;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue, ORIGIN, RETRY_AFTER};
use http::uri::{Scheme, Uri};
use http::{HeaderMap, Method, header};
use thiserror::Error;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::connection::Peer;
use crate::origin::Origins;
use crate::{ApiError, access};

/// Where a page comes from, such as `https://app.example.com`, or anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsOrigin(Option<HeaderValue>);

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not an origin: expected http:// or https:// and a host, or * for any")]
pub struct InvalidCorsOrigin(String);

impl FromStr for CorsOrigin {
    type Err = InvalidCorsOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidCorsOrigin> {
        if text == "*" {
            return Ok(Self(None));
        }
        let invalid = || InvalidCorsOrigin(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| invalid())?;
        let is_web =
            uri.scheme().is_some_and(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme));
        // Browsers send an origin in lower case and with nothing after it.
        let is_bare = uri.authority().is_some_and(|host| text.ends_with(host.as_str()));
        let is_right = is_web && is_bare && !text.contains('@') && text == text.to_lowercase();
        let value = HeaderValue::from_str(text).ok().filter(|_| is_right);
        value.map(|value| Self(Some(value))).ok_or_else(invalid)
    }
}

/// What answers browsers' questions and lets their pages read answers; none when no page may.
pub(crate) fn layer(origins: &[CorsOrigin]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let named: Option<Vec<HeaderValue>> = origins.iter().map(|origin| origin.0.clone()).collect();
    let allowed = named.map_or_else(AllowOrigin::any, AllowOrigin::list);
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        // The official clients send a dozen of their own.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED)
        .max_age(MAX_AGE);
    Some(layer)
}

/// Refuses what a page of another site has its visitor's browser send. Browsers ask nobody before they
/// send a form, and add the password that they know by themselves: only reading the answer is denied.
/// A key in a header of its own is no such thing: they ask before they send it, here or at the proxy.
///
/// # Errors
///
/// [`ApiError`] unless the page is `ours`, or among `named`, or brings a key, or no page at all.
pub(crate) fn refuse_other_sites(
    headers: &HeaderMap,
    named: &[CorsOrigin],
    ours: &Origins,
    peer: &Peer,
) -> Result<(), ApiError> {
    let page = headers.get(ORIGIN);
    let is_ours = match headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
        Some(site) => matches!(site, b"same-origin" | b"none"),
        // Browsers say how a page and a server are related only to servers on localhost or with TLS.
        None => page.is_none_or(|page| ours.include(page, headers, peer.remote, peer.local)),
    };
    let is_named = |page: &HeaderValue| {
        named.iter().any(|named| named.0.as_ref().is_none_or(|named| named == page))
    };
    match is_ours || page.is_some_and(is_named) || access::brings_key(headers) {
        true => Ok(()),
        false => Err(ApiError::other_site()),
    }
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What pages may read beside the body.
const EXPOSED: [HeaderName; 14] = [
    header::CONTENT_DISPOSITION,
    header::ETAG,
    RETRY_AFTER,
    HeaderName::from_static("retry-after-ms"),
    HeaderName::from_static("x-should-retry"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-ratelimit-limit-requests"),
    HeaderName::from_static("x-ratelimit-remaining-requests"),
    HeaderName::from_static("x-ratelimit-reset-requests"),
    HeaderName::from_static("x-ratelimit-limit-images"),
    HeaderName::from_static("x-ratelimit-remaining-images"),
    HeaderName::from_static("x-ratelimit-reset-images"),
    HeaderName::from_static("variata-engine"),
    HeaderName::from_static("variata-seeds"),
];

/// How long browsers remember the answer; more than they do.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_what_browsers_send() {
        for text in ["https://app.example.com", "http://localhost:5173", "*"] {
            assert!(text.parse::<CorsOrigin>().is_ok(), "{text} was refused");
        }
        for text in [
            "",
            "app.example.com",
            "https://app.example.com/",
            "https://App.example.com",
            "https://a@b",
            "ftp://a",
            "null",
        ] {
            assert!(text.parse::<CorsOrigin>().is_err(), "{text} was taken");
        }
    }
}

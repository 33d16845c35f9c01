//! What the server says of itself: for programs at `/openapi.json`, for people at `/docs`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};

use super::json;
use super::page::protect;
use crate::app::App;
use crate::connection::Peer;
use crate::reference::OPENAPI_JSON;

/// `GET /openapi.json`; needs no key, as nothing in it is this server's own.
pub(super) async fn openapi() -> Response {
    json(OPENAPI_JSON)
}

/// `GET /docs`.
pub(super) async fn docs(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let origin = app.origins.find(&headers, peer.remote, peer.local);
    let mut response = Response::new(Body::from(app.page.html(&origin.to_string())));
    let set = response.headers_mut();
    set.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    set.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    protect(&mut response);
    response
}

//! Finished images, for whoever holds a link.
//!
//! The link itself is the authorisation: clients download without their key.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName,
    HeaderValue, IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use variata_store::{FileName, LinkError, StoreError};

use crate::ApiError;
use crate::app::App;

/// `GET /files/{id}.png?expires=…&key=…&signature=…`.
pub(super) async fn download(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, ApiError> {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let name = app.links.verify(path, query, app.now()).map_err(refused)?;
    if is_known(request.headers(), name) {
        return Ok(answer(StatusCode::NOT_MODIFIED, name, None, Body::empty()));
    }
    let file = app.store.get(name).await.map_err(unreadable)?;
    let body = Body::from_stream(file.body);
    Ok(answer(StatusCode::OK, name, Some(file.length_bytes), body))
}

fn refused(error: LinkError) -> ApiError {
    match error {
        LinkError::Expired { .. } => {
            ApiError::link_refused("it has expired; links work for 60 minutes.")
        }
        _ => ApiError::link_refused("its signature does not match; it was altered or cut off."),
    }
}

fn unreadable(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound { .. } => ApiError::unknown_file(),
        StoreError::Unavailable { .. } => {
            tracing::error!(%error, "the store gives nothing for now");
            ApiError::no_storage()
        }
        other => {
            tracing::error!(error = %other, "cannot read a file");
            ApiError::internal()
        }
    }
}

/// Whether the caller has the file already. A file never changes, so its name is its tag.
fn is_known(headers: &HeaderMap, name: FileName) -> bool {
    let tags = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let own = name.etag();
    tags.is_some_and(|tags| {
        tags.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == own)
    })
}

fn answer(status: StatusCode, name: FileName, length_bytes: Option<u64>, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let mut set = |header: HeaderName, value: &'static str| {
        headers.insert(header, HeaderValue::from_static(value));
    };
    set(CONTENT_TYPE, name.kind.content_type());
    set(CONTENT_DISPOSITION, "inline");
    set(CACHE_CONTROL, "private");
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "no-referrer");
    if let Ok(etag) = HeaderValue::try_from(name.etag()) {
        headers.insert(ETAG, etag);
    }
    if let Some(length_bytes) = length_bytes {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length_bytes));
    }
    response
}

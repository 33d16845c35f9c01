//! What every answer has, whatever made it: an id, its time, an envelope even after a panic, and a
//! connection that is closed the right way when the request was not read.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Uri};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tower::ServiceExt as _;
use tracing::{Instrument as _, Span};

use super::Peer;
use crate::ApiError;
use crate::metrics::{Metrics, Route};
use crate::routes::slashes;

/// Answers `request` through `router`.
pub(super) async fn answer(
    router: Router,
    peer: Peer,
    mut request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let started = Instant::now();
    let call = Call::new(&request);
    slashes::tidy(request.uri_mut());
    let is_read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
    let (signals, metrics) = (Arc::clone(&peer.signals), Arc::clone(&peer.metrics));
    let (recent, route) = (Arc::clone(&peer.recent), Route::of(request.uri().path()));
    let mut request = request.map(|body| Body::new(Tracked { body, is_read: is_read.clone() }));
    request.extensions_mut().insert(peer);
    request.extensions_mut().insert(call.id.clone());
    // Whatever is logged on the way to the answer carries the request's id.
    let span = tracing::error_span!("request", id = call.id.as_str());
    let answering = routed(router, request).instrument(span.clone());
    let answered = AssertUnwindSafe(answering).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| panicked(&metrics, &span));
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        if route == Route::Variations || error.status().is_server_error() {
            recent.error(&error, &call.id);
        }
        // What layers have added stays, but for the length of the body that goes.
        response.headers_mut().remove(CONTENT_LENGTH);
        *response.body_mut() = error.with_request_id(call.id.as_str()).envelope().into();
    }
    if !is_read.load(Ordering::Relaxed) {
        signals.linger();
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    metrics.answered(route, response.status(), started.elapsed());
    call.stamp(&mut response, started);
    Ok(response)
}

async fn routed(router: Router, request: Request<Body>) -> Response {
    if !names_one_host(request.headers()) {
        return ApiError::malformed_http().into_response();
    }
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// With two of them, a proxy before us may have gone by the other one (RFC 9112, 3.2).
fn names_one_host(headers: &HeaderMap) -> bool {
    headers.get_all(HOST).iter().nth(1).is_none()
}

const OPENAI_PROCESSING_MS: HeaderName = HeaderName::from_static("openai-processing-ms");
const OPENAI_VERSION: HeaderName = HeaderName::from_static("openai-version");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

fn panicked(metrics: &Metrics, span: &Span) -> Response {
    metrics.panics.inc();
    span.in_scope(|| tracing::error!("a request ended in a panic"));
    ApiError::internal().into_response()
}

/// By what an operator finds a request in the log; the handlers find it in the extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// Ids only have to differ from one another; a system without random numbers repeats one.
    pub(super) fn random() -> Self {
        let bits = [getrandom::u64().unwrap_or(0), getrandom::u64().unwrap_or(0)];
        Self(format!("req_{:016x}{:016x}", bits[0], bits[1]).into())
    }

    #[cfg(test)]
    pub(crate) fn new(id: &str) -> Self {
        Self(id.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is said about a request in its answer and in the log.
struct Call {
    id: RequestId,
    method: Method,
    uri: Uri,
}

impl Call {
    fn new(request: &Request<Incoming>) -> Self {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self { id: RequestId::random(), method, uri }
    }

    /// The query stays out of the log: a link's signature is in it.
    fn stamp(&self, response: &mut Response, started: Instant) {
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            request_id = self.id.as_str(),
            method = %self.method,
            path = self.uri.path(),
            status = response.status().as_u16(),
            elapsed_ms,
            "answered"
        );
        let headers = response.headers_mut();
        headers.insert(OPENAI_PROCESSING_MS, HeaderValue::from(elapsed_ms));
        headers.insert(OPENAI_VERSION, HeaderValue::from_static("2020-10-01"));
        if let Ok(id) = HeaderValue::from_str(self.id.as_str()) {
            headers.insert(X_REQUEST_ID, id);
        }
    }
}

/// A body that remembers whether it was read to its end.
struct Tracked {
    body: Incoming,
    is_read: Arc<AtomicBool>,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() || self.body.is_end_stream() {
            self.is_read.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

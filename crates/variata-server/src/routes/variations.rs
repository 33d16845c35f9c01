//! `POST /v1/images/variations`.
//!
//! What can be refused by the headers alone is refused before the body is read; with `Expect:
//! 100-continue` the client then never sends it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderName, HeaderValue,
};
use http::request::Parts;
use variata_contract::{Delivery, ErrorObject, ResponseFormat, check_header};
use variata_core::Seed;
use variata_dispatch::Tenant;

use super::json;
use crate::ApiError;
use crate::app::App;
use crate::connection::{MAX_BUFFER_BYTES, Peer, RequestId, interim};
use crate::cors;
use crate::idempotency::{self, Claim, Outcome};
use crate::metrics::Phase;
use crate::origin::Origin;
use crate::request::{self, BodyLimits, Upload};
use crate::stream::{self, Reader};
use crate::visit::{Charge, Visit};
use crate::wire::{ImageData, ImagesResponse};
use crate::work::{self, ImageResult, Made, Order};

/// Answers one request for variations.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    peer: Extension<Peer>,
    request_id: Extension<RequestId>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    cors::refuse_other_sites(&head.headers, &app.cors_origins, &app.origins, &peer)?;
    let mut visit = Visit::begin(&app, &head.headers, &request_id)?;
    let order = match admit(&app, &head.headers, body, &mut visit).await {
        Ok(order) => order,
        Err(error) => return Err(visit.refuse(error)),
    };
    if order.fields.delivery == Delivery::Whole {
        let answered = answer(&app, &peer, &head, order, &mut visit).await;
        return visit.conclude(answered);
    }
    let key = text(&head.headers, &IDEMPOTENCY_KEY);
    let claim = match claim(&app, key, &order, &mut visit) {
        Ok(claim) => claim,
        Err(error) => return Err(visit.refuse(error)),
    };
    let origin = app.origins.find(&head.headers, peer.remote, peer.local);
    stream(app, order, Reader { origin, request_id: request_id.0, visit, _claim: claim }).await
}

/// Lets a request in: first its head, then its body, then what it asks for; everything that can be
/// checked without decoding its picture.
///
/// # Errors
///
/// [`ApiError`] for the first thing that is wrong.
pub(super) async fn admit(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    visit: &mut Visit,
) -> Result<Order, ApiError> {
    visit.admit()?;
    let boundary = request::boundary(text(headers, &CONTENT_TYPE))?;
    refuse_encoding(headers)?;
    if let Err(too_large) = refuse_declared_length(headers, app.limits.body.max_bytes) {
        return Err(explain_length(too_large, app, headers, body, boundary).await);
    }
    app.dispatcher.would_admit(1).map_err(work::refused)?;
    let mut order = receive(app, visit.tenant(), body, boundary).await?;
    if let Some(key) = text(headers, &IDEMPOTENCY_KEY) {
        order.fields.seed.get_or_insert_with(|| idempotency::seed(&order.tenant, key));
    }
    visit.note(&order.fields);
    Ok(order)
}

/// Charges for an order that there is room for.
///
/// # Errors
///
/// [`ApiError`] when there is none, a limit is used up, or the end user is blocked.
pub(super) fn charge(app: &App, order: &Order, visit: &mut Visit) -> Result<(), ApiError> {
    let images = order.fields.count.get();
    app.dispatcher.would_admit(images).map_err(work::refused)?;
    if order.fields.response_format == ResponseFormat::B64Json {
        app.unread.admit(&order.tenant)?;
    }
    visit.charge(images)
}

/// The one answer to an order, when the last image is finished.
async fn answer(
    app: &Arc<App>,
    peer: &Peer,
    head: &Parts,
    order: Order,
    visit: &mut Visit,
) -> Result<Response, ApiError> {
    let work = start(app, text(&head.headers, &IDEMPOTENCY_KEY), order, visit)?;
    let made = if interim::is_understood(head) {
        peer.signals.keep_informed(app.limits.processing, work).await?
    } else {
        work.await?
    };
    visit.made(made.images.iter().map(|image| image.seed));
    let origin = app.origins.find(&head.headers, peer.remote, peer.local);
    Ok(respond(app, &made, &origin))
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const VARIATA_ENGINE: HeaderName = HeaderName::from_static("variata-engine");
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const VARIATA_SEEDS: HeaderName = HeaderName::from_static("variata-seeds");

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn refuse_encoding(headers: &HeaderMap) -> Result<(), ApiError> {
    match text(headers, &CONTENT_ENCODING).map(str::trim) {
        Some(coding) if !coding.is_empty() && !coding.eq_ignore_ascii_case("identity") => {
            Err(ApiError::encoded_body(coding))
        }
        _ => Ok(()),
    }
}

fn refuse_declared_length(headers: &HeaderMap, limit_bytes: u64) -> Result<(), ApiError> {
    let declared = text(headers, &CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    match declared {
        Some(declared) if declared > limit_bytes => {
            Err(ErrorObject::body_too_large(limit_bytes).into())
        }
        _ => Ok(()),
    }
}

/// Says what a body is that is longer than any that is read, if its start tells: Node's client makes
/// a hundred bytes of each byte of a bare `Buffer`. Who waits to be asked for the body is not asked.
async fn explain_length(
    too_large: ApiError,
    app: &App,
    headers: &HeaderMap,
    body: Body,
    boundary: String,
) -> ApiError {
    if headers.contains_key(EXPECT) {
        return too_large;
    }
    let limits = BodyLimits { max_bytes: GLANCE_BYTES, ..app.limits.body };
    match request::is_sent_byte_by_byte(Upload::new(body, limits), boundary).await {
        true => ApiError::image_sent_byte_by_byte(),
        false => too_large,
    }
}

/// How much is read of a body that is too long: what hyper holds of it at once, twice.
const GLANCE_BYTES: u64 = 2 * MAX_BUFFER_BYTES as u64;

/// Reads the body when there is room for it, and everything in it but the picture's pixels.
async fn receive(
    app: &App,
    tenant: Tenant,
    body: Body,
    boundary: String,
) -> Result<Order, ApiError> {
    let reading = app.metrics.time(Phase::Receive);
    let upload = Upload::new(body, app.limits.body);
    let form = request::read_form(upload, boundary, app.uploads.share()).await?;
    drop(reading);
    app.count_unknown_parts(form.unknown_parts);
    let (fields, file) = request::interpret(form, &app.engines)?;
    check_header(&file, fields.fit)?;
    Ok(Order { tenant, fields, file: Bytes::from(file) })
}

/// The work for `order`, shared with equal requests of the same key, of which the first pays.
fn start(
    app: &Arc<App>,
    key: Option<&str>,
    order: Order,
    visit: &mut Visit,
) -> Result<BoxFuture<'static, Outcome>, ApiError> {
    let mut is_first = false;
    let mut begin = |order: Order| {
        is_first = true;
        charge(app, &order, visit)?;
        Ok(fulfil(Arc::clone(app), order, visit.hand_over()).boxed())
    };
    let Some(key) = key else { return begin(order) };
    let work = app.under_way.join(key, order, begin)?;
    if !is_first {
        visit.share();
    }
    Ok(work.boxed())
}

/// Makes the images; whoever waits for them then, they cost nothing when they fail for a reason of
/// ours.
async fn fulfil(app: Arc<App>, order: Order, charge: Charge) -> Outcome {
    let made = work::fulfil(app, order).await;
    if made.as_ref().is_err_and(|error| error.status().is_server_error()) {
        charge.give_back();
    }
    made.map(Arc::new)
}

fn respond(app: &App, made: &Made, origin: &Origin) -> Response {
    let expires = made.expires();
    let data = made.images.iter().map(|image| match &image.result {
        ImageResult::Base64(text) => ImageData::B64Json(text.clone()),
        ImageResult::Stored(name) => {
            ImageData::Url(format!("{origin}{}", app.links.sign(*name, expires)))
        }
    });
    let body = ImagesResponse { created: made.created.seconds(), data: data.collect() };
    let pieces = body.into_json();
    let length_bytes: usize = pieces.iter().map(Bytes::len).sum();
    let pieces = pieces.into_iter().map(Ok::<_, std::convert::Infallible>);
    let mut response = json(Body::from_stream(futures_util::stream::iter(pieces)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length_bytes));
    sign(headers, &made.engine, made.images.iter().map(|image| image.seed));
    response
}

/// What OpenAI's answer has no place for.
fn sign(headers: &mut HeaderMap, engine: &str, seeds: impl Iterator<Item = Seed>) {
    let seeds: Vec<String> = seeds.map(|seed| seed.to_string()).collect();
    for (name, value) in [(VARIATA_ENGINE, engine), (VARIATA_SEEDS, &seeds.join(","))] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
}

/// Charges for a stream, which keeps its key to itself.
fn claim(
    app: &App,
    key: Option<&str>,
    order: &Order,
    visit: &mut Visit,
) -> Result<Option<Claim>, ApiError> {
    let claim = key.map(|key| app.under_way.claim(key, order)).transpose()?;
    charge(app, order, visit)?;
    Ok(claim)
}

/// Answers with events.
async fn stream(app: Arc<App>, order: Order, reader: Reader) -> Result<Response, ApiError> {
    let engine = order.fields.engine.id().to_owned();
    let left = reader.visit.headers();
    let begun = stream::begin(app, order, reader).await?;
    let mut response = Response::new(begun.events);
    let headers = response.headers_mut();
    headers.extend(left);
    sign(headers, &engine, begun.seeds.into_iter());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies such as nginx would keep events until there are many.
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

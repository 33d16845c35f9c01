//! One attempt over HTTP.
//!
//! Nothing here follows a redirect: a POST would become a GET, and the key would go to whoever is
//! named there.

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, timeout_at};

use super::Reply;
use super::address::Address;
use super::events::EventReader;
use super::form::{Form, Pieces};
use crate::Error;

/// Connections to one server, kept for the next request.
pub(super) struct Transport {
    client: AnyClient,
    headers: HeaderMap,
}

enum AnyClient {
    Plain(Client<HttpConnector, Pieces>),
    #[cfg(feature = "tls")]
    Tls(Client<hyper_rustls::HttpsConnector<HttpConnector>, Pieces>),
}

/// What an attempt brings.
pub(super) enum Answer {
    /// All of it.
    Whole(Reply),
    /// Its beginning; what follows comes bit by bit.
    Stream(EventReader),
}

/// Why an attempt brought no answer. Both may pass.
pub(super) enum Failure {
    Timeout,
    Connection(Box<dyn StdError + Send + Sync>),
}

/// The longest answer that is read: ten images in base64 have 60 MB at most.
pub(super) const MAX_ANSWER_BYTES: usize = 128 * 1024 * 1024;
/// How long to wait for a connection, as the official clients do.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

impl Transport {
    /// A transport to `address` that shows `api_key`, if there is one.
    pub(super) fn new(address: &Address, api_key: &str) -> Result<Self, Error> {
        let mut headers = HeaderMap::new();
        let agent = concat!("variata/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if !api_key.is_empty() {
            headers.insert(AUTHORIZATION, bearer(api_key)?);
        }
        Ok(Self { client: client(address)?, headers })
    }

    /// Sends `form` once and reads the whole answer, or the head of a stream, within `limit`.
    pub(super) async fn send(
        &self,
        address: &Address,
        form: &Form,
        limit: Duration,
    ) -> Result<Answer, Failure> {
        let deadline = Instant::now() + limit;
        let request = self.request(address, form).map_err(connection)?;
        let exchange = async {
            let response = self.client.request(request).await.map_err(connection)?;
            if is_stream(&response) {
                return Ok(Answer::Stream(EventReader::new(response, deadline)));
            }
            read(response).await.map(Answer::Whole)
        };
        timeout_at(deadline, exchange).await.unwrap_or(Err(Failure::Timeout))
    }

    fn request(&self, address: &Address, form: &Form) -> http::Result<Request<Pieces>> {
        let boundary = form.boundary();
        let mut request = Request::post(address.endpoint())
            .header(CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"))
            .header(IDEMPOTENCY_KEY, boundary)
            .body(form.body())?;
        request.headers_mut().extend(self.headers.clone());
        Ok(request)
    }
}

impl AnyClient {
    fn request(&self, request: Request<Pieces>) -> ResponseFuture {
        match self {
            Self::Plain(client) => client.request(request),
            #[cfg(feature = "tls")]
            Self::Tls(client) => client.request(request),
        }
    }
}

fn is_stream(response: &Response<Incoming>) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    response.status().is_success() && kind.is_some_and(|kind| kind.starts_with(EVENT_STREAM))
}

const EVENT_STREAM: &[u8] = b"text/event-stream";

async fn read(response: Response<Incoming>) -> Result<Reply, Failure> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
    let body: Bytes = body.map_err(Failure::Connection)?.to_bytes();
    Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
}

pub(super) fn connection(error: impl StdError + Send + Sync + 'static) -> Failure {
    Failure::Connection(Box::new(error))
}

/// The mistake is not shown with the value: it may be most of a key.
fn bearer(api_key: &str) -> Result<HeaderValue, Error> {
    let value = HeaderValue::try_from(format!("Bearer {api_key}"));
    let mut value = value.map_err(|_| Error::Configuration {
        reason: "the API key has characters that no header can hold".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn client(address: &Address) -> Result<AnyClient, Error> {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector.set_nodelay(true);
    if address.is_https() {
        return tls(connector);
    }
    Ok(AnyClient::Plain(builder().build(connector)))
}

fn builder() -> hyper_util::client::legacy::Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    // Less than the 30 s after which our server closes a connection that nobody uses.
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(Duration::from_secs(20));
    builder
}

#[cfg(feature = "tls")]
fn tls(mut connector: HttpConnector) -> Result<AnyClient, Error> {
    connector.enforce_http(false);
    let provider = rustls::crypto::ring::default_provider();
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(provider)
        .map_err(|error| Error::Configuration {
            reason: format!(
                "https needs the certificates that the system trusts, and they cannot be read: \
                 {error}"
            ),
        })?;
    let https = https.https_only().enable_http1().wrap_connector(connector);
    Ok(AnyClient::Tls(builder().build(https)))
}

#[cfg(not(feature = "tls"))]
fn tls(_: HttpConnector) -> Result<AnyClient, Error> {
    let reason = "an https URL needs variata's feature `tls`, and it was built without".to_owned();
    Err(Error::Configuration { reason })
}

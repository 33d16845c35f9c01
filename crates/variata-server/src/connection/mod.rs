//! One connection, from its first byte to its last.
//!
//! hyper speaks HTTP; around it stand the deadlines, the early answers and the stamps that every
//! answer carries, whatever made it.

mod answer;
pub(crate) mod interim;
mod refusal;
mod signals;
mod stream;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http::StatusCode;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::config::Limits;
use crate::metrics::{Metrics, Route};
use crate::recent::Recent;
pub(crate) use answer::RequestId;
use signals::Signals;
use stream::ClientStream;

/// Who is at the two ends of a connection, and what is said between request and connection.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) remote: SocketAddr,
    pub(crate) local: SocketAddr,
    pub(crate) signals: Arc<Signals>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) recent: Arc<Recent>,
}

/// What a connection is served with.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) router: Router,
    pub(crate) limits: Arc<Limits>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) recent: Arc<Recent>,
}

/// Serves one client until it or the server ends.
///
/// When `closing` turns true, the request that is under way is answered and then the connection is
/// closed. When the client goes away, the request's future is dropped, and with it its job.
pub(crate) async fn serve(tcp: TcpStream, host: Host, mut closing: watch::Receiver<bool>) {
    let Host { router, limits, metrics, recent } = host;
    let Some(peer) = Peer::of(&tcp, Arc::clone(&metrics), recent) else { return };
    let stream = ClientStream::new(tcp, Arc::clone(&peer.signals), &limits);
    let service = service_fn(|request| answer::answer(router.clone(), peer.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_buf_size(MAX_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let closes = async move { drop(closing.wait_for(|is_closing| *is_closing).await) };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closes => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, remote = %peer.remote, "connection ended early");
        if let Some(status) = refused(&error) {
            metrics.answered(Route::Other, status, Duration::ZERO);
        }
    }
}

/// The status that hyper refused the client's bytes with, if that is how the connection ended.
fn refused(error: &hyper::Error) -> Option<StatusCode> {
    match error {
        error if error.is_parse_too_large() => Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        error => error.is_parse().then_some(StatusCode::BAD_REQUEST),
    }
}

/// How much is kept of what a client sends ahead, and so the longest head of a request.
pub(crate) const MAX_BUFFER_BYTES: usize = 64 * 1024;

impl Peer {
    /// None when the client is gone already.
    fn of(tcp: &TcpStream, metrics: Arc<Metrics>, recent: Arc<Recent>) -> Option<Self> {
        // Small answers should not wait for the client's acknowledgement of their first half.
        tcp.set_nodelay(true).ok()?;
        let (remote, local) = (tcp.peer_addr().ok()?, tcp.local_addr().ok()?);
        Some(Self { remote, local, signals: Arc::default(), metrics, recent })
    }
}

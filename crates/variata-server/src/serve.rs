//! From a listener to connections, and to an orderly end.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use variata_accounts::Accounts;
use variata_contract::Engines;
use variata_store::{Store, sweep};

use crate::admin;
use crate::app::{App, Clock, Services};
use crate::config::Config;
use crate::connection::{self, Host};
use crate::routes;

/// Why a server did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// Strangers could use it.
    #[error(
        "{address} can be reached by other machines and no API key is configured: add a key, \
         listen on 127.0.0.1, or allow anonymous use explicitly"
    )]
    Exposed {
        /// Where it was to listen.
        address: SocketAddr,
    },
    /// There is nothing to make variations with.
    #[error("no engine is configured: expected at least one")]
    NoEngines,
    /// The listener is of no use.
    #[error("cannot use the listener: {0}")]
    Listener(#[from] std::io::Error),
}

/// Where a server listens.
#[derive(Debug)]
pub struct Listeners {
    /// For callers.
    pub public: TcpListener,
    /// For operators: metrics, health and an overview, without a key.
    pub admin: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(public: TcpListener) -> Self {
        Self { public, admin: None }
    }
}

/// Serves on `listeners` until `shutdown` resolves; then turns unready, accepts no more, waits for
/// the requests under way, [`Limits::drain`](crate::Limits::drain) at the longest, and writes what
/// is left of the ledger. Operators are answered until the end.
///
/// # Errors
///
/// [`StartError`]; once it has started, it ends without an error.
pub async fn run(
    listeners: impl Into<Listeners>,
    config: Config,
    services: Services,
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let Listeners { public: listener, admin } = listeners.into();
    refuse_exposure(&listener, &config, &services.accounts)?;
    let engines = Engines::new(services.engines.clone()).ok_or(StartError::NoEngines)?;
    let mut background = JoinSet::new();
    background.spawn(sweep_forever(Arc::clone(&services.store), Arc::clone(&services.clock)));
    let app = Arc::new(App::new(engines, config, services));
    let accounts = Arc::clone(&app.accounts);
    background.spawn(async move { accounts.maintain().await });
    if let Some(admin) = admin {
        background.spawn(serve_admin(Arc::clone(&app), admin));
    }
    let router = routes::router(Arc::clone(&app));
    let mut door = Door::new(Arc::clone(&app), router);
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            (tcp, seat) = door.next(&listener) => door.admit(tcp, seat),
        }
    }
    app.close();
    drop(listener);
    door.drain().await;
    if timeout(FLUSH_LIMIT, app.accounts.flush()).await.is_err() {
        let left = app.accounts.activity().waiting_entries;
        tracing::error!(left, "the end of the usage ledger could not be written");
    }
    Ok(())
}

/// How long the ledger is waited for at the end.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);

/// Serves operators until the future is dropped.
async fn serve_admin(app: Arc<App>, listener: TcpListener) {
    let mut door = Door::new(Arc::clone(&app), admin::router(app));
    loop {
        let (tcp, seat) = door.next(&listener).await;
        door.admit(tcp, seat);
    }
}

/// How long to wait before accepting again when the system is out of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

fn refuse_exposure(
    listener: &TcpListener,
    config: &Config,
    accounts: &Accounts,
) -> Result<(), StartError> {
    let address = listener.local_addr()?;
    let is_guarded = !accounts.is_open() || config.allow_anonymous;
    if address.ip().is_loopback() || is_guarded {
        return Ok(());
    }
    Err(StartError::Exposed { address })
}

async fn sweep_forever(store: Arc<dyn Store>, clock: Clock) {
    let report = |swept| match swept {
        Ok(0) => {}
        Ok(files) => tracing::info!(files, "deleted expired files"),
        Err(error) => tracing::error!(%error, "cannot delete expired files"),
    };
    sweep(&*store, || clock(), report).await;
}

/// Where connections come in.
struct Door {
    app: Arc<App>,
    host: Host,
    seats: Arc<Semaphore>,
    connections: JoinSet<()>,
    closing: watch::Sender<bool>,
}

impl Door {
    fn new(app: Arc<App>, router: axum::Router) -> Self {
        let (limits, metrics) = (Arc::clone(&app.limits), Arc::clone(&app.metrics));
        let recent = Arc::clone(&app.recent);
        Self {
            host: Host { router, limits, metrics, recent },
            seats: Arc::new(Semaphore::new(app.limits.connections)),
            connections: JoinSet::new(),
            closing: watch::Sender::new(false),
            app,
        }
    }

    /// Waits for a free seat first, so that those who find none wait in the system's queue.
    async fn next(&self, listener: &TcpListener) -> (TcpStream, Option<OwnedSemaphorePermit>) {
        // The semaphore is never closed, so there always is a permit in the end.
        let seat = Arc::clone(&self.seats).acquire_owned().await.ok();
        loop {
            match listener.accept().await {
                Ok((tcp, _)) => return (tcp, seat),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn admit(&mut self, tcp: TcpStream, seat: Option<OwnedSemaphorePermit>) {
        while self.connections.try_join_next().is_some() {}
        let served = connection::serve(tcp, self.host.clone(), self.closing.subscribe());
        let open = Open::new(Arc::clone(&self.app));
        self.connections.spawn(async move {
            served.await;
            drop((seat, open));
        });
    }

    async fn drain(mut self) {
        self.closing.send_replace(true);
        let limit = self.app.limits.drain;
        let all = async { while self.connections.join_next().await.is_some() {} };
        if timeout(limit, all).await.is_err() {
            tracing::warn!(left = self.connections.len(), "requests did not end in time");
            self.app.dispatcher.abort();
            self.connections.shutdown().await;
        }
    }
}

/// Counts a connection for as long as it lasts, however it ends.
struct Open(Arc<App>);

impl Open {
    fn new(app: Arc<App>) -> Self {
        app.metrics.connections.inc();
        Self(app)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.metrics.connections.dec();
    }
}

//! A server on a port of its own, engines that do what a test says, and a client that sends and
//! reads bytes.

mod client;
mod engines;
mod form;
mod pictures;

pub(crate) use client::{Client, Reply, ServerEvent};
pub(crate) use engines::{
    DoomedEngine, FlakyEngine, Gate, GatedEngine, NoisyEngine, PanickingEngine, PlainEngine,
    SketchingEngine,
};
pub(crate) use form::Form;
pub(crate) use pictures::{oblong_png, png_with, square_png};

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use variata_accounts::{Accounts, KeyDigest, Moment, Settings, UserHasher};
use variata_core::Engine;
use variata_dispatch::{InProcess, Limits as DispatchLimits};
use variata_server::{Config, Services, run};
use variata_store::{Durability, LinkSigner, LocalStore, Store, Timestamp};

/// The moment at which every test starts.
pub(crate) const START_S: u64 = 1_800_000_000;

/// A running server.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) directory: TempDir,
    seconds: Arc<AtomicU64>,
    services: Services,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

/// Where files go, and a folder that lives as long.
struct Place {
    directory: TempDir,
    store: Arc<dyn Store>,
}

impl TestServer {
    /// A server with the plain engine and everything else as it is by default.
    pub(crate) async fn start() -> Self {
        Self::with(Config::default(), vec![Arc::new(PlainEngine)]).await
    }

    pub(crate) async fn with(config: Config, engines: Vec<Arc<dyn Engine>>) -> Self {
        let limits = DispatchLimits::for_threads(NonZeroUsize::new(2).unwrap());
        Self::with_dispatch(config, engines, limits).await
    }

    pub(crate) async fn with_dispatch(
        config: Config,
        engines: Vec<Arc<dyn Engine>>,
        limits: DispatchLimits,
    ) -> Self {
        let accounts = accounts(Settings::default());
        Self::launch(config, engines, limits, Arc::new(accounts)).await
    }

    /// A server whose one key is `secret`.
    pub(crate) async fn guarded() -> Self {
        let configured_keys = vec![KeyDigest::of("secret")];
        Self::with_accounts(accounts(Settings { configured_keys, ..Settings::default() })).await
    }

    /// A server with these accounts and the plain engine.
    pub(crate) async fn with_accounts(accounts: Accounts) -> Self {
        Self::with_engine_and_accounts(Arc::new(PlainEngine), accounts).await
    }

    pub(crate) async fn with_engine_and_accounts(
        engine: Arc<dyn Engine>,
        accounts: Accounts,
    ) -> Self {
        let limits = DispatchLimits::for_threads(NonZeroUsize::new(2).unwrap());
        Self::launch(Config::default(), vec![engine], limits, Arc::new(accounts)).await
    }

    /// A server whose files go into `store`.
    pub(crate) async fn on_store(store: Arc<dyn Store>) -> Self {
        let place = Place { directory: tempfile::tempdir().unwrap(), store };
        let limits = DispatchLimits::for_threads(NonZeroUsize::new(2).unwrap());
        let (config, accounts) = (Config::default(), Arc::new(accounts(Settings::default())));
        Self::launch_on(place, config, vec![Arc::new(PlainEngine)], limits, accounts).await
    }

    async fn launch(
        config: Config,
        engines: Vec<Arc<dyn Engine>>,
        limits: DispatchLimits,
        accounts: Arc<Accounts>,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = LocalStore::open(directory.path(), Durability::Process).unwrap();
        let place = Place { directory, store: Arc::new(store) };
        Self::launch_on(place, config, engines, limits, accounts).await
    }

    async fn launch_on(
        Place { directory, store }: Place,
        config: Config,
        engines: Vec<Arc<dyn Engine>>,
        limits: DispatchLimits,
        accounts: Arc<Accounts>,
    ) -> Self {
        let seconds = Arc::new(AtomicU64::new(START_S));
        let clock = Arc::clone(&seconds);
        let services = Services {
            engines,
            store,
            links: Arc::new(LinkSigner::in_memory(Timestamp::from_seconds(START_S)).unwrap()),
            dispatcher: Arc::new(InProcess::start(limits).unwrap()),
            accounts,
            clock: Arc::new(move || Timestamp::from_seconds(clock.load(Ordering::SeqCst))),
        };
        let kept = services.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let running = tokio::spawn(async move {
            run(listener, config, services, shutdown).await.unwrap();
        });
        Self { address, directory, seconds, services: kept, stop: Some(stop), running }
    }

    pub(crate) fn set_clock(&self, seconds_after_start: u64) {
        self.seconds.store(START_S + seconds_after_start, Ordering::SeqCst);
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// What the server works with.
    pub(crate) fn services(&self) -> Services {
        self.services.clone()
    }

    /// Posts `form` on a connection of its own.
    pub(crate) async fn post(&self, form: &Form) -> Reply {
        self.connect().await.post(form).await
    }

    pub(crate) async fn get(&self, target: &str) -> Reply {
        self.connect().await.get(target).await
    }

    /// Names of the stored files.
    pub(crate) fn stored(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path().join("files")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Begins the shutdown.
    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until the server has ended.
    pub(crate) async fn ended(self) {
        self.running.await.unwrap();
    }
}

/// Accounts in memory, with the system's time.
pub(crate) fn accounts(settings: Settings) -> Accounts {
    Accounts::in_memory(settings, UserHasher::random().unwrap(), Arc::new(Moment::now))
}

//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use variata_accounts::Accounts;
use variata_contract::Engines;
use variata_core::Engine;
use variata_dispatch::Dispatcher;
use variata_store::{LinkSigner, Store, Timestamp};

use crate::config::{Config, Limits};
use crate::cors::CorsOrigin;
use crate::idempotency::UnderWay;
use crate::metrics::Metrics;
use crate::origin::Origins;
use crate::recent::Recent;
use crate::reference::Page;
use crate::request::Room;
use crate::routes::page::Assets;
use crate::unread::Unread;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a server works with; tests and other programs bring their own.
#[derive(Clone)]
pub struct Services {
    /// The engines on offer; the first is the default, which `dall-e-2` means.
    pub engines: Vec<Arc<dyn Engine>>,
    /// Where images wait for their callers.
    pub store: Arc<dyn Store>,
    /// Who signs the links to them.
    pub links: Arc<LinkSigner>,
    /// Who runs the jobs.
    pub dispatcher: Arc<dyn Dispatcher>,
    /// Who may ask, how much, and what they asked.
    pub accounts: Arc<Accounts>,
    /// The time, for links and answers.
    pub clock: Clock,
}

/// The state of a running server.
pub(crate) struct App {
    pub(crate) engines: Engines,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) links: Arc<LinkSigner>,
    pub(crate) dispatcher: Arc<dyn Dispatcher>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) recent: Arc<Recent>,
    pub(crate) origins: Origins,
    pub(crate) cors_origins: Vec<CorsOrigin>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) uploads: Room,
    pub(crate) unread: Arc<Unread>,
    pub(crate) under_way: UnderWay,
    pub(crate) page: Page,
    pub(crate) assets: Assets,
    pub(crate) started: Timestamp,
    unknown_parts: AtomicU64,
    is_ready: AtomicBool,
    clock: Clock,
}

impl App {
    pub(crate) fn new(engines: Engines, config: Config, services: Services) -> Self {
        let Config { public_url, trusted_proxies, cors_origins, limits, .. } = config;
        Self {
            engines,
            store: services.store,
            links: services.links,
            dispatcher: services.dispatcher,
            accounts: services.accounts,
            metrics: Arc::new(Metrics::new()),
            recent: Arc::new(Recent::new(Arc::clone(&services.clock))),
            origins: Origins { public_url, trusted_proxies },
            cors_origins,
            uploads: Room::new(limits.upload_bytes, limits.body.idle),
            unread: Arc::new(Unread::new(limits.unread_bytes)),
            limits: Arc::new(limits),
            under_way: UnderWay::default(),
            page: Page::new(),
            assets: Assets::new(),
            started: (services.clock)(),
            unknown_parts: AtomicU64::new(0),
            is_ready: AtomicBool::new(true),
            clock: services.clock,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Counts parts that meant nothing; a number that grows is a client that means something else.
    pub(crate) fn count_unknown_parts(&self, parts: usize) {
        if parts > 0 {
            let all = self.unknown_parts.fetch_add(parts as u64, Ordering::Relaxed);
            tracing::info!(parts, before = all, "ignored unknown form fields");
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    /// Tells load balancers to send no more.
    pub(crate) fn close(&self) {
        self.is_ready.store(false, Ordering::Release);
    }
}

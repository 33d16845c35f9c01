//! The real server on a port of its own.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::net::TcpListener;
use variata::Engine;
use variata_accounts::{Accounts, Moment, Settings, UserHasher};
use variata_dispatch::{InProcess, Limits};
use variata_server::{Config, Services, run};
use variata_store::{Durability, LinkSigner, LocalStore, Timestamp};

/// A server that runs until the test ends.
pub(crate) struct TestServer {
    address: std::net::SocketAddr,
    _directory: TempDir,
}

impl TestServer {
    pub(crate) async fn start(engine: Arc<dyn Engine>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let limits = Limits::for_threads(NonZeroUsize::MIN);
        let users = UserHasher::random().unwrap();
        let accounts = Accounts::in_memory(Settings::default(), users, Arc::new(Moment::now));
        let services = Services {
            engines: vec![engine],
            store: Arc::new(LocalStore::open(directory.path(), Durability::Process).unwrap()),
            links: Arc::new(LinkSigner::in_memory(Timestamp::now()).unwrap()),
            dispatcher: Arc::new(InProcess::start(limits).unwrap()),
            accounts: Arc::new(accounts),
            clock: Arc::new(Timestamp::now),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let forever = std::future::pending::<()>();
        tokio::spawn(run(listener, Config::default(), services, forever));
        Self { address, _directory: directory }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

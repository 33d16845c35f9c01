//! Both kinds of client, engines that do what a test says, and servers: ours, and one that says
//! what is written for it.

mod engines;
mod pictures;
mod scripted;
mod server;

pub(crate) use engines::{Gate, GatedEngine, PanickingEngine, SketchingEngine};
pub(crate) use pictures::{jpeg, oblong_png, png, png_of_bytes};
pub(crate) use scripted::{Scripted, answer};
pub(crate) use server::TestServer;

use std::sync::Arc;

use variata::{Client, Embedded, Engine, Remote};

/// Both makers, with the same engine.
pub(crate) struct Makers {
    pub(crate) embedded: Client,
    pub(crate) remote: Client,
    _server: TestServer,
}

impl Makers {
    /// With variata's own engine.
    pub(crate) async fn start() -> Self {
        Self::with(Arc::new(variata_patch::PatchEngine::new())).await
    }

    pub(crate) async fn with(engine: Arc<dyn Engine>) -> Self {
        let server = TestServer::start(Arc::clone(&engine)).await;
        Self {
            embedded: Embedded::new().engine(engine).build().unwrap(),
            remote: Remote::new(&server.base_url(), "a-key").max_retries(0).build().unwrap(),
            _server: server,
        }
    }

    /// Each maker with its name.
    pub(crate) fn both(&self) -> [(&'static str, &Client); 2] {
        [("embedded", &self.embedded), ("remote", &self.remote)]
    }
}

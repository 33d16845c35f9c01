//! The server under test.

use std::path::Path;

use crate::load::{Process, Setup};

/// A running server on a port of its own; ends with this value.
pub(super) struct Server(Process);

impl Server {
    /// A server that keeps its data in `folder`.
    pub(super) fn start(binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        Setup::new(binary, folder).start("127.0.0.1:0").map(Self)
    }

    /// What a program sets `OPENAI_BASE_URL` to.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}/v1", self.0.public)
    }
}

//! The server under test, on a port of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::Context;

use crate::program;

/// A running server; ends with this value.
pub(super) struct Server {
    child: Child,
    address: String,
}

impl Server {
    pub(super) fn start(binary: &Path, data: &Path) -> anyhow::Result<Self> {
        let mut command = program::call(binary);
        let listen = ["serve", "--listen", "127.0.0.1:0", "--data"];
        command.args(listen).arg(data).stdout(Stdio::piped());
        let mut child =
            command.spawn().with_context(|| format!("cannot start {}", binary.display()))?;
        let stdout = child.stdout.take().context("the server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://").map(str::to_owned);
        Ok(Self { child, address: address.context("the server did not say where it listens")? })
    }

    /// What a program sets `OPENAI_BASE_URL` to.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, and there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! The server under test, on a port of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

/// A running server; ends with this value.
pub(super) struct Server {
    child: Child,
    address: String,
}

impl Server {
    pub(super) fn start(binary: &Path, data: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VARIATA_") {
                command.env_remove(name);
            }
        }
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

/// Builds the command and returns its path.
pub(crate) fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["build", "--quiet", "--release", "--locked", "--package", "variata-cli"];
    let status = Command::new(cargo).args(arguments).current_dir(root).status()?;
    ensure!(status.success(), "cannot build the command");
    let name = format!("variata{}", std::env::consts::EXE_SUFFIX);
    Ok(root.join("target/release").join(name))
}

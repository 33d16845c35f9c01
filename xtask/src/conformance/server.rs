//! The servers under test, each on a port of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::load::{Process, Setup};

/// A running server; ends with this value.
pub(super) struct Server(Process);

impl Server {
    /// A server that keeps its data in `folder`, with `more` arguments.
    fn start(binary: &Path, folder: &Path, more: &[&str]) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Setup::new(binary, folder).with(more).start("127.0.0.1:0").map(Self)
    }

    /// Its host and port.
    pub(super) fn address(&self) -> SocketAddr {
        self.0.public
    }

    /// What a program sets `OPENAI_BASE_URL` to.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}/v1", self.0.public)
    }
}

/// One server for each thing that a client can come upon.
pub(super) struct Servers {
    /// As it is by default.
    pub(super) plain: Server,
    /// Those with trouble, by the names that the table of errors has for them.
    troubled: Vec<(&'static str, Server)>,
}

/// How each of them is started.
const TROUBLES: [(&str, &[&str]); 5] = [
    // With a key that nobody here has.
    ("guarded", &["--api-key", "other"]),
    // With room for ten images, and one thread to make them.
    ("busy", &["--queue-images", "10", "--threads", "1"]),
    // With an image a minute for everybody.
    ("limited", &["--key-images-per-minute", "1"]),
    // With no patience for clients that pause.
    ("hasty", &["--body-pause-seconds", "1"]),
    // Without the folder that its images go to.
    ("broken", &[]),
];

impl Servers {
    /// Starts all of them, with their files in `folder`.
    pub(super) fn start(binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        let plain = Server::start(binary, folder, &[])?;
        let mut troubled = Vec::new();
        for (name, arguments) in TROUBLES {
            let folder = folder.join(name);
            troubled.push((name, Server::start(binary, &folder, arguments)?));
            if name == "broken" {
                std::fs::remove_dir_all(folder.join("data/files"))?;
            }
        }
        Ok(Self { plain, troubled })
    }

    /// Tells a program where they are: the two variables that every caller sets, and where to find
    /// trouble.
    pub(super) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("OPENAI_BASE_URL", self.plain.base_url()).env("OPENAI_API_KEY", "My API Key");
        command.env("PLAIN_BASE_URL", self.plain.base_url());
        for (name, server) in &self.troubled {
            command.env(format!("{}_BASE_URL", name.to_uppercase()), server.base_url());
        }
        command
    }
}

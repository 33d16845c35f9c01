//! The server as a process, which the checks start, ask, stop and kill.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, ensure};

use super::client::{Client, get};
use crate::program;

/// How a server is started.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) binary: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// Where what it logs is added.
    pub(crate) log: PathBuf,
    /// The most files that it may have open.
    pub(crate) max_files: Option<u32>,
}

impl Setup {
    pub(crate) fn new(binary: &Path, folder: &Path) -> Self {
        Self {
            binary: binary.to_owned(),
            data: folder.join("data"),
            arguments: Vec::new(),
            log: folder.join("log"),
            max_files: None,
        }
    }

    #[must_use]
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Runs another command of the program on the same data; returns what it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.command(arguments);
        let done = command.output().with_context(|| format!("cannot run {command:?}"))?;
        let complaint = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "{command:?}: {complaint}");
        Ok(String::from_utf8(done.stdout)?)
    }

    /// Starts a server on `listen` and waits until it takes connections.
    pub(crate) fn start(&self, listen: &str) -> anyhow::Result<Process> {
        let serve = ["serve", "--listen", listen, "--admin-listen", "127.0.0.1:0"];
        let mut command = self.command(&serve);
        command.args(&self.arguments).stdout(Stdio::piped());
        let log = File::options().create(true).append(true).open(&self.log)?;
        command.stderr(log);
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let stdout = child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let mut address = |start: &str| {
            let line = lines.next().context("the server ended at its start")??;
            let address = line.strip_prefix(start).and_then(|rest| rest.strip_prefix(" http://"));
            address
                .and_then(|text| text.parse().ok())
                .with_context(|| format!("not {start}: {line}"))
        };
        let public = address("listening on")?;
        let admin = address("operators on")?;
        Ok(Process { child, public, admin })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self.max_files {
            None => program::call(&self.binary),
            Some(max_files) => {
                let mut shell = program::call(Path::new("sh"));
                shell.args(["-c", &format!("ulimit -n {max_files} && exec \"$0\" \"$@\"")]);
                shell.arg(&self.binary);
                shell
            }
        };
        command.env("VARIATA_DATA", &self.data).args(arguments);
        command
    }
}

/// A running server; killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Process {
    /// Asks it to end, and waits until it has.
    pub(crate) fn terminate(&mut self) -> anyhow::Result<ExitStatus> {
        let kill = format!("kill -s TERM {}", self.child.id());
        ensure!(Command::new("sh").args(["-c", &kill]).status()?.success(), "cannot {kill}");
        Ok(self.child.wait()?)
    }

    /// Ends it at once, as the system does when memory runs out.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    pub(crate) fn is_alive(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// All metrics as text.
    pub(crate) fn metrics(&self) -> anyhow::Result<String> {
        let answer = Client::new(self.admin).ask(&get("/metrics"))?;
        Ok(String::from_utf8(answer.body)?)
    }

    /// One metric, labels and all.
    pub(crate) fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let text = self.metrics()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.with_context(|| format!("no metric {name}"))?.parse().context("not a number")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, and there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

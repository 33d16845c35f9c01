//! diffusers and PyTorch, in a Python of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::program::{succeed, workspace};

/// How PyTorch runs a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Way {
    /// One operator after another, each called from Python, as diffusers does by itself.
    Eager,
    /// The same operators as a graph, which a card replays without Python.
    Graph,
    /// Compiled by `torch.compile`: fused, and on a card in a graph too.
    Compiled,
    /// The same, and the fastest of many kernels for each product, which takes minutes to find.
    Tuned,
}

impl Way {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::Graph => "graph",
            Self::Compiled => "compiled",
            Self::Tuned => "tuned",
        }
    }
}

/// A Python that has diffusers.
#[derive(Debug)]
pub(super) struct Reference {
    python: PathBuf,
}

impl Reference {
    /// Uses `python`, or installs what the parity fixtures were made with in `folder`.
    pub(super) fn open(python: Option<&Path>, folder: &Path) -> anyhow::Result<Self> {
        if let Some(python) = python {
            return Ok(Self { python: python.to_owned() });
        }
        let environment = folder.join("venv");
        let python = environment.join("bin/python");
        let mark = environment.join("installed");
        if !mark.exists() {
            eprintln!("installing diffusers and PyTorch");
            succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
            let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
            let needed = "crates/variata-unclip/fixtures/requirements.txt";
            let needed = workspace()?.join(needed);
            succeed(Command::new(&python).args(install).arg(needed))?;
            fs::write(mark, "")?;
        }
        Ok(Self { python })
    }

    /// Writes a checkpoint of random weights, unless it is there.
    pub(super) fn make_weights(&self, checkpoint: &Path) -> anyhow::Result<()> {
        if checkpoint.join("model_index.json").exists() {
            return Ok(());
        }
        eprintln!("making weights");
        succeed(self.script()?.arg("weights").arg(checkpoint))
    }

    /// The command that measures; what to measure is still to be added.
    pub(super) fn measuring(&self, way: Way) -> anyhow::Result<Command> {
        let mut command = self.script()?;
        command.args(["measure", way.name()]);
        Ok(command)
    }

    fn script(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(&self.python);
        command.arg(workspace()?.join("xtask/bench-nn/reference.py"));
        // Nothing is to be looked for on a hub.
        command.env("HF_HUB_OFFLINE", "1");
        Ok(command)
    }
}

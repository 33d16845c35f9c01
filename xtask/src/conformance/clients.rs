//! The clients, at pinned versions, in a folder of their own.
//!
//! What is installed stays, so that a second run needs no network; another version installs anew.
//! Each Python program has an environment to itself, since they do not agree on their libraries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::program::succeed;

/// openai-python: the latest of the major version that most programs use.
const OPENAI_PYTHON: &str = "2.54.0";
/// What openai-python's tests import, beside the client.
const TEST_TOOLS: [&str; 4] =
    ["pytest==9.0.3", "pytest-asyncio==1.4.0", "respx==0.23.1", "rich==15.0.0"];
/// openai-node: the latest that runs on Node 20. Its package leaves its tests out.
const OPENAI_NODE: &str = "6.49.0";
/// The library that puts many providers behind one call.
const LITELLM: &str = "1.110.2";
/// Makes requests up from an OpenAPI document.
const SCHEMATHESIS: &str = "4.32.5";

/// Where the clients are.
pub(super) struct Clients {
    folder: PathBuf,
}

impl Clients {
    /// Installs what is not there yet.
    pub(super) fn install(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let clients = Self { folder: fs::canonicalize(folder)? };
        clients.once(&format!("python-{OPENAI_PYTHON}"), Self::install_openai_python)?;
        clients.once(&format!("sdist-{OPENAI_PYTHON}"), Self::unpack_sdist)?;
        clients.once(&format!("node-{OPENAI_NODE}"), Self::install_node)?;
        clients.once(&format!("litellm-{LITELLM}"), |clients| {
            clients.make_environment("litellm", &[format!("litellm=={LITELLM}")])
        })?;
        clients.once(&format!("schemathesis-{SCHEMATHESIS}"), |clients| {
            clients.make_environment("schemathesis", &[format!("schemathesis=={SCHEMATHESIS}")])
        })?;
        Ok(clients)
    }

    /// Where scripts run.
    pub(super) fn work(&self) -> &Path {
        &self.folder
    }

    /// Where Node's scripts run.
    pub(super) fn node_work(&self) -> PathBuf {
        self.folder.join("node")
    }

    /// The Python that has openai-python.
    pub(super) fn python(&self) -> Command {
        self.python_of("venv")
    }

    /// The Python that has LiteLLM.
    pub(super) fn litellm(&self) -> Command {
        self.python_of("litellm")
    }

    /// The command `schemathesis`.
    pub(super) fn schemathesis(&self) -> Command {
        let mut command = Command::new(self.folder.join("schemathesis/bin/schemathesis"));
        command.current_dir(&self.folder);
        command
    }

    /// openai-python's source distribution, with its tests.
    pub(super) fn python_tests(&self) -> PathBuf {
        self.folder.join(format!("openai-{OPENAI_PYTHON}"))
    }

    /// Node, in the folder that has openai-node.
    pub(super) fn node(&self) -> Command {
        let mut node = Command::new("node");
        node.current_dir(self.node_work());
        node
    }

    /// Builds the programs that use async-openai, and returns the path of `program`.
    pub(super) fn rust(&self, root: &Path, program: &str) -> anyhow::Result<PathBuf> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let target = self.folder.join("rust");
        let build = ["build", "--quiet", "--locked", "--bin", program, "--target-dir"];
        let mut command = Command::new(cargo);
        command.current_dir(root.join("xtask/conformance/rust")).args(build).arg(&target);
        succeed(&mut command)?;
        Ok(target.join("debug").join(format!("{program}{}", std::env::consts::EXE_SUFFIX)))
    }

    fn python_of(&self, environment: &str) -> Command {
        let mut python = Command::new(self.folder.join(environment).join("bin/python"));
        python.current_dir(&self.folder);
        python
    }

    fn once(&self, name: &str, install: fn(&Self) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mark = self.folder.join(format!("{name}.installed"));
        if !mark.exists() {
            eprintln!("installing {name}");
            install(self).with_context(|| format!("cannot install {name}"))?;
            fs::write(mark, "")?;
        }
        Ok(())
    }

    fn make_environment(&self, name: &str, packages: &[String]) -> anyhow::Result<()> {
        let make = ["-m", "venv", "--clear", name];
        succeed(Command::new("python3").current_dir(&self.folder).args(make))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        succeed(self.python_of(name).args(install).args(packages))
    }

    fn install_openai_python(&self) -> anyhow::Result<()> {
        let mut packages = vec![format!("openai[aiohttp]=={OPENAI_PYTHON}")];
        packages.extend(TEST_TOOLS.map(str::to_owned));
        self.make_environment("venv", &packages)
    }

    fn unpack_sdist(&self) -> anyhow::Result<()> {
        let pinned = format!("openai=={OPENAI_PYTHON}");
        let download = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check"];
        let source = ["--no-deps", "--no-binary", "openai", &pinned];
        succeed(self.python().args(download).args(source))?;
        let archive = format!("openai-{OPENAI_PYTHON}.tar.gz");
        succeed(self.python().args(["-m", "tarfile", "--extract", &archive]))
    }

    fn install_node(&self) -> anyhow::Result<()> {
        let folder = self.node_work();
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
        let client = format!("openai@{OPENAI_NODE}");
        let install = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
        succeed(Command::new("npm").current_dir(&folder).args(install).arg(client))
    }
}

//! The official clients, at pinned versions, in a folder of their own.
//!
//! What is installed stays, so that a second run needs no network; another version installs anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// openai-python: the latest of the major version that most programs use.
const PYTHON_CLIENT: &str = "2.54.0";
/// openai-node: the latest that runs on Node 20.
const NODE_CLIENT: &str = "6.49.0";
/// What openai-python's tests import, beside the client.
const TEST_TOOLS: [&str; 4] =
    ["pytest==9.0.3", "pytest-asyncio==1.4.0", "respx==0.23.1", "rich==15.0.0"];

const PYTHON_SCRIPTS: [(&str, &str); 4] = [
    ("urls.py", include_str!("../../conformance/python/urls.py")),
    ("base64_files.py", include_str!("../../conformance/python/base64_files.py")),
    ("ten.py", include_str!("../../conformance/python/ten.py")),
    ("behaviour.py", include_str!("../../conformance/python/behaviour.py")),
];
const NODE_SCRIPT: &str = include_str!("../../conformance/node/behaviour.mjs");

/// Where the clients are.
pub(super) struct Clients {
    folder: PathBuf,
}

impl Clients {
    /// Installs what is not there yet.
    pub(super) fn install(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let clients = Self { folder: fs::canonicalize(folder)? };
        clients.once(&format!("python-{PYTHON_CLIENT}"), Self::install_python)?;
        clients.once(&format!("sdist-{PYTHON_CLIENT}"), Self::unpack_sdist)?;
        clients.once(&format!("node-{NODE_CLIENT}"), Self::install_node)?;
        Ok(clients)
    }

    /// Puts the scripts and their picture in place, and the two substitutions into the client's
    /// own tests: it posts `Example data` as the picture and names a model of another kind, which
    /// a server that keeps the endpoint's rules has to refuse.
    pub(super) fn lay_out(&self, picture: &Path) -> anyhow::Result<()> {
        for (name, text) in PYTHON_SCRIPTS {
            fs::write(self.work().join(name), text)?;
        }
        fs::copy(picture, self.work().join("otter.png"))?;
        let node = self.folder.join("node");
        fs::write(node.join("behaviour.mjs"), NODE_SCRIPT)?;
        fs::copy(picture, node.join("otter.png"))?;
        let tests = self.python_tests().join("tests/api_resources");
        let original = fs::read_to_string(tests.join("test_images.py"))?;
        let path = self.work().join("otter.png");
        let picture = format!("__import__('pathlib').Path({path:?}).read_bytes()");
        let real = original.replace("b\"Example data\"", &picture);
        let real = real.replace("model=\"gpt-image-1\"", "model=\"dall-e-2\"");
        ensure!(real.contains(&picture), "openai-python's tests no longer post `Example data`");
        fs::write(tests.join("test_images_of_variata.py"), real)?;
        Ok(())
    }

    /// Where scripts run.
    pub(super) fn work(&self) -> &Path {
        &self.folder
    }

    /// The Python that has the client.
    pub(super) fn python(&self) -> Command {
        Command::new(self.folder.join("venv/bin/python"))
    }

    /// The client's source distribution, with its tests.
    pub(super) fn python_tests(&self) -> PathBuf {
        self.folder.join(format!("openai-{PYTHON_CLIENT}"))
    }

    /// Node, in the folder that has the client.
    pub(super) fn node(&self) -> Command {
        let mut node = Command::new("node");
        node.current_dir(self.folder.join("node"));
        node
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

    fn install_python(&self) -> anyhow::Result<()> {
        let make = ["-m", "venv", "--clear", "venv"];
        succeed(Command::new("python3").current_dir(&self.folder).args(make))?;
        let client = format!("openai[aiohttp]=={PYTHON_CLIENT}");
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        succeed(self.python().args(install).arg(client).args(TEST_TOOLS))
    }

    fn unpack_sdist(&self) -> anyhow::Result<()> {
        let pinned = format!("openai=={PYTHON_CLIENT}");
        let download = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check"];
        let source = ["--no-deps", "--no-binary", "openai", &pinned];
        succeed(self.python().current_dir(&self.folder).args(download).args(source))?;
        let archive = format!("openai-{PYTHON_CLIENT}.tar.gz");
        let unpack = ["-m", "tarfile", "--extract", &archive];
        succeed(self.python().current_dir(&self.folder).args(unpack))
    }

    fn install_node(&self) -> anyhow::Result<()> {
        let folder = self.folder.join("node");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
        let client = format!("openai@{NODE_CLIENT}");
        let install = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
        succeed(Command::new("npm").current_dir(&folder).args(install).arg(client))
    }
}

pub(super) fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

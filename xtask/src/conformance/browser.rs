//! A real browser on the page, driven by Playwright, with axe's rules of accessibility.
//!
//! The scripts start servers of their own: some with a key, some that have to die.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::suites::{Suite, output};
use crate::program::succeed;

/// Drives the browser; the library alone, without its own browsers.
const PLAYWRIGHT: &str = "playwright-core@1.65.1";
/// Knows the rules of accessibility.
const AXE: &str = "axe-core@4.14.1";
/// Pictures that the scripts choose.
const PICTURES: [&str; 3] = ["otter", "landscape", "town"];

/// A browser, the scripts, and a server to look at.
pub(crate) struct Browser {
    folder: PathBuf,
    chromium: PathBuf,
    binary: PathBuf,
}

impl Browser {
    /// Installs what is not there yet and puts scripts and pictures in place.
    pub(crate) fn install(root: &Path, binary: &Path) -> anyhow::Result<Self> {
        let folder = root.join("target/conformance/browser");
        fs::create_dir_all(&folder)?;
        let mark = folder.join(format!("{PLAYWRIGHT}-{AXE}.installed"));
        if !mark.exists() {
            eprintln!("installing {PLAYWRIGHT} and {AXE}");
            fs::write(folder.join("package.json"), "{\"private\": true, \"type\": \"module\"}\n")?;
            let install = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
            succeed(
                Command::new("npm").current_dir(&folder).args(install).args([PLAYWRIGHT, AXE]),
            )?;
            fs::write(mark, "")?;
        }
        for entry in fs::read_dir(root.join("xtask/conformance/browser"))? {
            let path = entry?.path();
            fs::copy(&path, folder.join(path.file_name().context("a script has no name")?))?;
        }
        for name in PICTURES {
            let file = format!("{name}.png");
            fs::copy(root.join("examples").join(&file), folder.join(file))?;
        }
        fs::write(folder.join("oblong.png"), oblong()?)?;
        let binary = fs::canonicalize(binary)?;
        Ok(Self { folder, chromium: chromium()?, binary })
    }

    /// Node with `script`, which finds the browser and the server in its environment.
    pub(crate) fn run(&self, script: &str) -> Command {
        let mut node = Command::new("node");
        node.current_dir(&self.folder).arg(script);
        node.env("CHROMIUM", &self.chromium).env("VARIATA_BINARY", &self.binary);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VARIATA_") && name != "VARIATA_BINARY" {
                node.env_remove(name);
            }
        }
        node
    }

    /// The checks of the page.
    pub(super) fn suite(&self) -> Suite {
        Suite::reported("the page, in Chromium", 30, output(&mut self.run("checks.mjs")))
    }
}

/// Chromium of the system; on Debian, and where it may, this installs it.
fn chromium() -> anyhow::Result<PathBuf> {
    let known = || {
        let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
        let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
        let mut all = named.into_iter().chain(usual.map(PathBuf::from));
        all.find(|path| path.exists())
    };
    if known().is_none() && Path::new("/usr/bin/apt-get").exists() {
        eprintln!("installing chromium");
        // It fails without the right to install; what is missing is told below.
        drop(Command::new("apt-get").args(["update", "--quiet"]).status());
        let install = ["install", "--yes", "--quiet", "--no-install-recommends", "chromium"];
        drop(Command::new("apt-get").args(install).status());
    }
    known().context("there is no Chromium: install it, or set CHROMIUM to where it is")
}

/// A grey picture that is not square.
fn oblong() -> anyhow::Result<Vec<u8>> {
    let (width_px, height_px) = (600, 400);
    let mut file = Vec::new();
    let mut writer = png::Encoder::new(&mut file, width_px, height_px).write_header()?;
    let pixels = (0..height_px).flat_map(|y| (0..width_px).map(move |x| shade(x, y)));
    writer.write_image_data(&pixels.collect::<Vec<u8>>())?;
    writer.finish()?;
    Ok(file)
}

/// Light at the top left, dark at the bottom right, with a grain.
fn shade(x: u32, y: u32) -> u8 {
    let grain = (x * 7 + y * 13) % 17;
    let [shade, ..] = (230 - (x + y) / 6 + grain).to_le_bytes();
    shade
}

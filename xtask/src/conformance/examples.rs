//! Programs that people copy: the three that OpenAI's API page shows, which know nothing of this
//! server, in Python with the official client and in Rust with our library; and those of the
//! server's own reference.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use super::clients::Clients;
use super::layout::CURL_EXAMPLE;
use super::server::Servers;
use super::suites::{Suite, output};

/// With the official Python client.
pub(super) fn python(clients: &Clients, servers: &Servers) -> Suite {
    let run =
        |program: &str| output(servers.tell(&mut clients.python()).arg(format!("{program}.py")));
    suite("openai-python, example programs", clients.work(), run)
}

/// With the library `variata`, as its own examples.
pub(super) fn rust(root: &Path, clients: &Clients, servers: &Servers) -> Suite {
    let name = "variata (Rust), example programs";
    if let Err(error) = build(root, clients) {
        return Suite::of(name, vec![("could not be built", Err(error))]);
    }
    let run = |program: &str| {
        let program = format!("target/debug/examples/{program}{}", std::env::consts::EXE_SUFFIX);
        let mut command = Command::new(root.join(program));
        output(servers.tell(&mut command).current_dir(clients.work()))
    };
    suite(name, clients.work(), run)
}

/// Those of the server's reference, as they stand there.
pub(super) fn reference(root: &Path, clients: &Clients, servers: &Servers) -> Suite {
    let python = || output(servers.tell(&mut clients.python()).arg("variations.py"));
    let node = || output(servers.tell(&mut clients.node()).arg("variations.mjs"));
    let rust = || {
        let mut program = Command::new(clients.rust(root, "variations")?);
        let text = output(servers.tell(&mut program).current_dir(clients.work()))?;
        let files = text.lines().filter(|line| line.ends_with(".png")).count();
        ensure!(files == 2, "expected 2 files, got {text:?}");
        Ok(())
    };
    let curl = || {
        let mut shell = Command::new("sh");
        shell.current_dir(clients.work()).args(["-c", CURL_EXAMPLE]);
        let text = output(servers.tell(&mut shell))?;
        ensure!(text.contains("/files/"), "expected a link, got {text:?}");
        Ok(())
    };
    let checks = vec![
        ("Python", python().and_then(|text| ensure_links(&text, 2))),
        ("Node", node().and_then(|text| ensure_links(&text, 2))),
        ("Rust", rust()),
        ("curl", curl()),
    ];
    Suite::of("the reference's examples", checks)
}

fn ensure_links(text: &str, count: usize) -> anyhow::Result<()> {
    let are_links = text.lines().all(|line| line.starts_with("http://127.0.0.1:"));
    ensure!(text.lines().count() == count && are_links, "expected {count} links, got {text:?}");
    Ok(())
}

/// As the tests of the workspace build them, so that they are built only once.
fn build(root: &Path, clients: &Clients) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["build", "--quiet", "--locked", "--workspace", "--examples"];
    let status = Command::new(cargo).args(arguments).current_dir(root).status()?;
    ensure!(status.success(), "cannot build the examples");
    let pictures = clients.work().join("examples");
    fs::create_dir_all(&pictures)?;
    fs::copy(root.join("examples/otter.png"), pictures.join("otter.png")).context("no picture")?;
    Ok(())
}

/// Runs the programs in the folder `work` and checks what they print and leave behind.
fn suite(name: &'static str, work: &Path, run: impl Fn(&str) -> anyhow::Result<String>) -> Suite {
    let urls = || ensure_links(&run("urls")?, 3);
    let files = || {
        let text = run("base64_files")?;
        ensure!(text.lines().count() == 2, "expected 2 files, got {text:?}");
        for name in text.lines() {
            let side = variata_image::probe(&fs::read(work.join(name))?)?.width_px;
            ensure!(side == 512, "{name} has {side} px");
        }
        Ok(())
    };
    let ten = || {
        let text = run("ten")?;
        ensure!(text.trim() == "10", "expected 10, got {text:?}");
        Ok(())
    };
    Suite::of(name, vec![("urls", urls()), ("base64_files", files()), ("ten", ten())])
}

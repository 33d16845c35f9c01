//! The three programs of the API's page, with and without a server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;
use variata_patch::PatchEngine;

use crate::support::{TestServer, png};

/// A folder with the picture that the examples name.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("examples")).unwrap();
    fs::write(folder.path().join("examples/otter.png"), png()).unwrap();
    folder
}

/// The lines that an example prints; without a `base_url` it works in process.
fn run(name: &str, folder: &Path, base_url: Option<&str>) -> Vec<String> {
    // Cargo builds examples beside the folder of the tests.
    let tests = std::env::current_exe().unwrap();
    let built: PathBuf = tests.ancestors().nth(2).unwrap().join("examples").join(name);
    let mut command = Command::new(built.with_extension(std::env::consts::EXE_EXTENSION));
    command.current_dir(folder).env("TMPDIR", folder).env_remove("OPENAI_BASE_URL");
    if let Some(base_url) = base_url {
        command.env("OPENAI_BASE_URL", base_url).env("OPENAI_API_KEY", "a-key");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn check(base_url: Option<&str>) {
    let folder = folder();
    let start = if base_url.is_some() { "http://127.0.0.1:" } else { "file:///" };
    let urls = run("urls", folder.path(), base_url);
    assert_eq!(urls.len(), 3);
    assert!(urls.iter().all(|url| url.starts_with(start)), "{urls:?}");
    for name in run("base64_files", folder.path(), base_url) {
        let file = fs::read(folder.path().join(name)).unwrap();
        assert_eq!(variata_image::probe(&file).unwrap().width_px, 512);
    }
    assert!(folder.path().join("variation-1.png").exists());
    assert_eq!(run("ten", folder.path(), base_url), ["10"]);
}

#[test]
fn they_work_in_process() {
    check(None);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_work_against_a_server() {
    let server = TestServer::start(Arc::new(PatchEngine::new())).await;
    check(Some(&server.base_url()));
}

//! Keeps the committed OpenAPI document what the server is.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};

use crate::pictures;

/// What to do with the document.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only check that the committed document is right
    #[arg(long)]
    check: bool,
}

/// Where it is.
const DOCUMENT: &str = "crates/variata-server/openapi.json";

/// Writes the document, or checks it.
///
/// # Errors
///
/// When it is not what the server's code says, with `--check`; when it cannot be read or written.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")?;
    let path = root.join(DOCUMENT);
    let text = format!("{:#}\n", variata_server::openapi());
    if arguments.check {
        let committed = fs::read_to_string(&path).with_context(|| format!("no {DOCUMENT}"))?;
        ensure!(committed == text, "{DOCUMENT} is out of date: run `cargo xtask openapi`");
    } else {
        pictures::write(&path, text.as_bytes())?;
    }
    println!("{DOCUMENT}");
    Ok(())
}

//! How fast the page is, and what it looks like.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::conformance::browser::Browser;
use crate::program::{self, Profile};

/// What to do.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Draw pictures of the page into this folder instead of measuring it
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,

    /// The program to look at; built from this workspace when not given
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Measures the page, or draws it.
///
/// # Errors
///
/// When the browser or the program cannot be run.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = program::workspace()?;
    let binary = arguments.binary.clone().map_or_else(|| program::build(Profile::Release), Ok)?;
    let browser = Browser::install(root, &binary)?;
    match &arguments.pictures {
        None => finish(&mut browser.run("figures.mjs")),
        Some(folder) => {
            fs::create_dir_all(folder)?;
            let folder = fs::canonicalize(folder)?;
            finish(browser.run("pictures.mjs").env("VARIATA_PICTURES", folder))
        }
    }
}

fn finish(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

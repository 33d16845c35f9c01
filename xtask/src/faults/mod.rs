//! Does to a server what happens to servers: it is stopped, killed, starved of disk and of file
//! descriptors, and has to be whole afterwards.

mod descriptors;
mod disk;
mod kills;
mod restarts;

use std::path::PathBuf;

use crate::load::Setup;
use crate::program::{self, Profile};
use crate::verdict::Verdicts;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The program under test; built from this workspace when not given
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// How often the server is killed while it writes
    #[arg(long, value_name = "N", default_value_t = 1000)]
    kills: u32,
    /// How often the server is restarted under a retrying client
    #[arg(long, value_name = "N", default_value_t = 20)]
    restarts: u32,
    /// How many requests the retrying client sends
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    requests: u32,
}

/// Runs every fault and prints what came of it.
///
/// # Errors
///
/// When something did not hold, or could not be tried.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = program::workspace()?;
    let binary = arguments.binary.clone().map_or_else(|| program::build(Profile::Release), Ok)?;
    let folder = root.join("target/faults");
    let setup = |name: &str| -> anyhow::Result<Setup> {
        let folder = folder.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(Setup::new(&binary, &folder))
    };
    let mut verdicts = Verdicts::default();
    descriptors::run(setup("descriptors")?, &mut verdicts)?;
    disk::run(setup("disk")?, &mut verdicts)?;
    restarts::run(&setup("restarts")?, arguments.restarts, arguments.requests, &mut verdicts)?;
    kills::run(&setup("kills")?, arguments.kills, &mut verdicts)?;
    verdicts.conclude("faults")
}

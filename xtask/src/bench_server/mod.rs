//! How much the server costs beside what it is for, with a bare handler beside it in the same run.
//!
//! Times depend on the machine and on who else uses it, so each figure stands beside that of a
//! server that does nothing but HTTP, measured the same way: what both have in common is the
//! client, the system and hyper.

mod bare;
mod hangup;
mod idle;
mod overhead;
mod rates;

use std::path::PathBuf;
use std::time::Duration;

use crate::load::{Process, Setup};
use crate::program::{self, Profile};
use crate::verdict::Verdicts;

pub(crate) use bare::{BareArguments, run_bare};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The program under test; built from this workspace when not given
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// How long each rate is measured, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// How many requests the overhead is the median of
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    requests: u32,
}

/// The key that callers have where one is needed.
const KEY: &str = "bench";

/// Measures everything and prints it.
///
/// # Errors
///
/// When a figure is not reached, or something could not be measured.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = program::workspace()?.join("target/bench-server");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let binary = arguments.binary.clone().map_or_else(|| program::build(Profile::Release), Ok)?;
    let server = Setup::new(&binary, &folder).with(&["--api-key", KEY]).start("127.0.0.1:0")?;
    let length = Duration::from_secs(arguments.seconds);
    let mut verdicts = Verdicts::default();
    overhead::run(&server, &folder, arguments.requests, &mut verdicts)?;
    rates::rejections(&server, length, &mut verdicts)?;
    rates::files(&server, length, &mut verdicts)?;
    idle::run(&server, &mut verdicts)?;
    hangup::run(&server, &mut verdicts)?;
    verdicts.conclude("bench-server")
}

/// How long the server has computed for callers so far, pictures read, varied and written.
fn computed(server: &Process) -> anyhow::Result<Duration> {
    // Before the first one there is no such line.
    let seconds = server.metric("variata_phase_seconds_sum{phase=\"Compute\"}").unwrap_or(0.0);
    Ok(Duration::try_from_secs_f64(seconds)?)
}

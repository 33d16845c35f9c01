//! Asks a server for more than it can do, for as long as told, and says how it held up.
//!
//! Every request is one of ours, on loopback; the server is the real binary with a ledger of its
//! own. The figures depend on the machine, so what fails the run are counts and ratios.

mod overload;
mod slow;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;

use crate::load::{self, Process, Setup, Tally, picture, variation};
use crate::program::{self, Profile};
use crate::verdict::Verdicts;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The program under test; built from this workspace when not given
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// How long each phase lasts, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(2..=3600))]
    seconds: u64,
    /// How long the overload lasts, in seconds; as long as the other phases when not given
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(2..=86_400))]
    overload_seconds: Option<u64>,
    /// How many slow connections there are
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    slow: u32,
}

/// A text that must not occur anywhere but in the requests that carry it.
const CANARY: &str = "canary-6d1f0e";
/// The names that end users go by in the requests.
const USER: &str = "canary-user-6d1f0e";

/// Runs every phase and prints what was measured.
///
/// # Errors
///
/// When something did not hold, or could not be measured.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = program::workspace()?;
    let folder = root.join("target/soak");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let binary = arguments.binary.clone().map_or_else(|| program::build(Profile::Release), Ok)?;
    let setup = Setup::new(&binary, &folder).with(&[
        "--api-key",
        CANARY,
        "--log",
        "info",
        "--queue-images",
        "16",
    ]);
    let server = setup.start("127.0.0.1:0")?;
    let length = Duration::from_secs(arguments.seconds);
    let mut verdicts = Verdicts::default();
    let peak = overload::peak(&server, length)?;
    let mut sent = peak.tally.clone();
    let overload = arguments.overload_seconds.map_or(length, Duration::from_secs);
    sent = sent.merge(overload::run(&server, &peak, overload, &mut verdicts)?);
    let (beside, unfinished) = slow::run(&server, arguments.slow, length, &mut verdicts)?;
    sent = sent.merge(beside);
    account(&setup, server, &sent, unfinished, &mut verdicts)?;
    look_for_canaries(&setup, &mut verdicts)?;
    verdicts.conclude("soak")
}

/// Every request of the soak was answered or refused, and the ledger says the same; it also knows of
/// those whose bodies never ended.
fn account(
    setup: &Setup,
    mut server: Process,
    sent: &Tally,
    unfinished: u32,
    verdicts: &mut Verdicts,
) -> anyhow::Result<()> {
    let metrics = server.metrics()?;
    ensure!(server.terminate()?.success(), "the server did not end in order");
    let usage = setup.run(&["usage", "--format", "json"])?;
    let row: serde_json::Value = serde_json::from_str(usage.trim())?;
    let number = |key: &str| row[key].as_u64().unwrap_or_default();
    let (answered, failed) = (sent.count(200) as u64, sent.count(503) as u64);
    let detail = format!(
        "sent {} = {}, begun {unfinished}; ledger {} = {} answered + {} refused + {} failed",
        sent.sent(),
        sent.statuses(),
        number("requests"),
        number("answered"),
        number("refused"),
        number("failed"),
    );
    let agrees = number("requests") == sent.sent() as u64 + u64::from(unfinished)
        && number("answered") == answered
        && number("failed") == failed
        && sent.unanswered == 0;
    verdicts.add("every request accounted for", agrees, detail);
    let panics = metrics.lines().filter(|line| line.contains("panic") && !line.starts_with('#'));
    let none = panics.clone().all(|line| line.ends_with(" 0"));
    verdicts.add("no panics", none, panics.collect::<Vec<_>>().join(", "));
    let leaks = metrics.contains(CANARY) || metrics.contains(USER);
    verdicts.add("no key and no user in the metrics", !leaks, format!("{} bytes", metrics.len()));
    Ok(())
}

/// Neither the key nor the user's name stands in anything that the server wrote.
fn look_for_canaries(setup: &Setup, verdicts: &mut Verdicts) -> anyhow::Result<()> {
    let mut files = vec![setup.log.clone()];
    for entry in std::fs::read_dir(&setup.data)? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    let mut found = Vec::new();
    for file in &files {
        let bytes = std::fs::read(file)?;
        let text = String::from_utf8_lossy(&bytes);
        if text.contains(CANARY) || text.contains(USER) {
            found.push(file.display().to_string());
        }
    }
    let detail = format!("{} files read, found in {found:?}", files.len());
    verdicts.add("no key and no user in logs and data", found.is_empty(), detail);
    Ok(())
}

/// The request that all phases send: one small image.
fn request() -> anyhow::Result<Vec<u8>> {
    // One seed, so that every image takes as long as the next.
    let fields =
        [("size", "256x256"), ("seed", "7"), ("response_format", "b64_json"), ("user", USER)];
    Ok(variation(CANARY, &picture()?, &fields))
}

/// Lets `clients` ask for small images until `length` is over.
fn ask_for(
    server: &Process,
    clients: u32,
    pause: Duration,
    length: Duration,
) -> anyhow::Result<Tally> {
    Ok(load::ask_for(server.public, &request()?, clients, pause, length))
}

//! Throws mutated input at the parsers, with libFuzzer's coverage and the stable compiler.
//!
//! The flags are those that cargo-fuzz passes, without a sanitizer: the code under test is safe
//! Rust, and panics, hangs and memory are what is looked for.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::program;
use crate::verdict::Verdicts;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The targets; all by default
    #[arg(value_name = "TARGET", value_parser = TARGETS)]
    targets: Vec<String>,
    /// How many inputs each target gets at the most
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    runs: u64,
    /// How long each target runs at the most, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    seconds: u64,
}

const TARGETS: [&str; 4] = ["png", "multipart", "request", "link"];

/// Counts edges and compares, as libFuzzer wants them.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Builds the targets and runs each.
///
/// # Errors
///
/// When an input made a target panic, hang or take too much memory; it is kept in `target/fuzz`.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = program::workspace()?;
    let target = host()?;
    let build = Command::new(env!("CARGO"))
        .current_dir(root.join("fuzz"))
        // With a target named, build scripts and macros are built without these flags.
        .args(["build", "--release", "--target", &target, "--bins"])
        .env("RUSTFLAGS", FLAGS)
        .status()?;
    ensure!(build.success(), "cannot build the fuzz targets");
    let binaries = root.join("fuzz/target").join(&target).join("release");
    let mut verdicts = Verdicts::default();
    for name in TARGETS {
        let is_wanted =
            arguments.targets.is_empty() || arguments.targets.iter().any(|other| other == name);
        if is_wanted {
            fuzz(root, &binaries.join(name), name, arguments, &mut verdicts)?;
        }
    }
    verdicts.conclude("fuzz")
}

fn fuzz(
    root: &Path,
    binary: &Path,
    name: &str,
    arguments: &Arguments,
    verdicts: &mut Verdicts,
) -> anyhow::Result<()> {
    let folder = root.join("target/fuzz").join(name);
    let found = folder.join("corpus");
    std::fs::create_dir_all(&found)?;
    let done = Command::new(binary)
        .current_dir(&folder)
        .args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"])
        .arg(format!("-max_len={}", max_bytes(name)))
        .arg(format!("-runs={}", arguments.runs))
        .arg(format!("-max_total_time={}", arguments.seconds))
        .arg(&found)
        .arg(root.join("fuzz/corpus").join(name))
        .output()
        .with_context(|| format!("cannot run {}", binary.display()))?;
    let log = String::from_utf8_lossy(&done.stderr);
    let runs = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let last =
        log.lines().rfind(|line| line.contains("Test unit written") || line.contains("cov:"));
    let detail =
        format!("{} runs; {}", runs.unwrap_or(" 0").trim(), last.unwrap_or("no output").trim());
    verdicts.add(name, done.status.success(), detail);
    Ok(())
}

/// How long an input may become. All that a form can say fits into a few kilobytes, and what is longer
/// is slower.
fn max_bytes(target: &str) -> u32 {
    if target == "png" { 65_536 } else { 4096 }
}

/// The name that rustc has for this machine.
fn host() -> anyhow::Result<String> {
    let told = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    let text = String::from_utf8(told.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

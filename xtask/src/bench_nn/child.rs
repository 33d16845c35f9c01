//! One network in a process that does nothing else, so that peak memory is its own.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use rayon::ThreadPoolBuilder;
use serde_json::json;
use variata_nn::Cpu;
use variata_unclip::checkpoint::Checkpoint;

use super::network::{Network, Numbers};
use crate::bench::machine;

/// What to measure; the same words in the same order as for `reference.py`.
#[derive(Debug, clap::Args)]
pub(crate) struct ChildArguments {
    checkpoint: PathBuf,
    network: Network,
    numbers: Numbers,
    threads: usize,
    /// Calls after the first.
    runs: usize,
    /// Where the result goes.
    output: PathBuf,
}

/// Measures one network and prints a line of JSON.
///
/// # Errors
///
/// When the network cannot be read, or its result not written.
pub(crate) fn run(arguments: &ChildArguments) -> anyhow::Result<()> {
    let pool = ThreadPoolBuilder::new().num_threads(arguments.threads).build();
    pool.context("no thread pool")?.install(|| measure(arguments))
}

fn measure(arguments: &ChildArguments) -> anyhow::Result<()> {
    let started = Instant::now();
    let checkpoint = Checkpoint::open(&arguments.checkpoint)?;
    let call = arguments.network.load(Cpu::new(arguments.numbers.precision()), &checkpoint)?;
    let load_s = started.elapsed().as_secs_f64();
    let mut calls_s = Vec::new();
    let mut result = Vec::new();
    for _ in 0..=arguments.runs {
        let started = Instant::now();
        result = call()?;
        calls_s.push(started.elapsed().as_secs_f64());
    }
    let peak_mib = machine::peak_memory_mib();
    let bytes: Vec<u8> = result.iter().flat_map(|number| number.to_le_bytes()).collect();
    fs::write(&arguments.output, bytes)?;
    println!("{}", json!({ "load_s": load_s, "calls_s": calls_s, "peak_mib": peak_mib }));
    Ok(())
}

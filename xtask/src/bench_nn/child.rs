//! One network in a process that does nothing else, so that peak memory is its own.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use rayon::ThreadPoolBuilder;
use serde_json::json;
use variata_nn::Cpu;
use variata_unclip::checkpoint::Checkpoint;
use variata_unclip::{Device, LoadError};

use super::network::{Call, Network, Numbers};
use crate::bench::machine;

/// What to measure; the same words in the same order as for `reference.py`.
#[derive(Debug, clap::Args)]
pub(crate) struct ChildArguments {
    checkpoint: PathBuf,
    network: Network,
    numbers: Numbers,
    device: Device,
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
    let call = load(arguments, &checkpoint)?;
    let load_s = started.elapsed().as_secs_f64();
    let mut calls_s = Vec::new();
    let mut result = Vec::new();
    for _ in 0..=arguments.runs {
        let started = Instant::now();
        result = call()?;
        calls_s.push(started.elapsed().as_secs_f64());
    }
    // What a card holds shows nowhere here.
    let peak_mib = machine::peak_memory_mib().filter(|_| arguments.device == Device::Cpu);
    let bytes: Vec<u8> = result.iter().flat_map(|number| number.to_le_bytes()).collect();
    fs::write(&arguments.output, bytes)?;
    println!("{}", json!({ "load_s": load_s, "calls_s": calls_s, "peak_mib": peak_mib }));
    Ok(())
}

fn load(arguments: &ChildArguments, checkpoint: &Checkpoint) -> Result<Call, LoadError> {
    let precision = arguments.numbers.precision();
    arguments.device.require(precision)?;
    match arguments.device {
        Device::Cpu => arguments.network.load(Cpu::new(precision), checkpoint),
        #[cfg(feature = "cuda")]
        Device::Cuda => arguments.network.load(variata_nn::Cuda::new(precision)?, checkpoint),
        #[cfg(feature = "candle")]
        device => arguments.network.load(device.candle(precision)?, checkpoint),
        #[cfg(not(feature = "candle"))]
        device => Err(device.missing().into()),
    }
}

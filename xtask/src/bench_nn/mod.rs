//! How long the neural engine's networks take at full size, beside diffusers and PyTorch.
//!
//! Weights are random: what a network computes does not depend on what it has learned. Absolute
//! times mean little on a machine that others use, so both sides are measured in turns in the same
//! run, each network in a process of its own, and the results are compared as well as the times.

mod child;
mod network;
mod operators;
mod reference;
mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context, ensure};
use variata_unclip::Device;

use self::network::{Network, Numbers};
use self::reference::{Reference, Way};
use self::report::{Figures, Report, Row};
use crate::program;

pub(crate) use child::ChildArguments;
pub(crate) use child::run as run_child;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Networks
    #[arg(long, value_enum, value_delimiter = ',', default_value = "unet,vae,clip")]
    networks: Vec<Network>,
    /// How numbers are held; f32 is what results are compared with, and comes first
    #[arg(long, value_enum, value_delimiter = ',', default_value = "f32,bf16")]
    numbers: Vec<Numbers>,
    /// Where both sides compute: a device other than the processor takes a build with its feature
    #[arg(long, value_name = "NAME", default_value = "cpu")]
    device: Device,
    /// How PyTorch runs its networks; `graph` takes a card
    #[arg(long, value_enum, default_value = "eager")]
    pytorch: Way,
    /// Threads of each side [default: all processors]
    #[arg(long)]
    threads: Option<usize>,
    /// Calls after the first, of which the fastest counts
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// A Python with diffusers, transformers and torch; installed in target/bench-nn when not given
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
    /// Keep the weights (3.9 GB in target/bench-nn) for another run
    #[arg(long)]
    keep: bool,
    /// Keep the figures as `benches/results/NAME.json`
    #[arg(long, value_name = "NAME")]
    save: Option<String>,
    /// Measure single operators instead, as shares of what the processor can do
    #[arg(long)]
    operators: bool,
}

/// Measures and prints.
///
/// # Errors
///
/// When something could not be measured.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let threads = arguments.threads.unwrap_or(available_parallelism().map_or(1, usize::from));
    if arguments.operators {
        return operators::measure(threads, arguments.save.as_deref());
    }
    let folder = program::workspace()?.join("target/bench-nn");
    fs::create_dir_all(&folder)?;
    let reference = Reference::open(arguments.python.as_deref(), &folder)?;
    let checkpoint = folder.join("checkpoint");
    reference.make_weights(&checkpoint)?;
    let Arguments { device, pytorch: way, runs, .. } = *arguments;
    let bench = Bench { reference, way, folder, checkpoint, device, threads, runs };
    let mut report = Report::new(device, way, threads);
    for &network in &arguments.networks {
        for &numbers in &arguments.numbers {
            report.add(bench.compare(network, numbers)?);
        }
    }
    if !arguments.keep {
        fs::remove_dir_all(&bench.checkpoint)?;
    }
    arguments.save.as_deref().map_or(Ok(()), |name| report.save(name))
}

/// What all measurements have in common.
struct Bench {
    reference: Reference,
    way: Way,
    folder: PathBuf,
    checkpoint: PathBuf,
    device: Device,
    threads: usize,
    runs: u32,
}

impl Bench {
    /// One network on both sides.
    fn compare(&self, network: Network, numbers: Numbers) -> anyhow::Result<Row> {
        eprintln!("{} in {}", network.name(), numbers.name());
        let theirs = format!("{}-{}.reference", network.name(), numbers.name());
        let theirs =
            self.measure(self.reference.measuring(self.way)?, (network, numbers), &theirs)?;
        let program = std::env::current_exe().context("cannot find this very program")?;
        let mut command = Command::new(program);
        command.arg("bench-nn-child");
        let ours = self.measure(command, (network, numbers), "ours")?;
        Ok(Row { network, numbers, ours, theirs })
    }

    /// Runs `command` on one network, and compares its result with that of PyTorch in f32.
    fn measure(
        &self,
        mut command: Command,
        (network, numbers): (Network, Numbers),
        output: &str,
    ) -> anyhow::Result<Figures> {
        let output = self.folder.join(output);
        command.arg(&self.checkpoint).args([network.name(), numbers.name(), self.device.name()]);
        command.args([self.threads.to_string(), self.runs.to_string()]).arg(&output);
        let done = command.output().with_context(|| format!("cannot run {command:?}"))?;
        ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr).trim());
        let expected = self.folder.join(format!("{}-f32.reference", network.name()));
        let error = if expected.exists() {
            Some(variata_unclip::parity::distance(&floats(&output)?, &floats(&expected)?))
        } else {
            None
        };
        Figures::from_json(&done.stdout, error)
    }
}

/// The numbers of a file, single precision and little-endian.
fn floats(path: &Path) -> anyhow::Result<Vec<f32>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four)).collect())
}

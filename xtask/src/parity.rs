//! `cargo xtask parity`: the neural engine beside diffusers, as a table.
//!
//! Tests hold the same distances to their limits; this is for looking at them, on any processor's
//! instructions.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use variata_nn::{Precision, Tier};
use variata_unclip::Device;
use variata_unclip::parity::{Distance, measure_on};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Checkpoints with a reference beside them [default: the committed ones]
    checkpoints: Vec<PathBuf>,
    /// Where to compute: a device other than the processor takes a build with its feature, as in
    /// `cargo run --package xtask --features cuda -- parity --device cuda`
    #[arg(long, value_name = "NAME", default_value = "cpu")]
    device: Device,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/variata-unclip/fixtures");
    let committed =
        || ["image-variation", "stable-unclip"].map(|name| fixtures.join(name)).to_vec();
    let given = &arguments.checkpoints;
    let checkpoints = if given.is_empty() { committed() } else { given.clone() };
    match arguments.device {
        Device::Cpu => println!("instructions: {}", Tier::detect().name()),
        device => println!("device: {}", device.name()),
    }
    println!("{:<16} {:<5} {:<18} {:>9} {:>9}", "checkpoint", "", "", "distance", "limit");
    // What each takes of half precision; candle's CPU device multiplies no bf16.
    let half = match arguments.device {
        Device::Cpu => (Precision::Bf16, "bf16"),
        _ => (Precision::F16, "f16"),
    };
    let mut far = 0;
    for folder in &checkpoints {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        for (precision, label) in [(Precision::F32, "f32"), half] {
            let found = measure_on(arguments.device, precision, folder)
                .with_context(|| format!("cannot measure {}", folder.display()))?;
            for distance in found {
                let is_near = distance.is_near();
                let Distance { what, error, limit } = distance;
                let mark = if is_near { "" } else { "  too far" };
                far += usize::from(!mark.is_empty());
                println!("{name:<16} {label:<5} {what:<18} {error:>9.1e} {limit:>9.1e}{mark}");
            }
        }
    }
    ensure!(far == 0, "{far} results are too far from the reference");
    Ok(())
}

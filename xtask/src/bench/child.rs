//! One measured call, in a process that does nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use rayon::ThreadPoolBuilder;
use variata_core::{
    Count, Engine, Observer, Seed, Silent, Size, SquareImage, Strength, Variation, VariationSpec,
};
use variata_image::{EncodeError, OutputFormat};
use variata_patch::PatchEngine;

use super::record::Run;
use super::{first, machine};
use crate::pictures;

/// The configuration to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct ChildArguments {
    file: PathBuf,
    #[arg(long)]
    size: Size,
    #[arg(long)]
    count: Count,
    #[arg(long)]
    threads: u32,
    /// Only say when the first preview is there
    #[arg(long)]
    first: bool,
}

/// Measures one call and prints it as JSON.
pub(crate) fn run(arguments: &ChildArguments) -> anyhow::Result<()> {
    let source = pictures::read(&arguments.file)?.image;
    let threads = arguments.threads as usize;
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().context("no thread pool")?;
    let ChildArguments { size, count, .. } = *arguments;
    let spec =
        VariationSpec { count, size, seed: Seed::from_bits(1), strength: Strength::default() };
    if arguments.first {
        return pool.install(|| first::show(source, &spec));
    }
    let run = pool.install(|| measured(source, &spec))?;
    println!("{}", run.to_json());
    Ok(())
}

fn measured(source: SquareImage, spec: &VariationSpec) -> anyhow::Result<Run> {
    let engine = PatchEngine::new();
    // The smallest call there is pages the code in and starts the pool's threads.
    engine.vary(
        source.clone(),
        &VariationSpec { count: Count::new(1)?, size: Size::Px256, ..*spec },
        &Silent,
    )?;

    // Of the file, its decoder and that call nothing is left.
    machine::forget_peak_memory();
    let encoder = Encoder::default();
    let (faults_before, allocations_before) = (machine::page_faults(), machine::allocations());
    let started = Instant::now();
    encoder.is_cancelled();
    engine.vary(source, spec, &encoder)?;
    let total = started.elapsed();
    let allocations = machine::allocations() - allocations_before;
    let page_faults =
        machine::page_faults().zip(faults_before).map(|(after, before)| after - before);
    let times = encoder.into_times();
    if let Some(error) = times.failure {
        return Err(error).context("cannot encode a variation");
    }
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(Run {
        total_ms: ms(total),
        variations_ms: ms(times.variations),
        encoding_ms: ms(times.encoding),
        longest_gap_ms: ms(times.longest_gap),
        stages_ms: times.stages.into_iter().map(|(name, time)| (name, ms(time))).collect(),
        peak_mib: machine::peak_memory_mib(),
        page_faults,
        allocations: Some(allocations),
        first_preview_ms: None,
    })
}

/// Encodes what is finished, as a server's observer does, and adds up the times.
#[derive(Debug, Default)]
struct Encoder {
    times: Mutex<Times>,
}

#[derive(Debug, Default)]
struct Times {
    variations: Duration,
    encoding: Duration,
    stages: BTreeMap<String, Duration>,
    last_poll: Option<Instant>,
    longest_gap: Duration,
    failure: Option<EncodeError>,
}

impl Encoder {
    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_times(self) -> Times {
        self.times.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Encoder {
    fn wants_previews(&self) -> bool {
        false
    }

    fn stage(&self, name: &str, took: Duration) {
        *self.times().stages.entry(name.to_owned()).or_default() += took;
    }

    /// Notes how long nobody asked: a cancelled call goes on for as long as that.
    fn is_cancelled(&self) -> bool {
        let (now, mut times) = (Instant::now(), self.times());
        let gap = times.last_poll.replace(now).map(|last| now - last);
        times.longest_gap = times.longest_gap.max(gap.unwrap_or_default());
        false
    }

    fn finished(&self, variation: Variation) {
        let started = Instant::now();
        let encoded = variata_image::encode(&variation.image, OutputFormat::Png, None);
        let encoding = started.elapsed();
        let mut times = self.times();
        times.variations += variation.elapsed;
        times.encoding += encoding;
        if let Err(error) = encoded {
            times.failure = Some(error);
        }
    }
}

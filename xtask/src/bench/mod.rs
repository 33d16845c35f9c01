//! How long whole calls take, and how much memory, as a caller would see it.
//!
//! A call is the engine's work on a decoded picture plus the PNG encoding of every variation, in
//! the observer as a server does it. Each run is a process of its own, so that peak memory is that
//! of one call, the decoded picture included; configurations take turns, so that a noisy minute hurts all of them alike.

mod child;
mod first;
mod folder;
mod kernels;
pub(crate) mod machine;
mod odd;
mod prototype;
mod record;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use variata_core::{Count, Size};

use crate::{kept, pictures};
pub(crate) use child::ChildArguments;
pub(crate) use child::run as run_child;
use prototype::Prototype;
use record::{Record, Row, Run};

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Pictures, or folders of PNGs
    #[arg(default_value = "examples")]
    paths: Vec<PathBuf>,
    /// Sides of the variations
    #[arg(long, value_delimiter = ',', default_value = "256,512,1024")]
    sizes: Vec<Size>,
    /// Variations a call
    #[arg(long, value_delimiter = ',', default_value = "1,10")]
    counts: Vec<Count>,
    /// Threads
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    threads: Vec<u32>,
    /// Runs of each configuration
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// Keep the figures as `benches/results/NAME.json`
    #[arg(long, value_name = "NAME")]
    save: Option<String>,
    /// Print ratios to figures that were kept before
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Also run the Python prototype in this folder, and print ratios
    #[arg(long, value_name = "DIR")]
    prototype: Option<PathBuf>,
    /// A Python with numpy, scipy and opencv-python-headless, for the prototype
    #[arg(long, value_name = "FILE", default_value = "python3")]
    python: PathBuf,
    /// Also print what each stage of the engine took
    #[arg(long)]
    stages: bool,
    /// Also measure uniform, striped, noisy and huge pictures, against the others
    #[arg(long)]
    odd: bool,
    /// Measure `variata vary` on a folder of so many pictures instead
    #[arg(long, value_name = "PICTURES")]
    folder: Option<u32>,
    /// Measure the engine's inner loops in every tier instead
    #[arg(long)]
    kernels: bool,
}

/// One thing to measure.
#[derive(Debug, Clone)]
pub(crate) struct Configuration {
    file: PathBuf,
    size: Size,
    count: Count,
    threads: u32,
}

impl Configuration {
    fn picture(&self) -> String {
        pictures::stem(&self.file)
    }
}

/// Measures and prints.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.kernels {
        kernels::measure();
        return Ok(());
    }
    if let Some(sources) = arguments.folder {
        return folder::measure(&arguments.paths, sources);
    }
    let odd = if arguments.odd { odd::draw(Path::new("target/bench"))? } else { Vec::new() };
    let configurations = configurations(arguments, &odd)?;
    let mut rows: Vec<Row> = configurations.iter().map(Row::new).collect();
    for round in 1..=arguments.repeats {
        eprintln!("round {round} of {}", arguments.repeats);
        for (configuration, row) in configurations.iter().zip(&mut rows) {
            row.runs.push(measure(configuration)?);
        }
    }
    let record = Record { machine: machine::describe(), date: machine::today(), rows };
    record.print();
    if arguments.stages {
        record.print_stages();
    }
    if arguments.odd {
        record.print_odd(&odd.iter().map(|path| pictures::stem(path)).collect::<Vec<_>>());
    }
    if let Some(file) = &arguments.compare {
        record.print_ratios(&Record::read(file)?);
    }
    if let Some(folder) = &arguments.prototype {
        Prototype::new(folder, &arguments.python)?.compare(&configurations, &record)?;
    }
    arguments.save.as_deref().map_or(Ok(()), |name| kept::save(&record.to_json(), name))
}

/// Every combination of what was asked for.
fn configurations(arguments: &Arguments, odd: &[PathBuf]) -> anyhow::Result<Vec<Configuration>> {
    let files = arguments.paths.iter().chain(odd).map(|path| pictures::files_of(path));
    let files = files.collect::<anyhow::Result<Vec<_>>>()?.concat();
    if files.is_empty() {
        bail!("no PNG to measure with: expected pictures or folders of them");
    }
    let mut all = Vec::new();
    for (file, &size) in files.iter().flat_map(|f| arguments.sizes.iter().map(move |s| (f, s))) {
        for &count in &arguments.counts {
            let with = |&threads: &u32| Configuration { file: file.clone(), size, count, threads };
            all.extend(arguments.threads.iter().map(with));
        }
    }
    Ok(all)
}

/// Runs one configuration in a process of its own, and a single variation in another up to its first
/// preview.
fn measure(configuration: &Configuration) -> anyhow::Result<Run> {
    let output = child(configuration)?.output().context("cannot run a measuring process")?;
    if !output.status.success() {
        bail!("measuring failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let mut run = Run::from_json(&output.stdout)?;
    if configuration.count.get() == 1 {
        let mut cold = child(configuration)?;
        cold.arg("--first");
        run.first_preview_ms = Some(first::measure(cold)?);
    }
    Ok(run)
}

/// The process that measures one configuration.
fn child(configuration: &Configuration) -> anyhow::Result<Command> {
    let program = std::env::current_exe().context("cannot find this very program")?;
    let mut child = Command::new(program);
    child
        .arg("bench-child")
        .arg(&configuration.file)
        .args(["--size", &configuration.size.side_px().to_string()])
        .args(["--count", &configuration.count.get().to_string()])
        .args(["--threads", &configuration.threads.to_string()]);
    Ok(child)
}

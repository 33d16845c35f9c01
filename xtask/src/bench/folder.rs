//! How many pictures the command makes a second when it is given a whole folder.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{available_parallelism, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::machine;
use crate::pictures;

/// Variations of each picture of the folder, and their side.
const COUNT: u32 = 4;
const SIDE_PX: u32 = 512;

/// Fills a folder with copies of the pictures of `paths` until there are `sources`, varies all of
/// them with `variata vary`, and prints images a second, the use of the cores and peak memory.
pub(super) fn measure(paths: &[PathBuf], sources: u32) -> anyhow::Result<()> {
    let program = std::env::current_exe()?.with_file_name("variata");
    if !program.is_file() {
        bail!("there is no {}: run `cargo build --release` first", program.display());
    }
    let scratch = std::env::temp_dir().join(format!("variata-bench-{}", std::process::id()));
    let result = fill(&scratch.join("in"), paths, sources).and_then(|()| vary(&program, &scratch));
    // What is left behind would only be clutter.
    let _ = std::fs::remove_dir_all(&scratch);
    let (seconds, peak_mib) = result?;
    let images = sources * COUNT;
    print!("{images} images of {SIDE_PX} px from {sources} pictures: {seconds:.1} s, ");
    print!("{:.2} images a second", f64::from(images) / seconds);
    let cores = available_parallelism().map_or(1, usize::from) as f64;
    if let Some(busy) = machine::children_cpu_seconds() {
        print!(", {:.0} % of {cores} cores", 100.0 * busy / (seconds * cores));
    }
    println!(", peak {:.0} MiB (half way {:.0})", peak_mib.1, peak_mib.0);
    Ok(())
}

fn fill(folder: &Path, paths: &[PathBuf], sources: u32) -> anyhow::Result<()> {
    let files = paths.iter().map(|path| pictures::files_of(path));
    let files = files.collect::<anyhow::Result<Vec<_>>>()?.concat();
    for (number, file) in (0..sources).zip(files.iter().cycle()) {
        let copy = folder.join(format!("{number:04}.png"));
        let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
        pictures::write(&copy, &bytes)?;
    }
    Ok(())
}

/// Seconds, and the memory's peak after half of the time and at the end.
fn vary(program: &Path, scratch: &Path) -> anyhow::Result<(f64, (f64, f64))> {
    let started = Instant::now();
    let child = Command::new(program)
        .arg("vary")
        .arg(scratch.join("in"))
        .args(["-n", &COUNT.to_string(), "--size", &SIDE_PX.to_string(), "--seed", "1"])
        .arg("--output")
        .arg(scratch.join("out"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let peaks = peaks_of(child)?;
    let half = peaks.get(peaks.len() / 2).copied().unwrap_or_default();
    Ok((started.elapsed().as_secs_f64(), (half, peaks.last().copied().unwrap_or_default())))
}

/// The memory's peak so far, ten times a second until the process ends.
fn peaks_of(mut child: Child) -> anyhow::Result<Vec<f64>> {
    let mut peaks = Vec::new();
    loop {
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                bail!("`variata vary` ended with {status}");
            }
            return Ok(peaks);
        }
        peaks.extend(machine::peak_memory_mib_of(child.id()));
        sleep(Duration::from_millis(100));
    }
}

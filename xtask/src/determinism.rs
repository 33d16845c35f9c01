//! The promise that a seed gives the same bytes on every machine, held against the real program.
//!
//! Unit tests compare threads and instructions within one build. Here debug and release builds
//! write files with one thread and with two, with all of the processor's instructions and with
//! those alone that every processor has.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use variata_core::{Count, Seed, Size};

use crate::pictures;
use crate::program::{self, Profile};

/// What to compare.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Pictures, or folders of PNGs [default: the example pictures]
    paths: Vec<PathBuf>,
    /// Variations of each picture
    #[arg(long, default_value = "3")]
    count: Count,
    /// Side of the variations
    #[arg(long, default_value = "256")]
    size: Size,
    /// Seed of the first
    #[arg(long, default_value = "0")]
    seed: Seed,
}

/// Compares and prints what was compared.
///
/// # Errors
///
/// At the first difference, and when the program cannot be built or run.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let examples = [program::workspace()?.join("examples")];
    let paths = if arguments.paths.is_empty() { &examples[..] } else { &arguments.paths };
    let files =
        paths.iter().map(|path| pictures::files_of(path)).collect::<Result<Vec<_>, _>>()?.concat();
    let folder = program::workspace()?.join("target/determinism");
    let mut first: Option<Vec<Vec<u8>>> = None;
    for profile in [Profile::Debug, Profile::Release] {
        let program = program::build(profile)?;
        for (threads, simd) in [("1", "auto"), ("2", "auto"), ("2", "portable")] {
            let name = format!("{} build, {threads} threads, {simd}", profile.name());
            let output = folder.join(format!("{}-{threads}-{simd}", profile.name()));
            let how = ["--threads", threads, "--simd", simd];
            let made = written(&program, how, &files, &output, arguments)?;
            agree(&name, &files, first.get_or_insert_with(|| made.clone()), &made)?;
            println!("{name}: {} files", made.len());
        }
    }
    println!("determinism: all equal");
    Ok(())
}

/// The files that the program writes, in order of their names.
fn written(
    program: &Path,
    how: [&str; 4],
    files: &[PathBuf],
    output: &Path,
    arguments: &Arguments,
) -> anyhow::Result<Vec<Vec<u8>>> {
    if output.exists() {
        std::fs::remove_dir_all(output).with_context(|| output.display().to_string())?;
    }
    let mut made = Vec::new();
    for file in files {
        let output = output.join(pictures::stem(file));
        let status = program::call(program)
            .arg("vary")
            .arg(file)
            .args(["--count", &arguments.count.get().to_string()])
            .args(["--size", &arguments.size.to_string(), "--seed", &arguments.seed.to_string()])
            .args(how)
            .arg("--output")
            .arg(&output)
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot run {}", program.display()))?;
        ensure!(status.success(), "{} failed on {}", program.display(), file.display());
        for index in 0..arguments.count.get() {
            let seed = arguments.seed.nth(index);
            let path = output.join(format!("{}-{seed}.png", pictures::stem(file)));
            made.push(std::fs::read(&path).with_context(|| path.display().to_string())?);
        }
    }
    Ok(made)
}

fn agree(name: &str, files: &[PathBuf], first: &[Vec<u8>], made: &[Vec<u8>]) -> anyhow::Result<()> {
    let each = made.len() / files.len().max(1);
    if let Some(at) = first.iter().zip(made).position(|(first, made)| first != made) {
        bail!(
            "{name}: variation {} of {} differs",
            at % each.max(1),
            files[at / each.max(1)].display()
        );
    }
    Ok(())
}

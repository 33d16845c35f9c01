//! How long it takes from the start of a process to the first thing that can be seen: the preview of
//! a first variation, which a person at a page or a terminal waits for.
//!
//! The process is cold, as a call of `variata vary` is: reading the program, its libraries and the
//! picture are part of it.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use variata_core::{Engine, EngineError, Observer, SquareImage, Variation, VariationSpec};
use variata_patch::PatchEngine;

/// Milliseconds from the start of `child`, which calls [`show`], to its first preview.
pub(super) fn measure(mut child: Command) -> anyhow::Result<f64> {
    let started = Instant::now();
    let mut process =
        child.stdout(Stdio::piped()).spawn().context("cannot run a measuring process")?;
    let mut said = [0];
    let mut output = process.stdout.take().context("a measuring process has no output")?;
    output.read_exact(&mut said).context("a measuring process shows nothing")?;
    let took = started.elapsed();
    process.wait().context("a measuring process does not end")?;
    Ok(took.as_secs_f64() * 1e3)
}

/// Makes variations of `source` until there is a preview, and says so with one byte.
pub(super) fn show(source: SquareImage, spec: &VariationSpec) -> anyhow::Result<()> {
    match PatchEngine::new().vary(source, spec, &First::default()) {
        Ok(()) | Err(EngineError::Cancelled) => Ok(()),
        Err(error) => Err(error).context("cannot show a preview"),
    }
}

/// Tells of the first preview and then wants no more.
#[derive(Debug, Default)]
struct First {
    seen: AtomicBool,
}

impl Observer for First {
    fn wants_previews(&self) -> bool {
        true
    }

    fn preview(&self, _: u32, _: &SquareImage) {
        if !self.seen.swap(true, Ordering::Relaxed) {
            let mut output = std::io::stdout().lock();
            // Nobody to tell: the other end sees that as well.
            let _ = output.write_all(b".").and_then(|()| output.flush());
        }
    }

    fn is_cancelled(&self) -> bool {
        self.seen.load(Ordering::Relaxed)
    }

    fn finished(&self, _: Variation) {}
}

//! The two streams and the progress bar between them.
//!
//! Everything that is printed goes through here, because a line may only be written while the bar
//! is off the screen. The bar is drawn on standard error, and only when that is a terminal.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use variata_core::Count;

use crate::fault::{Fault, io_reason, one_line};

/// Prints results, messages and progress without mixing them up.
#[derive(Debug)]
pub(super) struct Console {
    bar: ProgressBar,
    /// How far the bar is for each job that was begun: several are under way at once.
    steps_of: Mutex<BTreeMap<usize, u64>>,
}

/// Steps of the bar a picture: fine enough to move while one is made.
const STEPS_PER_PICTURE: u64 = 100;

const BAR: &str = "[{bar:28}] {prefix}  {eta} left  {wide_msg}";

impl Console {
    /// A console that expects `pictures` results.
    pub(super) fn new(pictures: u64) -> Self {
        let steps = pictures * STEPS_PER_PICTURE;
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, steps_of: Mutex::default() }
    }

    /// Says which input is being worked on.
    pub(super) fn working_on(&self, input: &Path) {
        self.bar.set_message(one_line(input.display()));
    }

    /// The part `done` (0.0–1.0) of the `count` pictures of job `number` is made.
    pub(super) fn progress(&self, number: usize, done: f32, count: Count) {
        let steps = f64::from(done) * (u64::from(count.get()) * STEPS_PER_PICTURE) as f64;
        let mut steps_of = self.steps_of.lock().unwrap_or_else(PoisonError::into_inner);
        let before = steps_of.insert(number, steps as u64).unwrap_or(0);
        self.bar.inc((steps as u64).saturating_sub(before));
        let pictures = |steps: u64| steps / STEPS_PER_PICTURE;
        let (made, all) = (self.bar.position(), self.bar.length().unwrap_or(0));
        self.bar.set_prefix(format!("{} of {}", pictures(made), pictures(all)));
    }

    /// Takes the bar off the screen for good.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Writes one line of data to standard output.
    ///
    /// A reader that left (`| head -1`) is no fault: the pictures are what the run is for.
    ///
    /// # Errors
    ///
    /// When standard output takes no more, such as a file on a full disk.
    pub(super) fn data(&self, line: &[u8]) -> Result<(), Fault> {
        let written = self.bar.suspend(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(line)?;
            stdout.write_all(b"\n")?;
            stdout.flush()
        });
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Fault::output("standard output", io_reason(&error)))
            }
            _ => Ok(()),
        }
    }

    /// Reports a failure, with its hint.
    pub(super) fn fault(&self, fault: &Fault) {
        self.message(format_args!("error: {fault}"));
        if let Some(hint) = fault.hint() {
            self.hint(hint);
        }
    }

    /// Says what the user could do.
    pub(super) fn hint(&self, text: &str) {
        self.message(format_args!("hint: {text}"));
    }

    /// Writes one line to standard error. There is nobody to tell when that fails.
    pub(super) fn message(&self, text: impl std::fmt::Display) {
        self.raw(format_args!("{text}\n"));
    }

    /// Writes to standard error as it is, for pictures in a terminal.
    pub(super) fn raw(&self, text: impl std::fmt::Display) {
        self.bar.suspend(|| {
            let _ = write!(io::stderr().lock(), "{text}");
        });
    }
}

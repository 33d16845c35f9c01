//! What was found, as lines that a person reads and an exit code that a script does.

use anyhow::bail;

/// What was checked so far.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    passed: usize,
    failed: Vec<String>,
}

impl Verdicts {
    /// Notes whether `what` holds, and prints it with its numbers.
    pub(crate) fn add(&mut self, what: &str, holds: bool, detail: impl AsRef<str>) {
        println!("{} {what}: {}", if holds { "ok    " } else { "FAILED" }, detail.as_ref());
        if holds {
            self.passed += 1;
        } else {
            self.failed.push(what.to_owned());
        }
    }

    /// Ends the run.
    ///
    /// # Errors
    ///
    /// When something did not hold.
    pub(crate) fn conclude(self, name: &str) -> anyhow::Result<()> {
        println!("{name}: {} passed, {} failed", self.passed, self.failed.len());
        if !self.failed.is_empty() {
            bail!("{} did not hold", self.failed.join(", "));
        }
        Ok(())
    }
}

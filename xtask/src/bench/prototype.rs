//! The Python prototype, timed in the same session.
//!
//! Absolute times differ from machine to machine; the ratio to the method's first implementation,
//! measured side by side, does not.

use std::path::{Path, PathBuf, absolute};
use std::process::{Command, Output};

use anyhow::Context;

use super::Configuration;
use super::record::Record;

/// The prototype, and the Python that runs it.
pub(super) struct Prototype<'a> {
    folder: &'a Path,
    python: PathBuf,
}

impl<'a> Prototype<'a> {
    /// The prototype in `folder`; `python` is a path from here or the name of a command.
    pub(super) fn new(folder: &'a Path, python: &Path) -> anyhow::Result<Self> {
        // It runs in its own folder, from which a relative path would lead elsewhere.
        let is_path = python.components().count() > 1;
        let python = if is_path { absolute(python)? } else { python.to_owned() };
        Ok(Self { folder, python })
    }

    /// Runs the prototype on every configuration with the most threads, and prints ratios.
    pub(super) fn compare(
        &self,
        configurations: &[Configuration],
        record: &Record,
    ) -> anyhow::Result<()> {
        if let Some(missing) = self.missing()? {
            println!("\nskipped the prototype: {missing}");
            return Ok(());
        }
        let threads = configurations.iter().map(|one| one.threads).max();
        println!("\nprototype, one run each");
        println!("picture        side   n thr  prototype ms    ratio");
        for (configuration, row) in configurations.iter().zip(&record.rows) {
            if Some(configuration.threads) != threads {
                continue;
            }
            match self.measure(configuration)? {
                Ok(ms) => println!("{}{ms:>14.0}{:>9.1}", row.label(), ms / row.least_ms()),
                Err(reason) => println!("{}  skipped: {reason}", row.label()),
            }
        }
        Ok(())
    }

    /// What it needs and does not have.
    fn missing(&self) -> anyhow::Result<Option<String>> {
        if !self.folder.join("vary.py").is_file() {
            return Ok(Some(format!("there is no vary.py in {}", self.folder.display())));
        }
        if !self.folder.join(LIBRARY).is_file() {
            let build = "RUSTFLAGS='-C target-cpu=native' cargo build --release";
            let folder = self.folder.join("pm");
            return Ok(Some(format!("run `{build}` in {} first", folder.display())));
        }
        let imported = self.run(&["-c", "import cv2, numpy, scipy"])?;
        Ok((!imported.status.success()).then(|| {
            let python = self.python.display();
            let reason = last_line(&imported.stderr);
            format!("{python} says \"{reason}\"; name one with {PACKAGES} by --python")
        }))
    }

    /// The prototype's own figure for the whole call, without PNG encoding, in milliseconds, or why
    /// there is none.
    fn measure(&self, configuration: &Configuration) -> anyhow::Result<Result<f64, String>> {
        let picture = configuration.picture();
        if !self.folder.join("../images").join(format!("{picture}.png")).is_file() {
            return Ok(Err(format!("there is no {picture}.png in the prototype's ../images")));
        }
        let side = configuration.size.side_px().to_string();
        let count = configuration.count.get().to_string();
        let output = self.run(&["vary.py", &picture, &side, "bench", &count, "1"])?;
        let total = total_ms(&String::from_utf8_lossy(&output.stdout));
        Ok(total.ok_or_else(|| format!("it ended with \"{}\"", last_line(&output.stderr))))
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let mut python = Command::new(&self.python);
        python.current_dir(self.folder).args(arguments);
        python.output().with_context(|| format!("cannot run {}", self.python.display()))
    }
}

/// Its inner loops, as its README says to build them.
const LIBRARY: &str = "pm/target/release/libpm.so";
/// What it imports, as pip knows it.
const PACKAGES: &str = "numpy, scipy and opencv-python-headless";

/// What a program says last is why it failed.
fn last_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no word").trim().to_owned()
}

/// The `'total': seconds` of the prototype's report.
fn total_ms(report: &str) -> Option<f64> {
    let after = report.split_once("'total': ")?.1;
    let number: String = after.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    number.parse::<f64>().ok().map(|seconds| seconds * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found_in_the_report() {
        let report = "kodim13 scene {'analysis': 0.11, 'cands': 3.2, 'total': 4.75} ['a']";
        assert_eq!(total_ms(report), Some(4750.0));
        assert_eq!(total_ms("Traceback"), None);
    }

    #[test]
    fn of_a_failure_the_last_line_is_told() {
        let told =
            b"Traceback (most recent call last):\nModuleNotFoundError: No module named 'cv2'\n\n";
        assert_eq!(last_line(told), "ModuleNotFoundError: No module named 'cv2'");
        assert_eq!(last_line(b""), "no word");
    }
}

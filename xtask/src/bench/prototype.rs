//! The Python prototype, timed in the same session.
//!
//! Absolute times differ from machine to machine; the ratio to the method's first implementation,
//! measured side by side, does not.

use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::Configuration;
use super::record::Record;

/// Runs the prototype on every configuration with the most threads, and prints ratios.
pub(super) fn compare(
    folder: &Path,
    configurations: &[Configuration],
    record: &Record,
) -> anyhow::Result<()> {
    if !folder.join("vary.py").is_file() {
        println!("\nskipped the prototype: there is no vary.py in {}", folder.display());
        return Ok(());
    }
    let threads = configurations.iter().map(|one| one.threads).max();
    println!("\nprototype, one run each");
    println!("picture        side   n thr  prototype ms    ratio");
    for (configuration, row) in configurations.iter().zip(&record.rows) {
        if Some(configuration.threads) != threads {
            continue;
        }
        match measure(folder, configuration)? {
            Some(ms) => println!("{}{ms:>14.0}{:>9.1}", row.label(), ms / row.least_ms()),
            None => println!("{}  skipped: the prototype cannot run it", row.label()),
        }
    }
    Ok(())
}

/// The prototype's own figure for the whole call, without PNG encoding; `None` when it fails, such
/// as for a picture that it does not have.
fn measure(folder: &Path, configuration: &Configuration) -> anyhow::Result<Option<f64>> {
    let output = Command::new("python3")
        .current_dir(folder)
        .args(["vary.py", &configuration.picture()])
        .args([&configuration.size.side_px().to_string(), "bench"])
        .args([&configuration.count.get().to_string(), "1"])
        .output()
        .context("cannot run python3")?;
    Ok(total_ms(&String::from_utf8_lossy(&output.stdout)))
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
}

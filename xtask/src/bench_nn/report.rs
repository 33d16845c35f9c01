//! What was measured, as a table and as JSON.

use anyhow::Context;
use serde_json::{Value, json};
use variata_unclip::Device;

use super::network::{Network, Numbers};
use super::reference::Way;
use crate::bench::machine;
use crate::kept;

/// What one network took on one side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figures {
    /// From nothing to a network that is ready, files being in the page cache.
    load_s: f64,
    /// The first call.
    first_s: f64,
    /// The fastest of the calls after it.
    call_s: f64,
    peak_mib: Option<f64>,
    /// ‖result − reference‖ / ‖reference‖, the reference being PyTorch in f32.
    error: Option<f64>,
    /// The card's name, where PyTorch has one.
    card: Option<String>,
}

impl Figures {
    /// Reads the line that a measuring process prints.
    pub(super) fn from_json(line: &[u8], error: Option<f64>) -> anyhow::Result<Self> {
        let line: Value = serde_json::from_slice(line).context("no JSON from the measurement")?;
        let calls = line["calls_s"].as_array().context("no calls in the measurement")?;
        let calls: Vec<f64> = calls.iter().filter_map(Value::as_f64).collect();
        let (&first_s, others) = calls.split_first().context("no calls in the measurement")?;
        Ok(Self {
            load_s: line["load_s"].as_f64().context("no load_s in the measurement")?,
            first_s,
            call_s: others.iter().copied().fold(f64::INFINITY, f64::min),
            peak_mib: line["peak_mib"].as_f64(),
            error,
            card: line["card"].as_str().map(str::to_owned),
        })
    }

    fn to_first_s(&self) -> f64 {
        self.load_s + self.first_s
    }

    fn to_json(&self) -> Value {
        json!({
            "load_s": self.load_s,
            "first_s": self.first_s,
            "call_s": self.call_s,
            "peak_mib": self.peak_mib,
            "error": self.error,
        })
    }
}

/// One network on both sides.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) network: Network,
    pub(super) numbers: Numbers,
    pub(super) ours: Figures,
    pub(super) theirs: Figures,
}

impl Row {
    fn print(&self) {
        let Self { ours, theirs, .. } = self;
        let peaks = [ours, theirs].map(|side| side.peak_mib);
        let known = |number: Option<f64>, digits: usize| {
            number.map_or_else(|| "-".to_owned(), |number| format!("{number:.digits$}"))
        };
        let [peak, their_peak] = peaks.map(|peak| known(peak, 0));
        let [ours_mib, theirs_mib] = peaks;
        let peak_ratio = known(ours_mib.zip(theirs_mib).map(|(a, b)| a / b), 2);
        let [error, their_error] = [ours, theirs].map(|side| side.error.unwrap_or(f64::NAN));
        let pair = |a: f64, b: f64| format!("{a:>8.3}{b:>8.3}{:>7.2}", a / b);
        println!(
            "{:<5}{:<5}{}{}{peak:>7}{their_peak:>7}{peak_ratio:>6}{error:>9.1e}{their_error:>9.1e}",
            self.network.name(),
            self.numbers.name(),
            pair(ours.call_s, theirs.call_s),
            pair(ours.to_first_s(), theirs.to_first_s()),
        );
    }

    fn to_json(&self) -> Value {
        json!({
            "network": self.network.name(),
            "numbers": self.numbers.name(),
            "variata": self.ours.to_json(),
            "pytorch": self.theirs.to_json(),
            "call_ratio": self.ours.call_s / self.theirs.call_s,
        })
    }
}

/// All of it.
#[derive(Debug)]
pub(super) struct Report {
    device: Device,
    way: Way,
    threads: usize,
    rows: Vec<Row>,
}

impl Report {
    /// Prints the head of the table.
    pub(super) fn new(device: Device, way: Way, threads: usize) -> Self {
        println!("{}, device {}, {threads} threads", machine::describe(), device.name());
        println!("ours, PyTorch's ({}), and their ratio where below 1 is better\n", way.name());
        println!(
            "{:<10}{:<23}{:<23}{:<20}{:>18}",
            "", "    a call, s", "    load to first, s", "  peak, MiB", "error to f32"
        );
        Self { device, way, threads, rows: Vec::new() }
    }

    /// Takes in a row and prints it.
    pub(super) fn add(&mut self, row: Row) {
        row.print();
        self.rows.push(row);
    }

    /// Keeps all figures.
    pub(super) fn save(&self, name: &str) -> anyhow::Result<()> {
        let rows: Vec<Value> = self.rows.iter().map(Row::to_json).collect();
        let card = self.rows.iter().find_map(|row| row.theirs.card.as_deref());
        let figures = json!({
            "device": self.device.name(),
            "card": card,
            "pytorch": self.way.name(),
            "threads": self.threads,
            "rows": rows,
        });
        kept::save(&kept::dated(figures), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_call_after_the_first_counts() {
        let line = br#"{"load_s": 2.0, "calls_s": [9.0, 4.0, 3.0], "peak_mib": 100.0}"#;
        let figures = Figures::from_json(line, None).unwrap();
        assert_eq!((figures.call_s, figures.to_first_s()), (3.0, 11.0));
        assert!(Figures::from_json(b"Traceback", None).is_err());
    }
}

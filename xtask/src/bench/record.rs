//! Figures as they are printed, kept and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::Configuration;
use crate::score::median;

/// One measured call.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Run {
    /// From the call to the last encoded picture.
    pub(super) total_ms: f64,
    /// What the engine spent on single variations, summed over threads.
    pub(super) variations_ms: f64,
    /// PNG encoding, summed over threads.
    pub(super) encoding_ms: f64,
    /// The longest time in which nobody asked whether to stop; with several threads, on any.
    pub(super) longest_gap_ms: f64,
    /// What the engine spent on each of its stages, summed over threads.
    pub(super) stages_ms: BTreeMap<String, f64>,
    /// The process's peak; `None` where the system does not tell.
    pub(super) peak_mib: Option<f64>,
    /// Minor page faults during the call; `None` where the system does not tell.
    pub(super) page_faults: Option<u64>,
    /// How often memory was asked for during the call; `None` in records made before it was counted.
    pub(super) allocations: Option<u64>,
    /// From the start of a process to its first preview; `None` where several variations are made, and
    /// in records made before it was measured.
    pub(super) first_preview_ms: Option<f64>,
}

impl Run {
    pub(super) fn from_json(text: &[u8]) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_slice(text).context("a run's figures")?;
        let number = |key: &str| value[key].as_f64().with_context(|| format!("no {key} in a run"));
        Ok(Self {
            total_ms: number("total_ms")?,
            variations_ms: number("variations_ms")?,
            encoding_ms: number("encoding_ms")?,
            // Records made before these were measured lack them.
            longest_gap_ms: number("longest_gap_ms").unwrap_or_default(),
            stages_ms: stages_of(&value["stages_ms"]),
            peak_mib: value["peak_mib"].as_f64(),
            page_faults: value["page_faults"].as_u64(),
            allocations: value["allocations"].as_u64(),
            first_preview_ms: value["first_preview_ms"].as_f64(),
        })
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "total_ms": self.total_ms,
            "variations_ms": self.variations_ms,
            "encoding_ms": self.encoding_ms,
            "longest_gap_ms": self.longest_gap_ms,
            "stages_ms": self.stages_ms,
            "peak_mib": self.peak_mib,
            "page_faults": self.page_faults,
            "allocations": self.allocations,
            "first_preview_ms": self.first_preview_ms,
        })
    }
}

fn stages_of(value: &Value) -> BTreeMap<String, f64> {
    let entries = value.as_object().into_iter().flatten();
    entries.filter_map(|(name, ms)| Some((name.clone(), ms.as_f64()?))).collect()
}

/// A configuration and its runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) picture: String,
    pub(super) side_px: u64,
    pub(super) count: u64,
    pub(super) threads: u64,
    pub(super) runs: Vec<Run>,
}

impl Row {
    pub(super) fn new(configuration: &Configuration) -> Self {
        Self {
            picture: configuration.picture(),
            side_px: configuration.size.side_px().into(),
            count: configuration.count.get().into(),
            threads: configuration.threads.into(),
            runs: Vec::new(),
        }
    }

    pub(super) fn least_ms(&self) -> f64 {
        self.runs.iter().map(|run| run.total_ms).fold(f64::INFINITY, f64::min)
    }

    fn median_ms(&self) -> f64 {
        median(self.runs.iter().map(|run| run.total_ms).collect())
    }

    fn peak_mib(&self) -> f64 {
        self.runs.iter().filter_map(|run| run.peak_mib).fold(0.0, f64::max)
    }

    /// The median time to the first preview, 0 where none was measured.
    fn first_preview_ms(&self) -> f64 {
        median(self.runs.iter().filter_map(|run| run.first_preview_ms).collect())
    }

    fn longest_gap_ms(&self) -> f64 {
        self.runs.iter().map(|run| run.longest_gap_ms).fold(0.0, f64::max)
    }

    /// The least that was counted, 0 where nothing was.
    fn least(&self, count: fn(&Run) -> Option<u64>) -> u64 {
        self.runs.iter().filter_map(count).min().unwrap_or(0)
    }

    /// The engine's stages with their median time in milliseconds, the longest first.
    fn stages(&self) -> Vec<(&str, f64)> {
        let names: BTreeSet<&String> =
            self.runs.iter().flat_map(|run| run.stages_ms.keys()).collect();
        let time = |name: &str| {
            median(self.runs.iter().filter_map(|run| run.stages_ms.get(name)).copied().collect())
        };
        let mut stages: Vec<(&str, f64)> =
            names.into_iter().map(|name| (name.as_str(), time(name))).collect();
        stages.sort_by(|a, b| b.1.total_cmp(&a.1));
        stages
    }

    /// The part of the threads' time that a stage took.
    fn share(&self, stage: fn(&Run) -> f64) -> f64 {
        let part = |run: &Run| stage(run) / (run.total_ms * self.threads as f64);
        median(self.runs.iter().map(part).collect())
    }

    pub(super) fn label(&self) -> String {
        format!("{:<14.13}{:>5}{:>4}{:>4}", self.picture, self.side_px, self.count, self.threads)
    }

    fn is_like(&self, other: &Self) -> bool {
        self.label() == other.label()
    }

    fn to_json(&self) -> Value {
        json!({
            "picture": self.picture,
            "side_px": self.side_px,
            "count": self.count,
            "threads": self.threads,
            "runs": self.runs.iter().map(|run| run.to_json()).collect::<Vec<Value>>(),
        })
    }

    fn from_json(value: &Value) -> anyhow::Result<Self> {
        let number = |key: &str| value[key].as_u64().with_context(|| format!("no {key} in a row"));
        let runs = value["runs"].as_array().context("no runs in a row")?;
        let run = |value: &Value| Run::from_json(value.to_string().as_bytes());
        Ok(Self {
            picture: value["picture"].as_str().context("no picture in a row")?.to_owned(),
            side_px: number("side_px")?,
            count: number("count")?,
            threads: number("threads")?,
            runs: runs.iter().map(run).collect::<anyhow::Result<_>>()?,
        })
    }
}

/// All figures of one session.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) machine: String,
    pub(super) date: String,
    pub(super) rows: Vec<Row>,
}

impl Record {
    /// Reads what [`Record::to_json`] wrote.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        Self::from_json(&text).with_context(|| format!("in {}", file.display()))
    }

    pub(super) fn to_json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(Row::to_json).collect();
        json!({ "machine": self.machine, "date": self.date, "rows": rows })
    }

    fn from_json(text: &[u8]) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_slice(text)?;
        let text = |key: &str| value[key].as_str().unwrap_or("unknown").to_owned();
        let rows = value["rows"].as_array().context("no rows")?;
        let rows = rows.iter().map(Row::from_json).collect::<anyhow::Result<_>>()?;
        Ok(Self { machine: text("machine"), date: text("date"), rows })
    }

    /// Prints a line for each configuration.
    pub(super) fn print(&self) {
        println!("{}, {}", self.machine, self.date);
        println!(
            "picture        side   n thr    min ms  median ms  peak MiB  variations  PNG  shared+idle  \
             faults   allocs  longest gap ms  first preview ms"
        );
        for row in &self.rows {
            let variations = row.share(|run| run.variations_ms);
            let encoding = row.share(|run| run.encoding_ms);
            let rest = (1.0 - variations - encoding).max(0.0);
            println!(
                "{}{:>10.1}{:>11.1}{:>10.1}{:>11.0}%{:>4.0}%{:>12.0}%{:>8}{:>9}{:>16.1}{:>18.1}",
                row.label(),
                row.least_ms(),
                row.median_ms(),
                row.peak_mib(),
                variations * 100.0,
                encoding * 100.0,
                rest * 100.0,
                row.least(|run| run.page_faults),
                row.least(|run| run.allocations),
                row.longest_gap_ms(),
                row.first_preview_ms(),
            );
        }
    }

    /// Prints what the engine did in each configuration, and how long it took.
    pub(super) fn print_stages(&self) {
        println!("\nstages, median ms summed over threads");
        for row in &self.rows {
            let stages: Vec<String> =
                row.stages().iter().map(|(name, ms)| format!("{name} {ms:.1}")).collect();
            println!("{}  {}", row.label(), stages.join(", "));
        }
    }

    /// Prints how the rows of `odd` pictures compare with the slowest and largest of the others of
    /// the same size and count: twice as much is the most that is bearable.
    pub(super) fn print_odd(&self, odd: &[String]) {
        let (odd, usual): (Vec<&Row>, Vec<&Row>) =
            self.rows.iter().partition(|row| odd.contains(&row.picture));
        println!("\nodd pictures, as multiples of the slowest and largest usual one");
        println!("picture        side   n thr      time  memory");
        for row in odd {
            let alike = |other: &&&Row| {
                (other.side_px, other.count, other.threads) == (row.side_px, row.count, row.threads)
            };
            let most = |value: fn(&Row) -> f64| {
                usual.iter().filter(alike).map(|row| value(row)).fold(0.0, f64::max)
            };
            println!(
                "{}{:>10.2}{:>8.2}",
                row.label(),
                row.median_ms() / most(Row::median_ms),
                row.peak_mib() / most(Row::peak_mib),
            );
        }
    }

    /// Prints how many times faster (and how much leaner) this record is than an older one.
    pub(super) fn print_ratios(&self, older: &Self) {
        println!("\nratios to {} on {}: above 1 is better now", older.date, older.machine);
        println!("picture        side   n thr      time (min)  time (median)  memory");
        for row in &self.rows {
            let Some(old) = older.rows.iter().find(|old| row.is_like(old)) else { continue };
            println!(
                "{}{:>16.2}{:>15.2}{:>8.2}",
                row.label(),
                old.least_ms() / row.least_ms(),
                old.median_ms() / row.median_ms(),
                old.peak_mib() / row.peak_mib().max(1e-9),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let run = Run {
            total_ms: 12.5,
            variations_ms: 8.0,
            encoding_ms: 2.0,
            longest_gap_ms: 4.0,
            stages_ms: [("light".to_owned(), 3.0), ("matte".to_owned(), 5.0)].into(),
            ..Run::default()
        };
        let better = Run {
            total_ms: 10.0,
            peak_mib: Some(33.0),
            page_faults: Some(7),
            allocations: Some(9),
            ..run.clone()
        };
        let row = Row {
            picture: "otter".to_owned(),
            side_px: 512,
            count: 10,
            threads: 2,
            runs: vec![run, better],
        };
        Record { machine: "abacus".to_owned(), date: "2026-11-22".to_owned(), rows: vec![row] }
    }

    #[test]
    fn what_is_kept_is_read_back_the_same() {
        let record = record();
        let kept = record.to_json().to_string();
        assert_eq!(Record::from_json(kept.as_bytes()).unwrap(), record);
    }

    #[test]
    fn a_row_gives_its_least_and_median_time_and_its_peak() {
        let row = &record().rows[0];
        assert_eq!((row.least_ms(), row.median_ms(), row.peak_mib()), (10.0, 11.25, 33.0));
        assert_eq!(row.longest_gap_ms(), 4.0);
        assert_eq!((row.least(|run| run.page_faults), row.least(|run| run.allocations)), (7, 9));
        assert_eq!(row.stages(), [("matte", 5.0), ("light", 3.0)]);
    }

    #[test]
    fn a_row_without_its_runs_is_refused() {
        assert!(Record::from_json(br#"{"rows": [{"picture": "otter"}]}"#).is_err());
    }
}

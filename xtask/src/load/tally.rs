//! Numbers of many answers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::client::Answer;

/// What came back, by status, and how long it took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    times: BTreeMap<u16, Vec<Duration>>,
    /// Requests that got no answer at all.
    pub(crate) unanswered: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, answered: &anyhow::Result<Answer>) {
        match answered {
            Ok(answer) => self.times.entry(answer.status).or_default().push(answer.elapsed),
            Err(_) => self.unanswered += 1,
        }
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        for (status, mut times) in other.times {
            self.times.entry(status).or_default().append(&mut times);
        }
        self.unanswered += other.unanswered;
        self
    }

    pub(crate) fn count(&self, status: u16) -> usize {
        self.times.get(&status).map_or(0, Vec::len)
    }

    /// All requests, answered or not.
    pub(crate) fn sent(&self) -> usize {
        self.times.values().map(Vec::len).sum::<usize>() + self.unanswered
    }

    /// The time within which `percent` of the answers of this status came.
    pub(crate) fn percentile(&self, status: u16, percent: usize) -> Duration {
        let mut times = self.times.get(&status).cloned().unwrap_or_default();
        times.sort_unstable();
        let last = times.len().saturating_sub(1);
        times.get(last * percent / 100).copied().unwrap_or_default()
    }

    /// `200: 12, 503: 3`.
    pub(crate) fn statuses(&self) -> String {
        let all = self.times.iter().map(|(status, times)| format!("{status}: {}", times.len()));
        let mut all: Vec<String> = all.collect();
        if self.unanswered > 0 {
            all.push(format!("no answer: {}", self.unanswered));
        }
        all.join(", ")
    }
}

//! What a server counts, in the form that Prometheus reads.
//!
//! Labels are values of enumerations and statuses only, so that no caller can make the number of
//! series grow, and none of a caller's texts is in them.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// What a request asked for, as far as its path tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Route {
    Variations,
    Models,
    Files,
    Health,
    Other,
}

impl Route {
    pub(crate) fn of(path: &str) -> Self {
        if path.ends_with("/images/variations") {
            Self::Variations
        } else if path.starts_with("/files/") {
            Self::Files
        } else if path == "/healthz" || path == "/readyz" {
            Self::Health
        } else if path.split('/').any(|part| part == "models") {
            Self::Models
        } else {
            Self::Other
        }
    }
}

/// A part of the way from a request to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Phase {
    /// Reading the body.
    Receive,
    /// Waiting for its turn.
    Queue,
    /// One request's turn: reading the picture, the engine, and writing all images.
    Compute,
    /// Decoding the picture.
    Decode,
    /// One image, in the engine.
    Vary,
    /// One image, from pixels to bytes.
    Encode,
    /// One image, into the store.
    Store,
}

/// Counters and histograms that requests add to.
#[derive(Debug)]
pub(crate) struct Metrics {
    requests: Family<Answered, Counter>,
    request_seconds: Family<OfRoute, Histogram>,
    phase_seconds: Family<OfPhase, Histogram>,
    pub(crate) images: Counter,
    pub(crate) panics: Counter,
    pub(crate) connections: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: Route,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: Route,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPhase {
    phase: Phase,
}

/// What is looked at only when somebody asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) load: variata_dispatch::Load,
    pub(crate) ledger: variata_accounts::Activity,
    pub(crate) is_ready: bool,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        Self {
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(histogram),
            phase_seconds: Family::new_with_constructor(histogram),
            images: Counter::default(),
            panics: Counter::default(),
            connections: Gauge::default(),
        }
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, route: Route, status: StatusCode, elapsed: Duration) {
        self.requests.get_or_create(&Answered { route, status: status.as_u16() }).inc();
        self.request_seconds.get_or_create(&OfRoute { route }).observe(elapsed.as_secs_f64());
    }

    /// Counts a phase that took so long.
    pub(crate) fn observe(&self, phase: Phase, elapsed: Duration) {
        self.phase_seconds.get_or_create(&OfPhase { phase }).observe(elapsed.as_secs_f64());
    }

    /// Counts a phase that lasts until the value is dropped.
    pub(crate) fn time(&self, phase: Phase) -> Timer<'_> {
        Timer { metrics: self, phase, started: Instant::now() }
    }

    /// How many requests for variations were answered with each status.
    pub(crate) fn statuses(&self) -> Vec<(u16, u64)> {
        let codes = (100..600).filter_map(|status| {
            let label = Answered { route: Route::Variations, status };
            self.requests.get(&label).map(|counter| (status, counter.get()))
        });
        codes.collect()
    }

    /// Everything in the text format of Prometheus.
    pub(crate) fn render(&self, reading: Reading) -> String {
        let mut registry = Registry::with_prefix("variata");
        self.register(&mut registry);
        register_reading(&mut registry, reading);
        register_process(&mut registry);
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = prometheus_text::encode(&mut text, &registry);
        text
    }

    fn register(&self, registry: &mut Registry) {
        let Self { requests, request_seconds, phase_seconds, images, panics, connections } = self;
        registry.register("requests", "Answers, by route and status", requests.clone());
        let help = "From a request's head to the head of its answer";
        registry.register("request_seconds", help, request_seconds.clone());
        let help = "Parts of the way from a request to its answer";
        registry.register("phase_seconds", help, phase_seconds.clone());
        registry.register("images", "Images handed over", images.clone());
        registry.register("panics", "Requests that ended in a panic", panics.clone());
        registry.register("connections", "Open connections", connections.clone());
    }
}

/// A phase under way.
pub(crate) struct Timer<'m> {
    metrics: &'m Metrics,
    phase: Phase,
    started: Instant,
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.metrics.observe(self.phase, self.started.elapsed());
    }
}

/// From a millisecond to a minute, doubling.
fn histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 17))
}

fn register_reading(registry: &mut Registry, reading: Reading) {
    let Reading { load, ledger, is_ready } = reading;
    let mut gauge = |name: &str, help: &str, value: i64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    gauge("ready", "1 while requests are welcome", i64::from(is_ready));
    gauge("queued_images", "Images of jobs that wait", i64::from(load.queued_images));
    gauge("running_images", "Images of jobs that run", i64::from(load.running_images));
    gauge("capacity_images", "Images that are admitted at most", i64::from(load.capacity_images));
    gauge("queued_jobs", "Jobs that wait", i64::from(load.queued_jobs));
    gauge("running_jobs", "Jobs that run", i64::from(load.running_jobs));
    gauge("valid_keys", "API keys that are valid now", whole(ledger.valid_keys));
    let help = "Entries that wait to be written to the ledger";
    gauge("ledger_waiting_entries", help, whole(ledger.waiting_entries));
    let mut counter = |name: &str, help: &str, value: u64| {
        let counter: Counter = Counter::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    };
    counter("panicked_jobs", "Jobs that panicked", load.panicked_jobs);
    counter("ledger_written_entries", "Entries written to the ledger", ledger.written_entries);
    counter("ledger_lost_entries", "Entries that found no room", ledger.lost_entries);
}

/// Memory and file descriptors, where the system tells them in files.
fn register_process(registry: &mut Registry) {
    let resident = resident_bytes();
    let open = std::fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
    let all = [
        ("resident_memory_bytes", "Memory in use", resident),
        ("open_fds", "Open file descriptors", open.and_then(|open| i64::try_from(open).ok())),
    ];
    for (name, help, value) in all {
        if let Some(value) = value {
            let gauge: Gauge = Gauge::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        }
    }
}

/// The process's memory in use; none where the system does not say.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes * 1024)
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart_without_becoming_labels() {
        for (path, route) in [
            ("/v1/images/variations", Route::Variations),
            ("/openai/deployments/a/images/variations", Route::Variations),
            ("/v1/models/patch", Route::Models),
            ("/files/x.png", Route::Files),
            ("/readyz", Route::Health),
            ("/v1/anything", Route::Other),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }
}

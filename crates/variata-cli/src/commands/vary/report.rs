//! What is said about each result on standard output: its path, or one line of JSON.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use variata::ImageDescription;
use variata_core::{Description, Strength, Variation};

/// One result, as `--json` prints it. Scripts read these names: they stay.
#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    path: String,
    source: String,
    seed: u64,
    size: u32,
    strength: f32,
    #[serde(flatten)]
    words: Words<'a>,
    milliseconds: u64,
}

/// How a result came about, in the words of the engine, here or on a server.
#[derive(Debug, Serialize)]
pub(super) struct Words<'a> {
    class: &'a str,
    operation: &'a str,
    scores: BTreeMap<&'a str, f32>,
}

impl<'a> From<&'a Description> for Words<'a> {
    fn from(Description { class, operation, scores }: &'a Description) -> Self {
        let scores = scores.iter().map(|score| (score.name, score.value)).collect();
        Self { class, operation, scores }
    }
}

impl<'a> From<&'a ImageDescription> for Words<'a> {
    fn from(told: &'a ImageDescription) -> Self {
        let scores = told.scores.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        Self { class: &told.class, operation: &told.operation, scores }
    }
}

impl<'a> Report<'a> {
    /// Describes `variation` of the picture at `source`, written to `path`.
    ///
    /// Bytes of a path that are not Unicode come out as U+FFFD, since JSON has no way to hold
    /// them.
    pub(super) fn new(
        path: &Path,
        source: &Path,
        variation: &Variation,
        words: Words<'a>,
        strength: Strength,
    ) -> Self {
        Self {
            path: path.to_string_lossy().into_owned(),
            source: source.to_string_lossy().into_owned(),
            seed: variation.seed.get(),
            size: variation.image.side(),
            strength: strength.get(),
            words,
            milliseconds: u64::try_from(variation.elapsed.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// The line itself, without its end.
    ///
    /// # Errors
    ///
    /// None that can happen: every field is a string or a number.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

//! What is said about each result on standard output: its path, or one line of JSON.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use variata_core::{Strength, Variation};

/// One result, as `--json` prints it. Scripts read these names: they stay.
#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    path: String,
    source: String,
    seed: u64,
    size: u32,
    strength: f32,
    class: &'a str,
    operation: &'a str,
    scores: BTreeMap<&'a str, f32>,
    milliseconds: u64,
}

impl<'a> Report<'a> {
    /// Describes `variation` of the picture at `source`, written to `path`.
    ///
    /// Bytes of a path that are not Unicode come out as U+FFFD, since JSON has no way to hold
    /// them.
    pub(super) fn new(
        path: &Path,
        source: &Path,
        variation: &'a Variation,
        strength: Strength,
    ) -> Self {
        let description = &variation.description;
        Self {
            path: path.to_string_lossy().into_owned(),
            source: source.to_string_lossy().into_owned(),
            seed: variation.seed.get(),
            size: variation.image.side(),
            strength: strength.get(),
            class: &description.class,
            operation: &description.operation,
            scores: description.scores.iter().map(|score| (score.name, score.value)).collect(),
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

//! Who makes variations, and what comes back.

use std::time::Duration;

use thiserror::Error;

use crate::{Observer, Seed, SquareImage, VariationSpec};

/// Makes variations of a picture.
///
/// Implementations are pure: equal arguments give equal pictures, byte for byte. They run on the
/// rayon pool that they are called in, they never touch files or the network, and they hold no
/// more finished pictures than that pool has threads.
pub trait Engine: Send + Sync {
    /// The name by which a caller selects this engine, such as `variata-patch`.
    fn id(&self) -> &str;

    /// Makes `spec.count` variations of `source` and hands each to `observer` as soon as it is
    /// finished, in any order. Blocks until all are done.
    ///
    /// The source is given away, so that an engine can drop it as soon as it has seen enough of it:
    /// 4096 × 4096 pixels take 64 MiB.
    ///
    /// # Errors
    ///
    /// [`EngineError::Cancelled`] when the observer asked to stop, [`EngineError::Failed`] when the
    /// device gave up; what was handed over before that is complete and stays valid.
    fn vary(
        &self,
        source: SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError>;
}

/// One finished variation.
#[derive(Debug, Clone)]
pub struct Variation {
    /// Which of the request's variations this is, from 0.
    pub index: u32,
    /// The seed that makes this very picture again with a count of 1.
    pub seed: Seed,
    /// The picture, at the size that was asked for.
    pub image: SquareImage,
    /// How it came about.
    pub description: Description,
    /// Time spent on this variation alone, the shared analysis not counted.
    pub elapsed: Duration,
}

/// How a variation came about, in the engine's own words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Description {
    /// What the engine took the source for, such as `scene` or `flat`.
    pub class: String,
    /// What it did, such as `shift-map + dusk`.
    pub operation: String,
    /// How the engine rates the result.
    pub scores: Vec<Score>,
}

/// One named number by which an engine rates a result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The measure's name, such as `layout`.
    pub name: &'static str,
    /// Its value; each measure documents its own range.
    pub value: f32,
}

/// Why an engine made no (more) variations.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The observer asked to stop.
    #[error("the variation was cancelled")]
    Cancelled,
    /// What the engine runs on failed, such as a graphics card whose memory is full; says how.
    #[error("{0}")]
    Failed(String),
}

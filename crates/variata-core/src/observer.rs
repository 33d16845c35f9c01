//! Who listens while an engine works.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::{SquareImage, Variation};

/// Hears of an engine's progress and tells it when to stop.
///
/// Methods are called from several threads at once and should return soon, except
/// [`Observer::finished`], which may take the time to encode and store the picture: the engine
/// counts on that to keep no more finished pictures than it has threads.
pub trait Observer: Sync {
    /// `done` of the whole request is finished, 0.0 to 1.0; never falls.
    fn progress(&self, done: f32) {
        let _ = done;
    }

    /// A coarse preview of variation `index`, before it is finished. It may be smaller than the
    /// result.
    fn preview(&self, index: u32, image: &SquareImage) {
        let _ = (index, image);
    }

    /// Whether [`Observer::preview`] does anything with its pictures. Where it does not, engines
    /// need not make them, which costs up to a tenth of a variation.
    fn wants_previews(&self) -> bool {
        true
    }

    /// A stage of the work took so long on one thread: for measuring where time goes. Names are
    /// the engine's own, such as `analysis/matte`; stages that run side by side overlap.
    fn stage(&self, name: &str, took: Duration) {
        let _ = (name, took);
    }

    /// A variation is finished and belongs to the observer now.
    fn finished(&self, variation: Variation);

    /// Whether to stop; engines ask at least every 100 ms.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Keeps every variation, for callers that want them all at once.
#[derive(Debug, Default)]
pub struct Collector {
    variations: Mutex<Vec<Variation>>,
}

impl Collector {
    /// The variations collected so far, in the order of their index.
    pub fn into_variations(self) -> Vec<Variation> {
        let mut all = self.variations.into_inner().unwrap_or_else(PoisonError::into_inner);
        all.sort_by_key(|variation| variation.index);
        all
    }
}

impl Observer for Collector {
    fn wants_previews(&self) -> bool {
        false
    }

    fn finished(&self, variation: Variation) {
        self.variations.lock().unwrap_or_else(PoisonError::into_inner).push(variation);
    }
}

/// Wants nothing: for measuring an engine alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn wants_previews(&self) -> bool {
        false
    }

    fn finished(&self, variation: Variation) {
        drop(variation);
    }
}

//! The engine as the outside sees it: one call, many variations.

use std::time::Instant;

use variata_core::{
    Description, Engine, EngineError, Observer, SquareImage, Variation, VariationSpec,
};

use crate::kernels::Tier;

/// The embedded engine.
#[derive(Debug, Clone, Copy)]
pub struct PatchEngine {
    tier: Tier,
}

impl PatchEngine {
    /// An engine that uses the fastest instructions of this processor.
    pub fn new() -> Self {
        Self::with_tier(Tier::detect())
    }

    /// An engine that uses at most `tier`; the pictures are the same bytes for every tier.
    pub fn with_tier(tier: Tier) -> Self {
        Self { tier: tier.min(Tier::detect()) }
    }

    /// The instructions in use.
    pub fn tier(&self) -> Tier {
        self.tier
    }
}

impl Default for PatchEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine for PatchEngine {
    fn id(&self) -> &str {
        "variata-patch"
    }

    fn vary(
        &self,
        source: &SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        for index in 0..spec.count.get() {
            let started = Instant::now();
            if observer.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let scale = f64::from(source.side()) / f64::from(spec.size.side_px());
            let image = SquareImage::from_fn(spec.size.side_px(), |x, y| {
                let at = |v: u32| (f64::from(v) * scale) as u32;
                source.pixels()[(at(y) * source.side() + at(x)) as usize]
            });
            observer.finished(Variation {
                index,
                seed: spec.seed.nth(index),
                image,
                description: Description::default(),
                elapsed: started.elapsed(),
            });
            observer.progress((index + 1) as f32 / spec.count.get() as f32);
        }
        Ok(())
    }
}

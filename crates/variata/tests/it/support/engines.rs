//! Engines that do what a test says.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;
use variata::Engine;
use variata_core::{
    Description, EngineError, Observer, Score, SquareImage, Variation, VariationSpec,
};

/// Works until it is cancelled.
pub(crate) struct GatedEngine(pub(crate) Arc<Gate>);

/// What a [`GatedEngine`] tells a test.
#[derive(Default)]
pub(crate) struct Gate {
    /// Told when the engine has begun.
    pub(crate) begun: Notify,
    /// Told when the engine was cancelled.
    pub(crate) cancelled: Notify,
}

impl Engine for GatedEngine {
    fn id(&self) -> &str {
        "gated"
    }

    fn vary(
        &self,
        _: SquareImage,
        _: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        self.0.begun.notify_one();
        while !observer.is_cancelled() {
            thread::park_timeout(Duration::from_millis(1));
        }
        self.0.cancelled.notify_one();
        Err(EngineError::Cancelled)
    }
}

/// Shows four coarse pictures of each variation and then hands it over; says that it is a test.
pub(crate) struct SketchingEngine;

impl Engine for SketchingEngine {
    fn id(&self) -> &str {
        "sketching"
    }

    fn vary(
        &self,
        source: SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        for index in 0..spec.count.get() {
            for _ in 0..4 {
                observer.preview(index, &source);
            }
            let scores = vec![Score { name: "beauty", value: 0.5 }];
            observer.finished(Variation {
                index,
                seed: spec.seed.nth(index),
                image: source.clone(),
                description: Description {
                    class: "test".to_owned(),
                    operation: "copy".to_owned(),
                    scores,
                },
                elapsed: Duration::ZERO,
            });
        }
        Ok(())
    }
}

/// Always panics.
pub(crate) struct PanickingEngine;

impl Engine for PanickingEngine {
    fn id(&self) -> &str {
        "panicking"
    }

    fn vary(&self, _: SquareImage, _: &VariationSpec, _: &dyn Observer) -> Result<(), EngineError> {
        panic!("as the test wants")
    }
}

//! Engines that do what a test says.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;
use variata::Engine;
use variata_core::{EngineError, Observer, SquareImage, VariationSpec};

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
        _: &SquareImage,
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

/// Always panics.
pub(crate) struct PanickingEngine;

impl Engine for PanickingEngine {
    fn id(&self) -> &str {
        "panicking"
    }

    fn vary(
        &self,
        _: &SquareImage,
        _: &VariationSpec,
        _: &dyn Observer,
    ) -> Result<(), EngineError> {
        panic!("as the test wants")
    }
}

//! Engines that do what a test says.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use variata_core::{
    Count, Description, Engine, EngineError, Observer, Seed, SquareImage, Variation, VariationSpec,
};

/// Hands over pictures of one colour that tells seed and index.
pub(crate) struct PlainEngine;

impl Engine for PlainEngine {
    fn id(&self) -> &str {
        "plain"
    }

    fn vary(
        &self,
        _source: SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        hand_over(spec, observer, |seed| {
            let colour = [seed.get().to_le_bytes()[0], 7, 7, 255];
            SquareImage::from_fn(spec.size.side_px(), |_, _| colour)
        });
        Ok(())
    }
}

fn hand_over(spec: &VariationSpec, observer: &dyn Observer, image: impl Fn(Seed) -> SquareImage) {
    for index in 0..spec.count.get() {
        let seed = spec.seed.nth(index);
        observer.finished(Variation {
            index,
            seed,
            image: image(seed),
            description: Description::default(),
            elapsed: Duration::ZERO,
        });
    }
}

/// Hands over pictures that cannot be compressed.
pub(crate) struct NoisyEngine;

impl Engine for NoisyEngine {
    fn id(&self) -> &str {
        "noisy"
    }

    fn vary(
        &self,
        _source: SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        let noise = |x: u32, y: u32| {
            let bits = (x + (y << 16)).wrapping_mul(0x9e37_79b1);
            let bits = (bits ^ (bits >> 15)).wrapping_mul(0x85eb_ca77);
            (bits ^ (bits >> 13)).to_le_bytes()
        };
        hand_over(spec, observer, |_| SquareImage::from_fn(spec.size.side_px(), noise));
        Ok(())
    }
}

/// Shows five coarse pictures of each image, and works like [`PlainEngine`] then.
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
            for nth in 0..5 {
                observer.preview(index, &SquareImage::from_fn(8, |_, _| [nth, 0, 0, 255]));
            }
        }
        PlainEngine.vary(source, spec, observer)
    }
}

/// Panics after it has handed over one image.
pub(crate) struct FlakyEngine;

impl Engine for FlakyEngine {
    fn id(&self) -> &str {
        "flaky"
    }

    fn vary(
        &self,
        source: SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        let one = VariationSpec { count: Count::new(1).unwrap(), ..*spec };
        PlainEngine.vary(source, &one, observer)?;
        panic!("as the test wants")
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
        _source: SquareImage,
        _spec: &VariationSpec,
        _observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        panic!("as the test wants")
    }
}

/// Works like [`PlainEngine`] once its gate is open.
pub(crate) struct GatedEngine(pub(crate) Arc<Gate>);

/// Panics once its gate is open.
pub(crate) struct DoomedEngine(pub(crate) Arc<Gate>);

impl Engine for DoomedEngine {
    fn id(&self) -> &str {
        "doomed"
    }

    fn vary(
        &self,
        source: SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        self.0.pass(observer)?;
        PanickingEngine.vary(source, spec, observer)
    }
}

/// What a test and a [`GatedEngine`] tell each other.
#[derive(Default)]
pub(crate) struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
    /// Told whenever a job has come to the gate.
    pub(crate) reached: Notify,
    /// Told whenever a job was cancelled at the gate.
    pub(crate) cancelled: Notify,
    jobs: Mutex<u32>,
}

impl Gate {
    pub(crate) fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    /// How many jobs have come to the gate so far.
    pub(crate) fn jobs(&self) -> u32 {
        *self.jobs.lock().unwrap()
    }

    fn pass(&self, observer: &dyn Observer) -> Result<(), EngineError> {
        *self.jobs.lock().unwrap() += 1;
        self.reached.notify_one();
        let mut is_open = self.is_open.lock().unwrap();
        while !*is_open {
            if observer.is_cancelled() {
                self.cancelled.notify_one();
                return Err(EngineError::Cancelled);
            }
            let (guard, _) = self.opened.wait_timeout(is_open, Duration::from_millis(5)).unwrap();
            is_open = guard;
        }
        Ok(())
    }
}

impl Engine for GatedEngine {
    fn id(&self) -> &str {
        "gated"
    }

    fn vary(
        &self,
        source: SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        self.0.pass(observer)?;
        PlainEngine.vary(source, spec, observer)
    }
}

//! An engine that does what a test tells it, so that no test waits for time to pass.

use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use variata_core::{
    Count, Description, Engine, EngineError, Observer, Seed, Size, SquareImage, Strength,
    Variation, VariationSpec,
};
use variata_dispatch::{
    BoxError, Codec, DispatchError, Dispatcher as _, Events, InProcess, Job, Limits, Tenant,
};

/// A dispatcher with room for ten images, six of one tenant, and one job at a time.
pub(crate) fn small() -> Limits {
    Limits {
        threads: threads(2),
        running_jobs: threads(1),
        capacity_images: 10,
        tenant_capacity_images: 6,
        buffered_images: threads(10),
        patience: Duration::from_secs(3600),
    }
}

pub(crate) fn threads(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}

/// What is asked for by a job that is known by its `seed`.
pub(crate) fn spec(seed: u64, count: u64) -> VariationSpec {
    VariationSpec {
        count: Count::new(count).unwrap(),
        size: Size::Px256,
        seed: Seed::new(seed).unwrap(),
        strength: Strength::default(),
    }
}

pub(crate) fn pixel() -> SquareImage {
    SquareImage::from_fn(1, |_, _| [0; 4])
}

pub(crate) fn variation(spec: &VariationSpec, index: u32) -> Variation {
    Variation {
        index,
        seed: spec.seed.nth(index),
        image: pixel(),
        description: Description::default(),
        elapsed: Duration::ZERO,
    }
}

/// Writes a variation as its index.
pub(crate) struct PlainCodec;

impl Codec for PlainCodec {
    fn read(&self) -> Result<SquareImage, BoxError> {
        Ok(pixel())
    }

    fn write(&self, variation: &Variation) -> Result<Bytes, BoxError> {
        Ok(variation.index.to_string().into())
    }

    fn wants_previews(&self) -> bool {
        true
    }

    fn write_preview(&self, index: u32, _: &SquareImage) -> Option<Bytes> {
        Some(format!("preview {index}").into())
    }
}

/// An engine that is a function.
pub(crate) struct Acting<F>(pub(crate) F);

impl<F> Engine for Acting<F>
where
    F: Fn(&VariationSpec, &dyn Observer) -> Result<(), EngineError> + Send + Sync,
{
    fn id(&self) -> &str {
        "acting"
    }

    fn vary(
        &self,
        _: SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        self.0(spec, observer)
    }
}

/// Makes all variations at once.
pub(crate) fn make_all(spec: &VariationSpec, observer: &dyn Observer) -> Result<(), EngineError> {
    (0..spec.count.get()).for_each(|index| observer.finished(variation(spec, index)));
    Ok(())
}

/// How many more variations may be made.
#[derive(Default)]
pub(crate) struct Gate {
    permits: Mutex<u32>,
    changed: Condvar,
}

impl Gate {
    pub(crate) fn allow(&self, images: u32) {
        *self.permits.lock().unwrap() += images;
        self.changed.notify_all();
    }

    /// Waits for a permit and uses it up; false when the observer asks to stop first.
    fn pass(&self, observer: &dyn Observer) -> bool {
        let mut permits = self.permits.lock().unwrap();
        while *permits == 0 {
            if observer.is_cancelled() {
                return false;
            }
            // An engine asks now and then.
            permits = self.changed.wait_timeout(permits, Duration::from_millis(1)).unwrap().0;
        }
        *permits -= 1;
        true
    }
}

/// A dispatcher, and an engine that waits for permits.
pub(crate) struct Stage {
    pub(crate) dispatcher: InProcess,
    pub(crate) gate: Arc<Gate>,
    pub(crate) engine: Arc<dyn Engine>,
    starts: mpsc::UnboundedReceiver<u64>,
}

impl Stage {
    pub(crate) fn new(limits: Limits) -> Self {
        let gate = Arc::new(Gate::default());
        let (start, starts) = mpsc::unbounded_channel();
        let door = Arc::clone(&gate);
        let engine = Acting(move |spec: &VariationSpec, observer: &dyn Observer| {
            start.send(spec.seed.get()).unwrap();
            for index in 0..spec.count.get() {
                if !door.pass(observer) {
                    return Err(EngineError::Cancelled);
                }
                observer.finished(variation(spec, index));
            }
            Ok(())
        });
        let dispatcher = InProcess::start(limits).unwrap();
        Self { dispatcher, gate, engine: Arc::new(engine), starts }
    }

    /// Submits a job for the engine of this stage.
    pub(crate) async fn submit(
        &self,
        tenant: &str,
        seed: u64,
        count: u64,
    ) -> Result<Events, DispatchError> {
        self.dispatcher.submit(self.job(tenant, seed, count)).await
    }

    pub(crate) fn job(&self, tenant: &str, seed: u64, count: u64) -> Job {
        job(tenant, Arc::clone(&self.engine), spec(seed, count))
    }

    /// Waits until a job starts; its seed.
    pub(crate) async fn next_start(&mut self) -> u64 {
        self.starts.recv().await.unwrap()
    }

    /// Whether no job has started that was not asked for.
    pub(crate) fn nothing_started(&mut self) -> bool {
        self.starts.try_recv().is_err()
    }
}

pub(crate) fn job(tenant: &str, engine: Arc<dyn Engine>, spec: VariationSpec) -> Job {
    Job { tenant: Tenant::new(tenant), engine, spec, codec: Arc::new(PlainCodec) }
}

//! The engine as the outside sees it: one analysis, many variations.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use variata_core::{
    Description, Engine, EngineError, Observer, SquareImage, Strength, Variation, VariationSpec,
};

use crate::analysis::Analysis;
use crate::convert::{preview_of, square_image_of};
use crate::kernels::Tier;
use crate::memory::keep_freed;
use crate::operations::{Context, Frame, Shared, Stop};
use crate::random::Random;
use crate::repertoire::{Chain, LAST_RESORT, Recipe, recipe};

/// The embedded engine: makes variations out of the picture itself, without a model.
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
        keep_freed();
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
        source: SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        if observer.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let after_stage = |stage, took| {
            observer.stage(stage, took);
            if observer.is_cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
        };
        let analysis = Analysis::try_new(source, spec.size.side_px() as usize, after_stage)?;
        let mut watch = Stopwatch::start(observer);
        let only = (spec.count.get() == 1).then(|| spec.seed.get());
        let shared = Shared::of(&analysis, only);
        watch.lap("shared");
        let request = Request {
            analysis: &analysis,
            shared,
            start: Frame::of(&analysis),
            spec,
            tier: self.tier,
            observer,
            next: AtomicU32::new(0),
            progress: Progress::new(observer, spec.count.get()),
        };
        // One loop a thread, rather than one task a variation: results come in order, and no
        // more of them are in memory than there are threads.
        rayon::scope(|scope| scope.spawn_broadcast(|_, _| request.work()));
        if observer.is_cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
    }
}

/// One call of [`Engine::vary`], shared by the threads that work on it.
struct Request<'a> {
    analysis: &'a Analysis,
    shared: Shared,
    /// The source as every recipe finds it.
    start: Frame,
    spec: &'a VariationSpec,
    tier: Tier,
    observer: &'a dyn Observer,
    next: AtomicU32,
    progress: Progress<'a>,
}

impl Request<'_> {
    /// Makes variations until none is left or the observer has heard enough.
    fn work(&self) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.spec.count.get() {
                return;
            }
            match self.render(index) {
                Ok(variation) => self.observer.finished(variation),
                Err(Cancelled) => return,
            }
            self.progress.advance();
        }
    }

    fn render(&self, index: u32) -> Result<Variation, Cancelled> {
        let started = Instant::now();
        let seed = self.spec.seed.nth(index);
        let context = Context {
            analysis: self.analysis,
            shared: &self.shared,
            index,
            boldness: self.spec.strength.get() / Strength::default().get(),
            seed: seed.get(),
            tier: self.tier,
            observer: self.observer,
        };
        let frame = match self.follow(recipe(&context), &context)? {
            Some(frame) if !frame.done.is_empty() => frame,
            _ => self.follow(LAST_RESORT, &context)?.unwrap_or_else(|| self.start.clone()),
        };
        Ok(Variation {
            index,
            seed,
            description: Description {
                class: self.analysis.class.name().to_owned(),
                operation: frame.done.join(" + "),
                scores: frame.scores,
            },
            image: square_image_of(Arc::unwrap_or_clone(frame.image)),
            elapsed: started.elapsed(),
        })
    }

    /// Takes the steps of `recipe`, from the source on; steps that refuse are left out, and where all
    /// do there is nothing.
    fn follow(&self, recipe: Recipe, context: &Context<'_>) -> Result<Option<Frame>, Cancelled> {
        let mut made: Option<Frame> = None;
        for (stage, chain) in recipe.iter().enumerate() {
            let frame = made.as_ref().unwrap_or(&self.start);
            made = first_that_fits(chain, frame, context, stage as u64)?.or(made);
            if self.observer.wants_previews() {
                let frame = made.as_ref().unwrap_or(&self.start);
                self.observer.preview(context.index, &preview_of(&frame.image));
            }
        }
        Ok(made)
    }
}

/// The observer asked to stop.
struct Cancelled;

/// Applies the first operation of `chain` that does not refuse; `None` when all do.
fn first_that_fits(
    chain: Chain,
    frame: &Frame,
    context: &Context<'_>,
    stage: u64,
) -> Result<Option<Frame>, Cancelled> {
    for (link, operation) in chain.iter().enumerate() {
        // Each place in a recipe has its own stream, so that a refusal does not change what the
        // next operation draws.
        let mut random = Random::new(context.seed, stage * 16 + link as u64);
        let mut watch = Stopwatch::start(context.observer);
        match operation.apply(frame, context, &mut random) {
            Ok(frame) => {
                watch.lap(frame.done.last().map_or("nothing", String::as_str));
                return Ok(Some(frame));
            }
            Err(Stop::Refused) => watch.lap("refused"),
            Err(Stop::Cancelled) => return Err(Cancelled),
        }
    }
    Ok(None)
}

/// Tells the observer how long stages took.
struct Stopwatch<'a> {
    observer: &'a dyn Observer,
    started: Instant,
}

impl<'a> Stopwatch<'a> {
    fn start(observer: &'a dyn Observer) -> Self {
        Self { observer, started: Instant::now() }
    }

    /// The stage `name` ends here, and the next one begins.
    fn lap(&mut self, name: &str) {
        let now = Instant::now();
        self.observer.stage(name, now - self.started);
        self.started = now;
    }
}

/// Tells the observer how much is done, never less than before.
struct Progress<'a> {
    observer: &'a dyn Observer,
    finished: Mutex<u32>,
    count: u32,
}

impl<'a> Progress<'a> {
    fn new(observer: &'a dyn Observer, count: u32) -> Self {
        Self { observer, finished: Mutex::new(0), count }
    }

    fn advance(&self) {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        *finished += 1;
        self.observer.progress(*finished as f32 / self.count as f32);
    }
}

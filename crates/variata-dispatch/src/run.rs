//! One job on the pool, from the source's bytes to the last result.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use variata_core::{EngineError, Observer, SquareImage, Variation};

use crate::deliver::{Undelivered, deliver};
use crate::{Event, Finished, Job, JobError};

/// A job with its end of the line to the caller.
pub(crate) struct Call<'a> {
    pub(crate) job: Job,
    pub(crate) news: mpsc::Sender<Event>,
    /// Set when nobody wants the results any more.
    pub(crate) stop: Arc<AtomicBool>,
    /// How long a finished picture waits for its receiver.
    pub(crate) patience: Duration,
    /// Room in `news` that is kept for results.
    pub(crate) reserved_events: usize,
    /// Called for each result before it is delivered, at most as often as the job asked for.
    pub(crate) on_finished: &'a (dyn Fn() + Sync),
}

/// Runs the job and drops it. Whatever panics in it becomes [`JobError::Panicked`].
pub(crate) fn run(call: Call<'_>) -> Result<(), JobError> {
    catch_unwind(AssertUnwindSafe(|| run_unguarded(call))).unwrap_or_else(|payload| {
        Err(JobError::Panicked { message: panic_message(payload.as_ref()).to_owned() })
    })
}

fn run_unguarded(call: Call<'_>) -> Result<(), JobError> {
    if call.stop.load(Ordering::Relaxed) {
        return Err(JobError::Cancelled);
    }
    let source = call.job.codec.read().map_err(JobError::Source)?;
    let reporter = Reporter::new(&call);
    let varied = call.job.engine.vary(source, &call.job.spec, &reporter);
    reporter.conclude(varied)
}

/// What a panic said, if it said it in words.
fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no words)")
}

/// Passes an engine's news on and tells it when to stop.
struct Reporter<'a> {
    call: &'a Call<'a>,
    finished_images: AtomicU32,
    percent: AtomicU32,
    failed: AtomicBool,
    /// The first thing that went wrong on the way to the caller.
    failure: Mutex<Option<JobError>>,
}

impl<'a> Reporter<'a> {
    fn new(call: &'a Call<'a>) -> Self {
        Self {
            call,
            finished_images: AtomicU32::new(0),
            percent: AtomicU32::new(0),
            failed: AtomicBool::new(false),
            failure: Mutex::new(None),
        }
    }

    /// Encodes and delivers a variation.
    fn hand_over(&self, variation: Variation) -> Result<(), JobError> {
        let bytes = self.call.job.codec.write(&variation).map_err(JobError::Output)?;
        if self.finished_images.fetch_add(1, Ordering::Relaxed) >= self.call.job.spec.count.get() {
            // Nobody asked for this one.
            return Ok(());
        }
        (self.call.on_finished)();
        // The pixels go before the wait for room.
        let Variation { index, seed, description, elapsed, image: _ } = variation;
        let event = Event::Finished(Finished { index, seed, description, elapsed, bytes });
        deliver(&self.call.news, event, self.call.patience, || self.is_cancelled()).map_err(
            |undelivered| match undelivered {
                Undelivered::Unwanted => JobError::Cancelled,
                Undelivered::Late => JobError::Abandoned,
            },
        )
    }

    /// Sends news that may be missed, unless results could need the room.
    fn mention(&self, event: Event) {
        if self.has_room() {
            // Another thread may have taken the room just now, which is as well.
            let _ = self.call.news.try_send(event);
        }
    }

    fn has_room(&self) -> bool {
        self.call.news.capacity() > self.call.reserved_events
    }

    fn fail(&self, error: JobError) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.failed.store(true, Ordering::Relaxed);
    }

    /// The job's outcome, given the engine's.
    fn conclude(self, varied: Result<(), EngineError>) -> Result<(), JobError> {
        if let Some(error) = self.failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let asked = self.call.job.spec.count.get();
        match (varied, self.finished_images.into_inner()) {
            (Ok(()), made) if made < asked => Err(JobError::Incomplete { made, asked }),
            (Ok(()), _) => Ok(()),
            (Err(EngineError::Cancelled), _) => Err(JobError::Cancelled),
            (Err(error), _) => Err(JobError::Engine(error)),
        }
    }
}

impl Observer for Reporter<'_> {
    fn progress(&self, done: f32) {
        // Of the hundreds of steps of an engine, a caller hears at most a hundred.
        let percent = (done.clamp(0.0, 1.0) * 100.0) as u32;
        if self.percent.fetch_max(percent, Ordering::Relaxed) < percent {
            self.mention(Event::Progress(done));
        }
    }

    fn wants_previews(&self) -> bool {
        self.call.job.codec.wants_previews()
    }

    fn preview(&self, index: u32, image: &SquareImage) {
        if !self.wants_previews() || !self.has_room() {
            return;
        }
        if let Some(bytes) = self.call.job.codec.write_preview(index, image) {
            self.mention(Event::Preview { index, bytes });
        }
    }

    fn finished(&self, variation: Variation) {
        if self.is_cancelled() {
            return;
        }
        if let Err(error) = self.hand_over(variation) {
            self.fail(error);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.call.stop.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed)
    }
}

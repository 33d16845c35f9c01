//! What every way of running jobs has in common.

use std::pin::Pin;
use std::time::Duration;

use thiserror::Error;

use crate::{Events, Job};

/// What an asynchronous method of a trait object returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Admits jobs and sees to it that they are run.
///
/// The promises at the top of this crate are those of every implementation.
pub trait Dispatcher: Send + Sync {
    /// Admits `job` or refuses it, without waiting for any other job. What becomes of it arrives
    /// in the [`Events`]; dropping them cancels it.
    ///
    /// # Errors
    ///
    /// [`DispatchError`], and then nothing of the job is kept.
    fn submit(&self, job: Job) -> BoxFuture<'_, Result<Events, DispatchError>>;

    /// Whether a job of `images` variations would be admitted now, so that a caller can be turned
    /// away before the picture is even read. No reservation: submitting can still fail.
    ///
    /// # Errors
    ///
    /// What [`Dispatcher::submit`] would fail with, the limit for one tenant aside.
    fn would_admit(&self, images: u32) -> Result<(), DispatchError>;

    /// What waits and what runs at this moment.
    fn load(&self) -> Load;

    /// Refuses new jobs from now on, and resolves when all admitted ones have ended.
    fn drain(&self) -> BoxFuture<'_, ()>;

    /// Refuses new jobs from now on and cancels all admitted ones: those waiting at once, those
    /// running at their next step.
    fn abort(&self);
}

/// What a dispatcher has to do, for gauges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Variations of the jobs that wait for their turn.
    pub queued_images: u32,
    /// Jobs that wait for their turn.
    pub queued_jobs: u32,
    /// Variations of the running jobs that are not finished yet.
    pub running_images: u32,
    /// Jobs that run.
    pub running_jobs: u32,
    /// The most variations, waiting and running together, that are admitted.
    pub capacity_images: u32,
    /// Jobs that have panicked so far, and work that jobs had left behind.
    pub panicked_jobs: u64,
}

/// Why a job was not admitted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DispatchError {
    /// Too many images wait already, altogether or of this tenant.
    #[error("too many images are waiting: try again in {} s", retry_after.as_secs())]
    Overloaded {
        /// When there will probably be room, 1 s to 60 s, in whole seconds.
        retry_after: Duration,
    },
    /// More images than are ever admitted at a time; waiting does not help.
    #[error("{images} images are more than the {limit_images} that can be waiting at a time")]
    TooLarge {
        /// How many were asked for.
        images: u32,
        /// The most that one job can ask for here.
        limit_images: u32,
    },
    /// No more jobs are taken, since the process is about to end.
    #[error("the server is shutting down")]
    Draining,
}

//! How much is taken on at a time: every bound of this crate that an operator may want to move.

use std::num::NonZeroUsize;
use std::time::Duration;

/// How much is taken on at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Threads that compute.
    pub threads: NonZeroUsize,
    /// Jobs that run at a time and share those threads.
    pub running_jobs: NonZeroUsize,
    /// The most images, waiting and running together.
    pub capacity_images: u32,
    /// The most images of one tenant, waiting and running together.
    pub tenant_capacity_images: u32,
    /// How many finished pictures of one job wait for their receiver before the job pauses; four
    /// more when there is no other news.
    pub buffered_images: NonZeroUsize,
    /// How long a job pauses for a receiver that takes nothing before it is given up.
    pub patience: Duration,
}

impl Limits {
    /// What fits a machine with this many processors.
    pub fn for_threads(threads: NonZeroUsize) -> Self {
        const FOUR: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);
        const TEN: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9);
        Self {
            threads,
            // Small jobs fill the threads only together, and a few are enough for that.
            running_jobs: threads.min(FOUR),
            capacity_images: 128,
            // The rest is always there for somebody else.
            tenant_capacity_images: 96,
            // All that OpenAI's endpoint gives at a time: a slow caller holds up nobody.
            buffered_images: TEN,
            patience: Duration::from_secs(30),
        }
    }

    /// The most images that one job can ask for.
    pub(crate) fn largest_job_images(&self) -> u32 {
        self.capacity_images.min(self.tenant_capacity_images)
    }
}

//! What a request tells the connection that it came on, below hyper's back.
//!
//! hyper 1 can neither send `102 Processing` nor close a connection the way that spares an early
//! answer; the stream below it can do both, once it is told.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Flags from the request that is under way to its connection. Both sides run in one task, so the
/// flags need no order among other memory.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    wants_processing: AtomicBool,
    lingers: AtomicBool,
}

impl Signals {
    /// Waits for `work`, and has the client told every `period` that it goes on. Node's client
    /// gives up after 300 s without a word, and a final status cannot be sent before it is known.
    pub(crate) async fn keep_informed<T>(
        &self,
        period: Duration,
        work: impl Future<Output = T>,
    ) -> T {
        // Whatever ends the waiting, also being dropped, takes back a notice that was not sent yet:
        // after the answer it would be taken for the answer of the next request.
        let _withdrawal = Withdrawal(self);
        let mut work = pin!(work);
        let mut ticks = interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                done = work.as_mut() => return done,
                _ = ticks.tick() => self.want_processing(),
            }
        }
    }

    /// The body was not read to its end: what is left has to be taken when the connection closes.
    pub(super) fn linger(&self) {
        self.lingers.store(true, Ordering::Relaxed);
    }

    pub(super) fn lingers(&self) -> bool {
        self.lingers.load(Ordering::Relaxed)
    }

    pub(super) fn want_processing(&self) {
        self.wants_processing.store(true, Ordering::Relaxed);
    }

    pub(super) fn take_processing(&self) -> bool {
        self.wants_processing.swap(false, Ordering::Relaxed)
    }
}

struct Withdrawal<'a>(&'a Signals);

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        self.0.take_processing();
    }
}

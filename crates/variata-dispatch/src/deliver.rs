//! Hands an event from a thread that computes to a task that may be slow.
//!
//! Waiting for room is what keeps memory bounded: the thread makes no further picture meanwhile.
//! But it must not wait for ever, so it looks around now and then, which a channel's own blocking
//! send does not.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::Event;

/// How often a waiting thread looks whether it should stop.
const LOOK_AROUND: Duration = Duration::from_millis(50);

/// Why an event was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// The receiver is gone, or somebody said to stop.
    Unwanted,
    /// There was no room for as long as the receiver has.
    Late,
}

/// Sends `event`, waiting for room for up to `patience` unless `is_stopped`. Must not be called
/// from an asynchronous thread.
pub(crate) fn deliver(
    news: &mpsc::Sender<Event>,
    event: Event,
    patience: Duration,
    is_stopped: impl Fn() -> bool,
) -> Result<(), Undelivered> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut sending = pin!(news.send(event));
    let started = Instant::now();
    loop {
        if let Poll::Ready(sent) = sending.as_mut().poll(&mut context) {
            return sent.map_err(|_| Undelivered::Unwanted);
        }
        if is_stopped() {
            return Err(Undelivered::Unwanted);
        }
        let left = patience.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(Undelivered::Late);
        }
        thread::park_timeout(left.min(LOOK_AROUND));
    }
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A channel with room for one event, which it holds.
    fn full() -> (mpsc::Sender<Event>, mpsc::Receiver<Event>) {
        let (news, receiver) = mpsc::channel(1);
        news.try_send(Event::Progress(0.0)).unwrap();
        (news, receiver)
    }

    #[test]
    fn waiting_for_room_ends_with_patience() {
        let (news, _receiver) = full();
        let delivered = deliver(&news, Event::Progress(1.0), Duration::ZERO, || false);
        assert_eq!(delivered, Err(Undelivered::Late));
    }

    #[test]
    fn waiting_for_room_ends_when_told_to_stop() {
        let (news, _receiver) = full();
        let delivered = deliver(&news, Event::Progress(1.0), Duration::MAX, || true);
        assert_eq!(delivered, Err(Undelivered::Unwanted));
    }

    #[test]
    fn waiting_for_room_ends_when_there_is_some_or_nobody_listens() {
        let (news, mut receiver) = full();
        thread::scope(|scope| {
            let deliver = || deliver(&news, Event::Progress(1.0), Duration::MAX, || false);
            let waiting = scope.spawn(deliver);
            assert_eq!(receiver.blocking_recv(), Some(Event::Progress(0.0)));
            assert_eq!(waiting.join().unwrap(), Ok(()));
            let waiting = scope.spawn(deliver);
            receiver.close();
            assert_eq!(waiting.join().unwrap(), Err(Undelivered::Unwanted));
        });
    }
}

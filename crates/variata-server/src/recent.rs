//! What happened lately, for an operator who looks: the pace of the last hour and the last errors.
//!
//! In memory and of a fixed size. Of an error it keeps what enumerations say and who asked, never
//! its message: that repeats what a caller sent.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use variata_accounts::KeyId;
use variata_store::Timestamp;

use crate::ApiError;
use crate::app::Clock;
use crate::connection::RequestId;
use crate::reference::field_names;

/// Images of the last hour and the last errors.
pub(crate) struct Recent {
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    images: Pace,
    errors: VecDeque<Mishap>,
}

/// A request for variations that was answered with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mishap {
    pub(crate) at: Timestamp,
    pub(crate) status: u16,
    /// The error's code, else its type.
    pub(crate) cause: &'static str,
    /// Which field of the request was at fault.
    pub(crate) field: Option<&'static str>,
    /// Whose request it was; nobody's when the key was none of ours.
    pub(crate) key: Option<KeyId>,
    /// By what the log and the caller name the request.
    pub(crate) request_id: RequestId,
}

/// How many errors are kept.
const MAX_ERRORS: usize = 20;
/// How many minutes are kept.
pub(crate) const MINUTES: usize = 60;
const SECONDS: usize = MINUTES * 60;

impl Recent {
    pub(crate) fn new(clock: Clock) -> Self {
        let images = Pace { counts: vec![0; SECONDS], now_s: 0 };
        Self { clock, state: Mutex::new(State { images, errors: VecDeque::new() }) }
    }

    /// Counts an image that was handed over.
    pub(crate) fn image(&self) {
        let now = (self.clock)();
        self.state().images.count(now.seconds());
    }

    /// Keeps what is told of an error.
    pub(crate) fn error(&self, error: &ApiError, request_id: &RequestId) {
        let mishap = Mishap {
            at: (self.clock)(),
            status: error.status().as_u16(),
            cause: error.code().unwrap_or(error.error_type().as_str()),
            field: field_names().find(|name| error.param() == Some(name)),
            key: error.key().cloned(),
            request_id: request_id.clone(),
        };
        let mut state = self.state();
        state.errors.truncate(MAX_ERRORS - 1);
        state.errors.push_front(mishap);
    }

    /// The images of each of the last [`MINUTES`] minutes, the present one last; a minute ends now.
    pub(crate) fn images_by_minute(&self) -> Vec<u32> {
        let now = (self.clock)();
        self.state().images.by_minute(now.seconds())
    }

    /// The last errors, the latest first.
    pub(crate) fn errors(&self) -> Vec<Mishap> {
        self.state().errors.iter().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A count for each second of the last hour, in a ring.
struct Pace {
    counts: Vec<u32>,
    /// The last second that was looked at.
    now_s: u64,
}

impl Pace {
    fn count(&mut self, now_s: u64) {
        self.advance(now_s);
        if let Some(count) = self.counts.get_mut(place(self.now_s)) {
            *count = count.saturating_add(1);
        }
    }

    fn by_minute(&mut self, now_s: u64) -> Vec<u32> {
        self.advance(now_s);
        // The second after the present one is the oldest.
        self.counts.rotate_left((place(self.now_s) + 1) % SECONDS);
        let minutes = self.counts.chunks(60).map(|minute| minute.iter().sum()).collect();
        self.counts.rotate_right((place(self.now_s) + 1) % SECONDS);
        minutes
    }

    /// Empties the seconds that have passed. A clock that was put back counts in the last one.
    fn advance(&mut self, now_s: u64) {
        let passed = now_s.saturating_sub(self.now_s).min(SECONDS as u64);
        for second in 0..passed {
            if let Some(count) = self.counts.get_mut(place(now_s - second)) {
                *count = 0;
            }
        }
        self.now_s = self.now_s.max(now_s);
    }
}

/// Where a second is kept.
fn place(second_s: u64) -> usize {
    usize::try_from(second_s % SECONDS as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn recent() -> (Recent, Arc<AtomicU64>) {
        let hand = Arc::new(AtomicU64::new(1_800_000_017));
        let seconds = Arc::clone(&hand);
        let clock = move || Timestamp::from_seconds(seconds.load(Ordering::SeqCst));
        (Recent::new(Arc::new(clock)), hand)
    }

    #[test]
    fn images_count_in_their_minute_for_an_hour() {
        let (recent, hand) = recent();
        recent.image();
        recent.image();
        hand.fetch_add(59, Ordering::SeqCst);
        recent.image();
        assert_eq!(recent.images_by_minute().last(), Some(&3));
        hand.fetch_add(1, Ordering::SeqCst);
        assert_eq!(recent.images_by_minute()[MINUTES - 2..], [2, 1]);
        hand.fetch_add(3539, Ordering::SeqCst);
        assert_eq!(recent.images_by_minute()[0], 3);
        hand.fetch_add(1, Ordering::SeqCst);
        assert_eq!(recent.images_by_minute().iter().sum::<u32>(), 1);
        hand.fetch_add(1_000_000, Ordering::SeqCst);
        assert_eq!(recent.images_by_minute(), vec![0; MINUTES]);
    }

    #[test]
    fn the_latest_errors_are_kept_without_their_words() {
        let (recent, _) = recent();
        for index in 0..30 {
            let error = ApiError::unknown_path(&http::Method::GET, "/canary");
            recent.error(&error, &RequestId::new(&format!("req_{index}")));
        }
        let errors = recent.errors();
        assert_eq!((errors.len(), errors[0].request_id.as_str()), (MAX_ERRORS, "req_29"));
        assert_eq!((errors[0].status, errors[0].cause), (404, "invalid_request_error"));
        assert!(!format!("{errors:?}").contains("canary"));
    }
}

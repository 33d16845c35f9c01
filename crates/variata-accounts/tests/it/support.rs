//! Entries, keys and clocks for the tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use variata_accounts::{Clock, Database, IssuedKey, KeyId, Limits, Moment, NewKey, Usage};

/// The moment at which every test starts: a midnight.
pub(crate) const START: u64 = 1_800_057_600_000;

pub(crate) fn start() -> Moment {
    Moment::from_ms(START)
}

/// A clock and the hand that moves it.
pub(crate) fn clock() -> (Clock, Arc<AtomicU64>) {
    let hand = Arc::new(AtomicU64::new(START));
    let moved = Arc::clone(&hand);
    (Arc::new(move || Moment::from_ms(moved.load(Ordering::SeqCst))), hand)
}

pub(crate) async fn create(database: &Database, name: &str, limits: Limits) -> IssuedKey {
    let new = NewKey { name: name.to_owned(), expires: None, limits };
    database.create_key(&new, start()).await.unwrap()
}

/// An answered request of two images.
pub(crate) fn usage(request_id: &str, key: &KeyId, at: Moment) -> Usage {
    Usage {
        request_id: request_id.to_owned(),
        at,
        key: key.clone(),
        user: None,
        engine: Some("patch".to_owned()),
        images: 2,
        size_px: Some(256),
        seed: Some(u64::MAX / 2),
        status: 200,
        elapsed: Duration::from_millis(30),
    }
}

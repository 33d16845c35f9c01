//! Deletes what has expired, again and again.

use std::time::Duration;

use crate::{Store, StoreError, Timestamp};

/// How long expired bytes can stay: well within the five minutes that callers are promised.
pub const SWEEP_PERIOD: Duration = Duration::from_secs(60);

/// Sweeps `store` at once and then every [`SWEEP_PERIOD`], until the future is dropped.
///
/// `now` tells the time, and `report` hears how many files each sweep deleted or why it failed; a
/// failure does not stop the sweeping.
pub async fn sweep(
    store: &dyn Store,
    now: impl Fn() -> Timestamp,
    mut report: impl FnMut(Result<u64, StoreError>),
) {
    let mut ticks = tokio::time::interval(SWEEP_PERIOD);
    // A sweep that took longer than a period is not followed by a burst of others.
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        report(store.delete_expired(now()).await);
    }
}

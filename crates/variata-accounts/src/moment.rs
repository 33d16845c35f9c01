//! Moments, in the unit that limits need.
//!
//! Whole seconds are too coarse for a limit of a hundred a second, so this crate counts
//! milliseconds; it is the unit of its tables too.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment, in whole milliseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Moment(u64);

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

impl Moment {
    /// The moment `milliseconds` after 1970-01-01 00:00 UTC.
    pub fn from_ms(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// The present, by the system's clock.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// Milliseconds since 1970-01-01 00:00 UTC.
    pub fn ms(self) -> u64 {
        self.0
    }

    /// The moment `later`; the last possible one when there is none as late.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(later.as_millis()).unwrap_or(u64::MAX)))
    }

    /// The moment `earlier`; 1970 when there is none as early.
    #[must_use]
    pub fn minus(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(earlier.as_millis()).unwrap_or(u64::MAX)))
    }

    /// As the tables have it.
    pub(crate) fn to_sql(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// From what the tables have.
    pub(crate) fn from_sql(milliseconds: i64) -> Self {
        Self(u64::try_from(milliseconds).unwrap_or_default())
    }
}

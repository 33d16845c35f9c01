//! Moments in the unit that links and responses use.
//!
//! A whole second is what a link states, so comparing whole seconds is what makes it end exactly
//! when it says.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment, in whole seconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `seconds` after 1970-01-01 00:00 UTC.
    pub fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The present, by the system's clock; the only place where this crate's callers get it from.
    pub fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// Seconds since 1970-01-01 00:00 UTC.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// The moment `seconds` later; the last possible one when there is none as late.
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The same moment for the file system; none when the platform cannot express it.
    pub(crate) fn to_system_time(self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_secs(self.0))
    }
}

impl From<SystemTime> for Timestamp {
    /// Fractions of a second are dropped; moments before 1970 become 1970.
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

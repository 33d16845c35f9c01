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

    /// The day in UTC, as `2026-05-12`.
    ///
    /// From days to a date: Howard Hinnant, *chrono-compatible low-level date algorithms*,
    /// `civil_from_days`.
    pub fn utc_day(self) -> String {
        let days = self.0 / DAY_MS + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// The time of that day, as `14:03:22`.
    pub fn utc_time(self) -> String {
        let seconds = self.0 % DAY_MS / 1000;
        format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
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

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_those_of_the_calendar() {
        for (seconds, day, time) in [
            (0, "1970-01-01", "00:00:00"),
            (951_782_399, "2000-02-28", "23:59:59"),
            (951_782_400, "2000-02-29", "00:00:00"),
            (1_778_551_402, "2026-05-12", "02:03:22"),
            (4_107_542_400, "2100-03-01", "00:00:00"),
        ] {
            let moment = Moment::from_ms(seconds * 1000);
            assert_eq!((moment.utc_day().as_str(), moment.utc_time().as_str()), (day, time));
        }
    }
}

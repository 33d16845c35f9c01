//! Limits over sliding windows, with costs.
//!
//! A meter remembers when something was taken, and counts what is younger than the period. So no
//! stretch of a period's length, wherever it begins, ever sees more than the limit, and what was
//! taken comes back when its period is over. Meters that remember one number instead (token
//! buckets, the generic cell rate algorithm of ITU-T I.371 and of `governor`) let twice the limit
//! through in the period after a pause.
//!
//! A request has to pass several meters at once and must then be charged to all or to none, is given
//! back what was not used, and is told what remains.

use std::collections::VecDeque;
use std::time::Duration;

use crate::Moment;

/// So many in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) limit: u32,
    pub(crate) period: Duration,
    /// How exactly moments are remembered, and so how much memory a meter may take: what is taken
    /// within a step counts from the end of it, so that a window never holds more than the limit.
    pub(crate) step: Duration,
}

/// What is left of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The limit itself.
    pub limit: u32,
    /// How much can be taken at once now.
    pub remaining: u32,
    /// How long until nothing of the limit is used any more.
    pub reset: Duration,
}

/// What one caller has used of one rate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Meter {
    /// The oldest first.
    taken: VecDeque<Taken>,
    /// The sum of all that.
    total: u64,
}

/// What was taken in one step of time, at the end of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Taken {
    at_ms: u64,
    cost: u32,
}

impl Taken {
    /// How long it still counts; a clock that was put back makes that no longer than a period.
    fn left(&self, rate: Rate, now: Moment) -> Duration {
        let left_ms = self.at_ms.saturating_add(ms(rate.period)).saturating_sub(now.ms());
        Duration::from_millis(left_ms).min(rate.period)
    }

    fn is_over(&self, rate: Rate, now: Moment) -> bool {
        self.left(rate, now).is_zero()
    }
}

impl Meter {
    /// Whether `cost` can be taken now; if not, how long until it can, and nothing when it never
    /// can.
    pub(crate) fn wait(&self, rate: Rate, cost: u32, now: Moment) -> Result<(), Option<Duration>> {
        let Some(free) = rate.limit.checked_sub(cost) else { return Err(None) };
        let mut excess = self.used(rate, now).saturating_sub(u64::from(free));
        if excess == 0 {
            return Ok(());
        }
        for taken in self.taken.iter().skip_while(|taken| taken.is_over(rate, now)) {
            excess = excess.saturating_sub(u64::from(taken.cost));
            if excess == 0 {
                return Err(Some(taken.left(rate, now)));
            }
        }
        Err(Some(rate.period))
    }

    /// Takes `cost`, whether it fits or not.
    pub(crate) fn take(&mut self, rate: Rate, cost: u32, now: Moment) {
        self.settle(rate, now);
        if cost == 0 {
            return;
        }
        self.total += u64::from(cost);
        let at_ms = step_end_ms(rate, now);
        match self.taken.back_mut() {
            Some(last) if last.at_ms >= at_ms && last.cost < u32::MAX - cost => last.cost += cost,
            _ => self.taken.push_back(Taken { at_ms, cost }),
        }
    }

    /// Gives back `cost` of what was taken last.
    pub(crate) fn give_back(&mut self, mut cost: u32) {
        while let Some(last) = self.taken.back_mut() {
            let given = last.cost.min(cost);
            last.cost -= given;
            cost -= given;
            self.total -= u64::from(given);
            if last.cost > 0 {
                return;
            }
            self.taken.pop_back();
        }
    }

    pub(crate) fn quota(&self, rate: Rate, now: Moment) -> Quota {
        let used = u32::try_from(self.used(rate, now)).unwrap_or(u32::MAX);
        Quota {
            limit: rate.limit,
            remaining: rate.limit.saturating_sub(used),
            reset: self.taken.back().map(|last| last.left(rate, now)).unwrap_or_default(),
        }
    }

    /// When something was last taken, in milliseconds since 1970; 0 when nothing counts any more.
    pub(crate) fn last_ms(&self) -> u64 {
        self.taken.back().map_or(0, |taken| taken.at_ms)
    }

    /// Drops what does not count any more, and pulls back what a clock that was put back has left
    /// in the future.
    pub(crate) fn settle(&mut self, rate: Rate, now: Moment) {
        while let Some(oldest) = self.taken.pop_front_if(|oldest| oldest.is_over(rate, now)) {
            self.total -= u64::from(oldest.cost);
        }
        let latest_ms = step_end_ms(rate, now);
        for taken in self.taken.iter_mut().rev().take_while(|taken| taken.at_ms > latest_ms) {
            taken.at_ms = latest_ms;
        }
    }

    fn used(&self, rate: Rate, now: Moment) -> u64 {
        let over = self.taken.iter().take_while(|taken| taken.is_over(rate, now));
        self.total - over.map(|taken| u64::from(taken.cost)).sum::<u64>()
    }
}

fn step_end_ms(rate: Rate, now: Moment) -> u64 {
    let step_ms = ms(rate.step).max(1);
    (now.ms() / step_ms).saturating_mul(step_ms).saturating_add(step_ms - 1)
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn per_minute(limit: u32) -> Rate {
        Rate { limit, period: MINUTE, step: Duration::from_millis(1) }
    }

    /// The moments, in milliseconds, at which a caller is let in who asks for `cost` at each of
    /// `asks`.
    fn admitted(rate: Rate, cost: u32, asks: impl Iterator<Item = u64>) -> Vec<u64> {
        let mut meter = Meter::default();
        let admit = |&ms: &u64| {
            let now = Moment::from_ms(1_800_000_000_123 + ms);
            let fits = meter.wait(rate, cost, now).is_ok();
            if fits {
                meter.take(rate, cost, now);
            }
            fits
        };
        asks.filter(admit).collect()
    }

    /// The most and the least in any minute that lies within the first three.
    fn extremes(moments: &[u64]) -> (usize, usize) {
        let count =
            |from: u64| moments.iter().filter(|&&ms| (from..from + 60_000).contains(&ms)).count();
        let windows: Vec<usize> = (0..=120_000).step_by(97).map(count).collect();
        (windows.iter().copied().max().unwrap(), windows.iter().copied().min().unwrap())
    }

    #[test]
    fn no_minute_ever_sees_more_than_the_limit_or_less_where_more_is_asked_for() {
        for limit in [1, 7, 60, 999] {
            let rate = per_minute(limit);
            let always = admitted(rate, 1, 0..180_000);
            assert_eq!(extremes(&always), (limit as usize, limit as usize), "{limit}, at once");
            // Evenly, at one and a half times the limit.
            let pause_ms = u64::from(40_000 / limit).max(1);
            let evenly = admitted(rate, 1, (0..180_000).step_by(pause_ms as usize));
            let (most, least) = extremes(&evenly);
            assert_eq!(most, limit as usize, "{limit}, evenly");
            assert!(least + 1 >= limit as usize, "{least} of {limit}, evenly");
        }
    }

    #[test]
    fn a_pause_does_not_double_the_next_minute() {
        let asks = (0..60).map(|_| 0).chain(60_000..60_001).chain(90_000..150_000);
        let moments = admitted(per_minute(60), 1, asks);
        assert_eq!(extremes(&moments).0, 60);
    }

    #[test]
    fn ten_images_cost_ten_and_come_back_when_their_minute_is_over() {
        let (rate, start) = (per_minute(25), Moment::from_ms(5));
        let later = start.plus(Duration::from_secs(20));
        let mut meter = Meter::default();
        meter.take(rate, 10, start);
        meter.take(rate, 10, later);
        assert_eq!(meter.quota(rate, later).remaining, 5);
        assert_eq!(meter.wait(rate, 10, later), Err(Some(Duration::from_secs(40))));
        assert_eq!(meter.wait(rate, 16, later), Err(Some(MINUTE)));
        assert_eq!(meter.wait(rate, 10, start.plus(MINUTE)), Ok(()));
        assert_eq!(meter.quota(rate, start.plus(MINUTE)).reset, Duration::from_secs(20));
    }

    #[test]
    fn what_was_taken_last_is_given_back_first() {
        let (rate, start) = (per_minute(25), Moment::from_ms(5));
        let later = start.plus(Duration::from_secs(20));
        let mut meter = Meter::default();
        meter.take(rate, 10, start);
        meter.take(rate, 10, later);
        meter.give_back(12);
        assert_eq!(meter.quota(rate, later).remaining, 17);
        assert_eq!(meter.quota(rate, later).reset, Duration::from_secs(40));
        meter.give_back(100);
        assert_eq!(meter, Meter::default());
    }

    #[test]
    fn steps_bound_the_memory_and_err_on_the_side_of_the_limit() {
        let rate = Rate { limit: 100_000, period: MINUTE, step: Duration::from_secs(1) };
        let mut meter = Meter::default();
        for ms in 0..120_000 {
            meter.take(rate, 1, Moment::from_ms(ms));
        }
        assert!(meter.taken.len() <= 61, "{} steps", meter.taken.len());
        let remaining = meter.quota(rate, Moment::from_ms(120_000)).remaining;
        assert!((39_000..=40_000).contains(&remaining), "{remaining}");
    }

    #[test]
    fn more_than_the_limit_never_fits() {
        assert_eq!(Meter::default().wait(per_minute(3), 4, Moment::default()), Err(None));
    }

    #[test]
    fn a_clock_that_is_put_back_costs_a_period_at_most() {
        let (rate, now) = (per_minute(2), Moment::from_ms(0));
        let mut meter = Meter::default();
        meter.take(rate, 2, Moment::from_ms(10_000_000));
        assert_eq!(meter.quota(rate, now).reset, MINUTE);
        meter.settle(rate, now);
        assert_eq!(meter.wait(rate, 2, now.plus(MINUTE)), Ok(()));
    }
}

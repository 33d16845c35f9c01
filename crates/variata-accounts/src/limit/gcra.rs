//! The generic cell rate algorithm (ITU-T I.371), with costs.
//!
//! One number a meter: the moment at which everything that was taken will have been paid back at
//! the limit's rate. It is what `governor` uses too; but a request has to pass several meters at
//! once and must then be charged to all or to none, is given back what was not used, and is told
//! what remains, none of which that crate's interface offers.
//!
//! After a pause a caller may take a whole period's share at once; a caller who never pauses gets
//! the limit, to within one, in every period.

use std::time::Duration;

use crate::Moment;

/// So many in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) limit: u32,
    pub(crate) period: Duration,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Meter {
    /// When all that was taken is paid back, in nanoseconds since 1970.
    paid_back_ns: u64,
}

impl Rate {
    fn period_ns(self) -> u64 {
        u64::try_from(self.period.as_nanos()).unwrap_or(u64::MAX)
    }

    /// What one unit costs in time. A limit of nothing never pays back.
    fn unit_ns(self) -> u64 {
        self.period_ns().checked_div(u64::from(self.limit)).unwrap_or(u64::MAX)
    }
}

impl Meter {
    /// Whether `cost` can be taken now; if not, how long until it can, and nothing when it never
    /// can.
    pub(crate) fn wait(&self, rate: Rate, cost: u32, now: Moment) -> Result<(), Option<Duration>> {
        if cost > rate.limit {
            return Err(None);
        }
        let after_ns = self.debt_ns(rate, now).saturating_add(cost_ns(rate, cost));
        match after_ns.saturating_sub(rate.period_ns()) {
            0 => Ok(()),
            excess_ns => Err(Some(Duration::from_nanos(excess_ns))),
        }
    }

    /// Takes `cost`, whether it fits or not.
    pub(crate) fn take(&mut self, rate: Rate, cost: u32, now: Moment) {
        let debt_ns = self.debt_ns(rate, now).saturating_add(cost_ns(rate, cost));
        self.paid_back_ns = to_ns(now).saturating_add(debt_ns);
    }

    /// Gives `cost` back.
    pub(crate) fn give_back(&mut self, rate: Rate, cost: u32) {
        self.paid_back_ns = self.paid_back_ns.saturating_sub(cost_ns(rate, cost));
    }

    pub(crate) fn quota(&self, rate: Rate, now: Moment) -> Quota {
        let debt_ns = self.debt_ns(rate, now);
        let free_ns = rate.period_ns().saturating_sub(debt_ns);
        let remaining = free_ns.checked_div(rate.unit_ns()).unwrap_or_default();
        Quota {
            limit: rate.limit,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX).min(rate.limit),
            reset: Duration::from_nanos(debt_ns),
        }
    }

    /// When all is paid back, in nanoseconds since 1970.
    pub(crate) fn paid_back_ns(&self) -> u64 {
        self.paid_back_ns
    }

    /// A clock that was put back makes nobody wait for longer than a period.
    fn debt_ns(&self, rate: Rate, now: Moment) -> u64 {
        self.paid_back_ns.saturating_sub(to_ns(now)).min(rate.period_ns())
    }
}

pub(crate) fn to_ns(moment: Moment) -> u64 {
    moment.ms().saturating_mul(1_000_000)
}

fn cost_ns(rate: Rate, cost: u32) -> u64 {
    rate.unit_ns().saturating_mul(u64::from(cost))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// How many of `cost` are admitted from `from` on for `length`, to a caller who asks every
    /// millisecond.
    fn greedy(meter: &mut Meter, rate: Rate, cost: u32, from: Moment, length: Duration) -> u32 {
        let mut admitted = 0;
        for ms in 0..u64::try_from(length.as_millis()).unwrap() {
            let now = from.plus(Duration::from_millis(ms));
            if meter.wait(rate, cost, now).is_ok() {
                meter.take(rate, cost, now);
                admitted += cost;
            }
        }
        admitted
    }

    #[test]
    fn a_caller_who_never_stops_gets_the_limit_to_within_one_in_each_minute() {
        for limit in [1, 7, 50, 60, 999, 6000] {
            let rate = Rate { limit, period: MINUTE };
            let (mut meter, mut now) = (Meter::default(), Moment::from_ms(1_800_000_000_123));
            let burst = greedy(&mut meter, rate, 1, now, Duration::from_millis(1));
            assert_eq!(burst, 1);
            let at_once = (0..2 * limit).filter(|_| {
                let fits = meter.wait(rate, 1, now).is_ok();
                meter.take(rate, u32::from(fits), now);
                fits
            });
            assert_eq!(at_once.count() as u32 + burst, limit, "burst of {limit}");
            for _ in 0..3 {
                let admitted = greedy(&mut meter, rate, 1, now, MINUTE);
                assert!(admitted.abs_diff(limit) <= 1, "{admitted} of {limit}");
                now = now.plus(MINUTE);
            }
        }
    }

    #[test]
    fn ten_images_cost_ten() {
        let rate = Rate { limit: 25, period: MINUTE };
        let (mut meter, now) = (Meter::default(), Moment::from_ms(5));
        meter.take(rate, 10, now);
        assert_eq!(meter.quota(rate, now).remaining, 15);
        meter.take(rate, 10, now);
        // Five are left, so five more have to be paid back, at 2.4 s each.
        assert_eq!(meter.wait(rate, 10, now), Err(Some(Duration::from_secs(12))));
        assert_eq!(meter.wait(rate, 10, now.plus(Duration::from_secs(12))), Ok(()));
        meter.give_back(rate, 10);
        assert_eq!(meter.quota(rate, now).remaining, 15);
    }

    #[test]
    fn more_than_the_limit_never_fits() {
        let rate = Rate { limit: 3, period: MINUTE };
        assert_eq!(Meter::default().wait(rate, 4, Moment::default()), Err(None));
    }

    #[test]
    fn a_clock_that_is_put_back_costs_a_period_at_most() {
        let rate = Rate { limit: 2, period: MINUTE };
        let mut meter = Meter::default();
        meter.take(rate, 2, Moment::from_ms(10_000_000));
        assert_eq!(meter.quota(rate, Moment::from_ms(0)).reset, MINUTE);
    }
}

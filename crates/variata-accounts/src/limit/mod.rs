//! How much each key and each end user may ask for.
//!
//! Everything is in memory and behind one lock, which is held for a few additions: a request has to
//! pass all its limits at once, and is charged to all of them or to none.

mod window;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;

pub use self::window::Quota;
use self::window::{Meter, Rate};
use crate::{KeyId, Moment, UserHash};

/// What may be asked for; nothing stands for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Requests in a minute, whatever becomes of them.
    pub requests_per_minute: Option<u32>,
    /// Images in a minute.
    pub images_per_minute: Option<u32>,
    /// Images in 24 hours.
    pub images_per_day: Option<u32>,
}

impl Limits {
    /// These limits, and `others` where there is none.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            requests_per_minute: self.requests_per_minute.or(others.requests_per_minute),
            images_per_minute: self.images_per_minute.or(others.images_per_minute),
            images_per_day: self.images_per_day.or(others.images_per_day),
        }
    }

    fn rate(&self, measure: Measure) -> Option<Rate> {
        let (limit, period, step) = match measure {
            Measure::RequestsPerMinute => (self.requests_per_minute, MINUTE, MILLISECOND),
            Measure::ImagesPerMinute => (self.images_per_minute, MINUTE, MILLISECOND),
            Measure::ImagesPerDay => (self.images_per_day, DAY, MINUTE),
        };
        limit.map(|limit| Rate { limit, period, step })
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Requests in a minute.
    RequestsPerMinute,
    /// Images in a minute.
    ImagesPerMinute,
    /// Images in 24 hours.
    ImagesPerDay,
}

impl Measure {
    const ALL: [Self; 3] = [Self::RequestsPerMinute, Self::ImagesPerMinute, Self::ImagesPerDay];
}

/// Whose limit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The key's, and so all its holders'.
    Key,
    /// The end user's, whom the key's holder named.
    User,
}

/// Why a request is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Denied {
    /// A limit is used up.
    #[error("the limit of {limit} ({measure:?}) is used up for this {whose:?}")]
    Limited {
        /// What is counted.
        measure: Measure,
        /// Whose limit it is.
        whose: Whose,
        /// The limit.
        limit: u32,
        /// How much was asked for.
        asked: u32,
        /// How long until it fits; nothing when more was asked for than the limit ever allows.
        wait: Option<Duration>,
    },
    /// The operator has blocked the end user.
    #[error("the end user is blocked")]
    Blocked,
}

/// What is left to a caller: of several limits on the same thing, the tightest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Of the limit on requests, if there is one.
    pub requests: Option<Quota>,
    /// Of the limits on images, if there are any.
    pub images: Option<Quota>,
}

impl Standing {
    fn add(&mut self, measure: Measure, quota: Quota) {
        let tightest = match measure {
            Measure::RequestsPerMinute => &mut self.requests,
            Measure::ImagesPerMinute | Measure::ImagesPerDay => &mut self.images,
        };
        if tightest.is_none_or(|other| quota.remaining < other.remaining) {
            *tightest = Some(quota);
        }
    }
}

/// What a request costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cost {
    pub(crate) requests: u32,
    pub(crate) images: u32,
}

impl Cost {
    fn of(self, measure: Measure) -> u32 {
        match measure {
            Measure::RequestsPerMinute => self.requests,
            Measure::ImagesPerMinute | Measure::ImagesPerDay => self.images,
        }
    }
}

/// One of those who pay for a request, and the limits that hold for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Payer<'a> {
    pub(crate) key: &'a KeyId,
    pub(crate) user: Option<&'a UserHash>,
    pub(crate) limits: Limits,
}

impl Payer<'_> {
    fn whose(&self) -> Whose {
        if self.user.is_some() { Whose::User } else { Whose::Key }
    }
}

/// What everybody has used.
#[derive(Debug, Default)]
pub(crate) struct Limiter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    keys: Table<KeyId>,
    users: Table<(KeyId, UserHash)>,
}

impl Limiter {
    /// Lets a request in that all of `payers` can pay for, and charges it to them.
    ///
    /// # Errors
    ///
    /// [`Denied`] by the first that cannot; then nobody pays.
    pub(crate) fn charge(
        &self,
        payers: &[Payer<'_>],
        cost: Cost,
        now: Moment,
    ) -> Result<(), Denied> {
        let mut state = self.state();
        payers.iter().try_for_each(|payer| state.check(payer, cost, now))?;
        each_rate(payers, |payer, measure, rate| {
            state.meter(payer, measure, now).take(rate, cost.of(measure), now);
        });
        Ok(())
    }

    /// Whether the first of a request's costs would fit, so that it can be refused early.
    pub(crate) fn check(&self, payer: Payer<'_>, cost: Cost, now: Moment) -> Result<(), Denied> {
        self.state().check(&payer, cost, now)
    }

    /// Charges what happened already, fitting or not.
    pub(crate) fn remember_day(&self, payer: Payer<'_>, images: u32, at: Moment) {
        if let Some(rate) = payer.limits.rate(Measure::ImagesPerDay) {
            self.state().meter(&payer, Measure::ImagesPerDay, at).take(rate, images, at);
        }
    }

    /// Gives back what was charged for work that was not done.
    pub(crate) fn give_back(&self, payers: &[Payer<'_>], cost: Cost, now: Moment) {
        let mut state = self.state();
        each_rate(payers, |payer, measure, _| {
            state.meter(payer, measure, now).give_back(cost.of(measure));
        });
    }

    pub(crate) fn standing(&self, payers: &[Payer<'_>], now: Moment) -> Standing {
        let (state, unused) = (self.state(), Meter::default());
        let mut standing = Standing::default();
        each_rate(payers, |payer, measure, rate| {
            let meter = state.used(payer, measure).unwrap_or(&unused);
            standing.add(measure, meter.quota(rate, now));
        });
        standing
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn each_rate<'p>(payers: &'p [Payer<'p>], mut visit: impl FnMut(&Payer<'p>, Measure, Rate)) {
    for payer in payers {
        for measure in Measure::ALL {
            if let Some(rate) = payer.limits.rate(measure) {
                visit(payer, measure, rate);
            }
        }
    }
}

impl State {
    fn check(&mut self, payer: &Payer<'_>, cost: Cost, now: Moment) -> Result<(), Denied> {
        for measure in Measure::ALL {
            let Some(rate) = payer.limits.rate(measure) else { continue };
            let asked = cost.of(measure);
            let meter = self.meter(payer, measure, now);
            meter.settle(rate, now);
            meter.wait(rate, asked, now).map_err(|wait| Denied::Limited {
                measure,
                whose: payer.whose(),
                limit: rate.limit,
                asked,
                wait,
            })?;
        }
        Ok(())
    }

    fn used(&self, payer: &Payer<'_>, measure: Measure) -> Option<&Meter> {
        let meters = match payer.user {
            None => self.keys.0.get(payer.key),
            Some(user) => self.users.0.get(&(payer.key.clone(), user.clone())),
        };
        meters.map(|meters| meters.of(measure))
    }

    fn meter(&mut self, payer: &Payer<'_>, measure: Measure, now: Moment) -> &mut Meter {
        let meters = match payer.user {
            None => self.keys.entry(payer.key.clone(), now),
            Some(user) => self.users.entry((payer.key.clone(), user.clone()), now),
        };
        meters.of_mut(measure)
    }
}

/// The meters of one payer.
#[derive(Debug, Clone, Default)]
struct Meters {
    requests_per_minute: Meter,
    images_per_minute: Meter,
    images_per_day: Meter,
}

impl Meters {
    fn of(&self, measure: Measure) -> &Meter {
        match measure {
            Measure::RequestsPerMinute => &self.requests_per_minute,
            Measure::ImagesPerMinute => &self.images_per_minute,
            Measure::ImagesPerDay => &self.images_per_day,
        }
    }

    fn of_mut(&mut self, measure: Measure) -> &mut Meter {
        match measure {
            Measure::RequestsPerMinute => &mut self.requests_per_minute,
            Measure::ImagesPerMinute => &mut self.images_per_minute,
            Measure::ImagesPerDay => &mut self.images_per_day,
        }
    }

    /// When something was last taken, in milliseconds since 1970.
    fn last_ms(&self) -> u64 {
        let latest = Measure::ALL.map(|measure| self.of(measure).last_ms());
        latest.into_iter().max().unwrap_or_default()
    }
}

/// Those who have used something lately.
#[derive(Debug)]
struct Table<P>(HashMap<P, Meters>);

impl<P> Default for Table<P> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// The most payers of a kind that are remembered.
const MAX_PAYERS: usize = 65_536;

impl<P: Hash + Eq> Table<P> {
    fn entry(&mut self, payer: P, now: Moment) -> &mut Meters {
        if self.0.len() >= MAX_PAYERS && !self.0.contains_key(&payer) {
            self.make_room(now);
        }
        self.0.entry(payer).or_default()
    }

    /// Forgets those of whom nothing counts any more, and if that is not enough, the half that has
    /// been away for longest.
    fn make_room(&mut self, now: Moment) {
        let oldest_ms = now.minus(DAY).ms();
        self.0.retain(|_, meters| meters.last_ms() > oldest_ms);
        if self.0.len() >= MAX_PAYERS {
            let mut all: Vec<u64> = self.0.values().map(Meters::last_ms).collect();
            let middle = all.len() / 2;
            let median = *all.select_nth_unstable(middle).1;
            self.0.retain(|_, meters| meters.last_ms() > median);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(requests: u32, images: u32) -> Limits {
        Limits {
            requests_per_minute: Some(requests),
            images_per_minute: Some(images),
            images_per_day: None,
        }
    }

    #[test]
    fn all_pay_or_nobody_does() {
        let limiter = Limiter::default();
        let (key, user) = (KeyId::new("a"), UserHash::of_text("u"));
        let payers = [
            Payer { key: &key, user: None, limits: limits(100, 100) },
            Payer { key: &key, user: Some(&user), limits: limits(100, 4) },
        ];
        let (now, cost) = (Moment::from_ms(7), Cost { requests: 1, images: 5 });
        let denied = limiter.charge(&payers, cost, now).unwrap_err();
        let (measure, whose) = (Measure::ImagesPerMinute, Whose::User);
        assert_eq!(denied, Denied::Limited { measure, whose, limit: 4, asked: 5, wait: None });
        assert_eq!(limiter.standing(&payers[..1], now).images.unwrap().remaining, 100);
    }

    #[test]
    fn the_tightest_limit_is_what_is_left() {
        let limiter = Limiter::default();
        let key = KeyId::new("a");
        let limits = Limits { images_per_day: Some(6), ..limits(3, 10) };
        let payer = [Payer { key: &key, user: None, limits }];
        let now = Moment::from_ms(7);
        limiter.charge(&payer, Cost { requests: 1, images: 5 }, now).unwrap();
        let standing = limiter.standing(&payer, now);
        assert_eq!(standing.requests.unwrap().remaining, 2);
        let images = standing.images.unwrap();
        assert_eq!((images.limit, images.remaining), (6, 1));
    }

    #[test]
    fn those_of_whom_nothing_counts_are_forgotten_first_when_there_is_no_room() {
        let mut table = Table::default();
        let rate = Rate { limit: 1, period: MINUTE, step: MILLISECOND };
        let now = Moment::default().plus(2 * DAY);
        for payer in 0..MAX_PAYERS {
            let at = if payer == 9 { now } else { Moment::default() };
            table.entry(payer, now).of_mut(Measure::ImagesPerMinute).take(rate, 1, at);
        }
        table.entry(MAX_PAYERS, now);
        assert_eq!(table.0.len(), 2);
        assert!(table.0.contains_key(&9));
    }
}

//! How fast images are being finished, to tell those who are refused when to come back.

use std::time::{Duration, Instant};

/// The weight of the newest job: about the last ten jobs count.
const NEWEST_WEIGHT: f64 = 0.2;

/// What is told before anything is known.
const FIRST_GUESS_S: f64 = 1.0;

const SHORTEST_S: f64 = 1.0;
const LONGEST_S: f64 = 60.0;

/// A moving average of the time from one finished image to the next.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    seconds_per_image: Option<f64>,
    /// When those who were refused will all have had their turn, if they come when they were told.
    appointed_until: Option<Instant>,
}

impl Pace {
    /// Learns from a job that finished `images` in `elapsed` while `running_jobs` ran, itself
    /// included.
    pub(crate) fn learn(&mut self, images: u32, elapsed: Duration, running_jobs: usize) {
        if images == 0 {
            return;
        }
        let newest = elapsed.as_secs_f64() / f64::from(images) / running_jobs.max(1) as f64;
        let older = self.seconds_per_image.unwrap_or(newest);
        self.seconds_per_image = Some(older + (newest - older) * NEWEST_WEIGHT);
    }

    /// When somebody who is refused at `now`, for want of room for `images`, should come back: 1 s
    /// to 60 s later, in whole seconds.
    ///
    /// Each gets a time of their own, after those who were refused before: if all came back at
    /// once, most would be refused again. So the times also tell how deep an overload is.
    pub(crate) fn appoint(&mut self, images: u32, now: Instant) -> Duration {
        let seconds = self.seconds_per_image.unwrap_or(FIRST_GUESS_S) * f64::from(images);
        let until = self.appointed_until.unwrap_or(now).max(now);
        let ahead = until.duration_since(now).as_secs_f64();
        let wait_s = (ahead + seconds).min(LONGEST_S);
        self.appointed_until = Some(now + Duration::from_secs_f64(wait_s));
        Duration::from_secs(wait_s.ceil().max(SHORTEST_S) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_follows_the_jobs_and_stays_between_a_second_and_a_minute() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert_eq!(pace.appoint(3, now), Duration::from_secs(3));
        pace.learn(10, Duration::from_secs(40), 2);
        let later = now + Duration::from_secs(100);
        assert_eq!(pace.appoint(0, later), Duration::from_secs(1));
        assert_eq!(pace.appoint(3, later), Duration::from_secs(6));
        assert_eq!(pace.appoint(1000, later), Duration::from_secs(60));
    }

    #[test]
    fn those_who_are_refused_are_told_to_come_one_after_the_other() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        let waits = [1, 2, 1].map(|images| pace.appoint(images, now).as_secs());
        assert_eq!(waits, [1, 3, 4]);
        assert_eq!(pace.appoint(1, now + Duration::from_secs(3)), Duration::from_secs(2));
        assert_eq!(pace.appoint(1, now + Duration::from_secs(60)), Duration::from_secs(1));
    }

    #[test]
    fn a_job_without_images_teaches_nothing() {
        let mut pace = Pace::default();
        pace.learn(0, Duration::from_secs(40), 0);
        assert_eq!(pace.appoint(3, Instant::now()), Duration::from_secs(3));
    }
}

//! How fast images are being finished, to tell those who are refused when to come back.

use std::time::Duration;

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

    /// When `images` will probably be finished: 1 s to 60 s from now, in whole seconds.
    pub(crate) fn time_for(&self, images: u32) -> Duration {
        let seconds = self.seconds_per_image.unwrap_or(FIRST_GUESS_S) * f64::from(images);
        Duration::from_secs(seconds.ceil().clamp(SHORTEST_S, LONGEST_S) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_follows_the_jobs_and_stays_between_a_second_and_a_minute() {
        let mut pace = Pace::default();
        assert_eq!(pace.time_for(3), Duration::from_secs(3));
        pace.learn(10, Duration::from_secs(40), 2);
        assert_eq!(pace.time_for(3), Duration::from_secs(6));
        assert_eq!(pace.time_for(0), Duration::from_secs(1));
        assert_eq!(pace.time_for(1000), Duration::from_secs(60));
    }

    #[test]
    fn a_job_without_images_teaches_nothing() {
        let mut pace = Pace::default();
        pace.learn(0, Duration::from_secs(40), 0);
        assert_eq!(pace.time_for(3), Duration::from_secs(3));
    }
}

//! Random numbers that users keep.
//!
//! A seed is part of a picture's provenance, so the numbers that grow from it may never change
//! with a library's release. ChaCha8 is specified; everything on top of it is written out here.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};

/// A stream of random numbers, fixed by a seed and a stream number.
#[derive(Debug, Clone)]
pub struct Random {
    source: ChaCha8Rng,
}

impl Random {
    /// The stream numbered `stream` of `seed`; different streams are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        source.set_stream(stream);
        Self { source }
    }

    /// Any 32 bits.
    pub fn bits(&mut self) -> u32 {
        self.source.next_u32()
    }

    /// A number from 0.0 up to but not including 1.0, in steps of 2^-24.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 8) as f32 / (1 << 24) as f32
    }

    /// A number from `low` up to but not including `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A whole number from 0 up to but not including `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u64::from(self.bits()) * end as u64) >> 32) as usize
    }

    /// True half of the time.
    pub fn coin(&mut self) -> bool {
        self.bits() >> 31 == 1
    }

    /// −1.0 or 1.0.
    pub fn sign(&mut self) -> f32 {
        if self.coin() { 1.0 } else { -1.0 }
    }

    /// One of `choices`.
    pub fn choose<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        const { assert!(N > 0) };
        choices[self.below(N)]
    }

    /// A normally distributed number of mean 0.0 and the given deviation (Box and Muller, 1958).
    pub fn normal(&mut self, deviation: f32) -> f32 {
        let radius = (-2.0 * libm::logf(1.0 - self.unit())).sqrt();
        deviation * radius * libm::cosf(std::f32::consts::TAU * self.unit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_of_a_seed_never_change() {
        let mut random = Random::new(42, 7);
        let seen: Vec<u32> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(seen, GOLDEN);
    }

    const GOLDEN: [u32; 3] = [901_654_480, 551_931_016, 1_841_005_373];

    #[test]
    fn streams_differ_and_repeat() {
        let first = |stream| Random::new(1, stream).bits();
        assert_eq!(first(0), first(0));
        assert_ne!(first(0), first(1));
    }

    #[test]
    fn numbers_stay_in_their_range_and_spread() {
        let mut random = Random::new(3, 0);
        let drawn: Vec<f32> = (0..4000).map(|_| random.between(2.0, 4.0)).collect();
        assert!(drawn.iter().all(|value| (2.0..4.0).contains(value)));
        assert!((drawn.iter().sum::<f32>() / 4000.0 - 3.0).abs() < 0.05);
        let normal: Vec<f32> = (0..4000).map(|_| random.normal(2.0)).collect();
        let variance = normal.iter().map(|value| value * value).sum::<f32>() / 4000.0;
        assert!((variance - 4.0).abs() < 0.4);
        assert_eq!(random.below(0), 0);
    }
}

//! Noise that users keep: a seed is part of a picture's provenance.
//!
//! ChaCha8 is specified, and what is made of its bits is written out here. Other software draws
//! other noise from the same seed; variations cannot be exchanged with it by seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};
use variata_core::Seed;

/// What noise is for; each has a stream of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// The latents that a variation starts from.
    Latents = 0,
    /// What the source's embedding is blurred with.
    Embedding = 1,
}

/// `count` normally distributed numbers (Box and Muller, 1958), in the order of memory: rows of
/// channels, place by place.
pub(crate) fn normal(seed: Seed, stream: Stream, count: usize) -> Vec<f32> {
    let mut source = ChaCha8Rng::seed_from_u64(seed.get());
    source.set_stream(stream as u64);
    let mut unit = || f64::from(source.next_u32()) / 4_294_967_296.0;
    let mut pair = || {
        let radius = (-2.0 * libm::log(1.0 - unit())).sqrt();
        let (sine, cosine) = libm::sincos(std::f64::consts::TAU * unit());
        [(radius * cosine) as f32, (radius * sine) as f32]
    };
    let mut numbers: Vec<f32> = (0..count.div_ceil(2)).flat_map(|_| pair()).collect();
    numbers.truncate(count);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_of_a_seed_never_change() {
        let seed = Seed::from_bits(42);
        assert_eq!(normal(seed, Stream::Latents, 3), GOLDEN);
        assert_ne!(normal(seed, Stream::Embedding, 3), GOLDEN);
    }

    const GOLDEN: [f32; 3] = [-0.295_594_84, -0.648_102_94, 0.535_393_3];

    #[test]
    fn numbers_are_normally_distributed() {
        let numbers = normal(Seed::from_bits(1), Stream::Latents, 20_001);
        let mean = numbers.iter().sum::<f32>() / 20_001.0;
        let square = numbers.iter().map(|x| x * x).sum::<f32>() / 20_001.0;
        assert!(mean.abs() < 0.02 && (square - 1.0).abs() < 0.03, "{mean}, {square}");
    }
}

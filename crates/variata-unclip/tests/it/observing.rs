//! What an observer sees, and that it is obeyed; and that a seed is a picture.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use variata_core::{Collector, Engine, EngineError, Observer, Seed, SquareImage, Variation};
use variata_nn::{Cpu, Precision, Tier};
use variata_unclip::{Options, UnclipEngine};

use crate::support::{fixture, source, spec};

const CHECKPOINTS: [&str; 2] = ["image-variation", "stable-unclip"];

fn engine(name: &str) -> UnclipEngine {
    let options = Options { steps: Some(6), ..Options::default() };
    UnclipEngine::open(&fixture(name), &options).unwrap()
}

fn pictures(engine: &dyn Engine, count: u64, strength: f32) -> Vec<Variation> {
    let collector = Collector::default();
    engine.vary(source(), &spec(count, strength), &collector).unwrap();
    collector.into_variations()
}

#[test]
fn variations_differ_and_are_of_the_size_that_was_asked() {
    for name in CHECKPOINTS {
        let made = pictures(&engine(name), 2, 0.7);
        assert_eq!(made.iter().map(|v| v.seed).collect::<Vec<_>>(), [7, 8].map(Seed::from_bits));
        assert!(made.iter().all(|variation| variation.image.side() == 256));
        assert!(made[0].image != made[1].image, "{name}");
    }
}

#[test]
fn a_variation_is_the_same_bytes_alone_and_for_any_threads_and_tier() {
    for name in CHECKPOINTS {
        let options = Options { steps: Some(3), ..Options::default() };
        let run = |threads, tier, count| {
            let cpu = Cpu::with_tier(tier, Precision::F32);
            let engine = UnclipEngine::with_backend(cpu, &fixture(name), &options).unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| pictures(&engine, count, 0.9)).swap_remove(0).image
        };
        let first = run(1, Tier::Portable, 1);
        assert!(first == run(3, Tier::detect(), 2), "{name}");
    }
}

#[test]
fn a_picture_that_is_no_number_is_an_error() {
    let engine = engine("image-variation");
    let denoiser = engine.pipeline().denoiser();
    let mut latents = vec![0.5; denoiser.latent_shape().len()];
    assert!(denoiser.decode(&latents).is_ok());
    latents[7] = f32::NAN;
    let error = denoiser.decode(&latents).unwrap_err().to_string();
    assert!(error.contains("f16 is too narrow"), "{error}");
}

#[test]
fn a_weak_variation_stays_nearer_to_its_start_than_a_bold_one() {
    let engine = engine("image-variation");
    // The decoder has random weights: its picture of the source's own latents is the start.
    let denoiser = engine.pipeline().denoiser();
    let start = denoiser.decode(&denoiser.encode(&source()).unwrap()).unwrap();
    let start = SquareImage::from_fn(64, |x, y| {
        let byte = |channel: usize| {
            let sample: f32 = start[(64 * y as usize + x as usize) * 3 + channel];
            ((sample * 0.5 + 0.5).clamp(0.0, 1.0) * 255.0) as u8
        };
        [byte(0), byte(1), byte(2), 255]
    });
    let start = variata_image::resize(&start, 256);
    let distance = |strength| -> u64 {
        let made = pictures(&engine, 1, strength).swap_remove(0).image;
        let bytes = made.as_bytes().iter().zip(start.as_bytes());
        bytes.map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
    };
    assert!(distance(0.0) < distance(0.7));
}

/// Hears everything, and stops after some reports of progress.
#[derive(Default)]
struct Listener {
    stop_after: Option<usize>,
    heard: AtomicUsize,
    shares: Mutex<Vec<f32>>,
    previews: Mutex<Vec<u32>>,
    finished: AtomicUsize,
}

impl Observer for Listener {
    fn progress(&self, done: f32) {
        self.heard.fetch_add(1, Ordering::Relaxed);
        self.shares.lock().unwrap().push(done);
    }

    fn preview(&self, index: u32, image: &SquareImage) {
        assert_eq!(image.side(), 8);
        self.previews.lock().unwrap().push(index);
    }

    fn finished(&self, _: Variation) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.stop_after.is_some_and(|most| self.heard.load(Ordering::Relaxed) >= most)
    }
}

#[test]
fn progress_comes_with_every_step_and_ends_at_one() {
    let listener = Listener::default();
    engine("stable-unclip").vary(source(), &spec(2, 0.7), &listener).unwrap();
    let shares = listener.shares.into_inner().unwrap();
    // Seven questions a picture, since the sampler asks twice at its second time.
    assert_eq!(shares.len(), 2 * 7 + 2);
    assert!(shares.is_sorted() && shares.last() == Some(&1.0), "{shares:?}");
    assert_eq!(listener.previews.into_inner().unwrap(), [0, 1]);
}

#[test]
fn a_run_stops_within_a_step() {
    let listener = Listener { stop_after: Some(3), ..Listener::default() };
    let result = engine("image-variation").vary(source(), &spec(4, 0.7), &listener);
    assert_eq!(result, Err(EngineError::Cancelled));
    assert_eq!(listener.heard.into_inner(), 3);
    assert_eq!(listener.finished.into_inner(), 0);
}

//! What an observer hears, and how it stops the engine.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use variata_core::{Engine as _, EngineError, Observer, SquareImage, Variation};
use variata_patch::PatchEngine;

use crate::support::{example, spec, vary};

#[derive(Default)]
struct Recorder {
    finished: AtomicU32,
    stop_after: u32,
    progress: Mutex<Vec<f32>>,
    previews: Mutex<Vec<(u32, u32)>>,
}

impl Observer for Recorder {
    fn progress(&self, done: f32) {
        self.progress.lock().unwrap().push(done);
    }

    fn preview(&self, index: u32, image: &SquareImage) {
        self.previews.lock().unwrap().push((index, image.side()));
    }

    fn finished(&self, _: Variation) {
        self.finished.fetch_add(1, Ordering::SeqCst);
    }

    fn is_cancelled(&self) -> bool {
        self.finished.load(Ordering::SeqCst) >= self.stop_after
    }
}

#[test]
fn progress_never_falls_and_ends_at_one_with_a_preview_for_each() {
    let recorder = Recorder { stop_after: u32::MAX, ..Recorder::default() };
    PatchEngine::new().vary(example("otter"), &spec(0, 3), &recorder).unwrap();
    let progress = recorder.progress.into_inner().unwrap();
    assert!(progress.is_sorted() && progress.last() == Some(&1.0), "{progress:?}");
    let previews = recorder.previews.into_inner().unwrap();
    for index in 0..3 {
        assert!(previews.iter().any(|&(of, side)| of == index && side <= 256));
    }
}

#[test]
fn a_cancelled_request_ends_early_and_says_so() {
    let recorder = Recorder { stop_after: 1, ..Recorder::default() };
    let result = PatchEngine::new().vary(example("texture"), &spec(0, 1000), &recorder);
    assert_eq!(result, Err(EngineError::Cancelled));
    assert!(recorder.finished.load(Ordering::SeqCst) < 100);
}

#[test]
fn every_variation_says_what_it_is() {
    for variation in vary(PatchEngine::new(), &example("otter"), &spec(0, 8), 2) {
        assert_eq!(variation.description.class, "cut-out");
        assert!(!variation.description.operation.is_empty());
        assert_eq!(variation.image.side(), 256);
    }
}

#[test]
fn a_transparent_logo_gives_transparent_variations() {
    for variation in vary(PatchEngine::new(), &example("logo"), &spec(0, 8), 2) {
        assert!(variation.image.has_transparency(), "seed {}", variation.seed);
    }
}

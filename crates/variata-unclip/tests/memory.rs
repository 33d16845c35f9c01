//! An engine holds no more memory after many pictures than after the first ones.
//!
//! In a program of its own: what other tests hold at the time would count as well.
#![expect(clippy::unwrap_used, reason = "a failed test is what a panic here means")]

use std::alloc::System;
use std::path::Path;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use variata_core::{Collector, Count, Engine, Seed, Size, SquareImage, Strength, VariationSpec};
use variata_unclip::{Options, Precision, UnclipEngine};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes that are held at the moment.
fn held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.wrapping_sub(stats.bytes_deallocated)
}

fn vary(engine: &dyn Engine, seed: u64) {
    let source = SquareImage::from_fn(40, |x, y| [6 * x as u8, 5 * y as u8, 90, 255]);
    let spec = VariationSpec {
        count: Count::new(1).unwrap(),
        size: Size::Px256,
        seed: Seed::from_bits(seed),
        strength: Strength::default(),
    };
    engine.vary(source, &spec, &Collector::default()).unwrap();
}

#[test]
fn twenty_pictures_leave_no_more_behind_than_two() {
    // One thread, so that none meets its first picture late.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for precision in [Precision::F32, Precision::Bf16] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stable-unclip");
        let options = Options { precision, steps: Some(2), ..Options::default() };
        let engine = UnclipEngine::open(&folder, &options).unwrap();
        pool.install(|| {
            (0..2).for_each(|seed| vary(&engine, seed));
            let after_two = held();
            (2..20).for_each(|seed| vary(&engine, seed));
            assert_eq!(held(), after_two, "in {precision:?}");
        });
    }
}

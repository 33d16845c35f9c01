//! Sources and calls that the tests share.

use rayon::ThreadPoolBuilder;
use variata_core::{
    Collector, Count, Engine as _, Seed, Size, SquareImage, Strength, Variation, VariationSpec,
};
use variata_image::{DecodeLimits, Fit, decode, fit};
use variata_patch::PatchEngine;

/// One of the project's sample pictures.
pub(crate) fn example(name: &str) -> SquareImage {
    let path = format!("{}/../../examples/{name}.png", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    fit(decode(&bytes, &DecodeLimits::local()).unwrap(), Fit::Reject).unwrap()
}

/// A request for `count` variations of 256 px from `seed` on.
pub(crate) fn spec(seed: u64, count: u64) -> VariationSpec {
    VariationSpec {
        count: Count::new(count).unwrap(),
        size: Size::Px256,
        seed: Seed::new(seed).unwrap(),
        strength: Strength::default(),
    }
}

/// All variations of a request, made in a pool of `threads`.
pub(crate) fn vary(
    engine: PatchEngine,
    source: &SquareImage,
    spec: &VariationSpec,
    threads: usize,
) -> Vec<Variation> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let collector = Collector::default();
    pool.install(|| engine.vary(source.clone(), spec, &collector)).unwrap();
    collector.into_variations()
}

/// FNV-1a over a picture's bytes: short enough to commit, and any changed byte shows.
pub(crate) fn hash(image: &SquareImage) -> u64 {
    image.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

//! A seed does the same at every size: nothing is decided by the output's pixels.

use std::path::Path;

use variata_core::{Size, SquareImage, VariationSpec};
use variata_image::{DecodeLimits, Fit, decode, fit};
use variata_patch::PatchEngine;

use crate::support::{example, spec, vary};

/// What is done to `source` by the first seeds.
fn operations(source: &SquareImage, size: Size) -> Vec<String> {
    let request = VariationSpec { size, ..spec(0, 3) };
    let variations = vary(PatchEngine::new(), source, &request, 2);
    variations.into_iter().map(|variation| variation.description.operation).collect()
}

fn check(name: &str, source: &SquareImage, sizes: &[Size]) {
    let small = operations(source, Size::Px256);
    for &size in sizes {
        assert_eq!(small, operations(source, size), "{name} at {size:?}");
    }
}

#[test]
fn a_seed_does_the_same_to_samples_at_every_size() {
    for name in ["otter", "landscape", "texture", "logo", "town"] {
        check(name, &example(name), &[Size::Px512, Size::Px1024]);
    }
}

#[test]
fn a_seed_does_the_same_to_photographs_at_every_size() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/images"));
    for name in ["rocket", "chelsea", "coffee", "cows", "kodim20"] {
        let Ok(bytes) = std::fs::read(folder.join(name).with_extension("png")) else {
            println!("skipped: {name} is absent");
            continue;
        };
        let source = fit(decode(&bytes, &DecodeLimits::local()).unwrap(), Fit::Crop).unwrap();
        check(name, &source, &[Size::Px512]);
    }
}

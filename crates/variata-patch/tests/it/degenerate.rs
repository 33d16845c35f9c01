//! Pictures at the edge of what can come in: each gives variations, and none stops the engine.

use variata_core::{Rgba, SquareImage, Strength, VariationSpec};
use variata_patch::PatchEngine;

use crate::support::{spec, vary};

fn check(name: &str, side: u32, colour: impl FnMut(u32, u32) -> Rgba) {
    let source = SquareImage::from_fn(side, colour);
    for strength in [0.0, 1.0] {
        let request = VariationSpec { strength: Strength::new(strength).unwrap(), ..spec(0, 3) };
        let variations = vary(PatchEngine::new(), &source, &request, 2);
        assert_eq!(variations.len(), 3, "{name}");
        assert!(variations.iter().all(|variation| variation.image.side() == 256), "{name}");
    }
}

fn noise(x: u32, y: u32) -> Rgba {
    let mixed = (x ^ y.rotate_left(16)).wrapping_mul(0x9e37_79b9).rotate_left(13);
    let [red, green, blue, _] = mixed.wrapping_mul(0x85eb_ca6b).to_le_bytes();
    [red, green, blue, 255]
}

#[test]
fn one_pixel() {
    check("one pixel", 1, |_, _| [200, 30, 90, 255]);
}

#[test]
fn a_few_pixels() {
    check("five pixels", 5, |x, y| [(x * 50) as u8, (y * 50) as u8, 99, 255]);
}

#[test]
fn one_colour() {
    check("grey", 300, |_, _| [127, 127, 127, 255]);
}

#[test]
fn two_colours() {
    check("halves", 300, |x, _| if x < 150 { [255, 0, 0, 255] } else { [0, 0, 255, 255] });
}

#[test]
fn stripes_of_one_pixel() {
    check("stripes", 256, |x, _| if x % 2 == 0 { [0, 0, 0, 255] } else { [255; 4] });
}

#[test]
fn noise_in_every_pixel() {
    check("noise", 256, noise);
}

#[test]
fn nothing_but_transparency() {
    check("transparent", 256, |_, _| [0; 4]);
}

#[test]
fn noise_behind_glass() {
    check("half transparent", 256, |x, y| {
        let [red, green, blue, _] = noise(x, y);
        [red, green, blue, 128]
    });
}

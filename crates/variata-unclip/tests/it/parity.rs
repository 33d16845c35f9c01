//! Every network and both pipelines against diffusers, on injected noise.

use variata_nn::{Backend, Cpu, Precision};
use variata_unclip::parity;

use crate::support::fixture;

#[track_caller]
fn check(checkpoint: &str, precision: Precision) {
    check_on(&Cpu::new(precision), checkpoint, precision);
}

#[track_caller]
fn check_on(backend: &(impl Backend + Clone), checkpoint: &str, precision: Precision) {
    let found = parity::measure(backend, precision, &fixture(checkpoint)).unwrap();
    assert!(found.len() >= 7, "only {} results", found.len());
    let far: Vec<_> = found.iter().filter(|distance| !distance.is_near()).collect();
    assert!(far.is_empty(), "{checkpoint} in {precision:?}: {far:#?}");
}

#[test]
fn image_variations_are_those_of_diffusers() {
    check("image-variation", Precision::F32);
}

#[test]
fn stable_unclip_is_that_of_diffusers() {
    check("stable-unclip", Precision::F32);
}

#[test]
fn bf16_strays_no_farther_than_diffusers_in_bf16() {
    check("image-variation", Precision::Bf16);
    check("stable-unclip", Precision::Bf16);
}

/// What graphics cards are asked for, on a device that every machine has.
#[cfg(feature = "candle")]
#[test]
fn candle_makes_what_diffusers_makes() {
    for precision in [Precision::F32, Precision::F16] {
        let candle = variata_unclip::Device::Candle.candle(precision).unwrap();
        check_on(&candle, "image-variation", precision);
        check_on(&candle, "stable-unclip", precision);
    }
}

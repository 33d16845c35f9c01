use super::*;
use crate::alike::{self, noise};

/// How far a result may be from the processor's, of its length.
const LIMIT: f32 = 1e-5;

fn candle() -> Candle {
    Candle::new(CandleDevice::Cpu, Precision::F32).unwrap()
}

#[test]
fn products_are_the_same_with_any_margin_and_whatever_is_added() {
    alike::products(&candle(), LIMIT);
}

#[test]
fn operators_that_want_channels_first_may_follow_those_that_want_them_last() {
    alike::sequences(&candle(), LIMIT);
}

#[test]
fn attention_is_the_same_with_and_without_a_look_ahead() {
    alike::attention(&candle(), LIMIT);
}

#[test]
fn functions_of_numbers_and_rows_of_tables_are_the_same() {
    alike::elements(&candle(), LIMIT);
}

#[test]
fn what_goes_wrong_is_told_when_results_are_asked_for() {
    let candle = candle();
    let kernel =
        Kernel { outputs: 6, inputs: 5, height: 1, width: 1, weights: vec![0.5; 30], bias: None };
    let layer = candle.pack(&kernel).unwrap();
    let shape = Shape::tokens(1, 4, 7);
    let failed = candle.linear(&layer, &candle.upload(shape, noise(shape, 1)), None);
    let error = alike::failure(&candle, failed).to_string();
    assert!(error.contains("shape mismatch in matmul"), "{error}");
}

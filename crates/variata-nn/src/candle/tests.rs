//! candle's operators against those of the processor's back end, which have their definitions as
//! tests.
//!
//! In a build with the feature `cuda`, on a machine with a card, they run there.

use super::*;
use crate::{Cpu, Window};

fn candle() -> Candle {
    let card = Candle::new(CandleDevice::Cuda, Precision::F32);
    card.unwrap_or_else(|_| Candle::new(CandleDevice::Cpu, Precision::F32).unwrap())
}

fn noise(shape: Shape, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..shape.len()).map(|_| next()).collect()
}

/// Runs an operator on both back ends, on tensors of noise in these shapes, and compares.
macro_rules! check {
    ([$($shape:expr),*], |$backend:ident, $inputs:ident| $operator:expr) => {{
        let shapes = [$($shape),*];
        fn run<B: Backend>($backend: &B, shapes: &[Shape]) -> (Shape, Vec<f32>) {
            let inputs = shapes.iter().zip(1..);
            let inputs = inputs.map(|(&shape, seed)| $backend.upload(shape, noise(shape, seed)));
            let $inputs: Vec<B::Tensor> = inputs.collect();
            let result = $operator;
            ($backend.shape(&result), $backend.download(&result).unwrap())
        }
        let (shape, exact) = run(&Cpu::new(Precision::F32), &shapes);
        let (found_shape, found) = run(&candle(), &shapes);
        assert_eq!(found_shape, shape, "{}", stringify!($operator));
        let error: f32 = found.iter().zip(&exact).map(|(a, b)| (a - b) * (a - b)).sum();
        let length: f32 = exact.iter().map(|b| b * b).sum();
        assert!(error <= 1e-10 * length, "{}: {error} of {length}", stringify!($operator));
    }};
}

fn picture(height: usize, width: usize, channels: usize) -> Shape {
    Shape { batch: 2, height, width, channels }
}

fn kernel(outputs: usize, inputs: usize, size: usize) -> Kernel {
    let weights = noise(Shape::tokens(outputs, inputs, size * size), 7);
    let bias = Some(noise(Shape::tokens(1, 1, outputs), 8));
    Kernel { outputs, inputs, height: size, width: size, weights, bias }
}

#[test]
fn products_are_the_same_with_any_margin_and_whatever_is_added() {
    let row = Shape::tokens(2, 1, 6);
    check!([picture(9, 7, 5), row], |backend, x| {
        let layer = backend.pack(&kernel(6, 5, 3)).unwrap();
        backend.conv2d(&layer, &x[0], Window::same(1), Some(&x[1]))
    });
    check!([picture(8, 8, 5), picture(4, 4, 6)], |backend, x| {
        let layer = backend.pack(&kernel(6, 5, 3)).unwrap();
        backend.conv2d(&layer, &x[0], Window { stride: 2, before: 0, after: 1 }, Some(&x[1]))
    });
    check!([picture(3, 4, 5), row], |backend, x| {
        backend.linear(&backend.pack(&kernel(6, 5, 1)).unwrap(), &x[0], Some(&x[1]))
    });
    check!([picture(3, 4, 5), Shape::tokens(2, 12, 6)], |backend, x| {
        backend.linear(&backend.pack(&kernel(6, 5, 1)).unwrap(), &x[0], Some(&x[1]))
    });
}

#[test]
fn operators_that_want_channels_first_may_follow_those_that_want_them_last() {
    let row = Shape::tokens(1, 1, 6);
    check!([picture(4, 6, 6), row, row], |backend, x| {
        let how = GroupNorm { groups: 2, epsilon: 1e-5, silu: true };
        let layer = backend.pack(&kernel(6, 6, 3)).unwrap();
        let normed = backend.group_norm(&x[0], (&x[1], &x[2]), how);
        let convolved = backend.conv2d(&layer, &normed, Window::same(1), Some(&x[0]));
        let convolved = backend.add(convolved, &x[0]);
        let normed = backend.layer_norm(&convolved, (&x[1], &x[2]), 1e-5);
        let both = backend.concat(&normed, &convolved);
        backend.avg_pool(&backend.upsample_nearest(&backend.geglu(&both), 7, 9))
    });
}

#[test]
fn attention_is_the_same_with_and_without_a_look_ahead() {
    let tokens = Shape::tokens(2, 17, 12);
    for causal in [false, true] {
        let (found, exact) = (candle(), Cpu::new(Precision::F32));
        let how = Attention { heads: 3, causal };
        let [q, k, v] = [1, 2, 3].map(|seed| noise(tokens, seed));
        let run = |values: &Vec<f32>| found.upload(tokens, values.clone());
        let seen = found.attention(&run(&q), &run(&k), &run(&v), how);
        let run = |values: &Vec<f32>| exact.upload(tokens, values.clone());
        let expected = exact.attention(&run(&q), &run(&k), &run(&v), how);
        let both =
            found.download(&seen).unwrap().into_iter().zip(exact.download(&expected).unwrap());
        let farthest = both.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(farthest < 1e-5, "{how:?}: {farthest}");
    }
    check!([tokens, Shape::tokens(2, 5, 12)], |backend, x| {
        backend.attention(&x[0], &x[1], &x[1], Attention { heads: 2, causal: false })
    });
}

#[test]
fn functions_of_numbers_and_rows_of_tables_are_the_same() {
    for function in [Activation::Silu, Activation::Gelu, Activation::QuickGelu] {
        let shape = Shape::tokens(1, 40, 5);
        let (found, exact) = (candle(), Cpu::new(Precision::F32));
        let one = found.activate(found.upload(shape, noise(shape, 1)), function);
        let other = exact.activate(exact.upload(shape, noise(shape, 1)), function);
        let both = found.download(&one).unwrap().into_iter().zip(exact.download(&other).unwrap());
        assert!(both.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-5, "{function:?}");
    }
    check!([Shape::tokens(1, 9, 5), Shape::tokens(1, 3, 5)], |backend, x| {
        backend.add(backend.embedding(&x[0], &[8, 0, 8]), &x[1])
    });
}

#[test]
fn what_goes_wrong_is_told_when_results_are_asked_for() {
    let candle = candle();
    let layer = candle.pack(&kernel(6, 5, 1)).unwrap();
    let shape = Shape::tokens(1, 4, 7);
    let failed = candle.linear(&layer, &candle.upload(shape, noise(shape, 1)), None);
    let after = candle.activate(candle.add(failed.clone(), &failed), Activation::Silu);
    let error = candle.download(&after).unwrap_err().to_string();
    assert!(error.contains("shape mismatch in matmul"), "{error}");
}

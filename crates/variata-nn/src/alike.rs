//! The operators of a graphics card's back end against those of the processor's, which have their
//! definitions as tests.
#![cfg(any(feature = "candle", feature = "cuda"))]

use crate::{
    Activation, Attention, Backend, Cpu, DeviceError, GroupNorm, Kernel, Precision, Shape, Window,
};

pub(crate) fn noise(shape: Shape, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..shape.len()).map(|_| next()).collect()
}

/// Runs an operator on `$found` and on the processor, on tensors of noise in these shapes, and
/// compares: the distance may be `$limit` of the length.
macro_rules! check {
    ($found:expr, $limit:expr, [$($shape:expr),*], |$backend:ident, $inputs:ident| $operator:expr) => {{
        let shapes = [$($shape),*];
        fn run<B: Backend>($backend: &B, shapes: &[Shape]) -> (Shape, Vec<f32>) {
            let inputs = shapes.iter().zip(1..);
            let inputs = inputs.map(|(&shape, seed)| $backend.upload(shape, noise(shape, seed)));
            let $inputs: Vec<B::Tensor> = inputs.collect();
            let result = $operator;
            ($backend.shape(&result), $backend.download(&result).unwrap())
        }
        let (shape, exact) = run(&Cpu::new(Precision::F32), &shapes);
        let (found_shape, found) = run($found, &shapes);
        assert_eq!(found_shape, shape, "{}", stringify!($operator));
        let error = found.iter().zip(&exact).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
        let length = exact.iter().map(|b| b * b).sum::<f32>().sqrt();
        let what = stringify!($operator);
        assert!(error <= $limit * length, "{what} of {shapes:?}: {error} of {length}");
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

/// With any margin, and whatever is added.
pub(crate) fn products<B: Backend>(found: &B, limit: f32) {
    let row = Shape::tokens(2, 1, 6);
    check!(found, limit, [picture(9, 7, 5), row], |backend, x| {
        let layer = backend.pack(&kernel(6, 5, 3)).unwrap();
        backend.conv2d(&layer, &x[0], Window::same(1), Some(&x[1]))
    });
    check!(found, limit, [picture(8, 8, 5), picture(4, 4, 6)], |backend, x| {
        let layer = backend.pack(&kernel(6, 5, 3)).unwrap();
        backend.conv2d(&layer, &x[0], Window { stride: 2, before: 0, after: 1 }, Some(&x[1]))
    });
    check!(found, limit, [picture(7, 6, 16), picture(7, 6, 24)], |backend, x| {
        let layer = backend.pack(&kernel(24, 16, 3)).unwrap();
        backend.conv2d(&layer, &x[0], Window::same(1), Some(&x[1]))
    });
    check!(found, limit, [picture(8, 12, 3)], |backend, x| {
        let layer = backend.pack(&kernel(16, 3, 4)).unwrap();
        backend.conv2d(&layer, &x[0], Window { stride: 4, before: 0, after: 0 }, None)
    });
    check!(found, limit, [picture(3, 4, 5), row], |backend, x| {
        backend.linear(&backend.pack(&kernel(6, 5, 1)).unwrap(), &x[0], Some(&x[1]))
    });
    check!(found, limit, [picture(3, 4, 5), Shape::tokens(2, 12, 6)], |backend, x| {
        backend.linear(&backend.pack(&kernel(6, 5, 1)).unwrap(), &x[0], Some(&x[1]))
    });
}

/// Operators that want channels first behind those that want them last.
pub(crate) fn sequences<B: Backend>(found: &B, limit: f32) {
    for channels in [6, 16] {
        let row = Shape::tokens(1, 1, channels);
        check!(found, limit, [picture(4, 6, channels), row, row], |backend, x| {
            let channels = backend.shape(&x[0]).channels;
            let how = GroupNorm { groups: 2, epsilon: 1e-5, silu: true };
            let layer = backend.pack(&kernel(channels, channels, 3)).unwrap();
            let normed = backend.group_norm(&x[0], (&x[1], &x[2]), how);
            let convolved = backend.conv2d(&layer, &normed, Window::same(1), Some(&x[0]));
            let convolved = backend.add(convolved, &x[0]);
            let normed = backend.layer_norm(&convolved, (&x[1], &x[2]), 1e-5);
            let both = backend.concat(&normed, &convolved);
            backend.avg_pool(&backend.upsample_nearest(&backend.geglu(&both), 7, 9))
        });
    }
}

/// With and without a look ahead, of as many tokens as asked and of others.
pub(crate) fn attention<B: Backend>(found: &B, limit: f32) {
    let tokens = Shape::tokens(2, 17, 12);
    check!(found, limit, [tokens, tokens, tokens], |backend, x| {
        backend.attention(&x[0], &x[1], &x[2], Attention { heads: 3, causal: false })
    });
    check!(found, limit, [tokens, tokens, tokens], |backend, x| {
        backend.attention(&x[0], &x[1], &x[2], Attention { heads: 3, causal: true })
    });
    check!(found, limit, [tokens, Shape::tokens(2, 5, 12)], |backend, x| {
        backend.attention(&x[0], &x[1], &x[1], Attention { heads: 2, causal: false })
    });
}

/// Functions of numbers, and rows of tables.
pub(crate) fn elements<B: Backend>(found: &B, limit: f32) {
    check!(found, limit, [Shape::tokens(1, 40, 5)], |backend, x| {
        let [silu, gelu, quick] = [Activation::Silu, Activation::Gelu, Activation::QuickGelu]
            .map(|function| backend.activate(x[0].clone(), function));
        backend.concat(&backend.concat(&silu, &gelu), &quick)
    });
    check!(found, limit, [Shape::tokens(1, 9, 5), Shape::tokens(1, 3, 5)], |backend, x| {
        backend.add(backend.embedding(&x[0], &[8, 0, 8]), &x[1])
    });
}

/// What is told of a tensor that could not be made, and of all that is made of it.
pub(crate) fn failure<B: Backend>(backend: &B, failed: B::Tensor) -> DeviceError {
    let after = backend.activate(backend.add(failed.clone(), &failed), Activation::Silu);
    backend.download(&after).unwrap_err()
}
pub(crate) use check;

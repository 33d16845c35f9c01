//! Normalisation in groups and in rows.

use rayon::prelude::*;

use super::tensor::CpuTensor;
use crate::GroupNorm;
use crate::kernels::{Tier, add_moments, layer_norm as layer_norm_rows, scale_shift as apply};

/// Rows whose sums are taken together: fixed, since it decides the order of summation.
const MOMENT_ROWS: usize = 256;

pub(super) fn group_norm(
    tier: Tier,
    input: &CpuTensor,
    (scale, shift): (&CpuTensor, &CpuTensor),
    how: GroupNorm,
) -> CpuTensor {
    let shape = input.shape();
    assert!(shape.channels.is_multiple_of(how.groups), "{how:?} does not divide {shape:?}");
    let mut output = CpuTensor::unwritten(shape);
    let picture = shape.places() * shape.channels;
    let task = input.task_rows() * shape.channels;
    let pictures = input.values().par_chunks_exact(picture.max(1));
    output.values_mut().par_chunks_exact_mut(picture.max(1)).zip(pictures).for_each(
        |(output, input)| {
            let moments = moments(tier, input, shape.channels);
            let (scale, shift) = factors(&moments, shape.places(), (scale, shift), how);
            output.par_chunks_mut(task).zip(input.par_chunks(task)).for_each(|(output, input)| {
                apply(tier, input, (&scale, &shift), how.silu, output);
            });
        },
    );
    output
}

/// Each channel's sum and sum of squares.
fn moments(tier: Tier, picture: &[f32], channels: usize) -> Vec<[f64; 2]> {
    let parts: Vec<Vec<[f64; 2]>> = picture
        .par_chunks(MOMENT_ROWS * channels)
        .map(|rows| {
            let mut moments = vec![[0.0; 2]; channels];
            add_moments(tier, rows, &mut moments);
            moments
        })
        .collect();
    let mut all = vec![[0.0f64; 2]; channels];
    for part in &parts {
        for ([sum, squares], [more, more_squares]) in all.iter_mut().zip(part) {
            *sum += more;
            *squares += more_squares;
        }
    }
    all
}

/// What each channel is multiplied with, and what is added then.
fn factors(
    moments: &[[f64; 2]],
    places: usize,
    (scale, shift): (&CpuTensor, &CpuTensor),
    how: GroupNorm,
) -> (Vec<f32>, Vec<f32>) {
    let width = moments.len() / how.groups;
    let count = (places * width) as f64;
    let (mut factors, mut offsets) = (Vec::new(), Vec::new());
    for (channel, moments) in moments.chunks_exact(width).enumerate().map(|(g, m)| (g * width, m)) {
        let sum: f64 = moments.iter().map(|[sum, _]| sum).sum();
        let squares: f64 = moments.iter().map(|[_, squares]| squares).sum();
        let mean = sum / count;
        let variance = (squares / count - mean * mean).max(0.0);
        let factor = 1.0 / (variance + f64::from(how.epsilon)).sqrt();
        for at in channel..channel + width {
            let factor = f64::from(scale.values()[at]) * factor;
            factors.push(factor as f32);
            offsets.push((f64::from(shift.values()[at]) - mean * factor) as f32);
        }
    }
    (factors, offsets)
}

pub(super) fn layer_norm(
    tier: Tier,
    input: &CpuTensor,
    (scale, shift): (&CpuTensor, &CpuTensor),
    epsilon: f32,
) -> CpuTensor {
    let shape = input.shape();
    assert_eq!(scale.values().len(), shape.channels, "a norm for other rows than {shape:?}");
    let mut output = CpuTensor::unwritten(shape);
    let task = input.task_rows() * shape.channels;
    output.values_mut().par_chunks_mut(task).zip(input.values().par_chunks(task)).for_each(
        |(output, input)| {
            let how = (scale.values(), shift.values());
            layer_norm_rows(tier, input, how, epsilon, output);
        },
    );
    output
}

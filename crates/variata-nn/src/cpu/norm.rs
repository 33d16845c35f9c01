//! Normalisation in groups and in rows.

use rayon::prelude::*;

use super::Cpu;
use super::tensor::{CpuTensor, Numbers, for_products};
use crate::GroupNorm;
use crate::kernels::{Tier, add_moments, layer_norm as layer_norm_rows, scale_shift as apply};

/// Rows whose sums are taken together: fixed, since it decides the order of summation.
const MOMENT_ROWS: usize = 256;

pub(super) fn group_norm(
    cpu: Cpu,
    input: &Numbers,
    (scale, shift): (&Numbers, &Numbers),
    how: GroupNorm,
) -> CpuTensor {
    let shape = input.shape();
    let (places, channels) = (shape.places(), shape.channels);
    assert!(channels.is_multiple_of(how.groups), "{how:?} does not divide {shape:?}");
    let pictures = input.values().par_chunks_exact((places * channels).max(1));
    let factors: Vec<(Vec<f32>, Vec<f32>)> = pictures
        .map(|input| factors(&moments(cpu.tier, input, channels), places, (scale, shift), how))
        .collect();
    for_products(cpu, shape, |mut row, mut output| {
        while !output.is_empty() {
            let picture = row / places;
            let count = ((picture + 1) * places - row).min(output.len() / channels);
            let (now, later) = output.split_at_mut(count * channels);
            let (scale, shift) = &factors[picture];
            let input = &input.values()[row * channels..][..now.len()];
            apply(cpu.tier, input, (scale, shift), how.silu, now);
            (row, output) = (row + count, later);
        }
    })
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
    (scale, shift): (&Numbers, &Numbers),
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
    cpu: Cpu,
    input: &Numbers,
    (scale, shift): (&Numbers, &Numbers),
    epsilon: f32,
) -> CpuTensor {
    let shape = input.shape();
    assert_eq!(scale.values().len(), shape.channels, "a norm for other rows than {shape:?}");
    for_products(cpu, shape, |row, output| {
        let input = &input.values()[row * shape.channels..][..output.len()];
        layer_norm_rows(cpu.tier, input, (scale.values(), shift.values()), epsilon, output);
    })
}

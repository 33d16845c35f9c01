//! The kernels in plain Rust; the wider tiers compile most of them again.
//!
//! Sums are kept in as many lanes as the widest vector has, whatever the tier, so that their order
//! does not depend on it.

use super::math::{coarse_exp2, exp, fused, normal_cdf, of_half, sigmoid};
use super::{
    CHUNK_PAIRS, PANEL, Pair, RowsMut, SLACK, STRIP_ROWS, Softmax, Softmaxes, Strip, TILE_ROWS,
    TallRows, TallTile, Tile,
};
use crate::NumberKind;

#[inline(always)]
pub(super) fn multiply_f32(rows: &[&[f32]; TILE_ROWS], panel: &[[f32; PANEL]], sums: &mut Tile) {
    for (row, sums) in rows.iter().zip(sums) {
        for (&factor, weights) in row.iter().zip(panel) {
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum = fused(factor, weight, *sum);
            }
        }
    }
}

#[inline(always)]
pub(super) fn multiply_bf16(rows: &[&[Pair]; TILE_ROWS], panel: &[[Pair; PANEL]], sums: &mut Tile) {
    for (row, sums) in rows.iter().zip(sums) {
        for (factor, weights) in row.iter().zip(panel) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                let half = normal_or_zero(fused(factor.second(), weight.second(), *sum));
                *sum = normal_or_zero(fused(factor.first(), weight.first(), half));
            }
        }
    }
}

/// What tiles make of the same: sixteen pairs at a time, first and second products apart.
pub(super) fn add_in_tiles(rows: TallRows<'_>, panel: &[[Pair; PANEL]], sums: &mut TallTile) {
    let depth = rows.depth();
    for (strips, panel) in rows.pieces().iter().zip(panel.chunks_exact(depth)) {
        for (strip, sums) in strips.iter().zip(sums.chunks_exact_mut(STRIP_ROWS)) {
            for (at, sums) in sums.iter_mut().enumerate() {
                let chunks = strip.row(at)[..depth].chunks(CHUNK_PAIRS);
                for (factors, weights) in chunks.zip(panel.chunks(CHUNK_PAIRS)) {
                    add_chunk(factors, weights, sums);
                }
            }
        }
    }
}

fn add_chunk(factors: &[Pair], weights: &[[Pair; PANEL]], sums: &mut [f32; PANEL]) {
    for (lane, sum) in sums.iter_mut().enumerate() {
        let (mut firsts, mut seconds) = (0.0, 0.0);
        for (factor, weights) in factors.iter().zip(weights) {
            let weight = weights[lane];
            firsts = normal_or_zero(fused(factor.first(), weight.first(), firsts));
            seconds = normal_or_zero(fused(factor.second(), weight.second(), seconds));
        }
        *sum = normal_or_zero(*sum + normal_or_zero(firsts + seconds));
    }
}

#[inline(always)]
fn normal_or_zero(x: f32) -> f32 {
    if x.abs() < f32::MIN_POSITIVE { 0.0 } else { x }
}

#[inline(always)]
pub(super) fn finish(
    sums: &[[f32; PANEL]],
    bias: &[f32],
    added: Option<Strip<'_, f32>>,
    output: &mut RowsMut<'_, f32>,
) {
    for (at, sums) in sums.iter().enumerate().take(output.count()) {
        let (row, added) = (output.row(at), added.map(|added| added.row(at)));
        match (row.as_chunks_mut::<PANEL>().0, bias.first_chunk::<PANEL>()) {
            // Of known length, so that no loop is left.
            ([row], Some(bias)) => finish_row(sums, bias, added, row),
            _ => finish_row(sums, bias, added, output.row(at)),
        }
    }
}

#[inline(always)]
fn finish_row(sums: &[f32], bias: &[f32], added: Option<&[f32]>, row: &mut [f32]) {
    match added.map(|added| &added[..row.len()]) {
        Some(added) => {
            for (((to, sum), bias), added) in row.iter_mut().zip(sums).zip(bias).zip(added) {
                *to = sum + bias + added;
            }
        }
        None => {
            for ((to, sum), bias) in row.iter_mut().zip(sums).zip(bias) {
                *to = sum + bias;
            }
        }
    }
}

pub(super) fn finish_pairs(sums: &TallTile, bias: &[f32; PANEL], output: &mut RowsMut<'_, Pair>) {
    finish_pairs_by(sums, bias, output, pair_up);
}

/// The same with another way to round.
#[inline(always)]
pub(super) fn finish_pairs_by(
    sums: &TallTile,
    bias: &[f32; PANEL],
    output: &mut RowsMut<'_, Pair>,
    pair_up: impl Fn(&[f32], &mut [Pair]),
) {
    for (at, sums) in sums.iter().enumerate().take(output.count()) {
        let mut row = *sums;
        row.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias);
        pair_up(&row, output.row(at));
    }
}

pub(super) fn finish_gated(
    sums: &[TallTile; 2],
    biases: &[[f32; PANEL]; 2],
    output: &mut RowsMut<'_, Pair>,
) {
    finish_gated_by(sums, biases, output, pair_up);
}

/// The same with another way to round.
#[inline(always)]
pub(super) fn finish_gated_by(
    [left, right]: &[TallTile; 2],
    [left_bias, right_bias]: &[[f32; PANEL]; 2],
    output: &mut RowsMut<'_, Pair>,
    pair_up: impl Fn(&[f32], &mut [Pair]),
) {
    for (at, (left, right)) in left.iter().zip(right).enumerate().take(output.count()) {
        let [mut row, mut gates] = [*left, *right];
        row.iter_mut().zip(left_bias).for_each(|(sum, bias)| *sum += bias);
        gates.iter_mut().zip(right_bias).for_each(|(sum, bias)| *sum += bias);
        row.iter_mut().zip(&gates).for_each(|(sum, &gate)| *sum *= gate * normal_cdf(gate));
        pair_up(&row, output.row(at));
    }
}

#[inline(always)]
pub(super) fn pair_up(values: &[f32], pairs: &mut [Pair]) {
    for (pair, &two) in pairs.iter_mut().zip(values.as_chunks().0) {
        *pair = Pair::new(two);
    }
}

#[inline(always)]
pub(super) fn widen(kind: NumberKind, bytes: &[u8], numbers: &mut [f32]) {
    let halves = bytes.as_chunks().0.iter().map(|&two| u16::from_le_bytes(two));
    match kind {
        NumberKind::Single => {
            let singles = bytes.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four));
            numbers.iter_mut().zip(singles).for_each(|(number, single)| *number = single);
        }
        NumberKind::Half => {
            numbers.iter_mut().zip(halves).for_each(|(number, half)| *number = of_half(half));
        }
        NumberKind::Brain => {
            let wide = halves.map(|bits| f32::from_bits(u32::from(bits) << 16));
            numbers.iter_mut().zip(wide).for_each(|(number, wide)| *number = wide);
        }
    }
}

#[inline(always)]
pub(super) fn turn(
    kind: NumberKind,
    columns: &[u8],
    (length, first): (usize, usize),
    rows: &mut [[f32; PANEL]],
) {
    let size = kind.size();
    rows.fill([0.0; PANEL]);
    for (lane, column) in columns.chunks_exact(length * size).enumerate() {
        let column = column[first * size..].chunks(LANES * size);
        for (rows, bytes) in rows.chunks_mut(LANES).zip(column) {
            let mut numbers = [0.0; LANES];
            widen(kind, bytes, &mut numbers);
            rows.iter_mut().zip(numbers).for_each(|(row, number)| row[lane] = number);
        }
    }
}

#[inline(always)]
pub(super) fn pair_rows(rows: &[[f32; PANEL]], stride: usize, steps: &mut [[Pair; PANEL]]) {
    for (at, step) in steps.iter_mut().enumerate() {
        let firsts = &rows[2 * at * stride];
        let seconds = rows.get((2 * at + 1) * stride).unwrap_or(&[0.0; PANEL]);
        let both = firsts.iter().zip(seconds);
        step.iter_mut().zip(both).for_each(|(pair, (&a, &b))| *pair = Pair::new([a, b]));
    }
}

#[inline(always)]
pub(super) fn add_moments(rows: &[f32], moments: &mut [[f64; 2]]) {
    for row in rows.chunks_exact(moments.len()) {
        for (&value, [sum, squares]) in row.iter().zip(&mut *moments) {
            let value = f64::from(value);
            *sum += value;
            *squares += value * value;
        }
    }
}

#[inline(always)]
pub(super) fn scale_shift(
    rows: &[f32],
    (scale, shift): (&[f32], &[f32]),
    silu: bool,
    output: &mut [f32],
) {
    for (row, output) in rows.chunks_exact(scale.len()).zip(output.chunks_exact_mut(scale.len())) {
        for (at, (&value, output)) in row.iter().zip(output).enumerate() {
            let value = value * scale[at] + shift[at];
            *output = if silu { value * sigmoid(value) } else { value };
        }
    }
}

/// Numbers of the widest vector; of a row, as many independent sums are added up in one order at the end.
const LANES: usize = 16;

#[inline(always)]
fn total(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += term(value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += term(value);
    }
    lanes.iter().sum()
}

#[inline(always)]
pub(super) fn layer_norm(
    rows: &[f32],
    (scale, shift): (&[f32], &[f32]),
    epsilon: f32,
    output: &mut [f32],
) {
    let width = scale.len();
    for (row, output) in rows.chunks_exact(width).zip(output.chunks_exact_mut(width)) {
        let mean = total(row, |value| value) / width as f32;
        let variance = total(row, |value| (value - mean) * (value - mean)) / width as f32;
        let factor = 1.0 / (variance + epsilon).sqrt();
        for (at, (&value, output)) in row.iter().zip(output).enumerate() {
            *output = (value - mean) * factor * scale[at] + shift[at];
        }
    }
}

#[inline(always)]
pub(super) fn swish(values: &mut [f32], factor: f32) {
    for value in values {
        *value *= sigmoid(*value * factor);
    }
}

#[inline(always)]
pub(super) fn gelu(values: &mut [f32]) {
    for value in values {
        *value *= normal_cdf(*value);
    }
}

#[inline(always)]
pub(super) fn geglu(left: &[f32], right: &[f32], output: &mut [f32]) {
    for ((&left, &right), output) in left.iter().zip(right).zip(output) {
        *output = left * (right * normal_cdf(right));
    }
}

#[inline(always)]
pub(super) fn softmax(scores: &mut [f32], running: &mut Softmax) -> f32 {
    let largest = largest(scores).max(running.largest);
    if largest == f32::NEG_INFINITY {
        scores.fill(0.0);
        return 1.0;
    }
    let factor = exp(running.largest - largest);
    for score in scores.iter_mut() {
        *score = exp(*score - largest);
    }
    *running = Softmax { largest, sum: running.sum * factor + total(scores, |weight| weight) };
    factor
}

pub(super) fn soften(
    scores: &mut [TallTile],
    (visible, scale): (&[usize; PANEL], f32),
    running: &mut Softmaxes,
    weights: &mut [[Pair; PANEL]],
) -> [f32; PANEL] {
    hide(scores, visible);
    let keys = scores.as_flattened();
    std::array::from_fn(|lane| {
        let before = running.base[lane];
        let larger = |a: f32, b: f32| if a > b { a } else { b };
        let largest = keys.iter().map(|row| row[lane]).fold(f32::NEG_INFINITY, larger) * scale;
        let grows = largest > before + SLACK;
        let base = if grows { largest } else { before };
        let mut sum = 0.0;
        for (keys, weights) in keys.as_chunks::<2>().0.iter().zip(&mut *weights) {
            let powers = [0, 1].map(|at| coarse_exp2(fused(keys[at][lane], scale, -base)));
            sum = sum + powers[0] + powers[1];
            weights[lane] = Pair::near(powers);
        }
        let factor = if grows { coarse_exp2(before - base) } else { 1.0 };
        running.base[lane] = base;
        running.sum[lane] = fused(running.sum[lane], factor, sum);
        factor
    })
}

/// Leaves the first `visible` scores of each column.
#[inline(always)]
pub(super) fn hide(scores: &mut [TallTile], visible: &[usize; PANEL]) {
    let keys = scores.as_flattened_mut();
    let least = visible.iter().copied().min().unwrap_or_default();
    for (at, row) in keys.iter_mut().enumerate().skip(least) {
        for (score, &visible) in row.iter_mut().zip(visible) {
            *score = if at < visible { *score } else { f32::NEG_INFINITY };
        }
    }
}

/// The largest of `scores`, in lanes like [`total`].
#[inline(always)]
fn largest(scores: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = scores.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &score) in lanes.iter_mut().zip(chunk) {
            *lane = larger(score, *lane);
        }
    }
    for (lane, &score) in lanes.iter_mut().zip(rest) {
        *lane = larger(score, *lane);
    }
    lanes.into_iter().fold(f32::NEG_INFINITY, larger)
}

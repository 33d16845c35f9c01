//! The kernels with 256-bit vectors.
#![expect(unsafe_code, reason = "vector instructions; every pointer comes from a checked slice")]

use std::arch::x86_64::*;

use super::{PANEL, Pair, RowsMut, Softmax, Strip, TILE_ROWS, Tile, portable};
use crate::NumberKind;

/// Rows of the part of a tile that the sixteen registers can hold.
const PART_ROWS: usize = 6;
/// Its columns: two vectors.
const PART_COLUMNS: usize = 16;

#[target_feature(enable = "avx2,fma")]
pub(super) fn multiply_f32(rows: &[&[f32]; TILE_ROWS], panel: &[[f32; PANEL]], sums: &mut Tile) {
    for row in (0..TILE_ROWS).step_by(PART_ROWS) {
        for column in (0..PANEL).step_by(PART_COLUMNS) {
            multiply_part((row, column), rows, panel, sums);
        }
    }
}

#[target_feature(enable = "avx2,fma")]
fn multiply_part(
    (row, column): (usize, usize),
    rows: &[&[f32]; TILE_ROWS],
    panel: &[[f32; PANEL]],
    sums: &mut Tile,
) {
    let mut held = [[_mm256_setzero_ps(); 2]; PART_ROWS];
    for (held, sums) in held.iter_mut().zip(&sums[row..]) {
        let [left, right] = vectors(sums, column);
        *held = [load(left), load(right)];
    }
    let starts: [*const f32; PART_ROWS] = std::array::from_fn(|at| rows[row + at].as_ptr());
    for (depth, weights) in panel.iter().enumerate() {
        let [left, right] = vectors(weights, column);
        let weights = [load(left), load(right)];
        for (held, start) in held.iter_mut().zip(&starts) {
            // SAFETY: the caller has cut every row to the depth of the panel.
            let factor = _mm256_set1_ps(unsafe { *start.add(depth) });
            held[0] = _mm256_fmadd_ps(factor, weights[0], held[0]);
            held[1] = _mm256_fmadd_ps(factor, weights[1], held[1]);
        }
    }
    for (held, sums) in held.iter().zip(&mut sums[row..]) {
        for (half, &vector) in held.iter().enumerate() {
            let to = &mut sums[column + 8 * half..][..8];
            // SAFETY: the slice has eight numbers.
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), vector) };
        }
    }
}

#[inline(always)]
fn vectors(row: &[f32; PANEL], column: usize) -> [&[f32]; 2] {
    [&row[column..column + 8], &row[column + 8..column + 16]]
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(from: &[f32]) -> __m256 {
    let from = &from[..8];
    // SAFETY: the slice has eight numbers.
    unsafe { _mm256_loadu_ps(from.as_ptr()) }
}

super::widened! { "avx2,fma" }

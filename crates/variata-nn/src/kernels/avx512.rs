//! The kernels with 512-bit vectors.
#![expect(unsafe_code, reason = "vector instructions; every pointer comes from a checked slice")]

use std::arch::x86_64::*;

use super::{
    PANEL, Pair, RowsMut, SOFTENED_PANELS, Softmax, Strip, TALL_ROWS, TILE_ROWS, TallTile, Tile,
    portable,
};

/// The sums of a tile in registers: 24 of the 32.
type Held = [[__m512; 2]; TILE_ROWS];

#[target_feature(enable = "avx2,fma,avx512f")]
pub(super) fn multiply_f32(rows: &[&[f32]; TILE_ROWS], panel: &[[f32; PANEL]], sums: &mut Tile) {
    let mut held = hold(sums);
    let starts = rows.map(<[f32]>::as_ptr);
    for (depth, weights) in panel.iter().enumerate() {
        let weights = load(weights);
        for (held, start) in held.iter_mut().zip(&starts) {
            // SAFETY: the caller has cut every row to the depth of the panel.
            let factor = _mm512_set1_ps(unsafe { *start.add(depth) });
            held[0] = _mm512_fmadd_ps(factor, weights[0], held[0]);
            held[1] = _mm512_fmadd_ps(factor, weights[1], held[1]);
        }
    }
    release(&held, sums);
}

/// Uses the instruction for pairs, which takes two steps along the depth at once.
#[target_feature(enable = "avx2,fma,avx512f,avx512bf16")]
pub(super) fn multiply_bf16_natively(
    rows: &[&[Pair]; TILE_ROWS],
    panel: &[[Pair; PANEL]],
    sums: &mut Tile,
) {
    let mut held = hold(sums);
    let starts = rows.map(|row| row.as_ptr().cast::<i32>());
    for (depth, weights) in panel.iter().enumerate() {
        let from = weights.as_ptr().cast::<f32>();
        // SAFETY: a panel's row has 32 pairs, each as large as a float.
        let weights = unsafe { [_mm512_loadu_ps(from), _mm512_loadu_ps(from.add(16))] };
        let weights = weights.map(|vector| as_pairs(_mm512_castps_si512(vector)));
        for (held, start) in held.iter_mut().zip(&starts) {
            // SAFETY: the caller has cut every row to the depth of the panel.
            let factor = as_pairs(_mm512_set1_epi32(unsafe { *start.add(depth) }));
            held[0] = _mm512_dpbf16_ps(held[0], factor, weights[0]);
            held[1] = _mm512_dpbf16_ps(held[1], factor, weights[1]);
        }
    }
    release(&held, sums);
}

#[inline]
#[target_feature(enable = "avx512f")]
fn as_pairs(bits: __m512i) -> __m512bh {
    // SAFETY: both are 64 bytes without any meaning of their own.
    unsafe { std::mem::transmute(bits) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn hold(sums: &Tile) -> Held {
    let mut held = [[_mm512_setzero_ps(); 2]; TILE_ROWS];
    for (held, sums) in held.iter_mut().zip(sums) {
        *held = load(sums);
    }
    held
}

#[inline]
#[target_feature(enable = "avx512f")]
fn release(held: &Held, sums: &mut Tile) {
    for (held, sums) in held.iter().zip(sums) {
        let to = sums.as_mut_ptr();
        // SAFETY: a row of a tile has 32 numbers.
        unsafe {
            _mm512_storeu_ps(to, held[0]);
            _mm512_storeu_ps(to.add(16), held[1]);
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(row: &[f32; PANEL]) -> [__m512; 2] {
    let from = row.as_ptr();
    // SAFETY: the array has 32 numbers.
    unsafe { [_mm512_loadu_ps(from), _mm512_loadu_ps(from.add(16))] }
}

super::widened! { "avx2,fma,avx512f" }

//! The kernels with 512-bit vectors.
#![expect(unsafe_code, reason = "vector instructions; every pointer comes from a checked slice")]

use std::arch::x86_64::*;

use super::{PANEL, Pair, RowsMut, Softmax, Strip, TILE_ROWS, Tile, portable};
use crate::NumberKind;

/// The sums of a tile in registers: 24 of the 32.
pub(super) type Held = [[__m512; 2]; TILE_ROWS];

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

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn hold(sums: &Tile) -> Held {
    let mut held = [[_mm512_setzero_ps(); 2]; TILE_ROWS];
    for (held, sums) in held.iter_mut().zip(sums) {
        *held = load(sums);
    }
    held
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn release(held: &Held, sums: &mut Tile) {
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

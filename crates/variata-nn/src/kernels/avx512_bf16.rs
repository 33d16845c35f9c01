//! The kernels with 512-bit vectors of bf16 pairs.
#![expect(unsafe_code, reason = "vector instructions; every pointer comes from a checked slice")]

use std::arch::x86_64::*;

use super::avx512::{hold, release};
pub(super) use super::turn::{pair_rows, turn};
use super::{PANEL, Pair, RowsMut, TILE_ROWS, TallTile, Tile, portable};

/// Takes two steps along the depth at once.
#[target_feature(enable = "avx2,fma,avx512f,avx512bf16")]
pub(super) fn multiply_bf16(rows: &[&[Pair]; TILE_ROWS], panel: &[[Pair; PANEL]], sums: &mut Tile) {
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

#[target_feature(enable = "avx2,fma,avx512f,avx512bf16")]
pub(super) fn pair_up(values: &[f32], pairs: &mut [Pair]) {
    const WIDTH: usize = 16;
    let (whole, rest) = values.as_chunks::<WIDTH>();
    let (rooms, room) = pairs.as_chunks_mut::<{ WIDTH / 2 }>();
    for (values, pairs) in whole.iter().zip(rooms) {
        // SAFETY: there are sixteen numbers and room for eight pairs, which are 32 bytes.
        unsafe {
            let rounded = _mm512_cvtneps_pbh(_mm512_loadu_ps(values.as_ptr()));
            let bits = std::mem::transmute::<__m256bh, __m256i>(rounded);
            _mm256_storeu_si256(pairs.as_mut_ptr().cast(), bits);
        }
    }
    portable::pair_up(rest, room);
}

#[target_feature(enable = "avx2,fma,avx512f,avx512bf16")]
pub(super) fn finish_pairs(sums: &TallTile, bias: &[f32; PANEL], output: &mut RowsMut<'_, Pair>) {
    portable::finish_pairs_by(sums, bias, output, |values, pairs| pair_up(values, pairs));
}

#[target_feature(enable = "avx2,fma,avx512f,avx512bf16")]
pub(super) fn finish_gated(
    sums: &[TallTile; 2],
    biases: &[[f32; PANEL]; 2],
    output: &mut RowsMut<'_, Pair>,
) {
    portable::finish_gated_by(sums, biases, output, |values, pairs| pair_up(values, pairs));
}

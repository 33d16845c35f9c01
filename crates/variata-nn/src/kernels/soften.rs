//! Softmax of whole tiles with 512-bit vectors.
#![expect(unsafe_code, reason = "vector instructions; every pointer comes from a checked slice")]

use std::arch::x86_64::*;

use super::math::{EXP2_LEAST, EXP2_SERIES, ROUNDER, coarse_exp2, fused};
use super::portable::hide;
use super::{CHUNK_PAIRS, PANEL, Pair, Softmax, TALL_ROWS, TallTile};

/// Numbers of a vector.
const LANES: usize = 16;

#[target_feature(enable = "avx2,fma,avx512f,avx512bf16")]
pub(super) fn soften(
    scores: &mut [TallTile],
    (visible, scale): (&[usize; TALL_ROWS], f32),
    running: &mut [Softmax; TALL_ROWS],
    weights: &mut [Pair],
) -> [f32; TALL_ROWS] {
    let rows = weights.chunks_exact_mut(scores.len() * CHUNK_PAIRS);
    let mut factors = [1.0; TALL_ROWS];
    for (at, (weights, factor)) in rows.zip(&mut factors).enumerate() {
        hide(scores, at, visible[at]);
        *factor = soften_row((scores, at), scale, &mut running[at], weights.as_chunks_mut().0);
    }
    factors
}

#[inline]
#[target_feature(enable = "avx2,fma,avx512f,avx512bf16")]
fn soften_row(
    (scores, at): (&[TallTile], usize),
    scale: f32,
    running: &mut Softmax,
    weights: &mut [[Pair; CHUNK_PAIRS]],
) -> f32 {
    let mut lanes = [_mm512_set1_ps(running.largest); 2];
    for scores in scores {
        let [left, right] = load(&scores[at]);
        lanes = [_mm512_max_ps(left, lanes[0]), _mm512_max_ps(right, lanes[1])];
    }
    let largest = folded(_mm512_max_ps(lanes[0], lanes[1]), |a, b| _mm_max_ps(a, b));
    if largest == f32::NEG_INFINITY {
        weights.fill([Pair::default(); CHUNK_PAIRS]);
        return 1.0;
    }
    let offset = -largest * scale;
    let [scales, offsets] = [scale, offset].map(|number| _mm512_set1_ps(number));
    let mut sums = [_mm512_setzero_ps(); 2];
    for (scores, weights) in scores.iter().zip(weights) {
        let powers = load(&scores[at]).map(|x| exp2(_mm512_fmadd_ps(x, scales, offsets)));
        sums = [_mm512_add_ps(sums[0], powers[0]), _mm512_add_ps(sums[1], powers[1])];
        store(powers, weights);
    }
    let sum = folded(_mm512_add_ps(sums[0], sums[1]), |a, b| _mm_add_ps(a, b));
    let factor = coarse_exp2(fused(running.largest, scale, offset));
    *running = Softmax { largest, sum: fused(running.sum, factor, sum) };
    factor
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(row: &[f32; PANEL]) -> [__m512; 2] {
    // SAFETY: the row has 32 numbers.
    unsafe { [_mm512_loadu_ps(row.as_ptr()), _mm512_loadu_ps(row[LANES..].as_ptr())] }
}

/// [`coarse_exp2`] of each lane.
#[inline]
#[target_feature(enable = "avx512f")]
fn exp2(x: __m512) -> __m512 {
    let rounder = _mm512_set1_ps(ROUNDER);
    let shifted = _mm512_add_ps(x, rounder);
    let rest = _mm512_sub_ps(x, _mm512_sub_ps(shifted, rounder));
    let [first, others @ ..] = EXP2_SERIES.map(|coefficient| _mm512_set1_ps(coefficient));
    let mut series = first;
    for next in others {
        series = _mm512_fmadd_ps(series, rest, next);
    }
    let exponents = _mm512_slli_epi32::<23>(_mm512_castps_si512(shifted));
    let is_something = _mm512_cmp_ps_mask::<_CMP_NLT_US>(x, _mm512_set1_ps(EXP2_LEAST));
    let power = _mm512_maskz_add_epi32(is_something, _mm512_castps_si512(series), exponents);
    _mm512_castsi512_ps(power)
}

/// Rounds 32 numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn store([left, right]: [__m512; 2], pairs: &mut [Pair; CHUNK_PAIRS]) {
    let rounded = _mm512_cvtne2ps_pbh(right, left);
    // SAFETY: sixteen pairs are the 64 bytes that a vector of 32 rounded numbers is.
    unsafe {
        let bits = std::mem::transmute::<__m512bh, __m512i>(rounded);
        _mm512_storeu_si512(pairs.as_mut_ptr().cast(), bits);
    }
}

/// One number of all lanes, halving them until one is left.
#[inline]
#[target_feature(enable = "avx512f")]
fn folded(lanes: __m512, fold: impl Fn(__m128, __m128) -> __m128) -> f32 {
    let quarters = [
        _mm512_castps512_ps128(lanes),
        _mm512_extractf32x4_ps::<1>(lanes),
        _mm512_extractf32x4_ps::<2>(lanes),
        _mm512_extractf32x4_ps::<3>(lanes),
    ];
    let halves = [fold(quarters[0], quarters[2]), fold(quarters[1], quarters[3])];
    let four = fold(halves[0], halves[1]);
    let two = fold(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(fold(two, _mm_shuffle_ps::<1>(two, two)))
}

//! Softmax of whole tiles with 512-bit vectors, a query a lane.
#![expect(unsafe_code, reason = "vector instructions; every pointer comes from a checked slice")]

use std::arch::x86_64::*;

use super::math::{EXP2_LEAST, EXP2_SERIES, ROUNDER};
use super::portable::hide;
use super::{PANEL, Pair, SLACK, Softmaxes, TallTile};

/// Numbers of a vector.
const LANES: usize = 16;

#[target_feature(enable = "avx2,fma,avx512f,avx512bw")]
pub(super) fn soften(
    scores: &mut [TallTile],
    (visible, scale): (&[usize; PANEL], f32),
    running: &mut Softmaxes,
    weights: &mut [[Pair; PANEL]],
) -> [f32; PANEL] {
    hide(scores, visible);
    let mut factors = [1.0; PANEL];
    for first in (0..PANEL).step_by(LANES) {
        soften_lanes((scores, first), scale, running, weights, &mut factors);
    }
    factors
}

#[inline]
#[target_feature(enable = "avx2,fma,avx512f,avx512bw")]
fn soften_lanes(
    (scores, first): (&[TallTile], usize),
    scale: f32,
    running: &mut Softmaxes,
    weights: &mut [[Pair; PANEL]],
    factors: &mut [f32; PANEL],
) {
    let scales = _mm512_set1_ps(scale);
    let before = load(&running.base, first);
    let largest = _mm512_mul_ps(largest((scores, first)), scales);
    let grows = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(largest, _mm512_add_ps(before, splat(SLACK)));
    let base = _mm512_mask_mov_ps(before, grows, largest);
    let mut sum = _mm512_setzero_ps();
    for (keys, weights) in scores.as_flattened().as_chunks::<2>().0.iter().zip(weights) {
        let powers =
            keys.each_ref().map(|row| exp2(_mm512_fmsub_ps(load(row, first), scales, base)));
        sum = _mm512_add_ps(_mm512_add_ps(sum, powers[0]), powers[1]);
        store(powers, weights, first);
    }
    let factor = _mm512_mask_mov_ps(splat(1.0), grows, exp2(_mm512_sub_ps(before, base)));
    put(_mm512_fmadd_ps(load(&running.sum, first), factor, sum), &mut running.sum, first);
    put(base, &mut running.base, first);
    put(factor, factors, first);
}

/// The largest score of each lane.
#[inline]
#[target_feature(enable = "avx512f")]
fn largest((scores, first): (&[TallTile], usize)) -> __m512 {
    let mut lanes = [splat(f32::NEG_INFINITY); 4];
    for keys in scores.as_flattened().as_chunks::<4>().0 {
        for (lanes, row) in lanes.iter_mut().zip(keys) {
            *lanes = _mm512_max_ps(load(row, first), *lanes);
        }
    }
    _mm512_max_ps(_mm512_max_ps(lanes[0], lanes[1]), _mm512_max_ps(lanes[2], lanes[3]))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(number: f32) -> __m512 {
    _mm512_set1_ps(number)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(row: &[f32; PANEL], first: usize) -> __m512 {
    let lanes = &row[first..first + LANES];
    // SAFETY: these are sixteen numbers.
    unsafe { _mm512_loadu_ps(lanes.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn put(numbers: __m512, row: &mut [f32; PANEL], first: usize) {
    let lanes = &mut row[first..first + LANES];
    // SAFETY: there is room for sixteen numbers.
    unsafe { _mm512_storeu_ps(lanes.as_mut_ptr(), numbers) };
}

/// [`super::math::coarse_exp2`] of each lane.
#[inline]
#[target_feature(enable = "avx512f")]
fn exp2(x: __m512) -> __m512 {
    let rounder = splat(ROUNDER);
    let shifted = _mm512_add_ps(x, rounder);
    let rest = _mm512_sub_ps(x, _mm512_sub_ps(shifted, rounder));
    let [first, others @ ..] = EXP2_SERIES.map(|coefficient| _mm512_set1_ps(coefficient));
    let mut series = first;
    for next in others {
        series = _mm512_fmadd_ps(series, rest, next);
    }
    let exponents = _mm512_slli_epi32::<23>(_mm512_castps_si512(shifted));
    let is_something = _mm512_cmp_ps_mask::<_CMP_NLT_US>(x, splat(EXP2_LEAST));
    let power = _mm512_maskz_add_epi32(is_something, _mm512_castps_si512(series), exponents);
    _mm512_castsi512_ps(power)
}

/// [`Pair::near`] of sixteen firsts and seconds: the instruction that rounds takes twice as long.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn store([firsts, seconds]: [__m512; 2], pairs: &mut [Pair; PANEL], first: usize) {
    let half = _mm512_set1_epi32(0x8000);
    let firsts = _mm512_srli_epi32::<16>(_mm512_add_epi32(_mm512_castps_si512(firsts), half));
    let seconds = _mm512_add_epi32(_mm512_castps_si512(seconds), half);
    let bits = _mm512_mask_mov_epi16(firsts, 0xaaaa_aaaa, seconds);
    let lanes = &mut pairs[first..first + LANES];
    // SAFETY: sixteen pairs are the 64 bytes of a vector.
    unsafe {
        _mm512_storeu_si512(lanes.as_mut_ptr().cast(), bits);
    }
}

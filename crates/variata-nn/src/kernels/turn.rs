//! Weights from columns into panels with 512-bit vectors.
#![expect(unsafe_code, reason = "vector instructions; every pointer comes from a checked slice")]

use std::arch::x86_64::*;

use super::{PANEL, Pair, portable};
use crate::NumberKind;

/// Numbers of a vector: so many columns are turned at a time, so many numbers of each.
const LANES: usize = 16;

/// [`portable::turn`] of sixteen columns by sixteen numbers at a time.
#[target_feature(enable = "avx2,fma,avx512f")]
pub(super) fn turn(
    kind: NumberKind,
    columns: &[u8],
    (length, first): (usize, usize),
    rows: &mut [[f32; PANEL]],
) {
    let size = kind.size();
    let count = columns.len() / (length * size);
    let (blocks, rest) = rows.as_chunks_mut::<LANES>();
    portable::turn(kind, columns, (length, first + blocks.len() * LANES), rest);
    for (block, rows) in blocks.iter_mut().enumerate() {
        for lane in (0..PANEL).step_by(LANES) {
            let mut vectors = [_mm512_setzero_ps(); LANES];
            for (column, vector) in (lane..count).zip(&mut vectors) {
                let number = column * length + first + block * LANES;
                *vector = load(kind, &columns[number * size..][..LANES * size]);
            }
            for (row, vector) in rows.iter_mut().zip(transposed(vectors)) {
                let lanes = &mut row[lane..lane + LANES];
                // SAFETY: there is room for sixteen numbers.
                unsafe { _mm512_storeu_ps(lanes.as_mut_ptr(), vector) };
            }
        }
    }
}

/// Sixteen numbers in single precision.
#[inline]
#[target_feature(enable = "avx2,fma,avx512f")]
fn load(kind: NumberKind, bytes: &[u8]) -> __m512 {
    let from = bytes.as_ptr();
    // SAFETY: the caller has cut sixteen numbers of this kind.
    unsafe {
        match kind {
            NumberKind::Single => _mm512_loadu_ps(from.cast()),
            NumberKind::Half => _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())),
            NumberKind::Brain => {
                let wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
                _mm512_castsi512_ps(_mm512_slli_epi32::<16>(wide))
            }
        }
    }
}

/// Rows as columns: in fours within each quarter of a vector, and then the quarters.
#[inline]
#[target_feature(enable = "avx512f")]
fn transposed(rows: [__m512; LANES]) -> [__m512; LANES] {
    let mut fours = rows;
    for (four, rows) in fours.as_chunks_mut::<4>().0.iter_mut().zip(rows.as_chunks::<4>().0) {
        let [a, b, c, d] = *rows;
        let [ab, cd] = [pairs(a, b), pairs(c, d)];
        let [low, high] = [pairs_of_pairs(ab[0], cd[0]), pairs_of_pairs(ab[1], cd[1])];
        *four = [low[0], low[1], high[0], high[1]];
    }
    let mut columns = rows;
    for at in 0..4 {
        let [a, b, c, d] = [fours[at], fours[4 + at], fours[8 + at], fours[12 + at]];
        let [low, high] = [quarters::<0x44>(a, b), quarters::<0xee>(a, b)];
        let [other_low, other_high] = [quarters::<0x44>(c, d), quarters::<0xee>(c, d)];
        columns[at] = quarters::<0x88>(low, other_low);
        columns[4 + at] = quarters::<0xdd>(low, other_low);
        columns[8 + at] = quarters::<0x88>(high, other_high);
        columns[12 + at] = quarters::<0xdd>(high, other_high);
    }
    columns
}

#[inline]
#[target_feature(enable = "avx512f")]
fn pairs(a: __m512, b: __m512) -> [__m512; 2] {
    [_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn pairs_of_pairs(a: __m512, b: __m512) -> [__m512; 2] {
    let [a, b] = [_mm512_castps_pd(a), _mm512_castps_pd(b)];
    let [low, high] = [_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b)];
    [_mm512_castpd_ps(low), _mm512_castpd_ps(high)]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn quarters<const WHICH: i32>(a: __m512, b: __m512) -> __m512 {
    _mm512_shuffle_f32x4::<WHICH>(a, b)
}

#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512bf16")]
pub(super) fn pair_rows(rows: &[[f32; PANEL]], stride: usize, steps: &mut [[Pair; PANEL]]) {
    // Where the sixteen firsts and the sixteen seconds go.
    let places: [u16; PANEL] = std::array::from_fn(|at| (at / 2 + at % 2 * LANES) as u16);
    // SAFETY: these are the 64 bytes of a vector.
    let places = unsafe { _mm512_loadu_si512(places.as_ptr().cast()) };
    for (at, step) in steps.iter_mut().enumerate() {
        let firsts = &rows[2 * at * stride];
        let seconds = rows.get((2 * at + 1) * stride).unwrap_or(&[0.0; PANEL]);
        for lane in (0..PANEL).step_by(LANES) {
            let [a, b] = [&firsts[lane..lane + LANES], &seconds[lane..lane + LANES]];
            let pairs = &mut step[lane..lane + LANES];
            // SAFETY: these are sixteen numbers each, and there is room for sixteen pairs.
            unsafe {
                let [a, b] = [_mm512_loadu_ps(a.as_ptr()), _mm512_loadu_ps(b.as_ptr())];
                let rounded = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(b, a));
                let crossed = _mm512_permutexvar_epi16(places, rounded);
                _mm512_storeu_si512(pairs.as_mut_ptr().cast(), crossed);
            }
        }
    }
}

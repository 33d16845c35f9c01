//! Two results at once: the channels of the first in the lower half of a vector, those of the
//! second in the upper.
#![expect(unsafe_code, reason = "vector instructions; every place is clamped into the picture")]

use std::arch::x86_64::*;

use super::super::Pixel;
use super::{NEAR_PX, Pixels, REACH_PX};

#[target_feature(enable = "avx2")]
pub(super) fn sample_cubics(source: Pixels<'_>, points: &[(f32, f32)], values: &mut [Pixel]) {
    in_pairs(points, values, |first, last| cubic_pair(source, first, last));
}

#[target_feature(enable = "avx2")]
pub(super) fn sample_linears(source: Pixels<'_>, points: &[(f32, f32)], values: &mut [Pixel]) {
    in_pairs(points, values, |first, last| linear_pair(source, first, last));
}

/// Sets two values at a time; one that is left over is paired with itself.
#[inline(always)]
fn in_pairs(
    points: &[(f32, f32)],
    values: &mut [Pixel],
    sample: impl Fn((f32, f32), (f32, f32)) -> [Pixel; 2],
) {
    for (points, values) in points.chunks(2).zip(values.chunks_mut(2)) {
        if let (&[first, ..], &[.., last]) = (points, points) {
            let pair = sample(first, last);
            values.iter_mut().zip(pair).for_each(|(value, pixel)| *value = pixel);
        }
    }
}

#[target_feature(enable = "avx2")]
fn linear_pair(source: Pixels<'_>, (x, y): (f32, f32), (u, v): (f32, f32)) -> [Pixel; 2] {
    let places = _mm_setr_ps(x, y, u, v);
    let whole = _mm_floor_ps(places);
    let starts = starts(source, _mm_cvttps_epi32(whole), NEAR_PX);
    let past = _mm256_castps128_ps256(_mm_sub_ps(places, whole));
    let spread = |lanes| _mm256_permutevar8x32_ps(past, lanes);
    let right = spread(_mm256_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2));
    let below = spread(_mm256_setr_epi32(1, 1, 1, 1, 3, 3, 3, 3));
    let rest = |share| _mm256_sub_ps(_mm256_set1_ps(1.0), share);
    let mut sum = _mm256_setzero_ps();
    for (row, down) in [rest(below), below].into_iter().enumerate() {
        // SAFETY: two pixels can be read from each start on, in each of two rows.
        let [a, b] = starts.map(|start| unsafe {
            _mm_loadl_epi64(source.cells.as_ptr().add(start + row * source.width).cast())
        });
        let pairs = _mm_unpacklo_epi32(a, b);
        sum = add(sum, pairs, _mm256_mul_ps(down, rest(right)));
        sum = add(sum, _mm_srli_si128::<8>(pairs), _mm256_mul_ps(down, right));
    }
    pixels_of(sum)
}

#[target_feature(enable = "avx2")]
fn cubic_pair(source: Pixels<'_>, (x, y): (f32, f32), (u, v): (f32, f32)) -> [Pixel; 2] {
    let places = _mm_setr_ps(x, y, u, v);
    let whole = _mm_floor_ps(places);
    let before = _mm_sub_epi32(_mm_cvttps_epi32(whole), _mm_set1_epi32(1));
    let starts = starts(source, before, REACH_PX);
    let past = _mm256_castps128_ps256(_mm_sub_ps(places, whole));
    let spread = |lanes| _mm256_permutevar8x32_ps(past, lanes);
    let across = weights(spread(_mm256_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2)));
    let down = weights(spread(_mm256_setr_epi32(1, 1, 1, 1, 3, 3, 3, 3)));
    let downs = [
        _mm256_permute_ps::<0x00>(down),
        _mm256_permute_ps::<0x55>(down),
        _mm256_permute_ps::<0xaa>(down),
        _mm256_permute_ps::<0xff>(down),
    ];
    let mut sum = _mm256_setzero_ps();
    for (row, down) in downs.into_iter().enumerate() {
        // SAFETY: four pixels can be read from each start on, in each of four rows.
        let [a, b] = starts.map(|start| unsafe {
            _mm_loadu_si128(source.cells.as_ptr().add(start + row * source.width).cast())
        });
        let (left, right) = (_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
        let shares = _mm256_mul_ps(down, across);
        sum = add(sum, left, _mm256_permute_ps::<0x00>(shares));
        sum = add(sum, _mm_srli_si128::<8>(left), _mm256_permute_ps::<0x55>(shares));
        sum = add(sum, right, _mm256_permute_ps::<0xaa>(shares));
        sum = add(sum, _mm_srli_si128::<8>(right), _mm256_permute_ps::<0xff>(shares));
    }
    pixels_of(sum)
}

/// Adds the eight bytes at the start of `pair`, each times its share.
#[target_feature(enable = "avx2")]
fn add(sum: __m256, pair: __m128i, shares: __m256) -> __m256 {
    let lanes = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(pair));
    _mm256_add_ps(sum, _mm256_mul_ps(lanes, shares))
}

/// Where squares of `reach` pixels begin whose first columns and rows are given, clamped so that all
/// of them lies inside.
#[target_feature(enable = "avx2")]
fn starts(source: Pixels<'_>, first: __m128i, reach: usize) -> [usize; 2] {
    let last = |side: usize| i32::try_from(side - reach).unwrap_or(i32::MAX);
    let (right, bottom) = (last(source.width), last(source.height()));
    let first = _mm_max_epi32(first, _mm_setzero_si128());
    let first = _mm_min_epi32(first, _mm_setr_epi32(right, bottom, right, bottom));
    let at = |x: i32, y: i32| y as usize * source.width + x as usize;
    [
        at(_mm_cvtsi128_si32(first), _mm_extract_epi32::<1>(first)),
        at(_mm_extract_epi32::<2>(first), _mm_extract_epi32::<3>(first)),
    ]
}

/// The four weights of each half, whose lanes all hold how far the point is past the second pixel:
/// [`cubic_weights`](crate::resample::cubic_weights), lane by lane.
#[target_feature(enable = "avx2")]
fn weights(t: __m256) -> __m256 {
    let t2 = _mm256_mul_ps(t, t);
    let t3 = _mm256_mul_ps(_mm256_mul_ps(t, t), t);
    let each = |a: f32, b: f32, c: f32, d: f32| _mm256_setr_ps(a, b, c, d, a, b, c, d);
    // −t, 2, t and t³.
    let signed = _mm256_xor_ps(t, each(-0.0, 0.0, 0.0, 0.0));
    let free = _mm256_blend_ps::<0b1000_1000>(
        _mm256_blend_ps::<0b0010_0010>(signed, _mm256_set1_ps(2.0)),
        t3,
    );
    let squares = _mm256_mul_ps(each(2.0, -5.0, 4.0, -1.0), t2);
    let cubes = _mm256_mul_ps(each(-1.0, 3.0, -3.0, 0.0), t3);
    let sum = _mm256_add_ps(_mm256_add_ps(free, squares), cubes);
    _mm256_mul_ps(_mm256_set1_ps(0.5), sum)
}

/// Rounded and clamped, no colour above its alpha.
#[target_feature(enable = "avx2")]
fn pixels_of(sum: __m256) -> [Pixel; 2] {
    let rounded = _mm256_add_ps(sum, _mm256_set1_ps(0.5));
    let low = _mm256_max_ps(rounded, _mm256_setzero_ps());
    let numbers = _mm256_cvttps_epi32(_mm256_min_ps(low, _mm256_set1_ps(255.0)));
    let words = _mm256_packus_epi32(numbers, numbers);
    let bytes = _mm256_packus_epi16(words, words);
    let alphas = _mm256_shuffle_epi8(bytes, _mm256_set1_epi32(0x0303_0303));
    let bytes = _mm256_min_epu8(bytes, alphas);
    let upper = _mm256_extracti128_si256::<1>(bytes);
    [_mm256_castsi256_si128(bytes), upper].map(|half| _mm_cvtsi128_si32(half).to_le_bytes())
}

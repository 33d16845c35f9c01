//! Four results at once, each in a quarter of a vector.
#![expect(unsafe_code, reason = "vector instructions; every place is clamped into the picture")]

use std::arch::x86_64::*;

use super::super::Pixel;
use super::{Pixels, REACH_PX, avx2};

/// Results in a vector.
const RESULTS: usize = 4;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn sample_cubics(source: Pixels<'_>, points: &[(f32, f32)], values: &mut [Pixel]) {
    let (fours, rest) = points.as_chunks::<RESULTS>();
    let (results, last) = values.split_at_mut(values.len().min(RESULTS * fours.len()));
    for (points, values) in fours.iter().zip(results.as_chunks_mut::<RESULTS>().0) {
        sample_four(source, points, values);
    }
    avx2::sample_cubics(source, rest, last);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn sample_four(source: Pixels<'_>, points: &[(f32, f32); RESULTS], values: &mut [Pixel; RESULTS]) {
    let [(a, b), (c, d), (e, f), (g, h)] = *points;
    let places = _mm256_setr_ps(a, b, c, d, e, f, g, h);
    let whole = _mm256_floor_ps(places);
    let starts = starts(source, whole);
    let past = _mm512_castps256_ps512(_mm256_sub_ps(places, whole));
    let odd = _mm512_setr_epi32(1, 1, 1, 1, 3, 3, 3, 3, 5, 5, 5, 5, 7, 7, 7, 7);
    let even = _mm512_sub_epi32(odd, _mm512_set1_epi32(1));
    let across = weights(_mm512_permutexvar_ps(even, past));
    let down = weights(_mm512_permutexvar_ps(odd, past));
    let downs = [
        _mm512_permute_ps::<0x00>(down),
        _mm512_permute_ps::<0x55>(down),
        _mm512_permute_ps::<0xaa>(down),
        _mm512_permute_ps::<0xff>(down),
    ];
    let mut sum = _mm512_setzero_ps();
    for (row, down) in downs.into_iter().enumerate() {
        // SAFETY: four pixels can be read from each start on, in each of four rows.
        let [a, b, c, d] = starts.map(|start| unsafe {
            _mm_loadu_si128(source.cells.as_ptr().add(start + row * source.width).cast())
        });
        let (ab, cd) = (_mm_unpacklo_epi32(a, b), _mm_unpacklo_epi32(c, d));
        let shares = _mm512_mul_ps(down, across);
        sum = add(sum, _mm_unpacklo_epi64(ab, cd), _mm512_permute_ps::<0x00>(shares));
        sum = add(sum, _mm_unpackhi_epi64(ab, cd), _mm512_permute_ps::<0x55>(shares));
        let (ab, cd) = (_mm_unpackhi_epi32(a, b), _mm_unpackhi_epi32(c, d));
        sum = add(sum, _mm_unpacklo_epi64(ab, cd), _mm512_permute_ps::<0xaa>(shares));
        sum = add(sum, _mm_unpackhi_epi64(ab, cd), _mm512_permute_ps::<0xff>(shares));
    }
    let pixels = pixels_of(sum);
    // SAFETY: four pixels have the size of the vector.
    unsafe { _mm_storeu_si128(values.as_mut_ptr().cast(), pixels) };
}

/// Adds the sixteen bytes of `four`, each times its share.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn add(sum: __m512, four: __m128i, shares: __m512) -> __m512 {
    let lanes = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(four));
    _mm512_add_ps(sum, _mm512_mul_ps(lanes, shares))
}

/// Where the squares of four points begin, clamped so that all of them lies inside.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn starts(source: Pixels<'_>, whole: __m256) -> [usize; RESULTS] {
    let last = |side: usize| i32::try_from(side - REACH_PX).unwrap_or(i32::MAX);
    let (right, bottom) = (last(source.width), last(source.height()));
    let first = _mm256_sub_epi32(_mm256_cvttps_epi32(whole), _mm256_set1_epi32(1));
    let first = _mm256_max_epi32(first, _mm256_setzero_si256());
    let limits = _mm256_setr_epi32(right, bottom, right, bottom, right, bottom, right, bottom);
    let first = _mm256_min_epi32(first, limits);
    let mut places = [[0i32; 2]; RESULTS];
    // SAFETY: the array has the size of the vector.
    unsafe { _mm256_storeu_si256(places.as_mut_ptr().cast(), first) };
    places.map(|[x, y]| y as usize * source.width + x as usize)
}

/// The four weights of each quarter, as those of AVX2.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn weights(t: __m512) -> __m512 {
    let t2 = _mm512_mul_ps(t, t);
    let t3 = _mm512_mul_ps(_mm512_mul_ps(t, t), t);
    let each = |a: f32, b: f32, c: f32, d: f32| _mm512_broadcast_f32x4(_mm_setr_ps(a, b, c, d));
    // −t, 2, t and t³.
    let negative = _mm512_castps_si512(each(-0.0, 0.0, 0.0, 0.0));
    let signed = _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(t), negative));
    let two = _mm512_mask_mov_ps(signed, 0x2222, _mm512_set1_ps(2.0));
    let free = _mm512_mask_mov_ps(two, 0x8888, t3);
    let squares = _mm512_mul_ps(each(2.0, -5.0, 4.0, -1.0), t2);
    let cubes = _mm512_mul_ps(each(-1.0, 3.0, -3.0, 0.0), t3);
    let sum = _mm512_add_ps(_mm512_add_ps(free, squares), cubes);
    _mm512_mul_ps(_mm512_set1_ps(0.5), sum)
}

/// Rounded and clamped, no colour above its alpha.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn pixels_of(sum: __m512) -> __m128i {
    let rounded = _mm512_add_ps(sum, _mm512_set1_ps(0.5));
    let low = _mm512_max_ps(rounded, _mm512_setzero_ps());
    let numbers = _mm512_cvttps_epi32(_mm512_min_ps(low, _mm512_set1_ps(255.0)));
    let bytes = _mm512_cvtepi32_epi8(numbers);
    let alpha_of = _mm_setr_epi8(3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
    _mm_min_epu8(bytes, _mm_shuffle_epi8(bytes, alpha_of))
}

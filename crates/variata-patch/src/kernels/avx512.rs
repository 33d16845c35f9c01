//! The kernels with 512-bit vectors: the sixteen pixels of a tile's row are one of them.
//!
//! A pixel's four squares are summed where they are, its even bytes and its odd ones by one
//! multiply-and-add each (VNNI), so that nothing has to be unpacked or put in order again. What
//! gains nothing from wider vectors is compiled for them from plain Rust, or is that of AVX2.
#![expect(unsafe_code, reason = "vector instructions; every pointer is checked by the caller")]

use std::arch::x86_64::*;

use super::{
    Best, Candidate, Cheapest, NO_DISTANCE, Nearest, Offset, Overlap, PATCH_PX, PITCH_LANES, Pixel,
    SUPPORT_PX, TILE_PX, Taps, Tile, Votes, Window, avx2, portable,
};

/// Lanes of 32 bits in a vector.
const LANES: usize = 16;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn tile_distances(query: Window<'_, Pixel>, key: Window<'_, Pixel>) -> Tile<i32> {
    let mut rows = [_mm512_setzero_si512(); SUPPORT_PX];
    let mut sum = _mm512_setzero_si512();
    let mut distances = [[0; TILE_PX]; TILE_PX];
    for y in 0..SUPPORT_PX {
        // SAFETY: the caller has checked that both windows hold 16 pixels in each of 14 rows.
        let (a, b) = unsafe { (load(query.row_pointer(y), ALL), load(key.row_pointer(y), ALL)) };
        rows[y] = differences(a, b);
        sum = _mm512_add_epi32(sum, rows[y]);
        let Some(row) = (y + 1).checked_sub(PATCH_PX) else { continue };
        let found = _mm512_castsi512_si256(sum_of_seven(sum));
        // SAFETY: the row has the size of half a vector.
        unsafe { _mm256_storeu_si256(distances[row].as_mut_ptr().cast(), found) };
        sum = _mm512_sub_epi32(sum, rows[row]);
    }
    distances
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn improve(candidate: &Candidate<'_>, own: &Tile<Offset>, best: &mut Best) {
    let distances = tile_distances(candidate.query, candidate.key);
    portable::improve_by(candidate, &distances, own, best);
}

/// The most pixels in a row of an overlap that fit the buffers on the stack.
const MAX_WIDTH: usize = 64;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn overlap_distances(
    overlap: Overlap,
    query: Window<'_, Pixel>,
    key: Window<'_, Pixel>,
    distances: &mut [i32],
) {
    let width = (overlap.columns + PATCH_PX - 1).next_multiple_of(PITCH_LANES);
    if width > MAX_WIDTH {
        return portable::overlap_distances(overlap, query, key, distances);
    }
    let vectors = width.div_ceil(LANES);
    let zero = _mm512_setzero_si512();
    let mut rows = [[zero; MAX_WIDTH / LANES]; PATCH_PX];
    let mut sums = [zero; MAX_WIDTH / LANES];
    let mut spread = [0i32; MAX_WIDTH + 2 * LANES];
    for y in 0..overlap.rows + PATCH_PX - 1 {
        let slot = y % PATCH_PX;
        let (a, b) = (query.row_pointer(y), key.row_pointer(y));
        for vector in 0..vectors {
            let mask = first_lanes(width - LANES * vector);
            let (a, b) = (a.wrapping_add(LANES * vector), b.wrapping_add(LANES * vector));
            // SAFETY: the caller has checked that both windows hold `width` pixels in each row; the
            // mask ends there.
            let found = unsafe { differences(load(a, mask), load(b, mask)) };
            sums[vector] = _mm512_add_epi32(sums[vector], found);
            rows[slot][vector] = found;
        }
        let Some(row) = (y + 1).checked_sub(PATCH_PX) else { continue };
        let oldest = row % PATCH_PX;
        for vector in 0..vectors {
            store(&mut spread[LANES * vector..], sums[vector]);
            sums[vector] = _mm512_sub_epi32(sums[vector], rows[oldest][vector]);
        }
        let out = &mut distances[row * overlap.pitch()..][..overlap.pitch()];
        for (vector, chunk) in out.chunks_mut(LANES).enumerate() {
            store(chunk, sum_of_seven_at(&spread[LANES * vector..]));
        }
        out[overlap.columns..].fill(NO_DISTANCE);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn update_nearest(overlap: Overlap, distances: &[i32], nearest: Nearest<'_>) {
    portable::update_nearest(overlap, distances, nearest);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn update_cheapest(overlap: Overlap, distances: &[i32], cheapest: Cheapest<'_>) {
    portable::update_cheapest(overlap, distances, cheapest);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn add_votes(
    labels: Window<'_, Offset>,
    source: (Offset, Window<'_, Pixel>),
    taps: Taps,
    votes: &mut Votes,
) {
    avx2::add_votes(labels, source, taps, votes);
}

/// Squared differences of sixteen pixels, their four lanes added up.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn differences(a: __m512i, b: __m512i) -> __m512i {
    let apart = _mm512_or_si512(_mm512_subs_epu8(a, b), _mm512_subs_epu8(b, a));
    let even = _mm512_and_si512(apart, _mm512_set1_epi16(0xff));
    let odd = _mm512_srli_epi16::<8>(apart);
    let sum = _mm512_dpwssd_epi32(_mm512_setzero_si512(), even, even);
    _mm512_dpwssd_epi32(sum, odd, odd)
}

/// At each of the first ten places, the sum of the seven numbers from there on.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn sum_of_seven(values: __m512i) -> __m512i {
    let zero = _mm512_setzero_si512();
    let two = _mm512_add_epi32(values, _mm512_alignr_epi32::<1>(zero, values));
    let four = _mm512_add_epi32(two, _mm512_alignr_epi32::<2>(zero, two));
    let six = _mm512_add_epi32(four, _mm512_alignr_epi32::<4>(zero, two));
    _mm512_add_epi32(six, _mm512_alignr_epi32::<6>(zero, values))
}

/// At each of sixteen places, the sum of the seven numbers from there on.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn sum_of_seven_at(values: &[i32]) -> __m512i {
    let Some(values) = values.first_chunk::<{ LANES + PATCH_PX - 1 }>() else {
        return _mm512_setzero_si512();
    };
    let at = |place: usize| {
        // SAFETY: `place` is at most 6, so sixteen numbers from there on are inside the array.
        unsafe { _mm512_loadu_si512(values.as_ptr().add(place).cast()) }
    };
    let left = _mm512_add_epi32(_mm512_add_epi32(at(0), at(1)), _mm512_add_epi32(at(2), at(3)));
    _mm512_add_epi32(left, _mm512_add_epi32(_mm512_add_epi32(at(4), at(5)), at(6)))
}

const ALL: __mmask16 = __mmask16::MAX;

/// The first `count` lanes, at most all of them.
fn first_lanes(count: usize) -> __mmask16 {
    if count >= LANES { ALL } else { (1 << count) - 1 }
}

/// # Safety
///
/// As many pixels as `mask` has lanes can be read at `place`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn load(place: *const Pixel, mask: __mmask16) -> __m512i {
    // SAFETY: promised by the caller.
    unsafe { _mm512_maskz_loadu_epi32(mask, place.cast()) }
}

/// Stores as many lanes as fit.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn store(place: &mut [i32], value: __m512i) {
    let mask = first_lanes(place.len());
    // SAFETY: the mask ends where the slice does.
    unsafe { _mm512_mask_storeu_epi32(place.as_mut_ptr(), mask, value) }
}

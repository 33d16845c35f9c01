//! The kernels with 512-bit vectors: the sixteen pixels of a tile's row are one of them.
//!
//! A pixel's four squares are summed where they are, its even bytes and its odd ones by one
//! multiply-and-add each (VNNI), so that nothing has to be unpacked or put in order again. What
//! gains nothing from wider vectors is compiled for them from plain Rust, or is that of AVX2.
#![expect(unsafe_code, reason = "vector instructions; every pointer is checked by the caller")]

use std::arch::x86_64::*;

use super::{
    Best, Candidate, Cheapest, NO_DISTANCE, Nearest, Offset, Overlap, PATCH_PX, PITCH_LANES, Pixel,
    SUPPORT_PX, TILE_PX, Taps, Tile, Votes, Weighing, Window, avx2, portable,
};

/// Lanes of 32 bits in a vector.
const LANES: usize = 16;

/// Rows of a tile in a vector.
const ROWS: usize = LANES / TILE_PX;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn tile_distances(query: Window<'_, Pixel>, key: Window<'_, Pixel>) -> Tile<i32> {
    let mut distances = [[0; TILE_PX]; TILE_PX];
    let places = distances.as_flattened_mut().chunks_mut(LANES);
    for (place, found) in places.zip(distances_by_vector(query, key)) {
        store(place, found);
    }
    distances
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn improve(candidate: &Candidate<'_>, own: &Tile<Offset>, best: &mut Best) {
    let distances = distances_by_vector(candidate.query, candidate.key);
    let offset = _mm512_set1_epi32(candidate.offset.bits() as i32);
    let inside = candidate.inside();
    for (at, distance) in distances.into_iter().enumerate() {
        let cost = match candidate.weighing {
            Weighing::Plain => {
                // SAFETY: `at` is a vector of the tile.
                let own = unsafe { load_part(own, at) };
                let other = _mm512_cmpneq_epi32_mask(own, offset);
                let twice = _mm512_add_epi32(distance, distance);
                _mm512_mask_add_epi32(twice, other, twice, _mm512_set1_epi32(1))
            }
            Weighing::Weighted { scale, bias, reciprocal } => {
                let far = _mm512_mul_ps(_mm512_cvtepi32_ps(distance), _mm512_set1_ps(scale));
                // SAFETY: the caller has checked that the window holds a tile.
                let factors = unsafe { two_rows(reciprocal, ROWS * at) };
                let cost = _mm512_mul_ps(_mm512_add_ps(far, _mm512_set1_ps(bias)), factors);
                // Floats from zero up are in the order of their bits.
                _mm512_castps_si512(cost)
            }
        };
        let allowed = (inside >> (LANES * at)) as __mmask16;
        // SAFETY: `at` is a vector of both tiles.
        unsafe {
            let best_cost = load_part(&best.cost, at);
            let better = _mm512_mask_cmplt_epi32_mask(allowed, cost, best_cost);
            store_part(&mut best.cost, at, _mm512_mask_mov_epi32(best_cost, better, cost));
            let label = _mm512_mask_mov_epi32(load_part(&best.label, at), better, offset);
            store_part(&mut best.label, at, label);
        }
    }
}

/// The distances of a tile, as many rows in a vector as fit.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn distances_by_vector(
    query: Window<'_, Pixel>,
    key: Window<'_, Pixel>,
) -> [__m512i; TILE_PX / ROWS] {
    let mut rows = [_mm512_setzero_si512(); SUPPORT_PX];
    let mut sums = [_mm512_setzero_si512(); TILE_PX];
    let mut sum = _mm512_setzero_si512();
    for y in 0..SUPPORT_PX {
        // SAFETY: the caller has checked that both windows hold 16 pixels in each of 14 rows.
        let (a, b) = unsafe { (load(query.row_pointer(y), ALL), load(key.row_pointer(y), ALL)) };
        rows[y] = differences(a, b);
        sum = _mm512_add_epi32(sum, rows[y]);
        let Some(row) = (y + 1).checked_sub(PATCH_PX) else { continue };
        sums[row] = sum;
        sum = _mm512_sub_epi32(sum, rows[row]);
    }
    let [a, b, c, d, e, f, g, h] = sums;
    [sums_of_seven(a, b), sums_of_seven(c, d), sums_of_seven(e, f), sums_of_seven(g, h)]
}

/// At each of the first eight places of two vectors, the sum of the seven numbers from there on.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn sums_of_seven(first: __m512i, second: __m512i) -> __m512i {
    let two = |values| _mm512_add_epi32(values, _mm512_alignr_epi32::<1>(values, values));
    let (twos, others) = (two(first), two(second));
    let at_zero = _mm512_inserti64x4::<1>(twos, _mm512_castsi512_si256(others));
    let from_two = _mm512_setr_epi64(1, 2, 3, 4, 9, 10, 11, 12);
    let from_four = _mm512_setr_epi64(2, 3, 4, 5, 10, 11, 12, 13);
    let from_six = _mm512_setr_epi64(3, 4, 5, 6, 11, 12, 13, 14);
    let at_two = _mm512_permutex2var_epi64(twos, from_two, others);
    let at_four = _mm512_permutex2var_epi64(twos, from_four, others);
    let at_six = _mm512_permutex2var_epi64(first, from_six, second);
    _mm512_add_epi32(_mm512_add_epi32(at_zero, at_two), _mm512_add_epi32(at_four, at_six))
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn overlap_distances(
    overlap: Overlap,
    query: Window<'_, Pixel>,
    key: Window<'_, Pixel>,
    distances: &mut [i32],
) {
    let width = (overlap.columns + PATCH_PX - 1).next_multiple_of(PITCH_LANES);
    match width.div_ceil(LANES) {
        1 => overlap_distances_in::<1>(overlap, width, (query, key), distances),
        2 => overlap_distances_in::<2>(overlap, width, (query, key), distances),
        3 => overlap_distances_in::<3>(overlap, width, (query, key), distances),
        _ => portable::overlap_distances(overlap, query, key, distances),
    }
}

/// The same where so many vectors hold a row of `width` pixels: few enough for the last seven rows to
/// stay in registers.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn overlap_distances_in<const VECTORS: usize>(
    overlap: Overlap,
    width: usize,
    (query, key): (Window<'_, Pixel>, Window<'_, Pixel>),
    distances: &mut [i32],
) {
    let zero = _mm512_setzero_si512();
    let mut rows = [[zero; VECTORS]; PATCH_PX];
    let mut sums = [zero; VECTORS];
    let pitch = overlap.pitch();
    let end = overlap.rows + PATCH_PX - 1;
    for start in (0..end).step_by(PATCH_PX) {
        for (slot, latest) in rows.iter_mut().enumerate() {
            let y = start + slot;
            if y >= end {
                return;
            }
            let (a, b) = (query.row_pointer(y), key.row_pointer(y));
            for (vector, (sum, row)) in sums.iter_mut().zip(latest).enumerate() {
                let mask = first_lanes(width - LANES * vector);
                let (a, b) = (a.wrapping_add(LANES * vector), b.wrapping_add(LANES * vector));
                // SAFETY: the caller has checked that both windows hold `width` pixels in each row;
                // the mask ends there.
                let found = unsafe { differences(load(a, mask), load(b, mask)) };
                // What this row takes the place of is no longer among the last seven.
                *sum = _mm512_add_epi32(_mm512_sub_epi32(*sum, *row), found);
                *row = found;
            }
            if let Some(row) = (y + 1).checked_sub(PATCH_PX) {
                let out = &mut distances[row * pitch..][..pitch];
                store_sums_of_seven(&sums, overlap.columns, out);
            }
        }
    }
}

/// Writes to `out`, at each of `columns` places, the sum of the seven numbers from there on, and
/// [`NO_DISTANCE`] beyond.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn store_sums_of_seven<const VECTORS: usize>(
    values: &[__m512i; VECTORS],
    columns: usize,
    out: &mut [i32],
) {
    let nothing = _mm512_set1_epi32(NO_DISTANCE);
    let (mut next, mut next_twos) = (_mm512_setzero_si512(), _mm512_setzero_si512());
    for (vector, &values) in values.iter().enumerate().rev() {
        let twos = _mm512_add_epi32(values, _mm512_alignr_epi32::<1>(next, values));
        let fours = _mm512_add_epi32(twos, _mm512_alignr_epi32::<2>(next_twos, twos));
        let sixes = _mm512_add_epi32(fours, _mm512_alignr_epi32::<4>(next_twos, twos));
        let sums = _mm512_add_epi32(sixes, _mm512_alignr_epi32::<6>(next, values));
        (next, next_twos) = (values, twos);
        let start = LANES * vector;
        if let Some(out) = out.get_mut(start..) {
            let there = first_lanes(columns.saturating_sub(start));
            store(out, _mm512_mask_mov_epi32(nothing, there, sums));
        }
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

/// Sixteen of the values of a tile.
///
/// # Safety
///
/// A value has 32 bits, and the tile has more than `16 · at` of them.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn load_part<T>(tile: &Tile<T>, at: usize) -> __m512i {
    // SAFETY: promised by the caller; a tile has whole vectors of values.
    unsafe { _mm512_loadu_si512(tile.as_flattened().as_ptr().add(LANES * at).cast()) }
}

/// Sets sixteen of the values of a tile.
///
/// # Safety
///
/// A value is any 32 bits, and the tile has more than `16 · at` of them.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn store_part<T>(tile: &mut Tile<T>, at: usize, values: __m512i) {
    // SAFETY: promised by the caller; a tile has whole vectors of values.
    unsafe {
        let place = tile.as_flattened_mut().as_mut_ptr().add(LANES * at);
        _mm512_storeu_si512(place.cast(), values);
    }
}

/// Eight numbers of row `y`, and then eight of the row below.
///
/// # Safety
///
/// Both can be read.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn two_rows(window: Window<'_, f32>, y: usize) -> __m512 {
    // SAFETY: promised by the caller.
    let row = |y: usize| unsafe { _mm256_loadu_si256(window.row_pointer(y).cast()) };
    let upper = _mm512_castsi256_si512(row(y));
    _mm512_castsi512_ps(_mm512_inserti64x4::<1>(upper, row(y + 1)))
}

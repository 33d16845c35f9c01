//! The kernels with 256-bit integer vectors.
//!
//! Loads and stores are unaligned everywhere: pictures are padded for the reach of a vector, not
//! for its alignment.
#![expect(unsafe_code, reason = "vector instructions; every pointer is checked by the caller")]

use std::arch::x86_64::*;

use super::{
    Best, Candidate, Cheapest, NO_DISTANCE, Nearest, Offset, Overlap, PATCH_PX, PITCH_LANES, Pixel,
    SUPPORT_PX, TILE_PX, Taps, Tile, Votes, Weighing, Window, portable,
};

#[target_feature(enable = "avx2")]
pub(super) fn tile_distances(query: Window<'_, Pixel>, key: Window<'_, Pixel>) -> Tile<i32> {
    let zero = _mm256_setzero_si256();
    let mut rows = [[zero; 2]; SUPPORT_PX];
    let mut sums = [zero; 2];
    let mut columns = [[0i32; 2 * TILE_PX]; TILE_PX];
    for y in 0..SUPPORT_PX {
        for half in 0..2 {
            let (a, b) = (query.row_pointer(y), key.row_pointer(y));
            // SAFETY: the caller has checked that both windows hold 16 pixels in each of 14 rows.
            rows[y][half] = unsafe { differences(a.add(8 * half), b.add(8 * half)) };
            sums[half] = _mm256_add_epi32(sums[half], rows[y][half]);
        }
        let Some(row) = (y + 1).checked_sub(PATCH_PX) else { continue };
        for half in 0..2 {
            store(columns[row][8 * half..].first_chunk_mut(), sums[half]);
            sums[half] = _mm256_sub_epi32(sums[half], rows[row][half]);
        }
    }
    let mut distances = [[0; TILE_PX]; TILE_PX];
    for (sums, distances) in columns.iter().zip(&mut distances) {
        store(Some(distances), sum_of_seven(sums));
    }
    distances
}

#[target_feature(enable = "avx2")]
pub(super) fn improve(candidate: &Candidate<'_>, own: &Tile<Offset>, best: &mut Best) {
    let distances = tile_distances(candidate.query, candidate.key);
    let offset = _mm256_set1_epi32(candidate.offset.bits() as i32);
    let inside = candidate.inside();
    for (y, distance) in distances.iter().enumerate() {
        // SAFETY: a row of a tile has the size of one vector, and the caller has checked that the
        // window of factors holds a tile.
        unsafe {
            let distance = load(distance.as_ptr().cast());
            let cost = match candidate.weighing {
                Weighing::Plain => {
                    let is_own = _mm256_cmpeq_epi32(load(own[y].as_ptr().cast()), offset);
                    let twice = _mm256_add_epi32(distance, distance);
                    _mm256_add_epi32(twice, _mm256_add_epi32(is_own, _mm256_set1_epi32(1)))
                }
                Weighing::Weighted { scale, bias, reciprocal } => {
                    let far = _mm256_mul_ps(_mm256_cvtepi32_ps(distance), _mm256_set1_ps(scale));
                    let cost = _mm256_add_ps(far, _mm256_set1_ps(bias));
                    let factors = _mm256_castsi256_ps(load(reciprocal.row_pointer(y).cast()));
                    // Floats from zero up are in the order of their bits.
                    _mm256_castps_si256(_mm256_mul_ps(cost, factors))
                }
            };
            let allowed = whole_lanes((inside >> (TILE_PX * y)) as u8);
            let (best_cost, best_label) = (&mut best.cost[y], &mut best.label[y]);
            let (old, label) = (load(best_cost.as_ptr().cast()), load(best_label.as_ptr().cast()));
            let better = _mm256_and_si256(allowed, _mm256_cmpgt_epi32(old, cost));
            store(Some(best_cost), _mm256_blendv_epi8(old, cost, better));
            let label = _mm256_blendv_epi8(label, offset, better);
            _mm256_storeu_si256(best_label.as_mut_ptr().cast(), label);
        }
    }
}

/// All bits of the lanes whose bit is set in `mask`.
#[target_feature(enable = "avx2")]
fn whole_lanes(mask: u8) -> __m256i {
    let bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    let set = _mm256_and_si256(_mm256_set1_epi32(i32::from(mask)), bits);
    _mm256_cmpeq_epi32(set, bits)
}

/// The most pixels in a row of an overlap that fit the buffers on the stack.
const MAX_WIDTH: usize = 64;

#[target_feature(enable = "avx2")]
pub(super) fn overlap_distances(
    overlap: Overlap,
    query: Window<'_, Pixel>,
    key: Window<'_, Pixel>,
    distances: &mut [i32],
) {
    let width = overlap.columns + PATCH_PX - 1;
    if width > MAX_WIDTH {
        return portable::overlap_distances(overlap, query, key, distances);
    }
    let vectors = width.div_ceil(PITCH_LANES);
    let zero = _mm256_setzero_si256();
    let mut rows = [[zero; MAX_WIDTH / 8]; PATCH_PX];
    let mut sums = [zero; MAX_WIDTH / 8];
    let mut spread = [0i32; MAX_WIDTH + 16];
    for y in 0..overlap.rows + PATCH_PX - 1 {
        let slot = y % PATCH_PX;
        let (a, b) = (query.row_pointer(y), key.row_pointer(y));
        for vector in 0..vectors {
            let (a, b) = (a.wrapping_add(8 * vector), b.wrapping_add(8 * vector));
            // SAFETY: the caller has checked that both windows hold whole vectors in each row.
            let found = unsafe { differences(a, b) };
            sums[vector] = _mm256_add_epi32(sums[vector], found);
            rows[slot][vector] = found;
        }
        let Some(row) = (y + 1).checked_sub(PATCH_PX) else { continue };
        let oldest = row % PATCH_PX;
        for vector in 0..vectors {
            store(spread[8 * vector..].first_chunk_mut(), sums[vector]);
            sums[vector] = _mm256_sub_epi32(sums[vector], rows[oldest][vector]);
        }
        let out = &mut distances[row * overlap.pitch()..][..overlap.pitch()];
        for (vector, chunk) in out.as_chunks_mut().0.iter_mut().enumerate() {
            if let Some(sums) = spread[8 * vector..].first_chunk() {
                store(Some(chunk), sum_of_seven(sums));
            }
        }
        out[overlap.columns..].fill(NO_DISTANCE);
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn update_nearest(overlap: Overlap, distances: &[i32], nearest: Nearest<'_>) {
    portable::update_nearest(overlap, distances, nearest);
}

#[target_feature(enable = "avx2")]
pub(super) fn update_cheapest(overlap: Overlap, distances: &[i32], cheapest: Cheapest<'_>) {
    portable::update_cheapest(overlap, distances, cheapest);
}

#[target_feature(enable = "avx2")]
pub(super) fn add_votes(
    labels: Window<'_, Offset>,
    (label, source): (Offset, Window<'_, Pixel>),
    Taps(taps): Taps,
    votes: &mut Votes,
) {
    let wanted = _mm256_set1_epi32(label.bits() as i32);
    let mut carries = [_mm256_setzero_si256(); SUPPORT_PX];
    for (y, mask) in carries.iter_mut().enumerate() {
        let row = labels.row_pointer(y);
        // SAFETY: the caller has checked that the window holds 16 labels in each of 14 rows.
        let (left, right) = unsafe { (load(row.cast()), load(row.add(8).cast())) };
        let (left, right) = (_mm256_cmpeq_epi32(wanted, left), _mm256_cmpeq_epi32(wanted, right));
        *mask = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(left, right));
    }
    for (y, row) in votes.iter_mut().enumerate() {
        let mut down = _mm256_setzero_si256();
        for (tap, mask) in taps.iter().zip(&carries[y..]) {
            let part = _mm256_and_si256(*mask, _mm256_set1_epi16(*tap));
            down = _mm256_add_epi16(down, part);
        }
        let weights = _mm256_broadcastsi128_si256(across(down, taps));
        // SAFETY: the caller has checked that the window holds 8 pixels in each of 8 rows.
        let pixels = unsafe { load(source.row_pointer(y).cast()) };
        let (first, second) = row.as_flattened_mut().split_at_mut(16);
        add_weighted(_mm256_castsi256_si128(pixels), spread(weights, 0), first.first_chunk_mut());
        let upper = _mm256_extracti128_si256::<1>(pixels);
        add_weighted(upper, spread(weights, 8), second.first_chunk_mut());
    }
}

/// Squared differences of eight pixels, their four lanes added up.
///
/// # Safety
///
/// Eight pixels can be read at both places.
#[target_feature(enable = "avx2")]
unsafe fn differences(a: *const Pixel, b: *const Pixel) -> __m256i {
    // SAFETY: promised by the caller.
    let (a, b) = unsafe { (load(a.cast()), load(b.cast())) };
    let apart = _mm256_or_si256(_mm256_subs_epu8(a, b), _mm256_subs_epu8(b, a));
    // A pixel's even bytes and its odd ones, each as two 16-bit numbers where they are.
    let even = _mm256_and_si256(apart, _mm256_set1_epi16(0xff));
    let odd = _mm256_srli_epi16::<8>(apart);
    _mm256_add_epi32(_mm256_madd_epi16(even, even), _mm256_madd_epi16(odd, odd))
}

/// At each of eight places, the sum of the seven numbers from there on.
#[target_feature(enable = "avx2")]
fn sum_of_seven(values: &[i32; 16]) -> __m256i {
    let at = |place: usize| {
        // SAFETY: `place` is at most 6, so eight numbers from there on are inside the array.
        unsafe { load(values.as_ptr().add(place).cast()) }
    };
    let left = _mm256_add_epi32(_mm256_add_epi32(at(0), at(1)), _mm256_add_epi32(at(2), at(3)));
    let right = _mm256_add_epi32(_mm256_add_epi32(at(4), at(5)), at(6));
    _mm256_add_epi32(left, right)
}

/// The horizontal half of a vote's weights: 14 vertical sums become eight weights.
#[target_feature(enable = "avx2")]
fn across(down: __m256i, taps: [i16; PATCH_PX]) -> __m128i {
    let (low, high) = (_mm256_castsi256_si128(down), _mm256_extracti128_si256::<1>(down));
    let tap = |place: usize| _mm_set1_epi16(taps[place]);
    let mut sum = _mm_mullo_epi16(low, tap(0));
    sum = _mm_add_epi16(sum, _mm_mullo_epi16(_mm_alignr_epi8::<2>(high, low), tap(1)));
    sum = _mm_add_epi16(sum, _mm_mullo_epi16(_mm_alignr_epi8::<4>(high, low), tap(2)));
    sum = _mm_add_epi16(sum, _mm_mullo_epi16(_mm_alignr_epi8::<6>(high, low), tap(3)));
    sum = _mm_add_epi16(sum, _mm_mullo_epi16(_mm_alignr_epi8::<8>(high, low), tap(4)));
    sum = _mm_add_epi16(sum, _mm_mullo_epi16(_mm_alignr_epi8::<10>(high, low), tap(5)));
    _mm_add_epi16(sum, _mm_mullo_epi16(_mm_alignr_epi8::<12>(high, low), tap(6)))
}

/// Four of eight 16-bit weights, from byte `first` on, each repeated for the lanes of a pixel.
#[target_feature(enable = "avx2")]
fn spread(weights: __m256i, first: i8) -> __m256i {
    let pair = _mm256_set1_epi16(i16::from(first) | ((i16::from(first) + 1) << 8));
    let which = _mm256_setr_epi8(
        0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6,
        6, 6,
    );
    _mm256_shuffle_epi8(weights, _mm256_add_epi8(which, pair))
}

#[target_feature(enable = "avx2")]
fn add_weighted(pixels: __m128i, weights: __m256i, sums: Option<&mut [i16; 16]>) {
    let Some(sums) = sums else { return };
    let lanes = _mm256_slli_epi16::<7>(_mm256_cvtepu8_epi16(pixels));
    let place: *mut __m256i = sums.as_mut_ptr().cast();
    // SAFETY: the array has the size of one vector.
    unsafe {
        let sum = _mm256_add_epi16(load(place), _mm256_mulhrs_epi16(lanes, weights));
        _mm256_storeu_si256(place, sum);
    }
}

/// # Safety
///
/// 32 bytes can be read at `place`.
#[target_feature(enable = "avx2")]
unsafe fn load(place: *const __m256i) -> __m256i {
    // SAFETY: promised by the caller.
    unsafe { _mm256_loadu_si256(place) }
}

#[target_feature(enable = "avx2")]
fn store(place: Option<&mut [i32; 8]>, value: __m256i) {
    if let Some(place) = place {
        // SAFETY: the array has the size of one vector.
        unsafe { _mm256_storeu_si256(place.as_mut_ptr().cast(), value) }
    }
}

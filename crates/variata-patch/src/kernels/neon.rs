//! The kernels with 128-bit vectors on AArch64, where every processor has them.
//!
//! Distances are written out; for the rest the compiler does as well from plain Rust.
#![expect(unsafe_code, reason = "vector instructions; every pointer is checked by the caller")]

use std::arch::aarch64::*;

use super::{
    Best, Candidate, Cheapest, NO_DISTANCE, Nearest, Offset, Overlap, PATCH_PX, PITCH_LANES, Pixel,
    SUPPORT_PX, TILE_PX, Taps, Tile, Votes, Window, portable,
};

/// Lanes of 32 bits in a vector.
const LANES: usize = 4;
/// Vectors in the sixteen pixels of a tile's row.
const VECTORS: usize = 2 * TILE_PX / LANES;

#[target_feature(enable = "neon")]
pub(super) fn tile_distances(query: Window<'_, Pixel>, key: Window<'_, Pixel>) -> Tile<i32> {
    let zero = vdupq_n_u32(0);
    let mut rows = [[zero; VECTORS]; SUPPORT_PX];
    let mut sums = [zero; VECTORS];
    let mut distances = [[0; TILE_PX]; TILE_PX];
    for y in 0..SUPPORT_PX {
        let (a, b) = (query.row_pointer(y), key.row_pointer(y));
        for vector in 0..VECTORS {
            let (a, b) = (a.wrapping_add(LANES * vector), b.wrapping_add(LANES * vector));
            // SAFETY: the caller has checked that both windows hold 16 pixels in each of 14 rows.
            rows[y][vector] = unsafe { differences(a, b) };
            sums[vector] = vaddq_u32(sums[vector], rows[y][vector]);
        }
        let Some(row) = (y + 1).checked_sub(PATCH_PX) else { continue };
        let mut columns = [0u32; LANES * VECTORS];
        for vector in 0..VECTORS {
            store(columns[LANES * vector..].first_chunk_mut(), sums[vector]);
            sums[vector] = vsubq_u32(sums[vector], rows[row][vector]);
        }
        distances[row] = sums_of_seven(&columns);
    }
    distances
}

#[target_feature(enable = "neon")]
pub(super) fn improve(candidate: &Candidate<'_>, own: &Tile<Offset>, best: &mut Best) {
    let distances = tile_distances(candidate.query, candidate.key);
    portable::improve_by(candidate, &distances, own, best);
}

/// The most pixels in a row of an overlap that fit the buffers on the stack.
const MAX_WIDTH: usize = 64;

#[target_feature(enable = "neon")]
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
    let zero = vdupq_n_u32(0);
    let mut rows = [[zero; MAX_WIDTH / LANES]; PATCH_PX];
    let mut sums = [zero; MAX_WIDTH / LANES];
    let mut columns = [0u32; MAX_WIDTH + 2 * PITCH_LANES];
    for y in 0..overlap.rows + PATCH_PX - 1 {
        let (a, b) = (query.row_pointer(y), key.row_pointer(y));
        for vector in 0..width / LANES {
            let (a, b) = (a.wrapping_add(LANES * vector), b.wrapping_add(LANES * vector));
            // SAFETY: the caller has checked that both windows hold whole vectors in each row.
            let found = unsafe { differences(a, b) };
            sums[vector] = vaddq_u32(sums[vector], found);
            rows[y % PATCH_PX][vector] = found;
        }
        let Some(row) = (y + 1).checked_sub(PATCH_PX) else { continue };
        for vector in 0..width / LANES {
            store(columns[LANES * vector..].first_chunk_mut(), sums[vector]);
            sums[vector] = vsubq_u32(sums[vector], rows[row % PATCH_PX][vector]);
        }
        let out = &mut distances[row * overlap.pitch()..][..overlap.pitch()];
        for (chunk, eight) in out.as_chunks_mut().0.iter_mut().enumerate() {
            if let Some(columns) = columns[PITCH_LANES * chunk..].first_chunk() {
                *eight = sums_of_seven(columns);
            }
        }
        out[overlap.columns..].fill(NO_DISTANCE);
    }
}

#[target_feature(enable = "neon")]
pub(super) fn update_nearest(overlap: Overlap, distances: &[i32], nearest: Nearest<'_>) {
    portable::update_nearest(overlap, distances, nearest);
}

#[target_feature(enable = "neon")]
pub(super) fn update_cheapest(overlap: Overlap, distances: &[i32], cheapest: Cheapest<'_>) {
    portable::update_cheapest(overlap, distances, cheapest);
}

#[target_feature(enable = "neon")]
pub(super) fn add_votes(
    labels: Window<'_, Offset>,
    source: (Offset, Window<'_, Pixel>),
    taps: Taps,
    votes: &mut Votes,
) {
    portable::add_votes(labels, source, taps, votes);
}

/// Squared differences of four pixels, their four lanes added up.
///
/// # Safety
///
/// Four pixels can be read at both places.
#[target_feature(enable = "neon")]
unsafe fn differences(a: *const Pixel, b: *const Pixel) -> uint32x4_t {
    // SAFETY: promised by the caller.
    let (a, b) = unsafe { (vld1q_u8(a.cast()), vld1q_u8(b.cast())) };
    let apart = vabdq_u8(a, b);
    let low = vmull_u8(vget_low_u8(apart), vget_low_u8(apart));
    let high = vmull_high_u8(apart, apart);
    vpaddq_u32(vpaddlq_u16(low), vpaddlq_u16(high))
}

/// At each of eight places, the sum of the seven numbers from there on.
#[target_feature(enable = "neon")]
fn sums_of_seven(values: &[u32; 2 * TILE_PX]) -> [i32; TILE_PX] {
    let mut sums = [0i32; TILE_PX];
    for (half, sums) in sums.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut total = vdupq_n_u32(0);
        for place in LANES * half..LANES * half + PATCH_PX {
            // SAFETY: `place` is at most 10, so four numbers from there on are inside the array.
            total = vaddq_u32(total, unsafe { vld1q_u32(values.as_ptr().add(place)) });
        }
        // SAFETY: the array has the size of one vector.
        unsafe { vst1q_s32(sums.as_mut_ptr(), vreinterpretq_s32_u32(total)) };
    }
    sums
}

#[target_feature(enable = "neon")]
fn store(place: Option<&mut [u32; LANES]>, value: uint32x4_t) {
    if let Some(place) = place {
        // SAFETY: the array has the size of one vector.
        unsafe { vst1q_u32(place.as_mut_ptr(), value) };
    }
}

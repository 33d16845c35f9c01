//! The kernels in plain Rust: the definition that every other tier is tested against.

use super::{
    Best, Candidate, Cheapest, NO_DISTANCE, Nearest, Offset, Overlap, PATCH_PX, Pixel, SUPPORT_PX,
    TILE_PX, Taps, Tile, Votes, Weighing, Window,
};

pub(super) fn tile_distances(query: Window<'_, Pixel>, key: Window<'_, Pixel>) -> Tile<i32> {
    let mut columns = [[0; SUPPORT_PX]; SUPPORT_PX];
    for (y, row) in columns.iter_mut().enumerate() {
        let pairs = query.row(y).iter().zip(key.row(y));
        for (sum, (&a, &b)) in row.iter_mut().zip(pairs) {
            *sum = difference(a, b);
        }
    }
    std::array::from_fn(|y| {
        let sums: [i32; SUPPORT_PX] =
            std::array::from_fn(|x| columns[y..y + PATCH_PX].iter().map(|row| row[x]).sum());
        std::array::from_fn(|x| sums[x..x + PATCH_PX].iter().sum())
    })
}

pub(super) fn improve(candidate: &Candidate<'_>, own: &Tile<Offset>, best: &mut Best) {
    let distances = tile_distances(candidate.query, candidate.key);
    improve_by(candidate, &distances, own, best);
}

/// The part of [`improve`] after the distances; every tier compiles it for its own instructions.
#[inline(always)]
pub(super) fn improve_by(
    candidate: &Candidate<'_>,
    distances: &Tile<i32>,
    own: &Tile<Offset>,
    best: &mut Best,
) {
    let (left, right) = candidate.columns;
    let outside: [i32; TILE_PX] =
        std::array::from_fn(|x| if (left..right).contains(&x) { 0 } else { i32::MAX });
    for y in candidate.rows.0..candidate.rows.1.min(TILE_PX) {
        let costs: [i32; TILE_PX] = match candidate.weighing {
            Weighing::Plain => std::array::from_fn(|x| {
                2 * distances[y][x] + i32::from(own[y][x] != candidate.offset)
            }),
            Weighing::Weighted { scale, bias, reciprocal } => {
                let factors = reciprocal.row(y);
                let cost =
                    |x: usize| (distances[y][x] as f32 * scale + bias) * factors[..TILE_PX][x];
                // Floats from zero up are in the order of their bits.
                std::array::from_fn(|x| cost(x).to_bits() as i32)
            }
        };
        for x in 0..TILE_PX {
            let cost = costs[x].max(outside[x]);
            let better = cost < best.cost[y][x];
            best.cost[y][x] = if better { cost } else { best.cost[y][x] };
            best.label[y][x] = if better { candidate.offset } else { best.label[y][x] };
        }
    }
}

pub(super) fn overlap_distances(
    overlap: Overlap,
    query: Window<'_, Pixel>,
    key: Window<'_, Pixel>,
    distances: &mut [i32],
) {
    let width = overlap.columns + PATCH_PX - 1;
    let row_of = |y: usize| query.row(y)[..width].iter().zip(&key.row(y)[..width]);
    let mut sums = vec![0; width];
    for y in 0..overlap.rows + PATCH_PX - 1 {
        for (sum, (&a, &b)) in sums.iter_mut().zip(row_of(y)) {
            *sum += difference(a, b);
        }
        let Some(row) = (y + 1).checked_sub(PATCH_PX) else { continue };
        let out = &mut distances[row * overlap.pitch()..][..overlap.pitch()];
        out.fill(NO_DISTANCE);
        for (x, distance) in out[..overlap.columns].iter_mut().enumerate() {
            *distance = sums[x..x + PATCH_PX].iter().sum();
        }
        for (sum, (&a, &b)) in sums.iter_mut().zip(row_of(row)) {
            *sum -= difference(a, b);
        }
    }
}

#[inline(always)]
pub(super) fn update_nearest(overlap: Overlap, distances: &[i32], mut nearest: Nearest<'_>) {
    let (pitch, back) = (overlap.pitch(), overlap.offset.reversed());
    for y in 0..overlap.rows {
        let found = &distances[y * pitch..][..pitch];
        let best = &mut nearest.distance.row_mut(y)[..pitch];
        let labels = &mut nearest.label.row_mut(y)[..pitch];
        for x in 0..pitch {
            let better = found[x] < best[x];
            best[x] = if better { found[x] } else { best[x] };
            labels[x] = if better { back } else { labels[x] };
        }
    }
}

#[inline(always)]
pub(super) fn update_cheapest(overlap: Overlap, distances: &[i32], mut cheapest: Cheapest<'_>) {
    let pitch = overlap.pitch();
    for y in 0..overlap.rows {
        let found = &distances[y * pitch..][..pitch];
        let factors = &cheapest.reciprocal.row(y)[..pitch];
        let best = &mut cheapest.cost.row_mut(y)[..pitch];
        let labels = &mut cheapest.label.row_mut(y)[..pitch];
        for x in 0..pitch {
            let cost = (found[x] as f32 * cheapest.scale + cheapest.bias) * factors[x];
            let better = (cost < best[x]) & (found[x] < NO_DISTANCE);
            best[x] = if better { cost } else { best[x] };
            labels[x] = if better { overlap.offset } else { labels[x] };
        }
    }
}

pub(super) fn add_votes(
    labels: Window<'_, Offset>,
    (label, source): (Offset, Window<'_, Pixel>),
    Taps(taps): Taps,
    votes: &mut Votes,
) {
    let carries = |x: usize, y: usize| i16::from(labels.row(y)[x] == label);
    for (y, row) in votes.iter_mut().enumerate() {
        let down: [i16; SUPPORT_PX] = std::array::from_fn(|x| {
            taps.iter().zip(y..).map(|(tap, place)| tap * carries(x, place)).sum()
        });
        for (x, sums) in row.iter_mut().enumerate() {
            let weight: i16 = taps.iter().zip(&down[x..]).map(|(tap, part)| tap * part).sum();
            for (sum, lane) in sums.iter_mut().zip(source.row(y)[x]) {
                *sum += weighted(lane, weight);
            }
        }
    }
}

/// `lane · weight / 256`, rounded: a weight of 16,384 in all gives 64 a unit.
fn weighted(lane: u8, weight: i16) -> i16 {
    (((i32::from(lane) << 7) * i32::from(weight) + (1 << 14)) >> 15) as i16
}

fn difference(a: Pixel, b: Pixel) -> i32 {
    let square = |(a, b): (u8, u8)| (i32::from(a) - i32::from(b)) * (i32::from(a) - i32::from(b));
    a.into_iter().zip(b).map(square).sum()
}

//! Exact nearest neighbours in both directions, for the coarsest pictures.
//!
//! All pairs of patches at one offset are a box filter over one picture of squared differences,
//! so that a pair costs 2 to 3 ns instead of 49 products. At 32 px that is 2 ms; the number of
//! pairs grows with the fourth power of the side, which is why finer pictures are refined instead.

use super::padded::{Field, Padded, Picture};
use super::preference::Preference;
use crate::kernels::{
    Cheapest, NO_DISTANCE, Nearest, Offset, Overlap, PITCH_LANES, Tier, overlap_distances,
    recompiled, update_cheapest, update_nearest,
};

/// The largest picture, in pixels, that is searched exhaustively.
pub const MAX_SIDE_PX: usize = 32;

/// Who is nearest to whom, in both directions.
#[derive(Debug, Clone, Default)]
pub struct Matches {
    /// For each patch of the picture, its match in the source.
    pub forward: Field,
    /// For each patch of the source, the nearest one in the picture.
    pub reverse: Field,
    /// The distance of the latter: how much of this patch the picture lacks.
    pub missing: Padded<i32>,
    /// The factors that `missing` becomes in costs.
    pub reciprocal: Padded<f32>,
}

/// The buffers of an exhaustive search, whose offsets are shared between two threads.
#[derive(Debug, Clone, Default)]
pub struct Exhaustive {
    /// What is found at offsets up, before it is joined with `down`.
    up: Part,
    /// What is found at the others.
    down: Part,
}

/// What is found at one half of the offsets.
#[derive(Debug, Clone, Default)]
struct Part {
    /// Of each overlap, one after the other.
    distances: Vec<i32>,
    missing: Padded<i32>,
    reverse: Field,
    cost: Padded<f32>,
    forward: Field,
}

impl Exhaustive {
    /// Finds for every patch of `query` the cheapest of `key`, a picture of the same size.
    pub fn search(
        &mut self,
        tier: Tier,
        pair: (&Picture, &Picture),
        preference: Preference,
        matches: &mut Matches,
    ) {
        let Self { up, down } = self;
        rayon::join(
            || up.find_missing(tier, pair, Half::Up),
            || down.find_missing(tier, pair, Half::Down),
        );
        join_better((&mut up.missing, &mut up.reverse), (&down.missing, &down.reverse));
        std::mem::swap(&mut matches.missing, &mut up.missing);
        std::mem::swap(&mut matches.reverse, &mut up.reverse);
        preference.fill_reciprocals(&matches.missing, &mut matches.reciprocal);
        let (side, reciprocal) = (pair.0.side(), &matches.reciprocal);
        rayon::join(
            || up.find_cheapest(tier, side, (preference, reciprocal), Half::Up),
            || down.find_cheapest(tier, side, (preference, reciprocal), Half::Down),
        );
        join_better((&mut up.cost, &mut up.forward), (&down.cost, &down.forward));
        std::mem::swap(&mut matches.forward, &mut up.forward);
        matches.forward.extend_border();
    }
}

impl Part {
    /// The reverse direction: for every patch of `key`, the nearest of `query`.
    fn find_missing(&mut self, tier: Tier, (query, key): (&Picture, &Picture), half: Half) {
        let patches = query.patches();
        self.reverse.reshape(patches);
        self.missing.reshape(patches);
        self.missing.fill(NO_DISTANCE - 1);
        // All are written before they are read: memory that is there is not cleared.
        let room: usize = overlaps(patches, half).map(|(overlap, ..)| overlap.distances()).sum();
        if self.distances.len() < room {
            self.distances.resize(room, 0);
        }
        let mut free = self.distances.as_mut_slice();
        for (overlap, from, to) in overlaps(patches, half) {
            let (distances, rest) = free.split_at_mut(overlap.distances());
            free = rest;
            let windows = (query.window(from.0, from.1), key.window(to.0, to.1));
            overlap_distances(tier, overlap, windows.0, windows.1, distances);
            let nearest = Nearest {
                distance: self.missing.window_mut(to.0, to.1),
                label: self.reverse.window_mut(to.0, to.1),
            };
            update_nearest(tier, overlap, distances, nearest);
        }
    }

    /// For every patch of a query of `side` pixels the cheapest key, of the distances that are known.
    fn find_cheapest(
        &mut self,
        tier: Tier,
        side: usize,
        (preference, reciprocal): (Preference, &Padded<f32>),
        half: Half,
    ) {
        let patches = reciprocal.side();
        self.forward.reshape(patches);
        self.cost.reshape(patches);
        self.cost.fill(f32::INFINITY);
        let mut distances = self.distances.as_slice();
        for (overlap, from, to) in overlaps(patches, half) {
            let cheapest = Cheapest {
                scale: preference.scale(),
                bias: preference.bias(overlap.offset, side),
                reciprocal: reciprocal.window(to.0, to.1),
                cost: self.cost.window_mut(from.0, from.1),
                label: self.forward.window_mut(from.0, from.1),
            };
            update_cheapest(tier, overlap, distances, cheapest);
            distances = &distances[overlap.distances()..];
        }
    }
}

/// Takes from the later half what is better there: of equals, the one that was found first stays.
fn join_better<C: Copy + Default + PartialOrd + Send + Sync>(
    (cost, label): (&mut Padded<C>, &mut Field),
    (later_cost, later_label): (&Padded<C>, &Field),
) {
    for y in 0..cost.side() {
        let later = later_cost.row(y).iter().zip(later_label.row(y));
        let found = cost.row_mut(y).iter_mut().zip(label.row_mut(y));
        for ((cost, label), (&later_cost, &later_label)) in found.zip(later) {
            if later_cost < *cost {
                (*cost, *label) = (later_cost, later_label);
            }
        }
    }
}

/// For every patch of `key`, how far the nearest of `query`, a picture of the same size, is: what
/// [`Exhaustive::search`] calls missing. Keeps no distances, so that those of an offset stay in the
/// cache.
pub fn nearest_distances(tier: Tier, query: &Picture, key: &Picture) -> Padded<i32> {
    let of = |half| nearest_in_half(tier, query, key, half);
    let (mut nearest, later) = rayon::join(|| of(Half::Up), || of(Half::Down));
    (0..nearest.side()).for_each(|y| lower(nearest.row_mut(y), later.row(y)));
    nearest
}

fn nearest_in_half(tier: Tier, query: &Picture, key: &Picture, half: Half) -> Padded<i32> {
    let patches = query.patches();
    let mut nearest = Padded::new(patches);
    nearest.fill(NO_DISTANCE - 1);
    let mut distances = vec![0; patches.next_multiple_of(PITCH_LANES) * patches];
    for (overlap, from, to) in overlaps(patches, half) {
        let windows = (query.window(from.0, from.1), key.window(to.0, to.1));
        overlap_distances(tier, overlap, windows.0, windows.1, &mut distances);
        let mut nearest = nearest.window_mut(to.0, to.1);
        let rows = distances.chunks_exact(overlap.pitch());
        (0..overlap.rows).zip(rows).for_each(|(y, found)| lower(nearest.row_mut(y), found));
    }
    nearest
}

recompiled! {
    /// Takes what is less.
    fn lower(nearest: &mut [i32], found: &[i32]) {
        nearest.iter_mut().zip(found).for_each(|(nearest, &found)| *nearest = found.min(*nearest));
    }
}

/// One half of the offsets between two squares of patches.
#[derive(Debug, Clone, Copy)]
enum Half {
    /// Those that lead up; they come first.
    Up,
    /// Those that lead down or along the row.
    Down,
}

/// Every offset of a half, with the first query and the first key.
fn overlaps(
    patches: usize,
    half: Half,
) -> impl Iterator<Item = (Overlap, (isize, isize), (isize, isize))> + use<> {
    let reach = patches as isize - 1;
    let rows = match half {
        Half::Up => -reach..0,
        Half::Down => 0..reach + 1,
    };
    rows.flat_map(move |dy| {
        (-reach..=reach).map(move |dx| {
            let overlap = Overlap {
                offset: Offset::new(dx, dy),
                columns: patches - dx.unsigned_abs(),
                rows: patches - dy.unsigned_abs(),
            };
            (overlap, ((-dx).max(0), (-dy).max(0)), (dx.max(0), dy.max(0)))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::PATCH_PX;
    use crate::random::Random;

    fn noise(side: usize, seed: u64) -> Picture {
        let mut random = Random::new(seed, 0);
        let mut picture = Picture::new(side);
        for y in 0..side {
            picture.row_mut(y).fill_with(|| std::array::from_fn(|_| random.bits() as u8));
        }
        picture
    }

    fn distance(a: &Picture, at: (usize, usize), b: &Picture, to: (usize, usize)) -> i32 {
        let pairs = (0..PATCH_PX * PATCH_PX).map(|k| (k % PATCH_PX, k / PATCH_PX));
        pairs
            .flat_map(|(u, v)| {
                let (p, q) = (a.at(at.0 + u, at.1 + v), b.at(to.0 + u, to.1 + v));
                (0..4).map(move |lane| (i32::from(p[lane]) - i32::from(q[lane])).pow(2))
            })
            .sum()
    }

    #[test]
    fn both_directions_agree_with_brute_force() {
        for side in [7, 12, 21] {
            let (query, key) = (noise(side, 1), noise(side, 2));
            let places: Vec<_> =
                (0..side - 6).flat_map(|y| (0..side - 6).map(move |x| (x, y))).collect();
            let preference = Preference { completeness: Some(0.05), order: 0.4 };
            for tier in Tier::ALL {
                let mut matches = Matches::default();
                Exhaustive::default().search(tier, (&query, &key), preference, &mut matches);
                let nearest = nearest_distances(tier, &query, &key);
                assert!((0..side - 6).all(|y| nearest.row(y) == matches.missing.row(y)));
                for &place in &places {
                    let exact = places.iter().map(|&at| distance(&query, at, &key, place)).min();
                    assert_eq!(Some(matches.missing.at(place.0, place.1)), exact);
                    let cost = |to: (usize, usize)| {
                        let (dx, dy) =
                            (to.0 as isize - place.0 as isize, to.1 as isize - place.1 as isize);
                        let bias = preference.bias(Offset::new(dx, dy), side);
                        let far = distance(&query, place, &key, to) as f32;
                        (far * preference.scale() + bias) * matches.reciprocal.at(to.0, to.1)
                    };
                    let offset = matches.forward.at(place.0, place.1);
                    let found = (
                        (place.0 as isize + offset.dx()) as usize,
                        (place.1 as isize + offset.dy()) as usize,
                    );
                    let best = places.iter().map(|&to| cost(to)).fold(f32::INFINITY, f32::min);
                    assert_eq!(cost(found), best);
                }
            }
        }
    }
}

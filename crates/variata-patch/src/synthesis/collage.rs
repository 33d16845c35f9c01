//! Compositions of pieces that stay as they are: where each pixel is shown from.

use super::padded::Field;
use crate::grid::Grid;
use crate::kernels::{Offset, PATCH_PX, recompiled};
use crate::random::Random;

/// How a picture is cut in pieces and these are shuffled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shuffle {
    /// Pieces along each side, at least 1.
    pub across: usize,
    /// Whether pieces stay at about their height.
    pub in_rows: bool,
    /// The share of the pieces that change places, 0.0–1.0.
    pub share: f32,
}

/// For each pixel of a small square picture, how far away in the source it is found.
#[derive(Debug, Clone)]
pub struct Collage {
    offsets: Grid<Offset>,
}

impl Collage {
    /// Every pixel where it is in the source.
    pub fn identity(side: usize) -> Self {
        Self { offsets: Grid::new(side, side, Offset::ZERO) }
    }

    /// The pieces of a picture of `side` pixels shuffled: nearly all of the source is shown once.
    pub fn shuffled(side: usize, how: Shuffle, random: &mut Random) -> Self {
        let centers = jittered_centers(side as f32, how.across, random);
        let order = shuffled_order(how, random);
        let owners = Grid::from_rows(side, side, |y| nearest_along(&centers, side, y as f32));
        let extents = extents(&owners, centers.len());
        let height = if how.in_rows { 0.3 } else { 1.0 };
        let offset = |cell: usize| {
            let (from, to) = (centers[cell], centers[order[cell]]);
            let by = ((to.0 - from.0) as isize, (height * (to.1 - from.1)) as isize);
            kept_inside(extents[cell], side, by)
        };
        let offsets: Vec<Offset> = (0..centers.len()).map(offset).collect();
        Self { offsets: owners.map(|cell| offsets[cell as usize]) }
    }

    /// Shows pixel `(x, y)` from `offset` away; does nothing outside.
    pub fn set(&mut self, x: isize, y: isize, offset: Offset) {
        let side = self.side() as isize;
        if (0..side).contains(&x) && (0..side).contains(&y) {
            self.offsets.set(x as usize, y as usize, offset);
        }
    }

    /// Pixels along each side.
    pub fn side(&self) -> usize {
        self.offsets.width()
    }

    /// The matches of patches: each has the offset of its middle, if that leads to a patch.
    pub fn to_field(&self) -> Field {
        let patches = self.side() + 1 - PATCH_PX;
        let mut field = Field::new(patches);
        for y in 0..patches {
            for (x, cell) in field.row_mut(y).iter_mut().enumerate() {
                let offset = self.offsets.at(x + PATCH_PX / 2, y + PATCH_PX / 2);
                *cell = super::padded::kept_inside(offset, x, y, patches);
            }
        }
        field.extend_border();
        field
    }
}

/// A point in each cell of a square grid, not too near to the cell's edges.
fn jittered_centers(side: f32, across: usize, random: &mut Random) -> Vec<(f32, f32)> {
    let pitch = side / across as f32;
    let center = |cell: usize| {
        let mut place = |cell: usize| (cell as f32 + random.between(0.1, 0.9)) * pitch;
        (place(cell % across), place(cell / across))
    };
    (0..across * across).map(center).collect()
}

/// Which cell each cell shows.
fn shuffled_order(how: Shuffle, random: &mut Random) -> Vec<usize> {
    let mut order: Vec<usize> = (0..how.across * how.across).collect();
    let group = if how.in_rows { how.across } else { order.len() };
    for cells in order.chunks_mut(group) {
        let moving: Vec<usize> = (0..cells.len()).filter(|_| random.unit() < how.share).collect();
        for at in (1..moving.len()).rev() {
            cells.swap(moving[at], moving[random.below(at + 1)]);
        }
    }
    order
}

recompiled! {
    /// For each pixel of row `y` of a picture of `side` pixels, which of the `centers` is nearest; of
    /// several, the first.
    fn nearest_along(centers: &[(f32, f32)], side: usize, y: f32) -> Vec<u32> {
        let mut nearest = vec![0; side];
        let mut least = vec![f32::INFINITY; side];
        for (cell, &(u, v)) in (0..).zip(centers) {
            // A center at a time: eight pixels at once.
            for (x, (nearest, least)) in (0i32..).zip(nearest.iter_mut().zip(&mut least)) {
                let x = x as f32;
                let distance = (x - u) * (x - u) + (y - v) * (y - v);
                let is_nearer = distance < *least;
                *nearest = if is_nearer { cell } else { *nearest };
                *least = if is_nearer { distance } else { *least };
            }
        }
        nearest
    }
}

/// A cell's leftmost and rightmost column, and its topmost and bottommost row.
type Extent = [(isize, isize); 2];

/// How far each of `count` cells reaches.
fn extents(owners: &Grid<u32>, count: usize) -> Vec<Extent> {
    let last = owners.width() as isize - 1;
    let mut extents = vec![[(last, 0); 2]; count];
    for y in 0..owners.height() {
        for (x, &owner) in owners.row(y).iter().enumerate() {
            for ((low, high), at) in extents[owner as usize].iter_mut().zip([x, y]) {
                (*low, *high) = ((*low).min(at as isize), (*high).max(at as isize));
            }
        }
    }
    extents
}

/// The offset nearest to `(dx, dy)` that keeps all pixels of a cell inside a picture of `side` pixels.
fn kept_inside([across, down]: Extent, side: usize, (dx, dy): (isize, isize)) -> Offset {
    let last = side as isize - 1;
    let within = |by: isize, (low, high): (isize, isize)| by.max(-low).min((last - high).max(-low));
    Offset::new(within(dx, across), within(dy, down))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shuffle(share: f32) -> Shuffle {
        Shuffle { across: 4, in_rows: false, share }
    }

    #[test]
    fn every_pixel_belongs_to_its_nearest_center() {
        let centers = jittered_centers(40.0, 5, &mut Random::new(8, 0));
        for y in 0..40 {
            for (x, owner) in nearest_along(&centers, 40, y as f32).into_iter().enumerate() {
                let distance = |cell: &usize| {
                    let (dx, dy) = (x as f32 - centers[*cell].0, y as f32 - centers[*cell].1);
                    dx * dx + dy * dy
                };
                let nearest = (0..25).min_by(|a, b| distance(a).total_cmp(&distance(b)));
                assert_eq!(Some(owner as usize), nearest);
            }
        }
    }

    #[test]
    fn without_a_share_nothing_moves() {
        let collage = Collage::shuffled(40, shuffle(0.0), &mut Random::new(3, 0));
        assert!(collage.offsets.cells().iter().all(|&offset| offset == Offset::ZERO));
    }

    #[test]
    fn shuffled_pieces_show_most_of_the_source() {
        let collage = Collage::shuffled(72, shuffle(1.0), &mut Random::new(3, 0));
        let mut shown = Grid::new(72, 72, false);
        for y in 0..72 {
            for x in 0..72 {
                let offset = collage.offsets.at(x, y);
                let (u, v) = (x as isize + offset.dx(), y as isize + offset.dy());
                shown.set(u as usize, v as usize, true);
            }
        }
        let count = shown.cells().iter().filter(|&&shown| shown).count();
        assert!(count > 72 * 72 * 2 / 3, "{count}");
    }
}

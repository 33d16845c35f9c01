//! Compositions of pieces that stay as they are: where each pixel is shown from.

use super::padded::Field;
use crate::grid::Grid;
use crate::kernels::{Offset, PATCH_PX};
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
        let owners = Grid::from_fn(side, side, |x, y| nearest(&centers, x as f32, y as f32));
        let height = if how.in_rows { 0.3 } else { 1.0 };
        let offset = |cell: usize| {
            let (from, to) = (centers[cell], centers[order[cell]]);
            let by = ((to.0 - from.0) as isize, (height * (to.1 - from.1)) as isize);
            kept_inside(&owners, cell, by)
        };
        let offsets: Vec<Offset> = (0..centers.len()).map(offset).collect();
        Self { offsets: owners.map(|cell| offsets[cell]) }
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

fn nearest(centers: &[(f32, f32)], x: f32, y: f32) -> usize {
    let distance = |&(u, v): &(f32, f32)| (x - u) * (x - u) + (y - v) * (y - v);
    let best =
        (0..centers.len()).min_by(|&a, &b| distance(&centers[a]).total_cmp(&distance(&centers[b])));
    best.unwrap_or(0)
}

/// The offset nearest to `(dx, dy)` that keeps all pixels of a cell inside.
fn kept_inside(owners: &Grid<usize>, cell: usize, (dx, dy): (isize, isize)) -> Offset {
    let last = owners.width() as isize - 1;
    let (mut low, mut high) = ((last, last), (0, 0));
    for (at, &owner) in owners.cells().iter().enumerate() {
        if owner == cell {
            let (x, y) = ((at % owners.width()) as isize, (at / owners.width()) as isize);
            low = (low.0.min(x), low.1.min(y));
            high = (high.0.max(x), high.1.max(y));
        }
    }
    let within = |by: isize, low: isize, high: isize| by.max(-low).min((last - high).max(-low));
    Offset::new(within(dx, low.0, high.0), within(dy, low.1, high.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shuffle(share: f32) -> Shuffle {
        Shuffle { across: 4, in_rows: false, share }
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

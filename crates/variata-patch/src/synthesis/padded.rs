//! Squares with a margin, so that vectors and tiles may reach over the edge.

use rayon::prelude::*;

use crate::grid::Grid;
use crate::kernels::{Offset, PATCH_PX, Pixel, TILE_PX, Tile, Window, WindowMut};

/// Cells around the square on every side: a tile and the reach of its patches.
///
/// What the margin holds is never used for a result, except in a [`Field`], whose border is
/// repeated there by [`Field::extend_border`].
pub(crate) const MARGIN: usize = 16;

/// Squares from this side on are shared between threads; below, that costs more than it
/// gains.
pub(super) const PARALLEL_FROM: usize = 40;

/// A square of `side` × `side` values with a margin of `MARGIN` on every side.
#[derive(Debug, Clone, Default)]
pub struct Padded<T> {
    side: usize,
    stride: usize,
    cells: Vec<T>,
}

/// A picture, as the kernels read it.
pub type Picture = Padded<Pixel>;
/// A nearest-neighbour field: for each patch of a picture, by its top left, how far away in the
/// source its match lies.
pub type Field = Padded<Offset>;

impl<T: Copy + Default + Send + Sync> Padded<T> {
    /// A square filled with the default value.
    pub fn new(side: usize) -> Self {
        let mut square = Self::default();
        square.reshape(side);
        square
    }

    /// Makes this a square of another side and keeps the memory; what it holds is undefined until
    /// written.
    pub fn reshape(&mut self, side: usize) {
        self.side = side;
        self.stride = stride_of(side);
        // Never shorter: what is cut off would have to be written again when it grows.
        if self.cells.len() < self.length() {
            self.cells.resize(self.length(), T::default());
        }
    }

    /// A copy without memory of larger squares.
    pub fn compact(&self) -> Self {
        let cells = self.cells[..self.length()].to_vec();
        Self { side: self.side, stride: self.stride, cells }
    }

    /// Becomes a copy of `other` and keeps the memory.
    pub fn copy_from(&mut self, other: &Self) {
        self.reshape(other.side);
        let length = self.length();
        self.cells[..length].copy_from_slice(&other.cells[..length]);
    }

    /// Sets every value, the margin's too.
    pub fn fill(&mut self, value: T) {
        let length = self.length();
        self.cells[..length].fill(value);
    }

    /// Values along each side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Row `y` of the square.
    pub fn row(&self, y: usize) -> &[T] {
        &self.cells[self.index(0, y as isize)..][..self.side]
    }

    /// Row `y` of the square, to change.
    pub fn row_mut(&mut self, y: usize) -> &mut [T] {
        let start = self.index(0, y as isize);
        &mut self.cells[start..][..self.side]
    }

    /// The value at column `x`, row `y`, both inside.
    pub fn at(&self, x: usize, y: usize) -> T {
        self.row(y)[x]
    }

    /// A view from `(x, y)` on, which may lie in the margin.
    pub fn window(&self, x: isize, y: isize) -> Window<'_, T> {
        Window::new(&self.cells, self.index(x, y), self.stride)
    }

    /// A view to change, from `(x, y)` on, which may lie in the margin.
    pub fn window_mut(&mut self, x: isize, y: isize) -> WindowMut<'_, T> {
        let start = self.index(x, y);
        WindowMut::new(&mut self.cells, start, self.stride)
    }

    /// Calls `work(row, cells)` for each row of tiles: up to [`TILE_PX`] rows of cells that are
    /// `stride` apart and begin with the left margin. Large squares are shared between threads;
    /// since the rows of tiles are fixed, nothing depends on how many.
    pub fn for_each_tile_row(&mut self, work: impl Fn(usize, TileRow<'_, T>) + Sync) {
        let mut nothing = vec![(); self.side.div_ceil(TILE_PX)];
        self.for_each_tile_row_beside(&mut nothing, |row, cells, ()| work(row, cells));
    }

    /// The same, with what lies `beside` each row of tiles.
    pub fn for_each_tile_row_beside<B: Send>(
        &mut self,
        beside: &mut [B],
        work: impl Fn(usize, TileRow<'_, T>, &mut B) + Sync,
    ) {
        let stride = self.stride;
        let inside = MARGIN * stride..(MARGIN + self.side) * stride;
        let large = self.side >= PARALLEL_FROM;
        let cells = &mut self.cells[inside];
        let call = |(row, (cells, beside)): (usize, (&mut [T], &mut B))| {
            work(row, TileRow { cells, stride }, beside);
        };
        if large {
            let rows = cells.par_chunks_mut(TILE_PX * stride).zip(beside);
            rows.with_min_len(2).enumerate().for_each(call);
        } else {
            cells.chunks_mut(TILE_PX * stride).zip(beside).enumerate().for_each(call);
        }
    }

    /// The rows of tiles, to lie beside those of another square of the same side.
    pub fn tile_rows(&mut self) -> Vec<TileRow<'_, T>> {
        let stride = self.stride;
        let inside = MARGIN * stride..(MARGIN + self.side) * stride;
        let rows = self.cells[inside].chunks_mut(TILE_PX * stride);
        rows.map(|cells| TileRow { cells, stride }).collect()
    }

    /// Cells of the square and its margin.
    fn length(&self) -> usize {
        self.stride * (self.side + 2 * MARGIN)
    }

    fn index(&self, x: isize, y: isize) -> usize {
        let from_margin = |at: isize| (at + MARGIN as isize) as usize;
        from_margin(y) * self.stride + from_margin(x)
    }
}

/// A row of tiles of a [`Padded`] square.
#[derive(Debug)]
pub struct TileRow<'a, T> {
    cells: &'a mut [T],
    stride: usize,
}

impl<T: Copy> TileRow<'_, T> {
    /// Writes the tile whose first column is `left`; what lies beyond `side` is dropped.
    pub fn write(&mut self, left: usize, side: usize, tile: &Tile<T>) {
        let width = TILE_PX.min(side - left);
        for (line, values) in self.lines(side).zip(tile) {
            line[left..][..width].copy_from_slice(&values[..width]);
        }
    }

    /// Its rows of `side` cells, without margins.
    fn lines(&mut self, side: usize) -> impl Iterator<Item = &mut [T]> {
        self.cells.chunks_mut(self.stride).map(move |line| &mut line[MARGIN..][..side])
    }
}

impl Picture {
    /// The square picture of these pixels; what exceeds a square is left out.
    pub fn from_raster(raster: &Grid<Pixel>) -> Self {
        let side = raster.width().min(raster.height());
        let mut picture = Self::new(side);
        let copy = |row: usize, mut cells: TileRow<'_, Pixel>| {
            let lines = cells.lines(side).zip(TILE_PX * row..);
            lines.for_each(|(line, y)| line.copy_from_slice(&raster.row(y)[..side]));
        };
        picture.for_each_tile_row(copy);
        picture
    }

    /// The picture without its margin.
    pub fn to_raster(&self) -> Grid<Pixel> {
        Grid::from_rows(self.side, self.side, |y| self.row(y).iter().copied())
    }

    /// Patches along each side.
    pub fn patches(&self) -> usize {
        self.side + 1 - PATCH_PX
    }
}

impl Field {
    /// Repeats the outermost offsets in the margin. Pixels near the edge are covered by fewer
    /// patches; with the border repeated their votes weigh as much as all others'.
    pub fn extend_border(&mut self) {
        if self.side == 0 {
            return;
        }
        for y in 0..self.side {
            let start = self.index(0, y as isize);
            let (first, last) = (self.cells[start], self.cells[start + self.side - 1]);
            self.cells[start - MARGIN..start].fill(first);
            self.cells[start + self.side..][..MARGIN].fill(last);
        }
        let width = self.side + 2 * MARGIN;
        for y in (-(MARGIN as isize)..0).chain(self.side as isize..(self.side + MARGIN) as isize) {
            let nearest = self.index(-(MARGIN as isize), y.clamp(0, self.side as isize - 1));
            let target = self.index(-(MARGIN as isize), y);
            self.cells.copy_within(nearest..nearest + width, target);
        }
    }

    /// Carries the offsets of `coarse`, of a picture of `from` pixels, over to one of `to` pixels,
    /// and keeps every match inside the source (coordinate up-sampling: Lefebvre and Hoppe, 2005).
    pub fn upsample(&mut self, coarse: &Self, from: usize, to: usize) {
        let patches = to + 1 - PATCH_PX;
        self.reshape(patches);
        let parents: Vec<usize> =
            (0..patches).map(|at| parent(at, from, to).min(coarse.side - 1)).collect();
        let mut last_parent = None;
        for (y, &parent_y) in parents.iter().enumerate() {
            let start = self.index(0, y as isize);
            // Doubled offsets lead inside everywhere, so that pairs of rows are equal.
            if to == 2 * from && last_parent.replace(parent_y) == Some(parent_y) {
                self.cells.copy_within(start - self.stride..start - self.stride + patches, start);
                continue;
            }
            let row = &mut self.cells[start..start + patches];
            upsample_row(coarse.row(parent_y), &parents, (from, to), row);
            if to != 2 * from {
                for (x, cell) in row.iter_mut().enumerate() {
                    *cell = kept_inside(*cell, x, y, patches);
                }
            }
        }
        self.extend_border();
    }
}

fn upsample_row(
    coarse: &[Offset],
    parents: &[usize],
    (from, to): (usize, usize),
    row: &mut [Offset],
) {
    let mut last = (Offset::ZERO, Offset::ZERO);
    for (cell, &parent) in row.iter_mut().zip(parents) {
        let offset = coarse[parent];
        if offset != last.0 {
            last = (offset, scaled(offset, from, to));
        }
        *cell = last.1;
    }
}

/// Rows that are a power of two apart fall into the same cache sets.
fn stride_of(side: usize) -> usize {
    let stride = side + 2 * MARGIN;
    if stride.is_power_of_two() { stride + 8 } else { stride }
}

/// The patch of the coarser picture whose centre is nearest: round((at + 3.5) · from / to − 3.5).
fn parent(at: usize, from: usize, to: usize) -> usize {
    ((2 * at + PATCH_PX) * from + to).saturating_sub(PATCH_PX * to) / (2 * to)
}

fn scaled(offset: Offset, from: usize, to: usize) -> Offset {
    let (from, to) = (from as isize, to as isize);
    let scale = |distance: isize| (2 * distance * to + from).div_euclid(2 * from);
    Offset::new(scale(offset.dx()), scale(offset.dy()))
}

/// The offset, or the nearest one whose match is a patch of the source.
pub(super) fn kept_inside(offset: Offset, x: usize, y: usize, patches: usize) -> Offset {
    let last = patches as isize - 1;
    let (x, y) = (x as isize, y as isize);
    let (key_x, key_y) = (x + offset.dx(), y + offset.dy());
    if (0..=last).contains(&key_x) && (0..=last).contains(&key_y) {
        return offset;
    }
    Offset::new(key_x.clamp(0, last) - x, key_y.clamp(0, last) - y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// A field of random matches, all inside.
    pub(crate) fn random_field(patches: usize, seed: u64) -> Field {
        let mut random = Random::new(seed, 0);
        let mut field = Field::new(patches);
        for y in 0..patches {
            for x in 0..patches {
                let mut to = |from: usize| random.below(patches) as isize - from as isize;
                field.row_mut(y)[x] = Offset::new(to(x), to(y));
            }
        }
        field.extend_border();
        field
    }

    #[test]
    fn up_sampled_matches_stay_inside_the_source() {
        for (from, to) in [(24, 30), (30, 40), (40, 54), (54, 72), (64, 128), (100, 101)] {
            let mut fine = Field::default();
            fine.upsample(&random_field(from - 6, from as u64), from, to);
            for y in 0..to - 6 {
                for x in 0..to - 6 {
                    let offset = fine.at(x, y);
                    let key = (x as isize + offset.dx(), y as isize + offset.dy());
                    assert!((0..to as isize - 6).contains(&key.0), "{from} → {to} at {x}, {y}");
                    assert!((0..to as isize - 6).contains(&key.1), "{from} → {to} at {x}, {y}");
                }
            }
        }
    }

    #[test]
    fn doubling_keeps_every_offset_in_proportion() {
        let coarse = random_field(26, 3);
        let mut fine = Field::default();
        fine.upsample(&coarse, 32, 64);
        for y in 3..55 {
            for x in 3..55 {
                let (parent, child) = (coarse.at((x - 3) / 2, (y - 3) / 2), fine.at(x, y));
                assert_eq!((child.dx(), child.dy()), (2 * parent.dx(), 2 * parent.dy()));
            }
        }
    }

    #[test]
    fn the_border_is_repeated_in_the_margin() {
        let field = random_field(9, 1);
        assert_eq!(field.window(-6, 4).row(0)[0], field.at(0, 4));
        assert_eq!(field.window(9, 12).row(0)[3], field.at(8, 8));
    }

    #[test]
    fn rows_are_never_a_power_of_two_apart() {
        for side in [32, 96, 128, 224, 480, 992, 1024] {
            assert!(!stride_of(side).is_power_of_two());
        }
    }
}

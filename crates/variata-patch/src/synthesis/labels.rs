//! Which offsets occur in each tile of a field.
//!
//! At fine levels a field is a map of a few regions. Looking at a tile's list of labels, instead
//! of at every query's neighbours, is what makes the work there grow with the length of seams.

use super::padded::Field;
use crate::kernels::{Offset, TILE_PX, Tile};

/// The most labels that a list holds; tiles that have more are looked at cell by cell.
const CAPACITY: usize = 16;

/// The labels of every tile of a field.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    across: usize,
    tiles: Vec<TileLabels>,
}

#[derive(Debug, Clone, Copy, Default)]
struct TileLabels {
    labels: [Offset; CAPACITY],
    count: usize,
    complete: bool,
}

impl Labels {
    /// Lists the labels of `field`.
    pub fn collect(&mut self, field: &Field) {
        self.across = field.side().div_ceil(TILE_PX);
        self.tiles.resize(self.across * self.across, TileLabels::default());
        for (at, tile) in self.tiles.iter_mut().enumerate() {
            *tile = TileLabels::of(field, at % self.across, at / self.across);
        }
    }

    /// Whether the tile and its eight neighbours have one label between them.
    pub fn is_uniform_around(&self, (tile_x, tile_y): (usize, usize)) -> bool {
        let first = self.tile(tile_x, tile_y).labels[0];
        let same = |tile: &TileLabels| tile.count == 1 && tile.labels[0] == first;
        self.neighbourhood(tile_x, tile_y).all(|(x, y)| same(self.tile(x, y)))
    }

    /// Fills `found` with the tile's own labels, all of them, and then with as many of its
    /// neighbours' as `limit` allows, each once. Returns how many are its own.
    pub fn around(
        &self,
        field: &Field,
        (tile_x, tile_y): (usize, usize),
        limit: usize,
        found: &mut Vec<Offset>,
    ) -> usize {
        found.clear();
        let own = self.tile(tile_x, tile_y);
        found.extend_from_slice(&own.labels[..own.count]);
        if !own.complete {
            each_label(field, tile_x, tile_y, |label| push_new(found, label));
        }
        let own_count = found.len();
        for (x, y) in self.neighbourhood(tile_x, tile_y) {
            let neighbour = self.tile(x, y);
            for &label in &neighbour.labels[..neighbour.count] {
                if found.len() >= limit {
                    return own_count;
                }
                push_new(found, label);
            }
        }
        own_count
    }

    fn tile(&self, x: usize, y: usize) -> &TileLabels {
        &self.tiles[y * self.across + x]
    }

    fn neighbourhood(&self, x: usize, y: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let around = |at: usize, end: usize| at.saturating_sub(1)..(at + 2).min(end);
        let (columns, rows) = (around(x, self.across), around(y, self.across));
        rows.flat_map(move |v| columns.clone().map(move |u| (u, v)))
    }
}

/// Appends `label` unless it is there.
pub(super) fn push_new(found: &mut Vec<Offset>, label: Offset) {
    if !found.contains(&label) {
        found.push(label);
    }
}

/// The labels of the queries in a tile; those beyond the field's edge are the edge's own.
pub(super) fn own_labels(field: &Field, (tile_x, tile_y): (usize, usize)) -> Tile<Offset> {
    let window = field.window((tile_x * TILE_PX) as isize, (tile_y * TILE_PX) as isize);
    std::array::from_fn(|y| std::array::from_fn(|x| window.row(y)[x]))
}

impl TileLabels {
    fn of(field: &Field, tile_x: usize, tile_y: usize) -> Self {
        let mut tile = Self { complete: true, ..Self::default() };
        each_label(field, tile_x, tile_y, |label| tile.push(label));
        tile
    }

    fn push(&mut self, label: Offset) {
        if self.labels[..self.count].contains(&label) {
            return;
        }
        if self.count == CAPACITY {
            self.complete = false;
            return;
        }
        self.labels[self.count] = label;
        self.count += 1;
    }
}

/// Calls `visit` for each label in the tile, runs of equal ones once.
fn each_label(field: &Field, tile_x: usize, tile_y: usize, mut visit: impl FnMut(Offset)) {
    let (left, top) = (tile_x * TILE_PX, tile_y * TILE_PX);
    let window = field.window(left as isize, top as isize);
    let width = TILE_PX.min(field.side() - left);
    let mut last = window.row(0)[0];
    visit(last);
    for y in 0..TILE_PX.min(field.side() - top) {
        let row = &window.row(y)[..width];
        if row.iter().fold(true, |same, &label| same & (label == last)) {
            continue;
        }
        for &label in row {
            if label != last {
                last = label;
                visit(label);
            }
        }
    }
}

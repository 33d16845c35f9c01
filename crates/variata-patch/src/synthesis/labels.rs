//! Which offsets occur in each tile of a field.
//!
//! At fine levels a field is a map of a few regions. Looking at a tile's list of labels, instead
//! of at every query's neighbours, is what makes the work there grow with the length of seams.

use rayon::prelude::*;

use super::candidates::Candidates;
use super::padded::{Field, PARALLEL_FROM};
use crate::kernels::{Offset, TILE_PX, Tile, collect_rows};

/// The most labels that a list holds; tiles that have more are looked at cell by cell.
const CAPACITY: usize = 14;

/// The labels of every tile of a field.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    across: usize,
    tiles: Vec<TileLabels>,
    /// Whether a tile and its eight neighbours have had one label between them since
    /// [`Labels::collect`].
    quiet: Vec<bool>,
}

#[derive(Debug, Clone, Copy, Default)]
struct TileLabels {
    labels: [Offset; CAPACITY],
    count: u8,
    complete: bool,
}

impl Labels {
    /// Lists the labels of `field`.
    pub fn collect(&mut self, field: &Field) {
        self.across = field.side().div_ceil(TILE_PX);
        self.tiles.clear();
        self.tiles.resize(self.across * self.across, TileLabels::default());
        self.quiet.clear();
        self.quiet.resize(self.across * self.across, false);
        self.read_tiles(field);
        self.quiet = self.uniform_around();
    }

    /// Lists the labels of `field`, which differs from the one before only where tiles were not
    /// quiet.
    pub fn update(&mut self, field: &Field) {
        self.read_tiles(field);
        let uniform = self.uniform_around();
        self.quiet.iter_mut().zip(uniform).for_each(|(quiet, uniform)| *quiet &= uniform);
    }

    /// Whether the tile and its eight neighbours have had one and the same label since
    /// [`Labels::collect`]: after a vote they are a copy of the source there.
    /// Tiles beyond the field never are.
    pub fn is_quiet(&self, (tile_x, tile_y): (usize, usize)) -> bool {
        let inside = tile_x < self.across && tile_y < self.across;
        inside && self.quiet[tile_y * self.across + tile_x]
    }

    /// Fills `found` with the tile's own labels, all of them, and then with as many of its
    /// neighbours' as `limit` allows, each once.
    pub fn around(
        &self,
        field: &Field,
        (tile_x, tile_y): (usize, usize),
        limit: usize,
        found: &mut Candidates,
    ) {
        let own = self.tile(tile_x, tile_y);
        if own.complete {
            found.start(own.list());
        } else {
            found.start(own_labels(field, (tile_x, tile_y)).as_flattened());
        }
        for (x, y) in self.neighbourhood(tile_x, tile_y) {
            if found.are_enough(limit) {
                return;
            }
            found.extend(self.tile(x, y).list(), limit);
        }
    }

    /// Reads all tiles that are not quiet.
    fn read_tiles(&mut self, field: &Field) {
        let (across, quiet) = (self.across, &self.quiet);
        let read = |(row, tiles): (usize, &mut [TileLabels])| {
            for (column, tile) in tiles.iter_mut().enumerate() {
                if !quiet[row * across + column] {
                    *tile = TileLabels::of(field, column, row);
                }
            }
        };
        if field.side() >= PARALLEL_FROM {
            self.tiles.par_chunks_mut(across).with_min_len(8).enumerate().for_each(read);
        } else {
            self.tiles.chunks_mut(across).enumerate().for_each(read);
        }
    }

    /// For each tile, whether it and its eight neighbours have one label between them.
    fn uniform_around(&self) -> Vec<bool> {
        let uniform = |tile_x: usize, tile_y: usize| {
            let first = self.tile(tile_x, tile_y).labels[0];
            let same = |tile: &TileLabels| tile.count == 1 && tile.labels[0] == first;
            self.neighbourhood(tile_x, tile_y).all(|(x, y)| same(self.tile(x, y)))
        };
        collect_rows(self.across, self.across, |tile_y| {
            (0..self.across).map(move |tile_x| uniform(tile_x, tile_y))
        })
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

/// The labels of the queries in a tile; those beyond the field's edge are the edge's own.
pub(super) fn own_labels(field: &Field, (tile_x, tile_y): (usize, usize)) -> Tile<Offset> {
    let window = field.window((tile_x * TILE_PX) as isize, (tile_y * TILE_PX) as isize);
    std::array::from_fn(|y| window.row(y).first_chunk().copied().unwrap_or_default())
}

impl TileLabels {
    fn of(field: &Field, tile_x: usize, tile_y: usize) -> Self {
        let mut tile = Self { complete: true, ..Self::default() };
        each_label(field, tile_x, tile_y, |label| tile.push(label));
        tile
    }

    fn list(&self) -> &[Offset] {
        &self.labels[..usize::from(self.count)]
    }

    fn push(&mut self, label: Offset) {
        if self.list().contains(&label) {
            return;
        }
        match self.labels.get_mut(usize::from(self.count)) {
            Some(free) => {
                *free = label;
                self.count += 1;
            }
            None => self.complete = false,
        }
    }
}

/// Calls `visit` for each label in the tile, runs of equal ones once.
fn each_label(field: &Field, tile_x: usize, tile_y: usize, mut visit: impl FnMut(Offset)) {
    let tile = own_labels(field, (tile_x, tile_y));
    let mut last = tile[0][0];
    visit(last);
    for row in &tile {
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

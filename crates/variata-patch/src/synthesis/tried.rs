//! What the tiles of a field have been compared with.
//!
//! A second pass over the same pictures finds most of its candidates among those of the first, which
//! have won all that they can. Only what a neighbour has found since is new.

use crate::kernels::{Best, Offset, Tile};

/// The candidates of one pass, and what it found.
#[derive(Debug, Clone, Default)]
pub struct Tried {
    rows: Vec<TriedRow>,
}

/// The tiles of one row that were searched, from left to right.
#[derive(Debug, Clone, Default)]
pub struct TriedRow {
    tiles: Vec<Found>,
    offsets: Vec<Offset>,
}

#[derive(Debug, Clone)]
struct Found {
    tile: usize,
    cost: Tile<i32>,
    /// One past its last candidate among those of the row.
    end: usize,
}

/// What a tile has been compared with.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// The candidates.
    pub offsets: &'a [Offset],
    cost: &'a Tile<i32>,
}

impl Tried {
    /// Holds nothing, for a pass over another picture.
    pub fn forget(&mut self) {
        self.rows.iter_mut().for_each(|row| {
            row.tiles.clear();
            row.offsets.clear();
        });
    }

    /// The rows of a square of `across` tiles a side.
    pub fn rows(&mut self, across: usize) -> &mut [TriedRow] {
        if self.rows.len() < across {
            self.rows.resize_with(across, TriedRow::default);
        }
        &mut self.rows[..across]
    }
}

impl TriedRow {
    /// Whether no tile of the row has been searched.
    pub fn is_empty(&self) -> bool {
        self.tiles.is_empty()
    }

    /// Keeps what `tile`, further right than all before, was compared with and what came of it.
    pub fn push(&mut self, tile: usize, candidates: &[Offset], best: &Best) {
        self.offsets.extend_from_slice(candidates);
        self.tiles.push(Found { tile, cost: best.cost, end: self.offsets.len() });
    }

    /// What `tile` was compared with, if it was searched.
    pub fn trial(&self, tile: usize) -> Option<Trial<'_>> {
        let at = self.tiles.binary_search_by_key(&tile, |found| found.tile).ok()?;
        let start = at.checked_sub(1).map_or(0, |before| self.tiles[before].end);
        let Found { cost, end, .. } = &self.tiles[at];
        Some(Trial { offsets: &self.offsets[start..*end], cost })
    }
}

impl Trial<'_> {
    /// Where the next pass starts, `own` being the labels that this one found: at their distances.
    pub fn outcome(&self, own: Tile<Offset>) -> Best {
        let cost = self.cost.map(|row| row.map(|cost| Best::own_cost(Best::distance(cost))));
        Best { cost, label: own }
    }
}

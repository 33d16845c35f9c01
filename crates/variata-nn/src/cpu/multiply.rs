//! Matrix products with packed weights.
//!
//! Inputs are not packed: the kernel reads twelve rows where they lie, and a convolution's rows
//! are pieces of the picture itself (Dukhan, "The indirect convolution algorithm", 2019). So there
//! is no copy of the picture per window, and a linear layer is the same with one piece a row.

use std::convert::Infallible;
use std::ops::Range;

use rayon::prelude::*;

use super::tensor::{Added, Numbers};
use crate::kernels::{Aligned, Element, PANEL, TILE_ROWS, Tier, Tile, for_each_block, populate};

/// A matrix in panels of 32 columns, each of which is `pieces` times `depth` steps deep.
#[derive(Debug)]
pub(super) struct Panels<E> {
    pieces: usize,
    depth: usize,
    /// The steps of all pieces of a panel, one after another, then those of the next.
    panels: Aligned<E>,
}

impl<E: Element> Panels<E> {
    /// Packs `columns` of so many pieces and steps each; `fill(panel, steps)` writes what is not
    /// zero of a panel.
    pub(super) fn packed(
        sides: (usize, usize),
        columns: usize,
        fill: impl Fn(usize, &mut [[E; PANEL]]) + Sync,
    ) -> Self {
        let packed = Self::try_packed(sides, columns, |panel, steps| {
            fill(panel, steps);
            Ok::<(), Infallible>(())
        });
        match packed {
            Ok(packed) => packed,
            Err(never) => match never {},
        }
    }

    /// The same, where `fill` may fail.
    pub(super) fn try_packed<F: Send>(
        (pieces, depth): (usize, usize),
        columns: usize,
        fill: impl Fn(usize, &mut [[E; PANEL]]) -> Result<(), F> + Sync,
    ) -> Result<Self, F> {
        let panel = pieces * depth * PANEL;
        let mut panels = Aligned::zeros(columns.div_ceil(PANEL) * panel);
        let each = panels.par_chunks_mut(panel.max(1)).enumerate();
        each.try_for_each(|(panel, steps)| {
            populate(steps);
            fill(panel, steps.as_chunks_mut().0)
        })?;
        Ok(Self { pieces, depth, panels })
    }

    /// The steps of one piece of one panel.
    pub(super) fn piece(&self, panel: usize, piece: usize) -> &[[E; PANEL]] {
        &self.all(panel)[piece * self.depth..][..self.depth]
    }

    /// The steps of all pieces of one panel.
    pub(super) fn all(&self, panel: usize) -> &[[E; PANEL]] {
        let steps = self.pieces * self.depth;
        &self.panels.as_chunks().0[panel * steps..][..steps]
    }

    /// How many pieces each column has.
    pub(super) fn pieces(&self) -> usize {
        self.pieces
    }

    /// Steps of a piece.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// How many panels there are.
    pub(super) fn count(&self) -> usize {
        self.panels.len() / (self.pieces * self.depth * PANEL).max(1)
    }
}

/// Where the rows of a matrix product come from.
pub(super) trait Rows<E>: Sync {
    /// What can be found out about a row once, for all its pieces.
    type Place: Copy;
    /// What can be found out about a piece once, for all rows: divisions, which take as long as a tenth
    /// of a tile's products.
    type Part: Copy;

    /// Finds `row`.
    fn place(&self, row: usize) -> Self::Place;

    /// Finds `piece`.
    fn part(&self, piece: usize) -> Self::Part;

    /// One piece of the row at `place`.
    fn piece(&self, place: Self::Place, part: Self::Part) -> &[E];
}

/// What is added to a product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plus<'a> {
    /// One number a column.
    pub(super) bias: Option<&'a [f32]>,
    /// More by row.
    pub(super) added: Added<'a>,
}

/// Rows of a block: enough to use a panel many times while it is in the cache, and few enough to
/// stay there too.
const BLOCK_ROWS: usize = 16 * TILE_ROWS;

/// Steps that are taken together for all rows of a block: few enough for their weights to stay in
/// the first cache. Sums wait in memory meanwhile, which changes none.
const HELD_STEPS: usize = 256;

/// Writes `rows · panels + plus` to `output`.
pub(super) fn multiply<E: Element, R: Rows<E>>(
    tier: Tier,
    rows: &R,
    panels: &Panels<E>,
    plus: Plus<'_>,
    output: &mut Numbers,
) {
    let shape = output.shape();
    let sides = block_sides(BLOCK_ROWS, shape.rows(), panels.count());
    for_each_block(output.values_mut(), shape.channels, sides, |mut block| {
        let end = block.rows().end;
        let firsts = || (block.rows().start..end).step_by(TILE_ROWS);
        // The kernel always takes a whole tile; rows that are not there repeat the last.
        let place = |first: usize, at: usize| rows.place((first + at).min(end - 1));
        let places: Vec<[R::Place; TILE_ROWS]> =
            firsts().map(|first| std::array::from_fn(|at| place(first, at))).collect();
        let mut tiles = Aligned::zeros(places.len() * TILE_ROWS * PANEL);
        let tiles: &mut [Tile] = tiles.as_chunks_mut().0.as_chunks_mut().0;
        let firsts: Vec<usize> = firsts().collect();
        for column in block.columns().step_by(PANEL) {
            let columns = column..(column + PANEL).min(shape.channels);
            for (&first, tile) in firsts.iter().zip(&mut *tiles) {
                start(first..(first + TILE_ROWS).min(end), &columns, plus, tile);
            }
            multiply_tiles(tier, rows, &places, (panels, column / PANEL), tiles);
            for (&first, tile) in firsts.iter().zip(&*tiles) {
                for (row, sums) in (first..end).zip(tile) {
                    block.row(row, columns.clone()).copy_from_slice(&sums[..columns.len()]);
                }
            }
        }
    });
}

/// Adds the products of all rows at `places` with one panel.
fn multiply_tiles<E: Element, R: Rows<E>>(
    tier: Tier,
    rows: &R,
    places: &[[R::Place; TILE_ROWS]],
    (panels, panel): (&Panels<E>, usize),
    tiles: &mut [Tile],
) {
    for piece in 0..panels.pieces {
        let (steps, part) = (panels.piece(panel, piece), rows.part(piece));
        for (at, steps) in steps.chunks(HELD_STEPS).enumerate() {
            for (places, tile) in places.iter().zip(&mut *tiles) {
                let parts = places.map(|place| &rows.piece(place, part)[at * HELD_STEPS..]);
                E::multiply(tier, &parts, steps, tile);
            }
        }
    }
}

/// Rows and columns of the blocks, so that every thread gets some.
pub(super) fn block_sides(block_rows: usize, rows: usize, panels: usize) -> (usize, usize) {
    let wanted = 4 * rayon::current_num_threads();
    let across = wanted.div_ceil(rows.div_ceil(block_rows).max(1)).min(panels).max(1);
    (block_rows, panels.div_ceil(across) * PANEL)
}

/// The sums of a tile before anything is multiplied.
fn start(rows: Range<usize>, columns: &Range<usize>, plus: Plus<'_>, tile: &mut [[f32; PANEL]]) {
    for (row, sums) in rows.zip(tile) {
        sums.fill(0.0);
        if let Some(bias) = plus.bias {
            sums[..columns.len()].copy_from_slice(&bias[columns.clone()]);
        }
        if let Some(added) = plus.added.row(row) {
            sums.iter_mut().zip(&added[columns.clone()]).for_each(|(sum, added)| *sum += added);
        }
    }
}

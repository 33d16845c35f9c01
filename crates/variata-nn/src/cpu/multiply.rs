//! Matrix products with packed weights.
//!
//! Inputs are not packed: the kernel reads twelve rows where they lie, and a convolution's rows
//! are pieces of the picture itself (Dukhan, "The indirect convolution algorithm", 2019). So there
//! is no copy of the picture per window, and a linear layer is the same with one piece a row.

use std::ops::Range;

use rayon::prelude::*;

use super::tensor::{Added, Numbers};
use crate::kernels::{Aligned, Element, PANEL, TILE_ROWS, Tier, Tile, for_each_block};

/// A matrix in panels of 32 columns, each of which is `pieces` times `depth` steps deep.
#[derive(Debug)]
pub(super) struct Panels<E> {
    pieces: usize,
    depth: usize,
    panels: Vec<Panel<E>>,
}

/// The steps of all pieces of a panel, one after another.
type Panel<E> = Aligned<E>;

/// Steps that are packed at a time, for all columns and pieces: what lies together in a
/// convolution's weights belongs to all pieces, and so it is read once.
const PACKED_STEPS: usize = 16;

/// The sides of a matrix that is to be packed.
#[derive(Debug, Clone, Copy)]
pub(super) struct MatrixSides {
    /// Columns.
    pub(super) columns: usize,
    /// Pieces of each column.
    pub(super) pieces: usize,
    /// Numbers of each piece.
    pub(super) inputs: usize,
}

impl<E: Element> Panels<E> {
    /// Packs a matrix of which `gather(column, inputs, numbers)` writes out a part: the numbers
    /// `inputs` of a column's pieces, one piece after another.
    pub(super) fn pack(
        tier: Tier,
        sides: MatrixSides,
        gather: impl Fn(usize, Range<usize>, &mut [f32]) + Sync,
    ) -> Self {
        let depth = E::depth(tier, sides.inputs);
        Self::packed((sides.pieces, depth), sides.columns, |panel, steps| {
            pack_panel(tier, panel, sides, &gather, steps);
        })
    }

    /// Packs `columns` of so many pieces and steps each; `fill(panel, steps)` writes what is not
    /// zero of a panel.
    pub(super) fn packed(
        (pieces, depth): (usize, usize),
        columns: usize,
        fill: impl Fn(usize, &mut [[E; PANEL]]) + Sync,
    ) -> Self {
        let panels = (0..columns.div_ceil(PANEL)).into_par_iter().map(|panel| {
            let mut packed = Aligned::zeros(pieces * depth * PANEL);
            fill(panel, packed.as_chunks_mut().0);
            packed
        });
        Self { pieces, depth, panels: panels.collect() }
    }

    /// The steps of one piece of one panel.
    pub(super) fn piece(&self, panel: usize, piece: usize) -> &[[E; PANEL]] {
        &self.all(panel)[piece * self.depth..][..self.depth]
    }

    /// The steps of all pieces of one panel.
    pub(super) fn all(&self, panel: usize) -> &[[E; PANEL]] {
        self.panels[panel].as_chunks().0
    }

    /// How many pieces each column has.
    pub(super) fn pieces(&self) -> usize {
        self.pieces
    }

    /// How many panels there are.
    pub(super) fn count(&self) -> usize {
        self.panels.len()
    }
}

fn pack_panel<E: Element>(
    tier: Tier,
    panel: usize,
    MatrixSides { columns, pieces, inputs }: MatrixSides,
    gather: &impl Fn(usize, Range<usize>, &mut [f32]),
    steps: &mut [[E; PANEL]],
) {
    let columns = panel * PANEL..((panel + 1) * PANEL).min(columns);
    let (used, depth) = (inputs.div_ceil(E::WIDTH), E::depth(tier, inputs));
    let mut numbers = vec![0.0; pieces * PACKED_STEPS * E::WIDTH];
    let mut elements = vec![E::default(); pieces * PACKED_STEPS];
    for first in (0..used).step_by(PACKED_STEPS) {
        let some = first * E::WIDTH..((first + PACKED_STEPS) * E::WIDTH).min(inputs);
        let (count, numbers) = (some.len().div_ceil(E::WIDTH), &mut numbers[..pieces * some.len()]);
        let elements = &mut elements[..pieces * count];
        for (lane, column) in columns.clone().enumerate() {
            gather(column, some.clone(), numbers);
            E::fill(tier, numbers, some.len(), elements);
            for (piece, elements) in elements.chunks_exact(count).enumerate() {
                let steps = &mut steps[piece * depth + first..][..count];
                steps.iter_mut().zip(elements).for_each(|(step, &element)| step[lane] = element);
            }
        }
    }
}

/// Where the rows of a matrix product come from.
pub(super) trait Rows<E>: Sync {
    /// What can be found out about a row once, for all its pieces.
    type Place: Copy;

    /// Finds `row`.
    fn place(&self, row: usize) -> Self::Place;

    /// One piece of the row at `place`.
    fn piece(&self, place: Self::Place, piece: usize) -> &[E];
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
        let steps = panels.piece(panel, piece);
        for (at, steps) in steps.chunks(HELD_STEPS).enumerate() {
            for (places, tile) in places.iter().zip(&mut *tiles) {
                let parts = places.map(|place| &rows.piece(place, piece)[at * HELD_STEPS..]);
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

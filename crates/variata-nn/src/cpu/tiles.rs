//! Matrix products in tiles of 32 rows, whose rows lie at equal distances.
//!
//! Most pieces of a convolution do: sixteen windows beside one another start at places beside one
//! another. At a picture's edges and at the ends of its lines they do not, and are brought together
//! once for all columns of a block.

use std::array::from_fn;
use std::ops::Range;

use super::layer::WindowRows;
use super::multiply::{Panels, Plus, Rows as _, block_sides};
use super::tensor::Numbers;
use crate::kernels::{
    Aligned, Block, PANEL, Pair, STRIP_ROWS, Strip, TALL_ROWS, TallTile, Tier, finish,
    for_each_block, multiply_in_tiles, with_tiles,
};

/// Rows of a block: enough to use a panel several times while it is in the cache, and few enough
/// to stay there too.
const BLOCK_ROWS: usize = 16 * TALL_ROWS;

/// How large panels may be that are used together.
const SET_BYTES: usize = 1 << 19;

/// Writes `rows · panels + plus` to `output`.
pub(super) fn multiply(
    tier: Tier,
    rows: &WindowRows<'_, Pair>,
    panels: &Panels<Pair>,
    plus: Plus<'_>,
    output: &mut Numbers,
) {
    let shape = output.shape();
    let sides = block_sides(BLOCK_ROWS, shape.rows(), panels.count());
    for_each_block(output.values_mut(), shape.channels, sides, |mut block| {
        let (block_rows, pieces) = (block.rows(), panels.pieces());
        let panel_bytes = size_of_val(panels.all(0));
        let sets = sets(block.columns(), panel_bytes);
        let lying = lying_strips(rows, block.rows(), pieces);
        let gathered = gather(rows, block.rows(), pieces, &lying);
        let strips = complete(&lying, &gathered, rows.depth());
        let tiles: Vec<[&[Strip<'_, Pair>]; 2]> =
            strips.chunks_exact(2 * pieces).map(|both| both.split_at(pieces).into()).collect();
        let mut tile = Aligned::zeros(TALL_ROWS * PANEL);
        let Some(tile) = tile.as_chunks_mut().0.as_chunks_mut().0.first_mut() else { return };
        let mut one = |first: usize, strips, panel: usize| {
            let rows = first..(first + TALL_ROWS).min(block.rows().end);
            let columns = panel * PANEL..((panel + 1) * PANEL).min(shape.channels);
            multiply_in_tiles(tier, strips, panels.all(panel), tile);
            write(tier, tile, plus, &mut block, (rows, columns));
        };
        with_tiles(tier, || {
            for some in sets {
                for (first, &strips) in block_rows.clone().step_by(TALL_ROWS).zip(&tiles) {
                    some.clone().for_each(|panel| one(first, strips, panel));
                }
            }
        });
    });
}

/// Writes the products of a tile, and what is added to them, to a part of the block.
fn write(
    tier: Tier,
    tile: &TallTile,
    plus: Plus<'_>,
    block: &mut Block<'_>,
    (rows, columns): (Range<usize>, Range<usize>),
) {
    let bias = plus.bias.map_or(&[0.0; PANEL][..columns.len()], |bias| &bias[columns.clone()]);
    let mut products = &tile[..];
    let mut row = rows.start;
    while row < rows.end {
        let some = row..row.saturating_add(plus.added.span(row)).min(rows.end);
        let (now, later) = products.split_at(some.len());
        let added = plus.added.strip(row, columns.start);
        finish(tier, now, bias, added, &mut block.rows_mut(some.clone(), columns.clone()));
        (row, products) = (some.end, later);
    }
}

/// Panels that are used together for one tile of rows after another: as many as stay in the second
/// cache beside the rows, so that a tile's rows stay in the first, and results lie side by side.
fn sets(columns: Range<usize>, panel_bytes: usize) -> impl Iterator<Item = Range<usize>> {
    let (first, end) = (columns.start / PANEL, columns.end.div_ceil(PANEL));
    let many = (SET_BYTES / panel_bytes.max(1)).max(1);
    (first..end).step_by(many).map(move |first| first..(first + many).min(end))
}

/// The sixteen rows from `first` on; those that are not there repeat the last.
fn sixteen(first: usize, end: usize) -> [usize; STRIP_ROWS] {
    from_fn(|at| (first + at).min(end - 1))
}

/// The first rows of the strips of some rows, which fill whole tiles.
fn firsts(rows: &Range<usize>) -> impl Iterator<Item = usize> {
    let end = rows.start + rows.len().next_multiple_of(TALL_ROWS);
    (rows.start..end).step_by(STRIP_ROWS)
}

/// The strips of all pieces of some rows, sixteen rows after sixteen; none where rows do not lie at
/// equal distances.
fn lying_strips<'a>(
    rows: &'a WindowRows<'_, Pair>,
    some: Range<usize>,
    pieces: usize,
) -> Vec<Option<Strip<'a, Pair>>> {
    let end = some.end;
    let strips = firsts(&some).flat_map(|first| {
        let places = sixteen(first, end).map(|row| rows.place(row));
        (0..pieces).map(move |piece| rows.strip(&places, piece))
    });
    strips.collect()
}

/// The rows of all strips that are missing, one after another.
fn gather(
    rows: &WindowRows<'_, Pair>,
    some: Range<usize>,
    pieces: usize,
    strips: &[Option<Strip<'_, Pair>>],
) -> Aligned<Pair> {
    let missing = strips.iter().filter(|strip| strip.is_none()).count();
    let mut gathered = Aligned::zeros(missing * STRIP_ROWS * rows.depth());
    let mut rooms = gathered.chunks_exact_mut(rows.depth().max(1));
    for (first, strips) in firsts(&some).zip(strips.chunks_exact(pieces)) {
        let places = sixteen(first, some.end).map(|row| rows.place(row));
        for piece in (0..pieces).filter(|&piece| strips[piece].is_none()) {
            for (&place, room) in places.iter().zip(&mut rooms) {
                room.copy_from_slice(rows.piece(place, piece));
            }
        }
    }
    gathered
}

/// All strips, of which the missing ones have been gathered.
fn complete<'a>(
    strips: &[Option<Strip<'a, Pair>>],
    gathered: &'a [Pair],
    depth: usize,
) -> Vec<Strip<'a, Pair>> {
    let mut gathered = gathered.chunks_exact((STRIP_ROWS * depth).max(1));
    let strip = |strip: &Option<_>| {
        strip.unwrap_or_else(|| Strip::new(gathered.next().unwrap_or_default(), depth))
    };
    strips.iter().map(strip).collect()
}

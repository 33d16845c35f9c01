//! Matrix products in tiles of 32 rows, whose rows lie at equal distances.
//!
//! Most pieces of a convolution do: sixteen windows beside one another start at places beside one
//! another. At a picture's edges and at the ends of its lines they do not, and are brought together
//! once for all columns of a block.

use std::array::from_fn;
use std::ops::Range;

use super::layer::WindowRows;
use super::multiply::{Panels, Plus, Rows as _, block_sides};
use super::tensor::{Numbers, Pairs};
use crate::kernels::{
    Aligned, Block, CHUNK_PAIRS, PANEL, Pair, STRIP_ROWS, Strip, TALL_ROWS, TallRows, TallTile,
    Tier, finish, finish_gated, finish_pairs, for_each_block, multiply_in_tiles, with_tiles,
};

/// Rows of a block: enough to use a panel several times while it is in the cache, and few enough
/// to stay there too.
const BLOCK_ROWS: usize = 16 * TALL_ROWS;

/// How large panels may be that are used together.
const SET_BYTES: usize = 1 << 19;

/// A matrix product in tiles.
#[derive(Clone, Copy)]
pub(super) struct Product<'a> {
    pub(super) tier: Tier,
    pub(super) rows: &'a WindowRows<'a, Pair>,
    pub(super) panels: &'a Panels<Pair>,
    pub(super) bias: Option<&'a [f32]>,
}

impl Product<'_> {
    /// Writes `rows · panels + plus` to `output`.
    pub(super) fn to_numbers(self, plus: Plus<'_>, output: &mut Numbers) {
        let channels = output.shape().channels;
        self.for_each_tile(output.values_mut(), (channels, PANEL), |block, rows, panel, [tile]| {
            let columns = panel * PANEL..((panel + 1) * PANEL).min(channels);
            write(self.tier, tile, plus, block, (rows, columns));
        });
    }

    /// Writes `rows · panels + bias` to `output`.
    pub(super) fn to_pairs(self, output: &mut Pairs) {
        let sides = output.sides();
        self.for_each_tile(output.matrix(), sides, |block, rows, panel, [tile]| {
            let mut rows = block.rows_mut(rows, pairs_of(panel));
            finish_pairs(self.tier, tile, &self.bias_of(panel), &mut rows);
        });
    }

    /// Writes the first half of `rows · panels + bias` times the GELU of the second to `output`. The
    /// halves must be whole panels.
    pub(super) fn to_gated(self, output: &mut Pairs) {
        let half = self.panels.count() / 2;
        let sides = output.sides();
        self.for_each_tile(output.matrix(), sides, |block, rows, panel, tiles| {
            let mut rows = block.rows_mut(rows, pairs_of(panel));
            let biases = [panel, panel + half].map(|panel| self.bias_of(panel));
            finish_gated(self.tier, tiles, &biases, &mut rows);
        });
    }

    /// A panel's part of the bias, zeros beyond its end.
    fn bias_of(&self, panel: usize) -> [f32; PANEL] {
        let bias = self.bias.and_then(|bias| bias.get(panel * PANEL..)).unwrap_or_default();
        from_fn(|at| bias.get(at).copied().unwrap_or_default())
    }

    /// Makes the products of each tile of `output`, of which `finish` writes what comes of them:
    /// those of one panel, or of panels of several parts of the columns that belong together.
    fn for_each_tile<T: Send, const PARTS: usize>(
        self,
        output: &mut [T],
        (pitch, panel_width): (usize, usize),
        finish: impl Fn(&mut Block<'_, T>, Range<usize>, usize, &[TallTile; PARTS]) + Sync,
    ) {
        let Self { tier, rows, panels, .. } = self;
        let (part, pieces) = (panels.count() / PARTS, panels.pieces());
        let panel_bytes = PARTS * size_of_val(panels.all(0));
        let (down, across) = block_sides(BLOCK_ROWS, output.len() / pitch.max(1), part);
        let sides = (down, across * panel_width);
        for_each_block(output, pitch, sides, |mut block| {
            let (block_rows, end) = (block.rows(), block.rows().end);
            let columns = block.columns();
            let these = columns.start / panel_width..columns.end.div_ceil(panel_width);
            let lying = lying_strips(rows, block.rows(), pieces);
            let gathered = gather(rows, block.rows(), pieces, &lying);
            let strips = complete(&lying, &gathered, rows.depth());
            let tiles = strips.chunks_exact(pieces).map(|all| TallRows::new(all, rows.depth()));
            let tiles: Vec<_> = block_rows.step_by(TALL_ROWS).zip(tiles).collect();
            let mut products = Aligned::zeros(PARTS * TALL_ROWS * PANEL);
            let products: &mut [TallTile] = products.as_chunks_mut().0.as_chunks_mut().0;
            let Some(products) = products.first_chunk_mut::<PARTS>() else { return };
            with_tiles(tier, || {
                for (some, &(first, tall)) in sets(these, panel_bytes)
                    .flat_map(|some| tiles.iter().map(move |tile| (some.clone(), tile)))
                {
                    let rows = first..(first + TALL_ROWS).min(end);
                    for panel in some {
                        for (at, products) in products.iter_mut().enumerate() {
                            multiply_in_tiles(tier, tall, panels.all(panel + at * part), products);
                        }
                        finish(&mut block, rows.clone(), panel, products);
                    }
                }
            });
        });
    }
}

/// Where a panel's columns lie among pairs.
fn pairs_of(panel: usize) -> Range<usize> {
    panel * CHUNK_PAIRS..(panel + 1) * CHUNK_PAIRS
}

/// Writes the products of a tile, and what is added to them, to a part of the block.
fn write(
    tier: Tier,
    tile: &TallTile,
    plus: Plus<'_>,
    block: &mut Block<'_, f32>,
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
fn sets(panels: Range<usize>, panel_bytes: usize) -> impl Iterator<Item = Range<usize>> {
    let (first, end) = (panels.start, panels.end);
    let many = (SET_BYTES / panel_bytes.max(1)).max(1);
    (first..end).step_by(many).map(move |first| first..(first + many).min(end))
}

/// The sixteen rows from `first` on; those that are not there repeat the last.
fn sixteen(first: usize, end: usize) -> [usize; STRIP_ROWS] {
    from_fn(|at| (first + at).min(end - 1))
}

/// The first rows of the tiles of some rows.
fn firsts(rows: &Range<usize>) -> impl Iterator<Item = usize> {
    rows.clone().step_by(TALL_ROWS)
}

/// The strips of all pieces of some rows, tile after tile and piece after piece; none where rows do
/// not lie at equal distances.
fn lying_strips<'a>(
    rows: &'a WindowRows<'_, Pair>,
    some: Range<usize>,
    pieces: usize,
) -> Vec<[Option<Strip<'a, Pair>>; 2]> {
    let end = some.end;
    let strips = firsts(&some).flat_map(|first| {
        let places = [first, first + STRIP_ROWS].map(|first| sixteen(first, end));
        let places = places.map(|sixteen| sixteen.map(|row| rows.place(row)));
        let part = |piece| rows.part(piece);
        (0..pieces)
            .map(part)
            .map(move |part| places.each_ref().map(|places| rows.strip(places, part)))
    });
    strips.collect()
}

/// The rows of all strips that are missing, one after another.
fn gather(
    rows: &WindowRows<'_, Pair>,
    some: Range<usize>,
    pieces: usize,
    strips: &[[Option<Strip<'_, Pair>>; 2]],
) -> Aligned<Pair> {
    let missing = strips.as_flattened().iter().filter(|strip| strip.is_none()).count();
    let mut gathered = Aligned::zeros(missing * STRIP_ROWS * rows.depth());
    let mut rooms = gathered.chunks_exact_mut(rows.depth().max(1));
    for (first, strips) in firsts(&some).zip(strips.chunks_exact(pieces)) {
        let places = [first, first + STRIP_ROWS].map(|first| sixteen(first, some.end));
        for (part, both) in strips.iter().enumerate().map(|(at, both)| (rows.part(at), both)) {
            for (places, _) in places.iter().zip(both).filter(|(_, strip)| strip.is_none()) {
                for (&row, room) in places.iter().zip(&mut rooms) {
                    room.copy_from_slice(rows.piece(rows.place(row), part));
                }
            }
        }
    }
    gathered
}

/// All strips, of which the missing ones have been gathered.
fn complete<'a>(
    strips: &[[Option<Strip<'a, Pair>>; 2]],
    gathered: &'a [Pair],
    depth: usize,
) -> Vec<[Strip<'a, Pair>; 2]> {
    let mut gathered = gathered.chunks_exact((STRIP_ROWS * depth).max(1));
    let mut strip = |strip: Option<_>| {
        strip.unwrap_or_else(|| Strip::new(gathered.next().unwrap_or_default(), depth))
    };
    strips.iter().map(|both| both.map(&mut strip)).collect()
}

//! Attention in tiles, with a running softmax (Dao et al., "FlashAttention", 2022): memory grows
//! with the number of tokens, not with its square.

mod in_order;
mod in_tiles;

use rayon::prelude::*;

use super::Cpu;
use super::multiply::Panels;
use super::tensor::Numbers;
use crate::kernels::{
    Aligned, Element, PANEL, Pair, PairSums, TALL_ROWS, TILE_ROWS, Tier, for_each_block,
};
use crate::{Attention, Precision};

/// Keys that are scored at a time: whole panels, few enough for their weights to stay in the
/// first cache.
const BLOCK_KEYS: usize = 8 * PANEL;

pub(super) fn attend(cpu: Cpu, tensors: [&Numbers; 3], how: Attention) -> Numbers {
    match (cpu.precision, cpu.tier.pair_sums()) {
        (Precision::F32, _) => attend_by(cpu.tier, tensors, how, (TILE_ROWS, Head::<f32>::attend)),
        (_, PairSums::InOrder) => {
            attend_by(cpu.tier, tensors, how, (TILE_ROWS, Head::<Pair>::attend))
        }
        (_, PairSums::InTiles) => {
            attend_by(cpu.tier, tensors, how, (TALL_ROWS, Head::attend_in_tiles))
        }
    }
}

/// What a tile of queries sees, written by column: `write(row, column, values)`.
type Write<'a> = dyn FnMut(usize, usize, &[f32]) + 'a;

fn attend_by<E: Element>(
    tier: Tier,
    [queries, keys, values]: [&Numbers; 3],
    how: Attention,
    (tile_rows, attend): (usize, impl Fn(&Head<E>, Tier, &QueryTile<E>, &mut Write<'_>) + Sync),
) -> Numbers {
    let (shape, context) = (queries.shape(), keys.shape());
    assert_eq!(values.shape(), context, "values that do not belong to the keys");
    assert!(shape.batch == context.batch && shape.channels == context.channels);
    assert!(
        shape.channels.is_multiple_of(how.heads),
        "{} heads do not divide {shape:?}",
        how.heads
    );
    let width = shape.channels / how.heads;
    let heads: Vec<Head<E>> = (0..shape.batch * how.heads)
        .into_par_iter()
        .map(|at| Head::pack(tier, keys, values, (at / how.heads, at % how.heads), width))
        .collect();
    let mut output = Numbers::unwritten(shape);
    for_each_block(output.values_mut(), shape.channels, (tile_rows, width), |mut block| {
        let (rows, columns) = (block.rows(), block.columns());
        // A block's rows may belong to two sequences, of which each is done on its own.
        for picture in rows.start / shape.places()..=(rows.end - 1) / shape.places() {
            let first = picture * shape.places();
            let (start, end) = (rows.start.max(first), rows.end.min(first + shape.places()));
            let seen = |row: usize| how.causal.then_some(row - first + 1);
            let mut tile = QueryTile::new(tier, (tile_rows, width));
            for row in start..end {
                tile.push(tier, &queries.row(row)[columns.clone()], seen(row));
            }
            let head = &heads[picture * how.heads + columns.start / width];
            attend(head, tier, &tile, &mut |row, column, values| {
                let column = columns.start + column;
                block.row(start + row, column..column + values.len()).copy_from_slice(values);
            });
        }
    });
    output
}

/// A tile of queries of one head; those that are not there are zeros.
struct QueryTile<E> {
    width: usize,
    depth: usize,
    elements: Aligned<E>,
    /// How many keys each query may see at most.
    seen: Vec<usize>,
}

impl<E: Element> QueryTile<E> {
    fn new(tier: Tier, (rows, width): (usize, usize)) -> Self {
        let depth = E::depth(tier, width);
        Self { width, depth, elements: Aligned::zeros(rows * depth), seen: Vec::new() }
    }

    /// Puts in another query, which sees as many keys, or all.
    fn push(&mut self, tier: Tier, query: &[f32], seen: Option<usize>) {
        let room = &mut self.elements[self.seen.len() * self.depth..][..self.depth];
        E::fill(tier, query, self.width, room);
        self.seen.push(seen.unwrap_or(usize::MAX));
    }

    /// How many there are.
    fn count(&self) -> usize {
        self.seen.len()
    }

    fn row(&self, at: usize) -> &[E] {
        &self.elements[at * self.depth..][..self.depth]
    }

    /// How many keys of a block each of some queries sees.
    fn seen_of<const ROWS: usize>(&self, block: usize) -> [usize; ROWS] {
        std::array::from_fn(|at| {
            let seen = self.seen.get(at).copied().unwrap_or(usize::MAX);
            seen.saturating_sub(block * BLOCK_KEYS).min(BLOCK_KEYS)
        })
    }
}

/// The keys and values of one head of one sequence, packed.
struct Head<E> {
    tokens: usize,
    width: usize,
    /// Depth: the head's width; columns: tokens.
    keys: Panels<E>,
    /// Depth: tokens, in pieces of [`BLOCK_KEYS`]; columns: the head's width.
    values: Panels<E>,
}

impl<E: Element> Head<E> {
    fn pack(
        tier: Tier,
        keys: &Numbers,
        values: &Numbers,
        (picture, head): (usize, usize),
        width: usize,
    ) -> Self {
        let tokens = keys.shape().places();
        let (first, left) = (picture * tokens, head * width);
        let row = |tensor, token| &Numbers::row(tensor, first + token)[left..left + width];
        Self {
            tokens,
            width,
            keys: pack_keys(tier, (tokens, width), |token| row(keys, token)),
            values: pack_values(tier, (tokens, width), |token| row(values, token)),
        }
    }
}

/// A column a token.
fn pack_keys<'a, E: Element>(
    tier: Tier,
    (tokens, width): (usize, usize),
    key: impl Fn(usize) -> &'a [f32] + Sync,
) -> Panels<E> {
    let depth = E::depth(tier, width);
    Panels::packed((1, depth), tokens, |panel, steps| {
        let mut elements = vec![E::default(); depth];
        for (lane, token) in (panel * PANEL..tokens).take(PANEL).enumerate() {
            E::fill(tier, key(token), width, &mut elements);
            steps.iter_mut().zip(&elements).for_each(|(step, &element)| step[lane] = element);
        }
    })
}

/// A row a token, or two in pairs.
fn pack_values<'a, E: Element>(
    tier: Tier,
    (tokens, width): (usize, usize),
    value: impl Fn(usize) -> &'a [f32] + Sync,
) -> Panels<E> {
    let pieces = tokens.div_ceil(BLOCK_KEYS);
    let zeros = vec![0.0; width];
    Panels::packed((pieces, E::depth(tier, BLOCK_KEYS)), width, |panel, steps| {
        let columns = panel * PANEL..((panel + 1) * PANEL).min(width);
        for (step, token) in steps.iter_mut().zip((0..tokens).step_by(E::WIDTH)) {
            let next = if token + 1 < tokens { value(token + 1) } else { &zeros };
            let both = value(token)[columns.clone()].iter().zip(&next[columns.clone()]);
            step.iter_mut().zip(both).for_each(|(step, (&a, &b))| *step = E::of(&[a, b]));
        }
    })
}

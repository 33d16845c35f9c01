//! Attention in tiles, with a running softmax (Dao et al., "FlashAttention", 2022): memory grows
//! with the number of tokens, not with its square.

mod in_order;
mod in_tiles;

use rayon::prelude::*;

use super::Cpu;
use super::multiply::Panels;
use super::tensor::{CpuTensor, Numbers, Pairs};
use crate::kernels::{
    Aligned, Element, PANEL, Pair, PairSums, TALL_ROWS, TILE_ROWS, Tier, for_each_block,
};
use crate::{Attention, Precision};

/// Keys that are scored at a time: whole panels, few enough for their weights to stay in the
/// first cache.
const BLOCK_KEYS: usize = 8 * PANEL;

pub(super) fn attend(cpu: Cpu, tensors: [&CpuTensor; 3], how: Attention) -> CpuTensor {
    let shape = tensors[0].shape();
    match (cpu.precision, cpu.tier.pair_sums()) {
        (Precision::F32, _) => to_numbers(cpu.tier, tensors, how, (TILE_ROWS, Head::<f32>::attend)),
        (_, PairSums::InOrder) => {
            to_numbers(cpu.tier, tensors, how, (TILE_ROWS, Head::<Pair>::attend))
        }
        (_, PairSums::InTiles) => {
            let in_tiles = (TALL_ROWS, Head::attend_in_tiles);
            let width = shape.channels / how.heads;
            if !shape.channels.is_multiple_of(PANEL) || !width.is_multiple_of(Pair::WIDTH) {
                let numbers = tensors.map(|tensor| tensor.numbers().into_owned().into());
                return to_numbers(cpu.tier, numbers.each_ref(), how, in_tiles);
            }
            // A product follows, wherever there is one.
            let mut output = Pairs::unwritten(cpu.tier, shape);
            attend_by(cpu.tier, tensors, how, in_tiles, output.matrix());
            CpuTensor::Pairs(output)
        }
    }
}

/// What a tile of queries sees, written by column: `write(row, column, values)`.
type Write<'a> = dyn FnMut(usize, usize, &[f32]) + 'a;

fn to_numbers<E: Element>(
    tier: Tier,
    tensors: [&CpuTensor; 3],
    how: Attention,
    in_tiles: (usize, impl Fn(&Head<E>, Tier, &QueryTile<E>, &mut Write<'_>) + Sync),
) -> CpuTensor {
    let mut output = Numbers::unwritten(tensors[0].shape());
    attend_by(tier, tensors, how, in_tiles, output.values_mut());
    output.into()
}

fn attend_by<E: Element, T: Element>(
    tier: Tier,
    [queries, keys, values]: [&CpuTensor; 3],
    how: Attention,
    (tile_rows, attend): (usize, impl Fn(&Head<E>, Tier, &QueryTile<E>, &mut Write<'_>) + Sync),
    output: &mut [T],
) {
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
    // All queries of a head in a row: its keys and values stay in the second cache meanwhile.
    let sides = (tile_rows, width / T::WIDTH);
    for_each_block(output, shape.channels / T::WIDTH, sides, |mut block| {
        let (rows, left) = (block.rows(), block.columns().start * T::WIDTH);
        // A block's rows may belong to two sequences, of which each is done on its own.
        for picture in rows.start / shape.places()..=(rows.end - 1) / shape.places() {
            let first = picture * shape.places();
            let (start, end) = (rows.start.max(first), rows.end.min(first + shape.places()));
            let seen = |row: usize| how.causal.then_some(row - first + 1);
            let mut tile = QueryTile::new(tier, (tile_rows, width));
            for row in start..end {
                queries.read(tier, row, left..left + width, tile.push(seen(row)));
            }
            let head = &heads[picture * how.heads + left / width];
            attend(head, tier, &tile, &mut |row, column, values| {
                let column = (left + column) / T::WIDTH;
                let columns = column..column + values.len() / T::WIDTH;
                T::fill(tier, values, values.len(), block.row(start + row, columns));
            });
        }
    });
}

/// A tile of queries of one head; those that are not there are zeros.
struct QueryTile<E> {
    depth: usize,
    elements: Aligned<E>,
    /// How many keys each query may see at most.
    seen: Vec<usize>,
}

impl<E: Element> QueryTile<E> {
    fn new(tier: Tier, (rows, width): (usize, usize)) -> Self {
        let depth = E::depth(tier, width);
        Self { depth, elements: Aligned::zeros(rows * depth), seen: Vec::new() }
    }

    /// Room for another query, which sees as many keys, or all.
    fn push(&mut self, seen: Option<usize>) -> &mut [E] {
        let first = self.seen.len() * self.depth;
        self.seen.push(seen.unwrap_or(usize::MAX));
        &mut self.elements[first..][..self.depth]
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
        keys: &CpuTensor,
        values: &CpuTensor,
        (picture, head): (usize, usize),
        width: usize,
    ) -> Self {
        let tokens = keys.shape().places();
        let (first, left) = (picture * tokens, head * width);
        let key = |token, row: &mut [E]| {
            keys.read(tier, first + token, left..left + width, row);
        };
        let value = |token, row: &mut [f32]| {
            values.read(tier, first + token, left..left + width, row);
        };
        Self {
            tokens,
            width,
            keys: pack_keys(tier, (tokens, width), key),
            values: pack_values(tier, (tokens, width), value),
        }
    }
}

/// A column a token.
fn pack_keys<E: Element>(
    tier: Tier,
    (tokens, width): (usize, usize),
    key: impl Fn(usize, &mut [E]) + Sync,
) -> Panels<E> {
    let depth = E::depth(tier, width);
    Panels::packed((1, depth), tokens, |panel, steps| {
        let mut elements = vec![E::default(); depth];
        for (lane, token) in (panel * PANEL..tokens).take(PANEL).enumerate() {
            key(token, &mut elements);
            steps.iter_mut().zip(&elements).for_each(|(step, &element)| step[lane] = element);
        }
    })
}

/// A row a token, or two in pairs.
fn pack_values<E: Element>(
    tier: Tier,
    (tokens, width): (usize, usize),
    value: impl Fn(usize, &mut [f32]) + Sync,
) -> Panels<E> {
    let pieces = tokens.div_ceil(BLOCK_KEYS);
    Panels::packed((pieces, E::depth(tier, BLOCK_KEYS)), width, |panel, steps| {
        let columns = panel * PANEL..((panel + 1) * PANEL).min(width);
        let mut rows = [vec![0.0; width], vec![0.0; width]];
        for (step, token) in steps.iter_mut().zip((0..tokens).step_by(E::WIDTH)) {
            rows[1].fill(0.0);
            let tokens = (token..tokens).zip(&mut rows).take(E::WIDTH);
            tokens.for_each(|(token, row)| value(token, row));
            let both = rows[0][columns.clone()].iter().zip(&rows[1][columns.clone()]);
            step.iter_mut().zip(both).for_each(|(step, (&a, &b))| *step = E::of(&[a, b]));
        }
    })
}

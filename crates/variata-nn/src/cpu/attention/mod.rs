//! Attention in tiles, with a running softmax (Dao et al., "FlashAttention", 2022): memory grows
//! with the number of tokens, not with its square.

mod in_order;
mod in_tiles;

use rayon::prelude::*;

use self::in_order::Head;
use self::in_tiles::{QUERIES, TallHead};
use super::Cpu;
use super::tensor::{CpuTensor, Numbers, Pairs};
use crate::kernels::{Aligned, Element, PANEL, Pair, PairSums, TILE_ROWS, Tier, for_each_block};
use crate::{Attention, Precision};

pub(super) fn attend(cpu: Cpu, tensors: [&CpuTensor; 3], how: Attention) -> CpuTensor {
    match (cpu.precision, cpu.tier.pair_sums()) {
        (Precision::F32, _) => in_order::<f32>(cpu.tier, tensors, how),
        (_, PairSums::InOrder) => in_order::<Pair>(cpu.tier, tensors, how),
        (_, PairSums::InTiles) => in_tiles(cpu.tier, tensors, how),
    }
}

/// What a tile of queries sees, written by column: `write(row, column, values)`.
type Write<'a> = dyn FnMut(usize, usize, &[f32]) + 'a;

fn in_order<E: Element>(tier: Tier, tensors: [&CpuTensor; 3], how: Attention) -> CpuTensor {
    let heads = heads(tensors, how, |at, width| Head::<E>::pack(tier, tensors, at, width));
    let mut output = Numbers::unwritten(tensors[0].shape());
    let attend = |head: usize, tile: &QueryTile<E>, write: &mut Write<'_>| {
        heads[head].attend(tier, tile, write);
    };
    for_each_tile((tier, TILE_ROWS), tensors[0], how, attend, output.values_mut());
    output.into()
}

fn in_tiles(tier: Tier, tensors: [&CpuTensor; 3], how: Attention) -> CpuTensor {
    let shape = tensors[0].shape();
    let width = shape.channels / how.heads;
    if !shape.channels.is_multiple_of(PANEL) || !width.is_multiple_of(Pair::WIDTH) {
        let numbers = tensors.map(|tensor| tensor.numbers().into_owned().into());
        let mut output = Numbers::unwritten(shape);
        attend_in_tiles(tier, numbers.each_ref(), how, output.values_mut());
        return output.into();
    }
    // A product follows, wherever there is one.
    let mut output = Pairs::unwritten(tier, shape);
    attend_in_tiles(tier, tensors, how, output.matrix());
    CpuTensor::Pairs(output)
}

fn attend_in_tiles<T: Element>(
    tier: Tier,
    tensors: [&CpuTensor; 3],
    how: Attention,
    output: &mut [T],
) {
    let heads = heads(tensors, how, |at, width| TallHead::pack(tier, tensors, at, width));
    let attend = |head: usize, tile: &QueryTile<Pair>, write: &mut Write<'_>| {
        heads[head].attend(tier, tile, write);
    };
    for_each_tile((tier, QUERIES), tensors[0], how, attend, output);
}

/// What `pack((picture, head), width)` makes of the keys and values of all heads of all sequences.
fn heads<H: Send>(
    [queries, keys, values]: [&CpuTensor; 3],
    how: Attention,
    pack: impl Fn((usize, usize), usize) -> H + Sync,
) -> Vec<H> {
    let (shape, context) = (queries.shape(), keys.shape());
    assert_eq!(values.shape(), context, "values that do not belong to the keys");
    assert!(shape.batch == context.batch && shape.channels == context.channels);
    let is_whole = shape.channels.is_multiple_of(how.heads);
    assert!(is_whole, "{} heads do not divide {shape:?}", how.heads);
    let width = shape.channels / how.heads;
    let all = (0..shape.batch * how.heads).into_par_iter();
    all.map(|at| pack((at / how.heads, at % how.heads), width)).collect()
}

/// Has `attend(head, tile, write)` write what each tile of `rows` queries sees.
fn for_each_tile<E: Element, T: Element>(
    (tier, tile_rows): (Tier, usize),
    queries: &CpuTensor,
    how: Attention,
    attend: impl Fn(usize, &QueryTile<E>, &mut Write<'_>) + Sync,
    output: &mut [T],
) {
    let shape = queries.shape();
    let width = shape.channels / how.heads;
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
            let head = picture * how.heads + left / width;
            attend(head, &tile, &mut |row, column, values| {
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

    /// Whether every query sees the first `count` keys.
    fn sees_all(&self, count: usize) -> bool {
        self.seen.first().is_none_or(|&seen| seen >= count)
    }

    /// How many of `count` keys from `key` on each of some queries sees, from `first` on.
    fn seen_of<const ROWS: usize>(
        &self,
        first: usize,
        (key, count): (usize, usize),
    ) -> [usize; ROWS] {
        std::array::from_fn(|at| {
            let seen = self.seen.get(first + at).copied().unwrap_or(usize::MAX);
            seen.saturating_sub(key).min(count)
        })
    }
}

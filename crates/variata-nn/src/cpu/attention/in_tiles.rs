//! The attention of some panels of queries, all of a panel at once: scores lie a query a column, so that a
//! softmax is the same instructions for sixteen queries and nothing is ever added up within a vector.

use std::cell::RefCell;

use rayon::prelude::*;

use super::super::tensor::CpuTensor;
use super::{QueryTile, Write};
use crate::kernels::{
    Aligned, CHUNK_PAIRS, Element, PANEL, Pair, STRIP_ROWS, Softmaxes, Strip, TALL_ROWS, TallRows,
    TallTile, Tier, add_in_tiles, rescale, score_in_tiles, soften, with_tiles,
};

/// Queries that see a block of keys together. What tiles and vectors do takes turns for all panels at
/// once: processors are slow to go from one to the other, and each time costs a microsecond's third.
pub(super) const QUERIES: usize = PANELS * PANEL;
const PANELS: usize = 8;
/// Keys of a block: few enough for them to stay in the first cache, and all scores in the second.
const BLOCK_KEYS: usize = 8 * TALL_ROWS;
/// Tiles of a block of keys, and their pairs.
const BLOCK_TILES: usize = BLOCK_KEYS / TALL_ROWS;
const BLOCK_PAIRS: usize = BLOCK_KEYS / Pair::WIDTH;
/// Pairs from one number of the values to the next: those of a block's keys, and as many more as let
/// the rows of a tile lie in different places of the first cache.
const VALUE_PITCH: usize = BLOCK_PAIRS + CHUNK_PAIRS;

/// The keys and values of one head of one sequence, as rows of tiles.
pub(super) struct TallHead {
    tokens: usize,
    width: usize,
    /// Pairs of a key.
    depth: usize,
    /// Key after key.
    keys: Aligned<Pair>,
    /// Block of keys after block, in each number after number of all keys, two keys in a pair.
    values: Aligned<Pair>,
}

impl TallHead {
    pub(super) fn pack(
        tier: Tier,
        [_, keys, values]: [&CpuTensor; 3],
        (picture, head): (usize, usize),
        width: usize,
    ) -> Self {
        let (tokens, depth) = (keys.shape().places(), Pair::depth(tier, width));
        let (first, columns) = (picture * tokens, head * width..(head + 1) * width);
        let read = |tensor: &CpuTensor, token: usize, pairs: &mut [Pair]| match token < tokens {
            true => tensor.read(tier, first + token, columns.clone(), pairs),
            false => pairs.fill(Pair::default()),
        };
        let keys = pack_keys((tokens, depth), |token, pairs| read(keys, token, pairs));
        let values = pack_values((tokens, width, depth), |token, pairs| read(values, token, pairs));
        Self { tokens, width, depth, keys, values }
    }

    pub(super) fn attend(&self, tier: Tier, tile: &QueryTile<Pair>, write: &mut Write<'_>) {
        let (depth, parts) = (self.depth.max(1), self.width.div_ceil(TALL_ROWS).max(1));
        let panels = tile.count().div_ceil(PANEL);
        SCRATCH.with_borrow_mut(|Scratch { queries, scores, weights, sums }| {
            let queries = steps(queries, panels * depth);
            arrange(tile, queries, depth);
            let scores = tiles(scores, panels * BLOCK_TILES);
            let weights = steps(weights, panels * BLOCK_PAIRS);
            let sums = tiles(sums, panels * parts);
            sums.as_flattened_mut().fill([0.0; PANEL]);
            let mut all = Queries { tile, steps: queries, scores, weights, sums };
            let running = with_tiles(tier, || self.attend_to_all(tier, &mut all));
            let panels = running.iter().zip(sums.chunks_exact(parts));
            for (first, (running, sums)) in (0..).step_by(PANEL).zip(panels) {
                let shares = running.sum.map(|sum| 1.0 / sum);
                for (column, sums) in (0..self.width).step_by(TALL_ROWS).zip(sums) {
                    let used = (self.width - column).min(TALL_ROWS);
                    for (row, values) in (first..tile.count()).zip(&turned(sums, &shares)) {
                        write(row, column, &values[..used]);
                    }
                }
            }
        });
    }

    /// Adds up the values of all keys by their weights.
    fn attend_to_all(&self, tier: Tier, queries: &mut Queries<'_>) -> [Softmaxes; PANELS] {
        let mut running = [Softmaxes::EMPTY; PANELS];
        for block in 0..self.tokens.div_ceil(BLOCK_KEYS) {
            self.attend_to_block(tier, block, queries, &mut running);
        }
        running
    }

    fn attend_to_block(
        &self,
        tier: Tier,
        block: usize,
        Queries { tile, steps, scores, weights, sums }: &mut Queries<'_>,
        running: &mut [Softmaxes; PANELS],
    ) {
        // Powers of 2 stand in for those of e.
        let scale = std::f32::consts::LOG2_E / (self.width as f32).sqrt();
        let first = block * BLOCK_KEYS;
        let there = (self.tokens - first).min(BLOCK_KEYS);
        let count = there.div_ceil(TALL_ROWS);
        let pairs = count * CHUNK_PAIRS;
        let keys = &self.keys[first * self.depth..][..count * TALL_ROWS * self.depth];
        for (queries, scores) in steps.chunks_exact(self.depth).zip(scores.chunks_mut(BLOCK_TILES))
        {
            score_in_tiles(tier, keys, queries, &mut scores[..count]);
        }
        let mut factors = [[1.0; PANEL]; PANELS];
        let panels = scores.chunks_mut(BLOCK_TILES).zip(weights.chunks_exact_mut(BLOCK_PAIRS));
        for (panel, (scores, weights)) in panels.enumerate() {
            let scores = &mut scores[..count];
            let some = tile.sees_all(first + there) && there == BLOCK_KEYS;
            let seen = (!some).then(|| tile.seen_of(panel * PANEL, (first, there)));
            let how = (seen.as_ref().unwrap_or(&[BLOCK_KEYS; PANEL]), scale);
            factors[panel] = soften(tier, scores, how, &mut running[panel], &mut weights[..pairs]);
        }
        let parts = self.width.div_ceil(TALL_ROWS);
        let values = &self.values[block * parts * TALL_ROWS * VALUE_PITCH..];
        for (part, values) in values.chunks_exact(TALL_ROWS * VALUE_PITCH).take(parts).enumerate() {
            let values = strips(values, VALUE_PITCH);
            let sums = sums.iter_mut().skip(part).step_by(parts);
            for ((sums, factors), weights) in sums.zip(&factors).zip(weights.chunks(BLOCK_PAIRS)) {
                rescale(sums, factors);
                add_in_tiles(tier, TallRows::new(&values, pairs), &weights[..pairs], sums);
            }
        }
    }
}

/// Key after key, as many as whole tiles have.
fn pack_keys(
    (tokens, depth): (usize, usize),
    read: impl Fn(usize, &mut [Pair]) + Sync,
) -> Aligned<Pair> {
    let mut keys = Aligned::zeros(tokens.next_multiple_of(TALL_ROWS) * depth);
    let rows = keys.par_chunks_exact_mut(depth.max(1)).enumerate().with_min_len(BLOCK_KEYS);
    rows.for_each(|(token, pairs)| read(token, pairs));
    keys
}

/// The values of each block, number after number, two keys to a pair.
fn pack_values(
    (tokens, width, depth): (usize, usize, usize),
    read: impl Fn(usize, &mut [Pair]) + Sync,
) -> Aligned<Pair> {
    let block = width.next_multiple_of(TALL_ROWS) * VALUE_PITCH;
    let mut values = Aligned::zeros(tokens.div_ceil(BLOCK_KEYS) * block);
    values.par_chunks_exact_mut(block.max(1)).enumerate().for_each(|(at, block)| {
        let mut both = [vec![Pair::default(); depth], vec![Pair::default(); depth]];
        let tokens = (at * BLOCK_KEYS..tokens.min((at + 1) * BLOCK_KEYS)).step_by(Pair::WIDTH);
        for (column, token) in tokens.enumerate() {
            both.iter_mut().zip(token..).for_each(|(row, token)| read(token, row));
            let [even, odd] = &both;
            let crossed = even.iter().zip(odd).flat_map(|(a, &b)| a.crossed(b));
            let places = block.iter_mut().skip(column).step_by(VALUE_PITCH);
            places.zip(crossed).for_each(|(place, pair)| *place = pair);
        }
    });
    values
}

/// Panels of queries, and what is kept of them while they are worked on.
struct Queries<'a> {
    tile: &'a QueryTile<Pair>,
    /// Of each panel.
    steps: &'a [[Pair; PANEL]],
    /// Of each panel, for a block of keys.
    scores: &'a mut [TallTile],
    /// Of each panel, for a block of keys.
    weights: &'a mut [[Pair; PANEL]],
    /// Of each panel, a tile for as many numbers of the values.
    sums: &'a mut [TallTile],
}

thread_local! {
    /// New memory for each tile would cost as much as a few keys do.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Memory for [`Queries`].
#[derive(Default)]
struct Scratch {
    queries: Aligned<Pair>,
    scores: Aligned<f32>,
    weights: Aligned<Pair>,
    sums: Aligned<f32>,
}

/// The rows of a tile, as one piece.
fn strips(rows: &[Pair], pitch: usize) -> [[Strip<'_, Pair>; 2]; 1] {
    [[0, STRIP_ROWS].map(|first| Strip::new(&rows[first * pitch..], pitch))]
}

/// Writes the queries of a tile as the columns of panels.
fn arrange(tile: &QueryTile<Pair>, panels: &mut [[Pair; PANEL]], depth: usize) {
    for (first, steps) in (0..).step_by(PANEL).zip(panels.chunks_exact_mut(depth)) {
        for (lane, row) in (first..tile.count()).take(PANEL).enumerate() {
            let pairs = steps.iter_mut().zip(tile.row(row));
            pairs.for_each(|(step, &pair)| step[lane] = pair);
        }
    }
}

/// A tile's columns as rows, each times its share.
fn turned(sums: &TallTile, shares: &[f32; PANEL]) -> [[f32; TALL_ROWS]; PANEL] {
    let mut rows = [[0.0; TALL_ROWS]; PANEL];
    for (at, sums) in sums.iter().enumerate() {
        let shared = sums.iter().zip(shares).map(|(sum, share)| sum * share);
        rows.iter_mut().zip(shared).for_each(|(row, number)| row[at] = number);
    }
    rows
}

/// Memory for tiles, in which anything may stand.
fn tiles(memory: &mut Aligned<f32>, count: usize) -> &mut [TallTile] {
    at_least(memory, count * TALL_ROWS * PANEL).as_chunks_mut().0.as_chunks_mut().0
}

/// Memory for the steps of a panel, in which anything may stand.
fn steps(memory: &mut Aligned<Pair>, steps: usize) -> &mut [[Pair; PANEL]] {
    at_least(memory, steps * PANEL).as_chunks_mut().0
}

fn at_least<E: Element>(memory: &mut Aligned<E>, count: usize) -> &mut [E] {
    if memory.len() < count {
        *memory = Aligned::zeros(count);
    }
    &mut memory[..count]
}

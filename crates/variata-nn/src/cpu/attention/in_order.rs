//! The attention of one tile of queries, row by row.

use super::super::multiply::Panels;
use super::super::tensor::CpuTensor;
use super::{QueryTile, Write};
use crate::kernels::{Element, PANEL, Softmax, TILE_ROWS, Tier, Tile, softmax};

/// Keys that are scored at a time: whole panels, few enough for their weights to stay in the
/// first cache.
const BLOCK_KEYS: usize = 8 * PANEL;

/// The keys and values of one head of one sequence, packed.
pub(super) struct Head<E> {
    tokens: usize,
    width: usize,
    /// Depth: the head's width; columns: tokens.
    keys: Panels<E>,
    /// Depth: tokens, in pieces of [`BLOCK_KEYS`]; columns: the head's width.
    values: Panels<E>,
}

impl<E: Element> Head<E> {
    pub(super) fn pack(
        tier: Tier,
        [_, keys, values]: [&CpuTensor; 3],
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

    pub(super) fn attend(&self, tier: Tier, tile: &QueryTile<E>, write: &mut Write<'_>) {
        let mut running = [Softmax::EMPTY; TILE_ROWS];
        let mut sums: Vec<Tile> = vec![[[0.0; PANEL]; TILE_ROWS]; self.values.count()];
        let mut scores = vec![0.0f32; TILE_ROWS * BLOCK_KEYS];
        let mut weights = vec![E::default(); TILE_ROWS * BLOCK_KEYS / E::WIDTH];
        for block in 0..self.tokens.div_ceil(BLOCK_KEYS) {
            self.score(tier, tile, block, &mut scores);
            let seen: [usize; TILE_ROWS] = tile.seen_of(0, (block * BLOCK_KEYS, BLOCK_KEYS));
            for (at, scores) in scores.chunks_exact_mut(BLOCK_KEYS).enumerate() {
                scores[seen[at]..].fill(f32::NEG_INFINITY);
                let factor = softmax(tier, scores, &mut running[at]);
                scale_row(&mut sums, at, factor);
            }
            E::fill(tier, &scores, scores.len(), &mut weights);
            let depth = BLOCK_KEYS / E::WIDTH;
            let rows = std::array::from_fn(|at| &weights[at * depth..][..depth]);
            for (panel, sums) in sums.iter_mut().enumerate() {
                E::multiply(tier, &rows, self.values.piece(panel, block), sums);
            }
        }
        for row in 0..tile.count() {
            let share = 1.0 / running[row].sum;
            for (panel, sums) in sums.iter().enumerate() {
                let used = (self.width - panel * PANEL).min(PANEL);
                let values = sums[row].map(|sum| sum * share);
                write(row, panel * PANEL, &values[..used]);
            }
        }
    }

    /// The scaled products of the queries with a block of keys; −∞ where there is no key.
    fn score(&self, tier: Tier, tile: &QueryTile<E>, block: usize, scores: &mut [f32]) {
        let scale = 1.0 / (self.width as f32).sqrt();
        scores.fill(f32::NEG_INFINITY);
        let rows = std::array::from_fn(|at| tile.row(at));
        let first = block * BLOCK_KEYS / PANEL;
        for panel in first..self.keys.count().min(first + BLOCK_KEYS / PANEL) {
            let mut products: Tile = [[0.0; PANEL]; TILE_ROWS];
            E::multiply(tier, &rows, self.keys.piece(panel, 0), &mut products);
            let used = (self.tokens - panel * PANEL).min(PANEL);
            let left = (panel - first) * PANEL;
            for (row, products) in scores.chunks_exact_mut(BLOCK_KEYS).zip(&products) {
                for (score, product) in row[left..left + used].iter_mut().zip(products) {
                    *score = product * scale;
                }
            }
        }
    }
}

fn scale_row(sums: &mut [Tile], row: usize, factor: f32) {
    for tile in sums {
        tile[row].iter_mut().for_each(|sum| *sum *= factor);
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

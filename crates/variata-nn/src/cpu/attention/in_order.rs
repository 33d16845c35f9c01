//! The attention of one tile of queries, row by row.

use super::{BLOCK_KEYS, Head, QueryTile, Write};
use crate::kernels::{Element, PANEL, Softmax, TILE_ROWS, Tier, Tile, softmax};

impl<E: Element> Head<E> {
    pub(super) fn attend(&self, tier: Tier, tile: &QueryTile<E>, write: &mut Write<'_>) {
        let mut running = [Softmax::EMPTY; TILE_ROWS];
        let mut sums: Vec<Tile> = vec![[[0.0; PANEL]; TILE_ROWS]; self.values.count()];
        let mut scores = vec![0.0f32; TILE_ROWS * BLOCK_KEYS];
        let mut weights = vec![E::default(); TILE_ROWS * BLOCK_KEYS / E::WIDTH];
        for block in 0..self.tokens.div_ceil(BLOCK_KEYS) {
            self.score(tier, tile, block, &mut scores);
            let seen: [usize; TILE_ROWS] = tile.seen_of(block);
            for (at, scores) in scores.chunks_exact_mut(BLOCK_KEYS).enumerate() {
                scores[seen[at]..].fill(f32::NEG_INFINITY);
                let factor = softmax(tier, scores, &mut running[at]);
                scale_row(&mut sums, at, factor);
            }
            for (weight, scores) in weights.iter_mut().zip(scores.chunks_exact(E::WIDTH)) {
                *weight = E::of(scores);
            }
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

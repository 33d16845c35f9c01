//! The attention of one tile of queries, all rows of it at once.

use super::{BLOCK_KEYS, Head, QueryTile, Write};
use crate::kernels::{
    Aligned, Element as _, PANEL, Pair, SOFTENED_PANELS, STRIP_ROWS, Softmax, Strip, TALL_ROWS,
    TallTile, Tier, multiply_in_tiles, rescale_add, soften, with_tiles,
};

const _: () = assert!(BLOCK_KEYS == SOFTENED_PANELS * PANEL, "a block is softened at once");

impl Head<Pair> {
    pub(super) fn attend_in_tiles(
        &self,
        tier: Tier,
        tile: &QueryTile<Pair>,
        write: &mut Write<'_>,
    ) {
        let mut sums = tiles(self.values.count());
        let sums = as_tiles(&mut sums);
        let running = with_tiles(tier, || self.attend_to_all(tier, tile, sums));
        for (row, running) in running.iter().enumerate().take(tile.count()) {
            let share = 1.0 / running.sum;
            for (panel, sums) in sums.iter().enumerate() {
                let used = (self.width - panel * PANEL).min(PANEL);
                write(row, panel * PANEL, &sums[row].map(|sum| sum * share)[..used]);
            }
        }
    }

    /// Adds up the values of all keys by their weights.
    fn attend_to_all(
        &self,
        tier: Tier,
        tile: &QueryTile<Pair>,
        sums: &mut [TallTile],
    ) -> [Softmax; TALL_ROWS] {
        // Powers of 2 stand in for those of e.
        let scale = std::f32::consts::LOG2_E / (self.width as f32).sqrt();
        let depth = Pair::depth(tier, BLOCK_KEYS);
        let mut running = [Softmax::EMPTY; TALL_ROWS];
        let mut weights = Aligned::zeros(TALL_ROWS * depth);
        let mut scores = tiles(SOFTENED_PANELS + 1);
        let Some((products, scores)) = as_tiles(&mut scores).split_first_mut() else {
            return running;
        };
        let Some(scores) = scores.first_chunk_mut() else { return running };
        for block in 0..self.tokens.div_ceil(BLOCK_KEYS) {
            self.score_in_tiles(tier, tile, block, scores);
            let there = self.tokens - block * BLOCK_KEYS;
            let seen = tile.seen_of(block).map(|seen| seen.min(there));
            let factors = soften(tier, scores, (&seen, scale), &mut running, &mut weights);
            let strips = strips(&weights, depth);
            for (panel, sums) in sums.iter_mut().enumerate() {
                let values = self.values.piece(panel, block);
                multiply_in_tiles(
                    tier,
                    strips.each_ref().map(|strip| strip.as_slice()),
                    values,
                    products,
                );
                rescale_add(tier, sums, &factors, products);
            }
        }
        running
    }

    /// The products of the queries with a block of keys; anything where there is no key.
    fn score_in_tiles(
        &self,
        tier: Tier,
        tile: &QueryTile<Pair>,
        block: usize,
        scores: &mut [TallTile; SOFTENED_PANELS],
    ) {
        let strips = strips(&tile.elements, tile.depth);
        let first = block * SOFTENED_PANELS;
        for (panel, scores) in (first..self.keys.count()).zip(scores) {
            multiply_in_tiles(
                tier,
                strips.each_ref().map(|strip| strip.as_slice()),
                self.keys.piece(panel, 0),
                scores,
            );
        }
    }
}

/// The rows of a tile, as one piece.
fn strips(rows: &[Pair], depth: usize) -> [[Strip<'_, Pair>; 1]; 2] {
    [0, STRIP_ROWS].map(|first| [Strip::new(&rows[first * depth..], depth)])
}

/// Memory for tiles.
fn tiles(count: usize) -> Aligned<f32> {
    Aligned::zeros(count * TALL_ROWS * PANEL)
}

fn as_tiles(memory: &mut [f32]) -> &mut [TallTile] {
    memory.as_chunks_mut().0.as_chunks_mut().0
}

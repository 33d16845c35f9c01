//! The attention of one tile of queries, all rows of it at once.

use std::cell::RefCell;

use super::{BLOCK_KEYS, Head, QueryTile, Write};
use crate::kernels::{
    Aligned, CHUNK_PAIRS, Element, PANEL, Pair, STRIP_ROWS, Softmax, Strip, TALL_ROWS, TallRows,
    TallTile, Tier, add_in_tiles, multiply_in_tiles, rescale, soften, with_tiles,
};

/// Panels of a block of keys.
const BLOCK_PANELS: usize = BLOCK_KEYS / PANEL;

thread_local! {
    /// New memory for each tile would cost as much as a few keys do.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// What is kept of a tile while it is worked on.
#[derive(Default)]
struct Scratch {
    scores: Aligned<f32>,
    weights: Aligned<Pair>,
    sums: Aligned<f32>,
}

impl Head<Pair> {
    pub(super) fn attend_in_tiles(
        &self,
        tier: Tier,
        tile: &QueryTile<Pair>,
        write: &mut Write<'_>,
    ) {
        SCRATCH.with_borrow_mut(|Scratch { scores, weights, sums }| {
            let (scores, sums) = (tiles(scores, BLOCK_PANELS), tiles(sums, self.values.count()));
            let weights = at_least(weights, TALL_ROWS * BLOCK_PANELS * CHUNK_PAIRS);
            sums.as_flattened_mut().fill([0.0; PANEL]);
            let attend = || self.attend_to_all(tier, tile, (scores, weights), sums);
            let running = with_tiles(tier, attend);
            for (row, running) in running.iter().enumerate().take(tile.count()) {
                let share = 1.0 / running.sum;
                for (panel, sums) in sums.iter().enumerate() {
                    let used = (self.width - panel * PANEL).min(PANEL);
                    write(row, panel * PANEL, &sums[row].map(|sum| sum * share)[..used]);
                }
            }
        });
    }

    /// Adds up the values of all keys by their weights.
    fn attend_to_all(
        &self,
        tier: Tier,
        tile: &QueryTile<Pair>,
        (scores, weights): (&mut [TallTile], &mut [Pair]),
        sums: &mut [TallTile],
    ) -> [Softmax; TALL_ROWS] {
        // Powers of 2 stand in for those of e.
        let scale = std::f32::consts::LOG2_E / (self.width as f32).sqrt();
        let mut running = [Softmax::EMPTY; TALL_ROWS];
        for block in 0..self.tokens.div_ceil(BLOCK_KEYS) {
            let there = (self.tokens - block * BLOCK_KEYS).min(BLOCK_KEYS);
            let panels = there.div_ceil(PANEL);
            let (scores, depth) = (&mut scores[..panels], panels * CHUNK_PAIRS);
            let weights = &mut weights[..TALL_ROWS * depth];
            self.score_in_tiles(tier, tile, block, scores);
            let seen = tile.seen_of(block).map(|seen| seen.min(there));
            let factors = soften(tier, scores, (&seen, scale), &mut running, weights);
            let weights = strips(weights, depth);
            for (panel, sums) in sums.iter_mut().enumerate() {
                rescale(sums, &factors);
                let values = &self.values.piece(panel, block)[..depth];
                add_in_tiles(tier, TallRows::new(&weights, depth), values, sums);
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
        scores: &mut [TallTile],
    ) {
        let queries = strips(&tile.elements, tile.depth);
        let queries = TallRows::new(&queries, tile.depth);
        for (panel, scores) in (block * BLOCK_PANELS..).zip(scores) {
            multiply_in_tiles(tier, queries, self.keys.piece(panel, 0), scores);
        }
    }
}

/// The rows of a tile, as one piece.
fn strips(rows: &[Pair], depth: usize) -> [[Strip<'_, Pair>; 2]; 1] {
    [[0, STRIP_ROWS].map(|first| Strip::new(&rows[first * depth..], depth))]
}

/// Memory for tiles, in which anything may stand.
fn tiles(memory: &mut Aligned<f32>, count: usize) -> &mut [TallTile] {
    at_least(memory, count * TALL_ROWS * PANEL).as_chunks_mut().0.as_chunks_mut().0
}

fn at_least<E: Element>(memory: &mut Aligned<E>, count: usize) -> &mut [E] {
    if memory.len() < count {
        *memory = Aligned::zeros(count);
    }
    &mut memory[..count]
}

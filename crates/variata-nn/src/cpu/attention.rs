//! Attention in tiles, with a running softmax (Dao et al., "FlashAttention", 2022): memory grows
//! with the number of tokens, not with its square.

use std::ops::Range;

use super::multiply::{MatrixSides, Panels};
use super::tensor::{CpuTensor, Spared};
use crate::Attention;
use crate::kernels::{Element, PANEL, Softmax, TILE_ROWS, Tier, Tile, for_each_block, softmax};

use rayon::prelude::*;

/// Keys that are scored at a time: whole panels, few enough for their weights to stay in the
/// first cache.
const BLOCK_KEYS: usize = 8 * PANEL;

pub(super) fn attend<E: Spared>(
    tier: Tier,
    [queries, keys, values]: [&CpuTensor; 3],
    how: Attention,
) -> CpuTensor {
    let (shape, context) = (queries.shape(), keys.shape());
    assert_eq!(values.shape(), context, "values that do not belong to the keys");
    assert!(shape.batch == context.batch && shape.channels == context.channels);
    assert!(
        shape.channels.is_multiple_of(how.heads),
        "{} heads do not divide {shape:?}",
        how.heads
    );
    let width = shape.channels / how.heads;
    let elements = queries.elements::<E>(tier, width);
    let heads: Vec<Head<E>> = (0..shape.batch * how.heads)
        .into_par_iter()
        .map(|at| Head::pack(tier, keys, values, (at / how.heads, at % how.heads), width))
        .collect();
    let mut output = CpuTensor::unwritten(shape);
    let sides = (TILE_ROWS, width);
    for_each_block(output.values_mut(), shape.channels, sides, |mut block| {
        let (first, head) = (block.rows().start, block.columns().start / width);
        // A block's rows may belong to two sequences, of which each is done on its own.
        for picture in first / shape.places()..=(block.rows().end - 1) / shape.places() {
            let start = first.max(picture * shape.places());
            let end = block.rows().end.min((picture + 1) * shape.places());
            let depth = width.div_ceil(E::WIDTH);
            let query = |row: usize| &elements[(row * how.heads + head) * depth..][..depth];
            let tile = QueryTile {
                rows: std::array::from_fn(|at| query((start + at).min(end - 1))),
                count: end - start,
                first_token: start - picture * shape.places(),
            };
            let head = &heads[picture * how.heads + head];
            let mut write = |row: usize, column: usize, values: &[f32]| {
                let column = block.columns().start + column;
                block.row(start + row, column..column + values.len()).copy_from_slice(values);
            };
            head.attend(tier, &tile, how.causal, &mut write);
        }
    });
    output
}

/// Twelve queries of one head.
struct QueryTile<'a, E> {
    rows: [&'a [E]; TILE_ROWS],
    /// How many of them are meant.
    count: usize,
    /// Where the first stands in its sequence.
    first_token: usize,
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
        let blocks = tokens.div_ceil(BLOCK_KEYS);
        let key = |token: usize, some: Range<usize>, numbers: &mut [f32]| {
            numbers.copy_from_slice(&keys.row(first + token)[left..][some]);
        };
        let value = |channel: usize, some: Range<usize>, numbers: &mut [f32]| {
            for (block, numbers) in numbers.chunks_exact_mut(some.len()).enumerate() {
                for (token, number) in (block * BLOCK_KEYS + some.start..).zip(numbers) {
                    let is_there = token < tokens;
                    *number =
                        if is_there { values.row(first + token)[left + channel] } else { 0.0 };
                }
            }
        };
        let key_sides = MatrixSides { columns: tokens, pieces: 1, inputs: width };
        let value_sides = MatrixSides { columns: width, pieces: blocks, inputs: BLOCK_KEYS };
        Self {
            tokens,
            width,
            keys: Panels::pack(tier, key_sides, key),
            values: Panels::pack(tier, value_sides, value),
        }
    }

    fn attend(
        &self,
        tier: Tier,
        tile: &QueryTile<'_, E>,
        causal: bool,
        write: &mut dyn FnMut(usize, usize, &[f32]),
    ) {
        let mut running = [Softmax::EMPTY; TILE_ROWS];
        let mut sums: Vec<Tile> = vec![[[0.0; PANEL]; TILE_ROWS]; self.values.count()];
        let mut scores = vec![0.0f32; TILE_ROWS * BLOCK_KEYS];
        let mut weights = vec![E::default(); TILE_ROWS * BLOCK_KEYS / E::WIDTH];
        for block in 0..self.tokens.div_ceil(BLOCK_KEYS) {
            self.score(tier, tile, block, &mut scores);
            if causal {
                hide_later_tokens(tile.first_token, block, &mut scores);
            }
            for (at, scores) in scores.chunks_exact_mut(BLOCK_KEYS).enumerate() {
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
        for row in 0..tile.count {
            let share = 1.0 / running[row].sum;
            for (panel, sums) in sums.iter().enumerate() {
                let used = (self.width - panel * PANEL).min(PANEL);
                let values = sums[row].map(|sum| sum * share);
                write(row, panel * PANEL, &values[..used]);
            }
        }
    }

    /// The scaled products of the queries with a block of keys; −∞ where there is no key.
    fn score(&self, tier: Tier, tile: &QueryTile<'_, E>, block: usize, scores: &mut [f32]) {
        let scale = 1.0 / (self.width as f32).sqrt();
        scores.fill(f32::NEG_INFINITY);
        let first = block * BLOCK_KEYS / PANEL;
        for panel in first..self.keys.count().min(first + BLOCK_KEYS / PANEL) {
            let mut products: Tile = [[0.0; PANEL]; TILE_ROWS];
            E::multiply(tier, &tile.rows, self.keys.piece(panel, 0), &mut products);
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

fn hide_later_tokens(first_token: usize, block: usize, scores: &mut [f32]) {
    for (at, row) in scores.chunks_exact_mut(BLOCK_KEYS).enumerate() {
        let visible = (first_token + at + 1).saturating_sub(block * BLOCK_KEYS).min(row.len());
        row[visible..].fill(f32::NEG_INFINITY);
    }
}

fn scale_row(sums: &mut [Tile], row: usize, factor: f32) {
    for tile in sums {
        tile[row].iter_mut().for_each(|sum| *sum *= factor);
    }
}

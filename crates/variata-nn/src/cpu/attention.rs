//! Attention in tiles, with a running softmax (Dao et al., "FlashAttention", 2022): memory grows
//! with the number of tokens, not with its square.

use std::ops::Range;

use super::multiply::{MatrixSides, Panels};
use super::tensor::CpuTensor;
use crate::Attention;
use crate::kernels::{
    Aligned, Element, PANEL, Softmax, Strip, Tier, for_each_block, softmax, with_tiles,
};

use rayon::prelude::*;

/// Keys that are scored at a time: whole panels, few enough for their weights to stay in the
/// first cache.
const BLOCK_KEYS: usize = 8 * PANEL;

pub(super) fn attend<E: Element>(
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
    let heads: Vec<Head<E>> = (0..shape.batch * how.heads)
        .into_par_iter()
        .map(|at| Head::pack(tier, keys, values, (at / how.heads, at % how.heads), width))
        .collect();
    let mut output = CpuTensor::unwritten(shape);
    let sides = (E::tile_rows(tier), width);
    for_each_block(output.values_mut(), shape.channels, sides, |mut block| {
        let (first, columns) = (block.rows().start, block.columns());
        // A block's rows may belong to two sequences, of which each is done on its own.
        for picture in first / shape.places()..=(block.rows().end - 1) / shape.places() {
            let start = first.max(picture * shape.places());
            let end = block.rows().end.min((picture + 1) * shape.places());
            let rows = (start..end).map(|row| &queries.row(row)[columns.clone()]);
            let tile = QueryTile::new(tier, rows, start - picture * shape.places(), width);
            let head = &heads[picture * how.heads + columns.start / width];
            let mut write = |row: usize, column: usize, values: &[f32]| {
                let column = columns.start + column;
                block.row(start + row, column..column + values.len()).copy_from_slice(values);
            };
            with_tiles(tier, || head.attend(tier, &tile, how.causal, &mut write));
        }
    });
    output
}

/// A tile of queries of one head; those that are not there are zeros.
struct QueryTile<E> {
    elements: Aligned<E>,
    depth: usize,
    /// How many there are.
    count: usize,
    /// Where the first stands in its sequence.
    first_token: usize,
}

impl<E: Element> QueryTile<E> {
    fn new<'a>(
        tier: Tier,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
        first_token: usize,
        width: usize,
    ) -> Self {
        let (count, depth) = (rows.len(), E::depth(tier, width));
        let mut elements = Aligned::zeros(E::tile_rows(tier) * depth);
        for (row, elements) in rows.zip(elements.chunks_exact_mut(depth)) {
            E::fill(tier, row, width, elements);
        }
        Self { elements, depth, count, first_token }
    }

    fn strip(&self) -> Strip<'_, E> {
        Strip::new(&self.elements, self.depth)
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
        queries: &QueryTile<E>,
        causal: bool,
        write: &mut dyn FnMut(usize, usize, &[f32]),
    ) {
        let rows = E::tile_rows(tier);
        let depth = E::depth(tier, BLOCK_KEYS);
        let mut running = vec![Softmax::EMPTY; rows];
        let mut sums = Aligned::zeros(self.values.count() * rows * PANEL);
        let sums = sums.as_chunks_mut::<PANEL>().0;
        let mut scores = Aligned::zeros(rows * BLOCK_KEYS);
        let mut weights = Aligned::zeros(rows * depth);
        for block in 0..self.tokens.div_ceil(BLOCK_KEYS) {
            self.score(tier, queries, block, &mut scores);
            if causal {
                hide_later_tokens(queries.first_token, block, &mut scores);
            }
            for (at, scores) in scores.chunks_exact_mut(BLOCK_KEYS).enumerate() {
                let factor = softmax(tier, scores, &mut running[at]);
                scale_row(sums, (at, rows), factor);
            }
            E::fill(tier, &scores, BLOCK_KEYS, &mut weights);
            for (panel, sums) in sums.chunks_exact_mut(rows).enumerate() {
                let weights = Strip::new(&weights, depth);
                E::multiply_strip(tier, weights, self.values.piece(panel, block), sums);
            }
        }
        for (row, running) in running.iter().enumerate().take(queries.count) {
            let share = 1.0 / running.sum;
            for (panel, sums) in sums.chunks_exact(rows).enumerate() {
                let used = (self.width - panel * PANEL).min(PANEL);
                let values = sums[row].map(|sum| sum * share);
                write(row, panel * PANEL, &values[..used]);
            }
        }
    }

    /// The scaled products of the queries with a block of keys; −∞ where there is no key.
    fn score(&self, tier: Tier, queries: &QueryTile<E>, block: usize, scores: &mut [f32]) {
        let scale = 1.0 / (self.width as f32).sqrt();
        scores.fill(f32::NEG_INFINITY);
        let first = block * BLOCK_KEYS / PANEL;
        let mut products = Aligned::zeros(E::tile_rows(tier) * PANEL);
        let products = products.as_chunks_mut::<PANEL>().0;
        for panel in first..self.keys.count().min(first + BLOCK_KEYS / PANEL) {
            products.fill([0.0; PANEL]);
            E::multiply_strip(tier, queries.strip(), self.keys.piece(panel, 0), products);
            let used = (self.tokens - panel * PANEL).min(PANEL);
            let left = (panel - first) * PANEL;
            for (row, products) in scores.chunks_exact_mut(BLOCK_KEYS).zip(&*products) {
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

fn scale_row(sums: &mut [[f32; PANEL]], (row, rows): (usize, usize), factor: f32) {
    for sums in sums.chunks_exact_mut(rows) {
        sums[row].iter_mut().for_each(|sum| *sum *= factor);
    }
}

//! Weights into panels: from the order of checkpoints to that of the inner loop.

use std::cell::RefCell;

use super::multiply::Panels;
use crate::Source;
use crate::kernels::{Element, PANEL, Tier};

/// The sides of a matrix that is to be packed.
#[derive(Debug, Clone, Copy)]
pub(super) struct MatrixSides {
    /// Columns.
    pub(super) columns: usize,
    /// Pieces of each column.
    pub(super) pieces: usize,
    /// Numbers of each piece.
    pub(super) inputs: usize,
}

/// Steps that are packed at a time, for all columns and pieces: what lies together in a
/// convolution's weights belongs to all pieces, and so it is read once.
const PACKED_STEPS: usize = 16;

/// What was read for a panel, as it was written and in single precision.
#[derive(Debug, Default)]
struct Read {
    bytes: Vec<u8>,
    columns: Vec<f32>,
}

thread_local! {
    /// New memory for each panel would cost more than reading it does.
    static READ: RefCell<Read> = RefCell::default();
}

/// Packs a matrix whose columns follow one another in `weights`, each with all pieces of its first
/// input, then of the next. In the panels all pieces of some inputs follow one another, then those
/// of the next: see [`Element::part`].
pub(super) fn pack<E: Element, S: Source>(
    tier: Tier,
    weights: &S,
    sides: MatrixSides,
) -> Result<Panels<E>, S::Error> {
    let MatrixSides { columns, pieces, inputs } = sides;
    let depth = E::depth(tier, inputs);
    let part = if pieces == 1 { depth } else { E::part(tier, depth) };
    let length = inputs * pieces;
    Panels::try_packed((pieces * (depth / part.max(1)), part), columns, |panel, steps| {
        READ.with_borrow_mut(|read| {
            let count = PANEL.min(columns - panel * PANEL) * length;
            read.columns.resize(read.columns.len().max(count), 0.0);
            let columns = &mut read.columns[..count];
            weights.widen(tier, panel * PANEL * length, &mut read.bytes, columns)?;
            pack_panel(tier, columns, (inputs, (pieces, part)), steps);
            Ok(())
        })
    })
}

/// Packs the columns of one panel, which follow one another in `columns`.
fn pack_panel<E: Element>(
    tier: Tier,
    columns: &[f32],
    (inputs, (pieces, part_depth)): (usize, (usize, usize)),
    steps: &mut [[E; PANEL]],
) {
    let mut numbers = vec![0.0; pieces * PACKED_STEPS * E::WIDTH];
    let mut elements = vec![E::default(); pieces * PACKED_STEPS];
    for first in (0..inputs.div_ceil(E::WIDTH)).step_by(PACKED_STEPS) {
        let start = first * E::WIDTH;
        let count = (inputs - start).min(PACKED_STEPS * E::WIDTH);
        let (numbers, taken) = (&mut numbers[..pieces * count], count.div_ceil(E::WIDTH));
        let elements = &mut elements[..pieces * taken];
        for (lane, column) in columns.chunks_exact(pieces * inputs).enumerate() {
            let from = &column[start * pieces..][..numbers.len()];
            part(from, pieces, numbers);
            E::fill(tier, numbers, count, elements);
            for (piece, elements) in elements.chunks_exact(taken).enumerate() {
                let piece = first / part_depth * pieces + piece;
                let steps = &mut steps[piece * part_depth + first % part_depth..][..taken];
                steps.iter_mut().zip(elements).for_each(|(step, &element)| step[lane] = element);
            }
        }
    }
}

/// Takes the pieces of some inputs apart.
fn part(from: &[f32], pieces: usize, numbers: &mut [f32]) {
    let count = from.len() / pieces;
    for (piece, numbers) in numbers.chunks_exact_mut(count).enumerate() {
        let from = from.iter().skip(piece).step_by(pieces);
        numbers.iter_mut().zip(from).for_each(|(number, &from)| *number = from);
    }
}

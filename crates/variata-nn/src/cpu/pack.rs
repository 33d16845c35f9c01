//! Weights into panels: from the order of checkpoints to that of the inner loop.

use std::cell::RefCell;

use super::multiply::Panels;
use crate::kernels::{Aligned, Element, PANEL, Tier, turn};
use crate::{NumberKind, Source};

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

/// What was read for a panel, as it was written, and some of it in rows.
#[derive(Debug, Default)]
struct Read {
    bytes: Vec<u8>,
    rows: Aligned<f32>,
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
        READ.with_borrow_mut(|Read { bytes, rows }| {
            let count = PANEL.min(columns - panel * PANEL) * length * weights.kind().size();
            bytes.resize(bytes.len().max(count), 0);
            let columns = &mut bytes[..count];
            weights.read(panel * PANEL * length, columns)?;
            let room = pieces * PACKED_STEPS * E::WIDTH * PANEL;
            if rows.len() < room {
                *rows = Aligned::zeros(room);
            }
            let columns = Columns { kind: weights.kind(), bytes: columns, inputs, pieces };
            columns.pack(tier, part, rows.as_chunks_mut().0, steps);
            Ok(())
        })
    })
}

/// The columns of one panel, as they are written.
struct Columns<'a> {
    kind: NumberKind,
    bytes: &'a [u8],
    inputs: usize,
    pieces: usize,
}

impl Columns<'_> {
    /// Packs them in parts of so many steps, with `rows` as room for some.
    fn pack<E: Element>(
        &self,
        tier: Tier,
        part: usize,
        rows: &mut [[f32; PANEL]],
        steps: &mut [[E; PANEL]],
    ) {
        let &Self { kind, bytes, inputs, pieces } = self;
        for first in (0..inputs.div_ceil(E::WIDTH)).step_by(PACKED_STEPS) {
            let start = first * E::WIDTH;
            let count = (inputs - start).min(PACKED_STEPS * E::WIDTH);
            let rows = &mut rows[..pieces * count];
            turn(tier, kind, bytes, (inputs * pieces, start * pieces), rows);
            for piece in 0..pieces {
                let at = (first / part * pieces + piece) * part + first % part;
                let steps = &mut steps[at..][..count.div_ceil(E::WIDTH)];
                E::lay(tier, &rows[piece..], pieces, steps);
            }
        }
    }
}

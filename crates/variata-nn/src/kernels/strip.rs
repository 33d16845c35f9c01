//! Rows where they lie, when they lie at equal distances.
#![expect(unsafe_code, reason = "tile instructions read rows by their start and distance")]

use std::marker::PhantomData;

use super::{CHUNK_PAIRS, Pair};

/// Rows that a register holds.
pub const STRIP_ROWS: usize = 16;

/// Rows at equal distances in one slice; laid out as the loop over tiles reads it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Strip<'a, E> {
    start: *const E,
    /// Elements from one row to the next.
    pitch: usize,
    length: usize,
    elements: PhantomData<&'a [E]>,
}

// SAFETY: a strip is a slice that is read, and can go wherever that can.
unsafe impl<E: Sync> Send for Strip<'_, E> {}
// SAFETY: as above.
unsafe impl<E: Sync> Sync for Strip<'_, E> {}

impl<'a, E> Strip<'a, E> {
    /// The rows that start at the beginning of `elements` and every `pitch` elements after it.
    pub fn new(elements: &'a [E], pitch: usize) -> Self {
        let (start, length) = (elements.as_ptr(), elements.len());
        Self { start, pitch, length, elements: PhantomData }
    }

    /// The row at `at`, with all that follows it in the slice.
    #[inline(always)]
    pub(super) fn row(&self, at: usize) -> &'a [E] {
        // SAFETY: start and length are those of a slice that lives as long.
        let elements = unsafe { std::slice::from_raw_parts(self.start, self.length) };
        &elements[at * self.pitch..]
    }
}

/// The rows of a tall tile: of each piece its first sixteen and its last, all of them there.
#[derive(Debug, Clone, Copy)]
pub struct TallRows<'a> {
    pieces: &'a [[Strip<'a, Pair>; 2]],
    depth: usize,
}

impl<'a> TallRows<'a> {
    /// Takes rows of `depth` pairs a piece, a multiple of [`CHUNK_PAIRS`].
    pub fn new(pieces: &'a [[Strip<'a, Pair>; 2]], depth: usize) -> Self {
        assert!(depth > 0 && depth.is_multiple_of(CHUNK_PAIRS), "parts of a tile");
        let is_there = |strip: &Strip<'_, Pair>| strip.row(STRIP_ROWS - 1).len() >= depth;
        assert!(pieces.as_flattened().iter().all(is_there), "rows that are too short");
        Self { pieces, depth }
    }

    /// The rows of each piece.
    pub(super) fn pieces(&self) -> &'a [[Strip<'a, Pair>; 2]] {
        self.pieces
    }

    /// Pairs of a piece.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

//! Rows where they lie, when they lie at equal distances.

/// Rows that a register holds.
pub const STRIP_ROWS: usize = 16;

/// Rows at equal distances in one slice.
#[derive(Debug, Clone, Copy)]
pub struct Strip<'a, E> {
    elements: &'a [E],
    pitch: usize,
}

impl<'a, E> Strip<'a, E> {
    /// The rows that start at the beginning of `elements` and every `pitch` elements after it.
    pub fn new(elements: &'a [E], pitch: usize) -> Self {
        Self { elements, pitch }
    }

    /// The row at `at`, with all that follows it in the slice.
    #[inline(always)]
    pub(super) fn row(&self, at: usize) -> &'a [E] {
        &self.elements[at * self.pitch..]
    }

    /// How many bytes a row starts after the one before it.
    pub(super) fn pitch_bytes(&self) -> usize {
        self.pitch * size_of::<E>()
    }

    /// Where the first of sixteen rows starts, each of which has `depth` elements.
    pub(super) fn checked_start(&self, depth: usize) -> *const E {
        assert!(self.row(STRIP_ROWS - 1).len() >= depth, "rows that are too short");
        self.elements.as_ptr()
    }
}

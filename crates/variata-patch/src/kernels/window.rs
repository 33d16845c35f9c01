//! Views into padded rectangles: a first cell and the way to the next row.

/// Cells in the vectors of the widest tier; rows that kernels write are rounded up to them.
pub const PITCH_LANES: usize = 8;

/// A rectangle of cells to read, from its first cell on.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a, T> {
    cells: &'a [T],
    stride: usize,
}

impl<'a, T> Window<'a, T> {
    /// The rectangle that starts at cell `start` of rows that are `stride` cells apart.
    pub fn new(cells: &'a [T], start: usize, stride: usize) -> Self {
        Self { cells: &cells[start..], stride }
    }

    /// Row `y`, from the window's first column to the end of the memory behind it.
    pub fn row(&self, y: usize) -> &'a [T] {
        &self.cells[y * self.stride..]
    }

    /// Checks that `width` × `height` cells can be read.
    pub(super) fn require(&self, width: usize, height: usize) {
        assert!(height > 0 && (height - 1) * self.stride + width <= self.cells.len());
    }

    /// Where row `y` starts.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    pub(super) fn row_pointer(&self, y: usize) -> *const T {
        self.cells.as_ptr().wrapping_add(y * self.stride)
    }
}

/// A rectangle of cells to change, from its first cell on.
#[derive(Debug)]
pub struct WindowMut<'a, T> {
    cells: &'a mut [T],
    stride: usize,
}

impl<'a, T> WindowMut<'a, T> {
    /// The rectangle that starts at cell `start` of rows that are `stride` cells apart.
    pub fn new(cells: &'a mut [T], start: usize, stride: usize) -> Self {
        Self { cells: &mut cells[start..], stride }
    }

    /// Row `y`, from the window's first column to the end of the memory behind it.
    pub fn row_mut(&mut self, y: usize) -> &mut [T] {
        &mut self.cells[y * self.stride..]
    }

    /// Checks that `width` × `height` cells can be changed.
    pub(super) fn require(&self, width: usize, height: usize) {
        assert!(height > 0 && (height - 1) * self.stride + width <= self.cells.len());
    }
}

//! Disjoint blocks of one matrix for tasks that run at the same time.
#![expect(unsafe_code, reason = "slices cannot be split into columns by safe means")]

use std::marker::PhantomData;
use std::ops::Range;

use rayon::prelude::*;

/// The part of a matrix that one task writes.
#[derive(Debug)]
pub struct Block<'a, T> {
    start: *mut T,
    pitch: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    matrix: PhantomData<&'a mut [T]>,
}

// SAFETY: a block is the only way to its part of the matrix, as a mutable slice would be.
unsafe impl<T: Send> Send for Block<'_, T> {}

impl<T> Block<'_, T> {
    /// Which rows of the matrix are in it.
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Which columns of the matrix are in it.
    pub fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// The block's part of `row` between two columns of the matrix.
    pub fn row(&mut self, row: usize, columns: Range<usize>) -> &mut [T] {
        assert!(self.rows.contains(&row) && columns.start <= columns.end);
        assert!(self.columns.start <= columns.start && columns.end <= self.columns.end);
        // SAFETY: the place lies in the matrix, whose rows and columns the block's are among, and
        // no other block has it; the borrow of `self` keeps this block from giving it twice.
        unsafe {
            let start = self.start.add(row * self.pitch + columns.start);
            std::slice::from_raw_parts_mut(start, columns.len())
        }
    }

    /// The block's part of `rows` between two columns of the matrix.
    pub fn rows_mut(&mut self, rows: Range<usize>, columns: Range<usize>) -> RowsMut<'_, T> {
        assert!(self.rows.start <= rows.start && rows.end <= self.rows.end);
        let (count, width) = (rows.len(), columns.len());
        let start = match count {
            0 => self.start,
            _ => self.row(rows.start, columns).as_mut_ptr(),
        };
        RowsMut { start, pitch: self.pitch, count, width, matrix: PhantomData }
    }
}

/// Some rows of a block between two columns.
#[derive(Debug)]
pub struct RowsMut<'a, T> {
    start: *mut T,
    pitch: usize,
    count: usize,
    width: usize,
    matrix: PhantomData<&'a mut [T]>,
}

impl<T> RowsMut<'_, T> {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The row at `at`.
    #[inline(always)]
    pub fn row(&mut self, at: usize) -> &mut [T] {
        assert!(at < self.count);
        // SAFETY: these rows and columns are part of a block, which was checked when they were taken
        // from it; the borrow of `self` keeps them from being given twice.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(at * self.pitch), self.width) }
    }
}

/// Divides a matrix of `pitch` columns into blocks of at most `sides` (rows, columns) and works on
/// them in parallel, those below one another first: they use the same columns of another matrix.
pub fn for_each_block<T: Send>(
    matrix: &mut [T],
    pitch: usize,
    (block_rows, block_columns): (usize, usize),
    work: impl Fn(Block<'_, T>) + Sync,
) {
    let (block_rows, block_columns) = (block_rows.max(1), block_columns.max(1));
    let rows = matrix.len() / pitch.max(1);
    let (down, across) = (rows.div_ceil(block_rows), pitch.div_ceil(block_columns));
    let start = Start(matrix.as_mut_ptr());
    (0..down * across).into_par_iter().for_each(|task| {
        let (row, column) = (task % down * block_rows, task / down * block_columns);
        work(Block {
            start: start.get(),
            pitch,
            rows: row..(row + block_rows).min(rows),
            columns: column..(column + block_columns).min(pitch),
            matrix: PhantomData,
        });
    });
}

/// A pointer that tasks may share, since each goes to another part of what it points to.
struct Start<T>(*mut T);

// SAFETY: see the type: every block that is made of it is another part of the matrix, and the
// matrix is borrowed until all tasks are done.
unsafe impl<T: Send> Sync for Start<T> {}

impl<T> Start<T> {
    fn get(&self) -> *mut T {
        self.0
    }
}

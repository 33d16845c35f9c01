//! A convolution's windows as rows of a matrix, some at a time.

use super::functions::{Grid, launch};
use super::{Buffer, Card};
use crate::{DeviceError, Shape, Window};

/// How windows lie on a picture.
#[derive(Debug, Clone, Copy)]
pub(in crate::cuda) struct Windows {
    pub(in crate::cuda) from: Shape,
    /// The result's places; its channels do not matter.
    pub(in crate::cuda) to: Shape,
    /// Rows and columns of a window.
    pub(in crate::cuda) size: (usize, usize),
    pub(in crate::cuda) window: Window,
    /// The length of the matrix's rows, which zeros fill up.
    pub(in crate::cuda) columns: usize,
}

impl Card {
    /// What the windows see at `count` places of the result, from the `first` on.
    pub(in crate::cuda) fn windows(
        &self,
        input: &Buffer,
        how: &Windows,
        (first, count): (usize, usize),
    ) -> Result<Buffer, DeviceError> {
        let Windows { from, to, size: (rows, columns), window, .. } = *how;
        self.require(input, from.len());
        assert!(rows * columns * from.channels <= how.columns, "rows too short for a window");
        assert!(first + count <= to.rows() && from.batch == to.batch, "places that are not there");
        let result = self.numbers(count * how.columns)?;
        let (function, lanes) = self.functions.windows.for_rows(&[from.channels, how.columns]);
        // SAFETY: a window's place is read where the picture has it, and is zero elsewhere; `count`
        // rows are written, each in its whole length.
        unsafe {
            launch!(self, function, Grid::over(count * from.channels / lanes);
                input, &result, first as u64, count as u64, from.height as u32,
                from.width as u32, from.channels as u32, rows as u32, columns as u32,
                to.height as u32, to.width as u32, window.stride as u32, window.before as u32,
                how.columns as u32)?;
        }
        Ok(result)
    }
}

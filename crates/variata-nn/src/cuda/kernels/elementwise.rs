//! Operators that look at one place at a time, and those that move places about.

use super::functions::{Grid, launch};
use super::{Buffer, Card};
use crate::{Activation, DeviceError, Shape};

impl Card {
    /// `added` has as many rows as `shape`, or one for each picture.
    pub(in crate::cuda) fn add(
        &self,
        (input, shape): (&Buffer, Shape),
        (added, rows): (&Buffer, usize),
    ) -> Result<Buffer, DeviceError> {
        assert!(rows == shape.rows() || rows == shape.batch, "{rows} rows added to {shape:?}");
        self.require(input, shape.len());
        self.require(added, rows * shape.channels);
        let result = self.numbers(shape.len())?;
        let spread = shape.rows() / rows.max(1);
        let (function, lanes) = self.functions.add.for_rows(&[shape.channels]);
        // SAFETY: two tensors of `shape`, and rows of its width, one for every `spread` of its own.
        unsafe {
            launch!(self, function, Grid::over(shape.len() / lanes);
                input, added, &result, shape.len() as u64, shape.channels as u32, spread as u32)?;
        }
        Ok(result)
    }

    pub(in crate::cuda) fn activate(
        &self,
        (input, shape): (&Buffer, Shape),
        function: Activation,
    ) -> Result<Buffer, DeviceError> {
        self.require(input, shape.len());
        let result = self.numbers(shape.len())?;
        let number: u32 = match function {
            Activation::Silu => 0,
            Activation::Gelu => 1,
            Activation::QuickGelu => 2,
        };
        let (function, lanes) = self.functions.activate.for_rows(&[shape.len()]);
        // SAFETY: both have as many numbers as `shape`.
        unsafe {
            launch!(self, function, Grid::over(shape.len() / lanes);
                input, &result, shape.len() as u64, number)?;
        }
        Ok(result)
    }

    /// The result has half the channels of `shape`.
    pub(in crate::cuda) fn geglu(
        &self,
        (input, shape): (&Buffer, Shape),
    ) -> Result<Buffer, DeviceError> {
        assert!(shape.channels.is_multiple_of(2), "no halves of {shape:?}");
        self.require(input, shape.len());
        let (rows, width) = (shape.rows(), shape.channels / 2);
        let result = self.numbers(rows * width)?;
        let (function, lanes) = self.functions.geglu.for_rows(&[width]);
        // SAFETY: rows of twice `width` become as many of `width`.
        unsafe {
            launch!(self, function, Grid::over(rows * width / lanes);
                input, &result, rows as u64, width as u32)?;
        }
        Ok(result)
    }

    /// As many rows of either, side by side.
    pub(in crate::cuda) fn concat(
        &self,
        rows: usize,
        (left, left_width): (&Buffer, usize),
        (right, right_width): (&Buffer, usize),
    ) -> Result<Buffer, DeviceError> {
        self.require(left, rows * left_width);
        self.require(right, rows * right_width);
        let count = rows * (left_width + right_width);
        let result = self.numbers(count)?;
        let (function, lanes) = self.functions.concat.for_rows(&[left_width, right_width]);
        // SAFETY: all three have as many rows, of these widths and of their sum.
        unsafe {
            launch!(self, function, Grid::over(count / lanes);
                left, right, &result, rows as u64, left_width as u32, right_width as u32)?;
        }
        Ok(result)
    }

    pub(in crate::cuda) fn upsample(
        &self,
        (input, from): (&Buffer, Shape),
        to: Shape,
    ) -> Result<Buffer, DeviceError> {
        let Shape { batch, height, width, channels } = from;
        self.require(input, from.len());
        let result = self.numbers(to.len())?;
        let (function, lanes) = self.functions.upsample.for_rows(&[channels]);
        // SAFETY: `from` as it is, and a result of `to`, which differs in height and width alone.
        unsafe {
            launch!(self, function, Grid::over(to.len() / lanes);
                input, &result, batch as u32, height as u32, width as u32, channels as u32,
                to.height as u32, to.width as u32)?;
        }
        Ok(result)
    }

    /// The result has half the height and width of `from`, rounded down.
    pub(in crate::cuda) fn avg_pool(
        &self,
        (input, from): (&Buffer, Shape),
    ) -> Result<Buffer, DeviceError> {
        let Shape { batch, height, width, channels } = from;
        self.require(input, from.len());
        let count = batch * (height / 2) * (width / 2) * channels;
        let result = self.numbers(count)?;
        let (function, lanes) = self.functions.avg_pool.for_rows(&[channels]);
        // SAFETY: reads the even rows and columns of `from` and those after them, which are there.
        unsafe {
            launch!(self, function, Grid::over(count / lanes);
                input, &result, batch as u32, height as u32, width as u32, channels as u32)?;
        }
        Ok(result)
    }
}

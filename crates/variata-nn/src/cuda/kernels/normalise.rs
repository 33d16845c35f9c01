//! Normalisation in groups and in rows, and softmax.

use super::functions::{Grid, THREADS, launch};
use super::{Buffer, Card};
use crate::{DeviceError, GroupNorm, Shape};

/// How many rows each thread adds up, where a picture is not too large for it, and how many it
/// normalises.
const ROWS_SUMMED: usize = 8;
const ROWS_NORMED: usize = 4;

/// Blocks that add up a picture: the last adds up the sums of all.
const MAX_BLOCKS: usize = 512;

/// Pictures that are normalised at once, at most.
pub(super) const MAX_PICTURES: usize = 1024;

/// Bytes of a pair of sums.
const PAIR: usize = 8;

impl Card {
    pub(in crate::cuda) fn group_norm(
        &self,
        (input, shape): (&Buffer, Shape),
        (scale, shift): (&Buffer, &Buffer),
        how: GroupNorm,
    ) -> Result<Buffer, DeviceError> {
        let Shape { batch, channels, .. } = shape;
        assert!(channels.is_multiple_of(how.groups), "{how:?} of {shape:?}");
        self.require(input, shape.len());
        self.require(scale, channels);
        self.require(shift, channels);
        assert!(batch <= MAX_PICTURES, "{batch} pictures at once");
        let (places, groups) = (shape.places(), how.groups);
        let (function, lanes) = self.functions.group_sums.for_rows(&[channels]);
        let rows_at_once = (THREADS / (channels / lanes).max(1)).max(1);
        let share = |rows_a_thread: usize, most: usize| {
            let blocks = (places / (rows_at_once * rows_a_thread)).clamp(1, most);
            let rows_each = places.div_ceil(blocks).next_multiple_of(rows_at_once);
            (Grid::of([places.div_ceil(rows_each), batch, 1]), rows_each)
        };
        let (grid, rows_each) = share(ROWS_SUMMED, MAX_BLOCKS);
        let sums = self.room(batch * grid.blocks[0] * groups, PAIR)?;
        let of_groups = self.room(batch * groups, PAIR)?;
        let shared = (THREADS * lanes + channels) * PAIR;
        // SAFETY: the blocks of a picture share its rows out; each writes a pair of sums for each
        // group, and keeps as many in shared memory as it has threads' lanes and channels. There is
        // a ticket for each picture, and no other kernel at the same time.
        unsafe {
            launch!(self, function, Grid { shared, ..grid };
                input, &sums, &self.tickets, &of_groups, places as u32, channels as u32,
                groups as u32, rows_each as u32, how.epsilon)?;
        }
        let result = self.numbers(shape.len())?;
        let (function, _) = self.functions.group_norm.for_rows(&[channels]);
        let (grid, rows_each) = share(ROWS_NORMED, places);
        // SAFETY: as above; there is a pair for each group, and a scale and a shift for each channel.
        unsafe {
            launch!(self, function, grid;
                input, &of_groups, scale, shift, &result, places as u32, channels as u32,
                groups as u32, rows_each as u32, u32::from(how.silu))?;
        }
        Ok(result)
    }

    pub(in crate::cuda) fn layer_norm(
        &self,
        (input, shape): (&Buffer, Shape),
        (scale, shift): (&Buffer, &Buffer),
        epsilon: f32,
    ) -> Result<Buffer, DeviceError> {
        let (rows, channels) = (shape.rows(), shape.channels);
        self.require(input, shape.len());
        self.require(scale, channels);
        self.require(shift, channels);
        let result = self.numbers(shape.len())?;
        let (function, _) = self.functions.layer_norm.for_rows(&[channels]);
        let grid = Grid::of([rows.div_ceil(THREADS / 32), 1, 1]);
        // SAFETY: a warp for each row of both tensors, all as wide as the scale and the shift.
        unsafe {
            launch!(self, function, grid;
                input, scale, shift, &result, rows as u64, channels as u32, epsilon)?;
        }
        Ok(result)
    }

    /// The softmax of `rows` of `seen` scores in single precision: of `queries`, counted from
    /// `first`, for each head.
    pub(in crate::cuda) fn softmax(
        &self,
        scores: &Buffer,
        [rows, seen]: [usize; 2],
        (first, queries): (usize, usize),
        is_causal: bool,
    ) -> Result<Buffer, DeviceError> {
        assert!(scores.bytes() >= rows * seen * size_of::<f32>(), "too few scores");
        let result = self.numbers(rows * seen)?;
        // SAFETY: a block for each row of both.
        unsafe {
            launch!(self, &self.functions.softmax, Grid::of([rows, 1, 1]);
                scores, &result, queries as u32, seen as u32, first as u32,
                u32::from(is_causal))?;
        }
        Ok(result)
    }
}

//! Memory on a card, and what goes there and back.

use cudarc::driver::{CudaSlice, sys};

use super::Card;
use super::functions::{Argument, Grid, launch};
use crate::{DeviceError, NumberKind, Source};

/// Numbers on a card, which whoever made it fills at once.
#[derive(Debug)]
pub(in crate::cuda) struct Buffer(pub(super) CudaSlice<u8>);

impl Buffer {
    /// Where it lies.
    pub(super) fn address(&self) -> sys::CUdeviceptr {
        use cudarc::driver::DevicePtr;
        self.0.device_ptr(self.0.stream()).0
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }
}

impl Card {
    /// Room for `count` numbers of `size` bytes, with anything in them.
    pub(super) fn room(&self, count: usize, size: usize) -> Result<Buffer, DeviceError> {
        let bytes = count.saturating_mul(size).max(1);
        // SAFETY: bytes may have any value, and only kernels ever read them.
        Ok(Buffer(unsafe { self.stream.alloc(bytes) }?))
    }

    /// Room for `count` numbers in the card's precision.
    pub(in crate::cuda) fn numbers(&self, count: usize) -> Result<Buffer, DeviceError> {
        self.room(count, self.size())
    }

    /// Room for `count` scores, in single precision.
    pub(in crate::cuda) fn scores(&self, count: usize) -> Result<Buffer, DeviceError> {
        self.room(count, size_of::<f32>())
    }

    /// Panics unless `buffer` has `count` numbers: shapes that do not fit are a mistake of the
    /// caller's code.
    pub(super) fn require(&self, buffer: &Buffer, count: usize) {
        let held = buffer.bytes() / self.size();
        assert!(held >= count, "{held} numbers on the card, and {count} are wanted");
    }

    pub(in crate::cuda) fn upload(&self, values: &[f32]) -> Result<Buffer, DeviceError> {
        if values.is_empty() {
            return self.numbers(0);
        }
        let brought = self.stream.clone_htod(values)?;
        let sides = [1, values.len(), 1];
        self.arrange((&brought).into(), NumberKind::Single, sides, values.len())
    }

    /// Brings weights, `outputs × inputs × places`, as rows of places × inputs, which zeros fill up
    /// to `columns`.
    pub(in crate::cuda) fn pack<S: Source>(
        &self,
        weights: &S,
        sides: [usize; 3],
        columns: usize,
    ) -> Result<Buffer, S::Error> {
        let count: usize = sides.iter().product();
        assert_eq!(weights.count(), count, "weights of another shape");
        if count == 0 {
            return Ok(self.numbers(0)?);
        }
        let brought = self.bring(weights)?;
        Ok(self.arrange((&brought).into(), weights.kind(), sides, columns)?)
    }

    /// Numbers as they were brought become those of [`Card::pack`].
    fn arrange(
        &self,
        brought: Argument<'_>,
        kind: NumberKind,
        [outputs, inputs, places]: [usize; 3],
        columns: usize,
    ) -> Result<Buffer, DeviceError> {
        let packed = self.numbers(outputs * columns)?;
        let kind: u32 = match kind {
            NumberKind::Single => 32,
            NumberKind::Half => 16,
            NumberKind::Brain => 17,
        };
        let (sides, grid) = ([inputs, places, columns], Grid::over(outputs * columns));
        let [inputs, places, columns] = sides.map(|side| side as u32);
        // SAFETY: reads as many numbers of this kind as all three sides make, which were brought,
        // and writes the rows.
        unsafe {
            launch!(self, &self.functions.pack, grid;
                brought, &packed, outputs as u64, inputs, places, columns, kind)?;
        }
        Ok(packed)
    }

    /// The first `count` numbers of `buffer`; waits for them.
    pub(in crate::cuda) fn download(
        &self,
        buffer: &Buffer,
        count: usize,
    ) -> Result<Vec<f32>, DeviceError> {
        self.require(buffer, count);
        if count == 0 {
            return Ok(Vec::new());
        }
        // SAFETY: every number is written before it is read.
        let unpacked = unsafe { self.stream.alloc::<f32>(count) }?;
        // SAFETY: reads and writes `count` numbers.
        unsafe {
            launch!(self, &self.functions.unpack, Grid::over(count);
                buffer, &unpacked, count as u64)?;
        }
        let values = self.stream.clone_dtoh(&unpacked)?;
        self.stream.synchronize()?;
        Ok(values)
    }

    /// The rows of `table` that `ids` name, all of which it has.
    pub(in crate::cuda) fn embed(
        &self,
        (table, channels): (&Buffer, usize),
        ids: &[usize],
    ) -> Result<Buffer, DeviceError> {
        let rows = ids.iter().max().map_or(0, |last| last + 1);
        self.require(table, rows * channels);
        let ids: Vec<u32> = ids.iter().map(|&id| id as u32).collect();
        let result = self.numbers(ids.len() * channels)?;
        if ids.is_empty() {
            return Ok(result);
        }
        let brought = self.stream.clone_htod(&ids)?;
        // SAFETY: the table has every row that is named, and the result one for each.
        unsafe {
            launch!(self, &self.functions.embed, Grid::over(ids.len() * channels);
                table, &brought, &result, ids.len() as u32, channels as u32)?;
        }
        Ok(result)
    }
}

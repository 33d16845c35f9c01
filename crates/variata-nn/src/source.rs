//! Weights where they lie, until they are packed.
//!
//! A checkpoint is larger than any cache, and every number of it is read once. So back ends read a
//! layer piece by piece, each thread its own, and what was read goes into its place while it is in
//! the cache still: numbers in single precision in between would be twice as much memory, written
//! and read once more.

use crate::kernels::{self, Tier};
use crate::{DeviceError, NumberKind};

/// Numbers that several threads may read, some at a time.
pub trait Source: Sync {
    /// Why they cannot be read, or not be packed.
    type Error: From<DeviceError> + Send;

    /// How they are written.
    fn kind(&self) -> NumberKind;

    /// How many there are.
    fn count(&self) -> usize;

    /// Fills `bytes` with numbers, little-endian, from the one at `first` on.
    ///
    /// # Errors
    ///
    /// [`Source::Error`].
    fn read(&self, first: usize, bytes: &mut [u8]) -> Result<(), Self::Error>;

    /// Fills `numbers` with numbers in single precision, from the one at `first` on; `bytes` is
    /// memory for them as they are written, which is best used again.
    ///
    /// # Errors
    ///
    /// [`Source::Error`].
    fn widen(
        &self,
        tier: Tier,
        first: usize,
        bytes: &mut Vec<u8>,
        numbers: &mut [f32],
    ) -> Result<(), Self::Error> {
        let size = numbers.len() * self.kind().size();
        bytes.resize(bytes.len().max(size), 0);
        self.read(first, &mut bytes[..size])?;
        kernels::widen(tier, self.kind(), &bytes[..size], numbers);
        Ok(())
    }
}

impl Source for Vec<f32> {
    type Error = DeviceError;

    fn kind(&self) -> NumberKind {
        NumberKind::Single
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn read(&self, first: usize, bytes: &mut [u8]) -> Result<(), DeviceError> {
        let (four, _) = bytes.as_chunks_mut::<4>();
        four.iter_mut().zip(&self[first..]).for_each(|(four, x)| *four = x.to_le_bytes());
        Ok(())
    }
}

//! Bringing weights to a card: read by many threads into memory that the card takes them from by
//! itself, one part while the part before is on its way.
//!
//! From any other memory the driver first copies them to such memory of its own, on one thread.

use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::{CudaContext, CudaEvent, CudaStream, PinnedHostSlice, result};
use rayon::prelude::*;

use super::{Buffer, Card};
use crate::{DeviceError, Source};

/// Bytes on their way at once, and as many that are being read.
const PART_BYTES: usize = 8 << 20;
/// Bytes that a thread reads at a time; a multiple of every number's size.
const READ_BYTES: usize = 1 << 19;

/// The two parts, the next one first.
#[derive(Debug)]
pub(super) struct Staging(Mutex<[Part; 2]>);

#[derive(Debug)]
struct Part {
    memory: PinnedHostSlice<u8>,
    /// When the card has taken what was last in it.
    taken: CudaEvent,
}

impl Staging {
    pub(super) fn new(context: &Arc<CudaContext>) -> Result<Self, DeviceError> {
        let part = || -> Result<Part, DeviceError> {
            // SAFETY: bytes may have any value, and are written before a card reads them.
            let memory = unsafe { context.alloc_pinned_with_flags(PART_BYTES, 0) }?;
            Ok(Part { memory, taken: context.new_event(None)? })
        };
        Ok(Self(Mutex::new([part()?, part()?])))
    }
}

impl Part {
    /// Has `fill` write the first `length` bytes, and sends them to `to`, which has room.
    fn send<E: From<DeviceError>>(
        &mut self,
        stream: &CudaStream,
        (to, length): (u64, usize),
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let device = |error| E::from(DeviceError::from(error));
        self.taken.synchronize().map_err(device)?;
        let bytes = &mut self.memory.as_mut_slice().map_err(device)?[..length];
        fill(bytes)?;
        // SAFETY: the caller has room there, and the bytes are left alone until they are taken.
        unsafe { result::memcpy_htod_async(to, bytes, stream.cu_stream()) }.map_err(device)?;
        self.taken.record(stream).map_err(device)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // The memory goes with it. A card that fails takes nothing any more.
        let _ = self.taken.synchronize();
    }
}

impl Card {
    /// All numbers of `source` as they are written.
    pub(super) fn bring<S: Source>(&self, source: &S) -> Result<Buffer, S::Error> {
        let size = source.kind().size();
        let brought = self.room(source.count(), size)?;
        self.stream.context().bind_to_thread().map_err(DeviceError::from)?;
        let mut parts = self.staging.0.lock().unwrap_or_else(PoisonError::into_inner);
        for first in (0..source.count() * size).step_by(PART_BYTES) {
            let length = PART_BYTES.min(source.count() * size - first);
            let to = brought.address() + first as u64;
            parts[0].send(&self.stream, (to, length), |bytes| {
                let reads = bytes.par_chunks_mut(READ_BYTES).enumerate();
                reads.try_for_each(|(at, bytes)| {
                    source.read((first + at * READ_BYTES) / size, bytes)
                })
            })?;
            parts.swap(0, 1);
        }
        Ok(brought)
    }
}

//! The memory that bodies may take while they arrive, shared by all of them.
//!
//! It is counted in bytes that came, not in bodies: a thousand that come drop by drop take next to
//! nothing of it, and nobody waits for them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::ApiError;
use crate::error::Overload;

/// What is given out at a time; large enough for a count of pieces to be a small number.
const PIECE_BYTES: u64 = 4096;

/// All of the memory.
#[derive(Debug)]
pub(crate) struct Room {
    pieces: Arc<Semaphore>,
    patience: Duration,
}

/// What one body takes of it; free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    pieces: Arc<Semaphore>,
    patience: Duration,
    held: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// Room for so many `bytes`; a body waits for a part of it for as long as `patience`.
    pub(crate) fn new(bytes: u64, patience: Duration) -> Self {
        let pieces = usize::try_from(bytes.div_ceil(PIECE_BYTES)).unwrap_or(usize::MAX);
        Self { pieces: Arc::new(Semaphore::new(pieces.min(Semaphore::MAX_PERMITS))), patience }
    }

    /// None of it yet, for a body that begins.
    pub(crate) fn share(&self) -> Share {
        Share { pieces: Arc::clone(&self.pieces), patience: self.patience, held: None }
    }
}

impl Share {
    /// Takes room until this holds enough for `bytes` in all.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when others hold it for too long.
    pub(crate) async fn grow_to(&mut self, bytes: usize) -> Result<(), ApiError> {
        let wanted = (bytes as u64).div_ceil(PIECE_BYTES);
        let held = self.held.as_ref().map_or(0, |held| held.num_permits() as u64);
        let more = u32::try_from(wanted.saturating_sub(held)).unwrap_or(u32::MAX);
        if more == 0 {
            return Ok(());
        }
        let taking = timeout(self.patience, Arc::clone(&self.pieces).acquire_many_owned(more));
        // The semaphore is never closed.
        let Ok(Ok(taken)) = taking.await else {
            return Err(ApiError::overloaded(Overload::Passing { wait: self.patience }));
        };
        match &mut self.held {
            Some(held) => held.merge(taken),
            None => self.held = Some(taken),
        }
        Ok(())
    }

    /// Gives all of it back.
    pub(crate) fn release(&mut self) {
        self.held = None;
    }
}

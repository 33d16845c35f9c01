//! What becomes of a job, as it happens.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use variata_core::{Description, EngineError, Seed};

use crate::BoxError;

/// News of a running job.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// This much of the whole job is done, 0.0 to 1.0. Left out when the receiver is slow.
    Progress(f32),
    /// A coarse preview of a variation, encoded. Left out when the receiver is slow.
    Preview {
        /// Which variation, from 0.
        index: u32,
        /// What [`Codec::write_preview`](crate::Codec::write_preview) made of it.
        bytes: Bytes,
    },
    /// A variation is finished. Never left out.
    Finished(Finished),
}

/// A finished variation, encoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// Which of the job's variations this is, from 0.
    pub index: u32,
    /// The seed that makes this very picture again with a count of 1.
    pub seed: Seed,
    /// How it came about.
    pub description: Description,
    /// Time that the engine spent on this variation alone.
    pub elapsed: Duration,
    /// What [`Codec::write`](crate::Codec::write) made of it.
    pub bytes: Bytes,
}

/// Why a job made no (more) variations.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JobError {
    /// The codec did not read the source.
    #[error("cannot read the source: {0}")]
    Source(#[source] BoxError),
    /// The codec did not write a result.
    #[error("cannot write a variation: {0}")]
    Output(#[source] BoxError),
    /// The engine gave up.
    #[error("the engine gave up: {0}")]
    Engine(#[source] EngineError),
    /// The engine ended without an error and without all variations.
    #[error("the engine made {made} of {asked} variations")]
    Incomplete {
        /// How many were finished.
        made: u32,
        /// How many the job asked for.
        asked: u32,
    },
    /// Something panicked. The message is for logs, not for callers.
    #[error("the job panicked: {message}")]
    Panicked {
        /// What it said.
        message: String,
    },
    /// The dispatcher was told to abort all jobs.
    #[error("the job was cancelled")]
    Cancelled,
    /// Nobody took the results for as long as [`Limits::patience`](crate::Limits::patience).
    #[error("nobody took the results in time")]
    Abandoned,
}

/// The news of one job, in the order in which they come. Dropping this cancels the job.
pub struct Events {
    images: u32,
    news: mpsc::Receiver<Event>,
    outcome: Option<oneshot::Receiver<Result<(), JobError>>>,
    cancel: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Events {
    /// The receiving end of a job of so many `images`, for a dispatcher: `outcome` is awaited when
    /// `news` has ended, and `cancel` is called when this is dropped, also after the job's end.
    pub fn new(
        images: u32,
        news: mpsc::Receiver<Event>,
        outcome: oneshot::Receiver<Result<(), JobError>>,
        cancel: impl FnOnce() + Send + Sync + 'static,
    ) -> Self {
        Self { images, news, outcome: Some(outcome), cancel: Some(Box::new(cancel)) }
    }

    /// Waits for the next event. None when all variations were finished; an error, if there is
    /// one, is the last that comes. Nothing is lost when the returned future is dropped.
    pub async fn next(&mut self) -> Option<Result<Event, JobError>> {
        if let Some(event) = self.news.recv().await {
            return Some(Ok(event));
        }
        // A dispatcher that vanished without a word has cancelled the job.
        let outcome = self.outcome.as_mut()?.await.unwrap_or(Err(JobError::Cancelled));
        self.outcome = None;
        outcome.err().map(Err)
    }

    /// Waits for all variations; returns them in the order of their index.
    ///
    /// The last one is enough: what an engine does afterwards is to give back its memory, which
    /// takes milliseconds that no caller needs to wait.
    ///
    /// # Errors
    ///
    /// The job's error; what was finished before is dropped.
    pub async fn collect(mut self) -> Result<Vec<Finished>, JobError> {
        let mut all = Vec::new();
        while all.len() < self.images as usize {
            let Some(event) = self.next().await else { break };
            if let Event::Finished(finished) = event? {
                all.push(finished);
            }
        }
        all.sort_by_key(|finished| finished.index);
        Ok(all)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        // First, so that a thread that waits for room notices.
        self.news.close();
        if let Some(cancel) = self.cancel.take() {
            cancel();
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Events")
    }
}

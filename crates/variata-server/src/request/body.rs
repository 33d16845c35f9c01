//! A request's body as a stream that cannot be too long, too slow or too far ahead.
//!
//! The multipart parser takes whatever is ready and keeps it until it makes sense of it, so all
//! bounds are kept here, below it: bytes in all, bytes that the parser has not made use of, time in
//! all and time without a byte.

use std::error::Error as _;
use std::io;
use std::iter;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::Stream;
use http_body::Body as _;
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep};

/// How much of a body is read, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// The most bytes of a body that are read at all, multipart framing included.
    pub max_bytes: u64,
    /// The longest that a whole body may take.
    pub total: Duration,
    /// The longest pause between two pieces of it.
    pub idle: Duration,
}

impl Default for BodyLimits {
    /// 64 MiB within two minutes, and a pause of at most 20 s.
    fn default() -> Self {
        Self {
            max_bytes: variata_contract::MAX_BODY_BYTES,
            total: Duration::from_secs(120),
            idle: Duration::from_secs(20),
        }
    }
}

/// Why the rest of a body is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum BodyFault {
    #[error("the body has more than {limit_bytes} bytes")]
    TooLarge { limit_bytes: u64 },
    #[error("nothing more of the body came for {limit:?}")]
    Stalled { limit: Duration },
    #[error("the body did not arrive within {limit:?}")]
    TooSlow { limit: Duration },
    #[error("a part's headers have more than {MAX_UNPARSED_BYTES} bytes")]
    HeadersTooLong,
    #[error("the body ends after {after_bytes} bytes, before it is complete")]
    CutOff { after_bytes: u64 },
    #[error("the chunked framing of the body is broken after {after_bytes} bytes")]
    BadChunks { after_bytes: u64 },
}

/// The stream of a body's bytes.
pub(crate) struct Upload {
    body: Body,
    limits: BodyLimits,
    read_bytes: u64,
    unparsed_bytes: Unparsed,
    total: Pin<Box<Sleep>>,
    idle: Pin<Box<Sleep>>,
    rests: bool,
}

/// How many bytes were handed to the parser since it last produced something.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unparsed(Arc<AtomicUsize>);

impl Unparsed {
    /// The parser made sense of what it had.
    pub(crate) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn add(&self, bytes: usize) -> usize {
        self.0.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes)
    }
}

impl Upload {
    pub(crate) fn new(body: Body, limits: BodyLimits) -> Self {
        Self {
            body,
            limits,
            read_bytes: 0,
            unparsed_bytes: Unparsed::default(),
            total: Box::pin(sleep(limits.total)),
            idle: Box::pin(sleep(limits.idle)),
            rests: false,
        }
    }

    /// The counter that the reader of the parts has to reset with every piece it gets.
    pub(crate) fn unparsed(&self) -> Unparsed {
        self.unparsed_bytes.clone()
    }

    fn take(&mut self, data: Bytes) -> Result<Bytes, BodyFault> {
        self.idle.as_mut().reset(Instant::now() + self.limits.idle);
        self.read_bytes += data.len() as u64;
        if self.read_bytes > self.limits.max_bytes {
            return Err(BodyFault::TooLarge { limit_bytes: self.limits.max_bytes });
        }
        if self.unparsed_bytes.add(data.len()) > MAX_UNPARSED_BYTES.max(2 * data.len()) {
            return Err(BodyFault::HeadersTooLong);
        }
        self.rests = true;
        Ok(data)
    }

    /// hyper tells a wrong length of a chunk by the kind of an error far down.
    fn broken(&self, error: &axum::Error) -> BodyFault {
        let after_bytes = self.read_bytes;
        let causes = iter::successors(error.source(), |cause| (*cause).source());
        let kind = causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).last();
        match kind.map(io::Error::kind) {
            Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
                BodyFault::BadChunks { after_bytes }
            }
            _ => BodyFault::CutOff { after_bytes },
        }
    }

    fn poll_deadlines(&mut self, context: &mut Context<'_>) -> Poll<BodyFault> {
        if self.idle.as_mut().poll(context).is_ready() {
            return Poll::Ready(BodyFault::Stalled { limit: self.limits.idle });
        }
        self.total.as_mut().poll(context).map(|()| BodyFault::TooSlow { limit: self.limits.total })
    }
}

impl Stream for Upload {
    type Item = Result<Bytes, BodyFault>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyFault>>> {
        if std::mem::take(&mut self.rests) {
            // The parser asks again as long as there is more: let it look at each piece first.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Poll::Ready(fault) = self.poll_deadlines(context) {
            return Poll::Ready(Some(Err(fault)));
        }
        loop {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => {
                    return Poll::Ready(Some(Err(self.broken(&error))));
                }
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(self.take(data)));
                    }
                }
            }
        }
    }
}

/// Room for the headers of a part: the parser keeps them until they are complete.
const MAX_UNPARSED_BYTES: usize = 64 * 1024;

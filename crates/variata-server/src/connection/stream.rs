//! The client's stream as hyper sees it.
//!
//! Four things happen here because hyper 1 does not do them: a reader that stalls is given up,
//! `102 Processing` is sent between two messages, bytes that are no request are refused with an
//! error that clients can read, and a connection with an unread request is closed in two steps.
//! Closing it at once would make the system answer the client's next packet with a reset, which
//! takes our answer away before the client has read it (RFC 9112, 9.6).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::refusal;
use super::signals::Signals;
use crate::config::Limits;
use crate::request::BodyLimits;

/// A client's stream with the manners described above.
pub(super) struct ClientStream<S> {
    stream: S,
    signals: Arc<Signals>,
    /// What is left of our own words that the system took only a part of.
    notice: Bytes,
    stall_limit: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    rest_limits: BodyLimits,
    linger: Option<Linger>,
}

/// The time between our last byte and the client's.
struct Linger {
    deadline: Pin<Box<Sleep>>,
    /// Ends where the client sends nothing for too long.
    pause: Pin<Box<Sleep>>,
    left_bytes: u64,
}

/// RFC 2518, 10.1.
const PROCESSING: &[u8] = b"HTTP/1.1 102 Processing\r\n\r\n";

impl<S> ClientStream<S> {
    pub(super) fn new(stream: S, signals: Arc<Signals>, limits: &Limits) -> Self {
        Self {
            stream,
            signals,
            notice: Bytes::new(),
            stall_limit: limits.write_stall,
            stalled: None,
            rest_limits: limits.body,
            linger: None,
        }
    }

    /// Gives up a client that takes nothing for too long.
    fn timed<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let limit = self.stall_limit;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> ClientStream<S> {
    fn poll_notice(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.notice.is_empty() {
            let written = Pin::new(&mut self.stream).poll_write(context, &self.notice);
            let written = ready!(self.timed(context, written))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.notice.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    /// Says the whole of what hyper says to bytes that are no request, if `bytes` are that.
    fn refuses(&mut self, bytes: &[u8]) -> bool {
        let Some(refusal) = refusal::complete(bytes) else { return false };
        self.notice = refusal;
        // There may be any number of them.
        self.signals.linger();
        true
    }

    /// Takes what the client still sends, until it ends or a bound is reached.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(linger) = &mut self.linger else { return Poll::Ready(Ok(())) };
        let mut space = [0; 16 * 1024];
        loop {
            let is_late = linger.deadline.as_mut().poll(context).is_ready()
                || linger.pause.as_mut().poll(context).is_ready();
            if is_late || linger.left_bytes == 0 {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut space);
            let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer));
            let taken = buffer.filled().len() as u64;
            if read.is_err() || taken == 0 {
                return Poll::Ready(Ok(()));
            }
            linger.left_bytes = linger.left_bytes.saturating_sub(taken);
            linger.pause.as_mut().reset(Instant::now() + self.rest_limits.idle);
        }
    }
}

/// The most of an unread request that is taken after its answer: well over the longest body, because
/// Node writes a body that is one buffer 32 times, each time as much as the system takes, before it
/// looks for an answer, and simpler clients write all of it.
const LINGER_BYTES: u64 = 4 * variata_contract::MAX_BODY_BYTES;

impl<S: AsyncRead + Unpin> AsyncRead for ClientStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for ClientStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_notice(context))?;
        if self.refuses(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_notice(context))?;
        if let [only] = slices
            && self.refuses(only)
        {
            return Poll::Ready(Ok(only.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.timed(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// hyper flushes when all that it has to say is written, at the end of each of its turns; so
    /// this is where a notice can go out without cutting a message in two.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.notice.is_empty() && self.signals.take_processing() {
            self.notice = Bytes::from_static(PROCESSING);
        }
        ready!(self.poll_notice(context))?;
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.timed(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_notice(context))?;
        if self.linger.is_none() {
            let ended = Pin::new(&mut self.stream).poll_shutdown(context);
            ready!(self.timed(context, ended))?;
            if !self.signals.lingers() {
                return Poll::Ready(Ok(()));
            }
            // As long as a body that is read may take: Node needs 45 s for one of 80 MB on slow cores.
            let [deadline, pause] =
                [self.rest_limits.total, self.rest_limits.idle].map(|limit| Box::pin(sleep(limit)));
            self.linger = Some(Linger { deadline, pause, left_bytes: LINGER_BYTES });
        }
        self.poll_linger(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    /// A server's end with `room_bytes` until the client has to read, and the client's end.
    fn ends(room_bytes: usize) -> (ClientStream<DuplexStream>, Arc<Signals>, DuplexStream) {
        let (ours, theirs) = duplex(room_bytes);
        let signals = Arc::new(Signals::default());
        let stream = ClientStream::new(ours, Arc::clone(&signals), &Limits::default());
        (stream, signals, theirs)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (mut stream, _, client) = ends(10);
        let started = Instant::now();
        let error = stream.write_all(&[0; 11]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), Limits::default().write_stall);
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_little_in_time_is_not() {
        let (mut stream, _, mut client) = ends(1);
        let read = tokio::spawn(async move {
            let mut taken = Vec::new();
            while let Ok(byte) = client.read_u8().await {
                taken.push(byte);
                sleep(Limits::default().write_stall / 2).await;
            }
            taken
        });
        stream.write_all(b"slow").await.unwrap();
        drop(stream);
        assert_eq!(read.await.unwrap(), b"slow");
    }

    #[tokio::test]
    async fn a_notice_goes_out_between_two_messages_even_in_pieces() {
        let (mut stream, signals, mut client) = ends(7);
        let served = tokio::spawn(async move {
            stream.write_all(b"first").await.unwrap();
            // Nothing is said when the answer comes in the same turn as the notice.
            let wanted = async { signals.want_processing() };
            signals.keep_informed(Duration::from_secs(1), wanted).await;
            stream.flush().await.unwrap();
            signals.want_processing();
            stream.flush().await.unwrap();
            stream.write_all(b"last").await.unwrap();
        });
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        served.await.unwrap();
        assert_eq!(heard, "firstHTTP/1.1 102 Processing\r\n\r\nlast");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unread_request_is_taken_for_a_while_and_a_read_one_is_not() {
        let (mut stream, signals, client) = ends(10);
        let started = Instant::now();
        signals.linger();
        stream.shutdown().await.unwrap();
        assert_eq!(started.elapsed(), Limits::default().body.idle);
        drop(client);

        let (mut stream, _, client) = ends(10);
        let started = Instant::now();
        stream.shutdown().await.unwrap();
        assert_eq!(started.elapsed(), Duration::ZERO);
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn an_unread_request_is_taken_as_long_as_a_body_may_take() {
        let (mut stream, signals, mut client) = ends(10);
        let BodyLimits { total, idle, .. } = Limits::default().body;
        let sent = tokio::spawn(async move {
            while client.write_all(&[0]).await.is_ok() {
                sleep(idle / 2).await;
            }
        });
        let started = Instant::now();
        signals.linger();
        stream.shutdown().await.unwrap();
        assert_eq!(started.elapsed(), total);
        drop(stream);
        sent.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_ends_is_waited_for_no_longer() {
        let (mut stream, signals, mut client) = ends(10);
        signals.linger();
        let sent = tokio::spawn(async move {
            client.write_all(&[0; 100_000]).await.unwrap();
        });
        let started = Instant::now();
        stream.shutdown().await.unwrap();
        assert_eq!(started.elapsed(), Duration::ZERO);
        sent.await.unwrap();
    }
}

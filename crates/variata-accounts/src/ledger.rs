//! What every request became, written behind.
//!
//! A request leaves its entry in a channel and goes on. One task takes what is there, writes it in
//! one transaction, and tries again for as long as the database is away; meanwhile the channel
//! fills, and what finds no room is counted as lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{Database, KeyId, Moment, UserHash};

/// One request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The id that the caller was told; an entry with a known one is not added again.
    pub request_id: String,
    /// When it came.
    pub at: Moment,
    /// Whose it was.
    pub key: KeyId,
    /// Which end user it named.
    pub user: Option<UserHash>,
    /// Who made, or would have made, the images.
    pub engine: Option<String>,
    /// How many images were asked for; 0 when it was refused before that was known.
    pub images: u32,
    /// Their side in pixels.
    pub size_px: Option<u32>,
    /// The first image's seed.
    pub seed: Option<u64>,
    /// The HTTP status of the answer; 499 when the caller left before there was one.
    pub status: u16,
    /// From its first byte to its answer.
    pub elapsed: Duration,
}

/// Where entries are left.
#[derive(Debug)]
pub(crate) struct Ledger {
    sender: mpsc::Sender<Message>,
    lost: AtomicU64,
    written: Arc<AtomicU64>,
    writer: Mutex<Writer>,
}

#[derive(Debug)]
enum Message {
    Entry(Box<Usage>),
    /// Answered once everything before it is written.
    Flush(oneshot::Sender<()>),
}

/// Entries that wait to be written: some megabytes, and minutes of a busy server.
const MAX_WAITING: usize = 16_384;
/// Entries that are written at a time.
const MAX_BATCH: usize = 1000;
/// The longest that an entry waits for others to be written with.
const BATCH_TIME: Duration = Duration::from_millis(500);
/// The wait before a failed batch is written again.
const RETRY: Duration = Duration::from_secs(1);

impl Ledger {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        let written = Arc::new(AtomicU64::new(0));
        let writer = Writer { receiver, written: Arc::clone(&written), batch: Vec::new() };
        Self { sender, lost: AtomicU64::new(0), written, writer: Mutex::new(writer) }
    }

    /// Leaves an entry to be written.
    pub(crate) fn record(&self, entry: Usage) {
        if self.sender.try_send(Message::Entry(Box::new(entry))).is_err() {
            let before = self.lost.fetch_add(1, Ordering::Relaxed);
            // The first says it; the number is in the metrics.
            if before == 0 {
                tracing::error!("the usage ledger cannot keep up: entries are lost");
            }
        }
    }

    /// Writes entries to `database` until the future is dropped. Only one such future writes at a
    /// time, and nothing is lost when it is dropped.
    pub(crate) async fn write(&self, database: &Database) {
        let mut writer = self.writer.lock().await;
        loop {
            writer.write_next(database).await;
        }
    }

    /// Resolves once all entries that were left before are written; [`Ledger::write`] has to run.
    pub(crate) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.sender.send(Message::Flush(done)).await.is_ok() {
            // A writer that is gone writes nothing any more.
            let _ = flushed.await;
        }
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    pub(crate) fn waiting(&self) -> usize {
        MAX_WAITING.saturating_sub(self.sender.capacity())
    }
}

#[derive(Debug)]
struct Writer {
    receiver: mpsc::Receiver<Message>,
    written: Arc<AtomicU64>,
    /// Taken and not yet written.
    batch: Vec<Usage>,
}

impl Writer {
    async fn write_next(&mut self, database: &Database) {
        let flushes = self.gather().await;
        while let Err(error) = database.record(&self.batch).await {
            tracing::error!(%error, entries = self.batch.len(), "cannot write usage, will retry");
            sleep(RETRY).await;
        }
        self.written.fetch_add(self.batch.len() as u64, Ordering::Relaxed);
        self.batch.clear();
        for flush in flushes {
            // Who no longer waits need not know.
            let _ = flush.send(());
        }
    }

    /// Takes entries until there are enough, the first has waited long enough, or somebody wants
    /// them written now.
    async fn gather(&mut self) -> Vec<oneshot::Sender<()>> {
        let mut deadline = None;
        let mut flushes = Vec::new();
        while self.batch.len() < MAX_BATCH && flushes.is_empty() {
            let next = match deadline {
                None => self.receiver.recv().await,
                Some(deadline) => match timeout_at(deadline, self.receiver.recv()).await {
                    Ok(next) => next,
                    Err(_) => break,
                },
            };
            match next {
                Some(Message::Entry(entry)) => self.batch.push(*entry),
                Some(Message::Flush(done)) => flushes.push(done),
                // The sender lives beside the writer, so there is none to come to an end.
                None => break,
            }
            deadline.get_or_insert_with(|| Instant::now() + BATCH_TIME);
        }
        flushes
    }
}

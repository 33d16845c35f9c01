//! Receives finished variations from the engine and encodes each at once.
//!
//! The engine waits while this happens, so no more pictures are being encoded than it has threads,
//! whether ten or a thousand were asked for. Writing is left to the thread that waits for the
//! engine anyway: until a file is on the disk, no core has anything to do for it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use variata_core::{Observer, Variation};

use super::writer::Writer;

/// A variation and the file that is to hold it.
pub(super) struct Encoded {
    /// What the engine made.
    pub(super) variation: Variation,
    /// The file's bytes.
    pub(super) bytes: Vec<u8>,
}

/// The engine's end of the way to a [`Writer`].
pub(super) struct Encoder<'a> {
    writer: &'a Writer<'a>,
    files: SyncSender<Encoded>,
}

/// Files that wait to be written while another one is; with more of them the engine waits.
const MAX_WAITING: usize = 1;

impl<'a> Encoder<'a> {
    /// An encoder for `writer`, and the files that come out of it until it is dropped.
    pub(super) fn new(writer: &'a Writer<'a>) -> (Self, Receiver<Encoded>) {
        let (files, encoded) = sync_channel(MAX_WAITING);
        (Self { writer, files }, encoded)
    }
}

impl Observer for Encoder<'_> {
    fn progress(&self, done: f32) {
        self.writer.progress(done);
    }

    fn wants_previews(&self) -> bool {
        false
    }

    fn finished(&self, variation: Variation) {
        if self.writer.failure().is_err() {
            return;
        }
        match self.writer.encode(&variation) {
            // Nobody is left to receive it only where writing has panicked, which says enough.
            Ok(bytes) => drop(self.files.send(Encoded { variation, bytes })),
            Err(fault) => self.writer.fail(fault),
        }
    }

    fn is_cancelled(&self) -> bool {
        self.writer.is_cancelled()
    }
}

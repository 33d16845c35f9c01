//! Writes the variations of one input, each as soon as it is there, and tells of them.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use variata::ImageDescription;
use variata_core::Variation;
use variata_image::{Lineage, Overwrite, Provenance, WriteError, write_atomically};

use super::Run;
use super::encoder::Encoded;
use super::job::Job;
use super::mosaic::{Gallery, Group};
use super::outputs::exists;
use super::report::{Report, Words};
use super::show::View;
use super::source::Source;
use super::turns::Turn;
use crate::fault::{Fault, io_reason};

/// Writes the variations of one input.
pub(super) struct Writer<'a> {
    job: &'a Job,
    lineage: Lineage,
    run: &'a Run<'a>,
    turn: &'a Turn<'a>,
    /// How many variations of this input are written.
    pub(super) written: AtomicU32,
    /// What is to be told once it is this input's turn; a line a variation at most.
    untold: Mutex<Vec<Vec<u8>>>,
    failure: Mutex<Option<Fault>>,
    sheet: Option<Gallery>,
    view: Option<Gallery>,
}

impl<'a> Writer<'a> {
    /// A writer for the results of `job`, whose input is `source`, told of in its `turn`.
    pub(super) fn new(job: &'a Job, source: &Source, run: &'a Run<'a>, turn: &'a Turn<'a>) -> Self {
        let gallery = |cell_px, limit| Gallery::new(&source.image, cell_px, limit);
        Self {
            job,
            lineage: source.lineage.clone(),
            run,
            turn,
            written: AtomicU32::new(0),
            untold: Mutex::default(),
            failure: Mutex::new(None),
            sheet: run.sheet.as_ref().map(|sheet| gallery(sheet.cell_px(), u32::MAX)),
            view: run.view.as_ref().map(|view| gallery(view.cell_px(), View::MAX_VARIATIONS)),
        }
    }

    /// What went wrong first, if anything did.
    pub(super) fn failure(&self) -> Result<(), Fault> {
        self.first_failure().clone().map_or(Ok(()), Err)
    }

    /// Ends this input with `fault`, unless something went wrong before.
    pub(super) fn fail(&self, fault: Fault) {
        self.first_failure().get_or_insert(fault);
    }

    fn first_failure(&self) -> MutexGuard<'_, Option<Fault>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is no use in further variations.
    pub(super) fn is_cancelled(&self) -> bool {
        self.run.interrupt.is_raised() || self.failure().is_err()
    }

    /// So much of this input is done, 0.0–1.0.
    pub(super) fn progress(&self, done: f32) {
        self.run.console.progress(self.turn.number(), done, self.job.spec.count);
    }

    /// The thumbnails for the contact sheet and for the terminal, where wanted.
    pub(super) fn into_groups(self) -> (Option<Group>, Option<Group>) {
        (self.sheet.map(Gallery::into_group), self.view.map(Gallery::into_group))
    }

    /// Writes a variation that a server made and `told` about, as the `file` that it sent.
    ///
    /// # Errors
    ///
    /// When the file cannot be written or reported.
    pub(super) fn receive(
        &self,
        variation: &Variation,
        told: &ImageDescription,
        file: &[u8],
    ) -> Result<(), Fault> {
        let path = self.job.names.path(variation.seed);
        self.keep(variation, &path, file)?;
        self.report(variation, told.into(), &path)?;
        let written = self.written.load(Ordering::Relaxed);
        self.progress(written as f32 / self.job.spec.count.get() as f32);
        Ok(())
    }

    /// Writes a variation that the engine made, unless something went wrong before.
    pub(super) fn take(&self, encoded: &Encoded) {
        if self.failure().is_ok()
            && let Err(fault) = self.write(encoded)
        {
            self.fail(fault);
        }
    }

    fn write(&self, Encoded { variation, bytes }: &Encoded) -> Result<(), Fault> {
        let path = self.job.names.path(variation.seed);
        self.keep(variation, &path, bytes)?;
        self.report(variation, Words::from(&variation.description), &path)?;
        match &self.job.replay {
            Some(replay) => replay.check_result(&path, bytes),
            None => Ok(()),
        }
    }

    fn keep(&self, variation: &Variation, path: &Path, bytes: &[u8]) -> Result<(), Fault> {
        write_file(path, bytes, self.run.overwrite)?;
        for gallery in [&self.sheet, &self.view].into_iter().flatten() {
            gallery.add(variation.index, variation.seed, &variation.image);
        }
        self.written.fetch_add(1, Ordering::Relaxed);
        self.run.finished.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The file of a variation. A replay carries the record that it was made from, if that makes
    /// it the same file.
    ///
    /// # Errors
    ///
    /// When the format cannot hold it.
    pub(super) fn encode(&self, variation: &Variation) -> Result<Vec<u8>, Fault> {
        let encode = |record: &Provenance| {
            variata_image::encode(&variation.image, self.job.format, Some(record))
                .map_err(|error| Fault::internal(&self.job.names.path(variation.seed), error))
        };
        if let Some(replay) = &self.job.replay {
            let again = encode(&replay.record)?;
            if replay.is_same_file(&again) {
                return Ok(again);
            }
        }
        let (engine_id, spec) = (self.run.engine.id(), &self.job.spec);
        encode(&self.lineage.record(engine_id, spec, variation))
    }

    fn report(&self, variation: &Variation, words: Words<'_>, path: &Path) -> Result<(), Fault> {
        let line = if self.run.json {
            let strength = self.job.spec.strength;
            let report = Report::new(path, &self.job.input, variation, words, strength);
            report.to_json().map_err(|error| Fault::internal(path, error))?
        } else {
            path.as_os_str().as_encoded_bytes().to_vec()
        };
        self.untold().push(line);
        if self.turn.has_come() { self.tell() } else { Ok(()) }
    }

    /// Prints what was not printed yet; it is this input's turn.
    ///
    /// # Errors
    ///
    /// When standard output takes no more.
    pub(super) fn tell(&self) -> Result<(), Fault> {
        let mut lines = self.untold();
        lines.drain(..).try_for_each(|line| self.run.console.data(&line))
    }

    fn untold(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes one file whole or not at all.
///
/// # Errors
///
/// When the file exists and is not to be replaced, or when the system refuses.
pub(super) fn write_file(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<(), Fault> {
    write_atomically(path, bytes, overwrite).map_err(|error| match error {
        WriteError::AlreadyExists { .. } => exists(path),
        WriteError::Io { source, .. } => Fault::output(path.display(), io_reason(&source)),
        other => Fault::output(path.display(), other),
    })
}

//! Receives finished variations from the engine and writes each at once.
//!
//! The engine waits while this happens, so no more pictures are in memory than it has threads,
//! whether ten or a thousand were asked for.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use variata::ImageDescription;
use variata_core::{Observer, Variation};
use variata_image::{Overwrite, Provenance, WriteError, write_atomically};

use super::Run;
use super::job::Job;
use super::mosaic::{Gallery, Group};
use super::outputs::exists;
use super::report::{Report, Words};
use super::show::View;
use super::source::Source;
use crate::fault::{Fault, io_reason};

/// Writes the variations of one input.
pub(super) struct Writer<'a> {
    job: &'a Job,
    source: &'a Source,
    run: &'a Run<'a>,
    pictures_before: u64,
    /// How many variations of this input are written.
    pub(super) written: AtomicU32,
    failure: Mutex<Option<Fault>>,
    sheet: Option<Gallery>,
    view: Option<Gallery>,
}

impl<'a> Writer<'a> {
    /// A writer for the results of `job`, whose input is `source`, after `pictures_before` results
    /// of other jobs.
    pub(super) fn new(
        job: &'a Job,
        source: &'a Source,
        run: &'a Run<'a>,
        pictures_before: u64,
    ) -> Self {
        let gallery = |cell_px, limit| Gallery::new(&source.image, cell_px, limit);
        Self {
            job,
            source,
            run,
            pictures_before,
            written: AtomicU32::new(0),
            failure: Mutex::new(None),
            sheet: run.sheet.as_ref().map(|sheet| gallery(sheet.cell_px(), u32::MAX)),
            view: run.view.as_ref().map(|view| gallery(view.cell_px(), View::MAX_VARIATIONS)),
        }
    }

    /// What went wrong first, if anything did.
    pub(super) fn failure(&self) -> Result<(), Fault> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone().map_or(Ok(()), Err)
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
        self.run.console.progress((self.pictures_before + u64::from(written)) as f64);
        Ok(())
    }

    fn write(&self, variation: &Variation) -> Result<(), Fault> {
        let path = self.job.names.path(variation.seed);
        let bytes = self.encode(variation, &path)?;
        self.keep(variation, &path, &bytes)?;
        self.report(variation, Words::from(&variation.description), &path)?;
        match &self.job.replay {
            Some(replay) => replay.check_result(&path, &bytes),
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

    /// A replay carries the record that it was made from, if that makes it the same file.
    fn encode(&self, variation: &Variation, path: &Path) -> Result<Vec<u8>, Fault> {
        let encode = |record: &Provenance| {
            variata_image::encode(&variation.image, self.job.format, Some(record))
                .map_err(|error| Fault::internal(path, error))
        };
        if let Some(replay) = &self.job.replay {
            let again = encode(&replay.record)?;
            if replay.is_same_file(&again) {
                return Ok(again);
            }
        }
        let (engine_id, spec) = (self.run.engine.id(), &self.job.spec);
        encode(&self.source.lineage.record(engine_id, spec, variation))
    }

    fn report(&self, variation: &Variation, words: Words<'_>, path: &Path) -> Result<(), Fault> {
        if !self.run.json {
            return self.run.console.data(path.as_os_str().as_encoded_bytes());
        }
        let report = Report::new(path, &self.job.input, variation, words, self.job.spec.strength);
        let line = report.to_json().map_err(|error| Fault::internal(path, error))?;
        self.run.console.data(&line)
    }
}

impl Observer for Writer<'_> {
    fn progress(&self, done: f32) {
        let pictures = f64::from(done) * f64::from(self.job.spec.count.get());
        self.run.console.progress(self.pictures_before as f64 + pictures);
    }

    fn wants_previews(&self) -> bool {
        false
    }

    fn finished(&self, variation: Variation) {
        if self.failure().is_err() {
            return;
        }
        if let Err(fault) = self.write(&variation) {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert(fault);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.run.interrupt.is_raised() || self.failure().is_err()
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

//! Making a variation again from the record in it.
//!
//! The record names its source only by SHA-256: a file name would tell whoever gets the variation
//! what the source was called. So the source is given, or found beside the variation by its digest.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use variata_core::{Count, VariationSpec};
use variata_image::{Fit, Format, OutputFormat, Provenance, RECORD_VERSION, SourceDigest};

use super::args::VaryArgs;
use super::inputs::{unreadable, visible_files};
use super::job::Job;
use super::outputs::OutputNames;
use super::source::{self, Source};
use crate::fault::Fault;

/// A variation that is made again.
#[derive(Debug)]
pub(super) struct Replay {
    /// What it says about itself.
    pub(super) record: Provenance,
    file: PathBuf,
    bytes: Vec<u8>,
}

/// The job that makes `file` again with the engine of the name `engine_id`.
///
/// # Errors
///
/// When `file` has no record that this program can follow, or when its source is not found.
pub(super) fn job(file: &Path, args: &VaryArgs, engine_id: &str) -> Result<Job, Fault> {
    let bytes = source::read(file).map_err(|error| unreadable(file, &error))?;
    let record = record(file, &bytes, engine_id)?;
    let format = format(&bytes);
    let input = match args.images.as_slice() {
        [] => find_source(file, record.source_sha256)?,
        [image] => image.clone(),
        [_, second, ..] => {
            return Err(Fault::usage(second.display(), "--replay takes one IMAGE only"));
        }
    };
    let count = Count::new(1).map_err(|error| Fault::internal(file, error))?;
    let Provenance { size, seed, strength, .. } = record;
    Ok(Job {
        input,
        fit: Some(record.fit.unwrap_or(Fit::Reject)),
        spec: VariationSpec { count, size, seed, strength },
        format,
        names: OutputNames::of_replay(file, args.output.as_deref(), format),
        replay: Some(Replay { record, file: file.to_owned(), bytes }),
    })
}

impl Replay {
    /// Refuses any source but the recorded one.
    ///
    /// # Errors
    ///
    /// Names both files.
    pub(super) fn check_source(&self, input: &Path, source: &Source) -> Result<(), Fault> {
        if source.lineage.digest() == self.record.source_sha256 {
            return Ok(());
        }
        let (file, digest) = (self.file.display(), self.record.source_sha256);
        Err(Fault::input(input, format!("{file} was not made from this picture"))
            .with_hint(format!("its source has the SHA-256 {digest}")))
    }

    /// Whether `bytes` are the file that is made again.
    pub(super) fn is_same_file(&self, bytes: &[u8]) -> bool {
        self.bytes == bytes
    }

    /// Tells when the result, written to `path`, is not what it should be.
    ///
    /// # Errors
    ///
    /// Says which version made the other one, since that is the usual cause.
    pub(super) fn check_result(&self, path: &Path, bytes: &[u8]) -> Result<(), Fault> {
        if self.is_same_file(bytes) {
            return Ok(());
        }
        let Provenance { engine, engine_version, .. } = &self.record;
        let ours = env!("CARGO_PKG_VERSION");
        let reason = format!("this came out differently from {}", self.file.display());
        Err(Fault::internal(path, reason).with_hint(format!(
            "that was made by {engine} {engine_version}, this by {ours}; or it was changed since"
        )))
    }
}

fn record(file: &Path, bytes: &[u8], engine_id: &str) -> Result<Provenance, Fault> {
    let record = variata_image::read_provenance(bytes)
        .map_err(|error| Fault::input(file, error))?
        .ok_or_else(|| Fault::input(file, "there is no variata record in this picture"))?;
    let Provenance { record_version, engine, .. } = &record;
    if *record_version > RECORD_VERSION {
        let reason = format!("its record is of version {record_version}, newer than this program");
        return Err(Fault::input(file, reason).with_hint("update variata"));
    }
    if engine != engine_id {
        let reason = format!("it was made by the engine {engine}, and only {engine_id} is here");
        return Err(Fault::input(file, reason));
    }
    Ok(record)
}

/// The format to write again; records are found in these three only.
fn format(bytes: &[u8]) -> OutputFormat {
    match variata_image::sniff(bytes) {
        Some(Format::Jpeg) => OutputFormat::Jpeg,
        Some(Format::WebP) => OutputFormat::WebP,
        _ => OutputFormat::Png,
    }
}

/// Looks beside `file` for the picture with this digest, first among those after which `file`
/// seems to be named.
fn find_source(file: &Path, digest: SourceDigest) -> Result<PathBuf, Fault> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut candidates = visible_files(folder).map_err(|error| unreadable(folder, &error))?;
    candidates.sort_by_cached_key(|path| (Reverse(shared_start(path, file)), path.clone()));
    let is_source =
        |path: &PathBuf| source::read(path).is_ok_and(|bytes| SourceDigest::of(&bytes) == digest);
    candidates.into_iter().find(is_source).ok_or_else(|| {
        Fault::input(file, "the picture that this was made from is not beside it")
            .with_hint("name it: variata vary IMAGE --replay FILE")
    })
}

/// How many bytes the two names have in common at their start.
fn shared_start(a: &Path, b: &Path) -> usize {
    let bytes = |path: &Path| path.file_name().unwrap_or_default().as_encoded_bytes().to_vec();
    bytes(a).iter().zip(bytes(b)).take_while(|(a, b)| **a == *b).count()
}

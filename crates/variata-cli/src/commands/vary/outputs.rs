//! Where results go, and that nothing is lost there.
//!
//! Names are a pure function of the input and the seed, so every collision can be found before
//! the first picture is computed.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use variata_core::{Seed, VariationSpec};
use variata_image::OutputFormat;

use super::job::Job;
use crate::fault::{Fault, io_reason};

/// Names the results of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OutputNames {
    /// `<stem>-<seed>.<extension>` in a folder.
    Seeded {
        /// The folder.
        folder: PathBuf,
        /// What all names start with.
        stem: OsString,
        /// What all names end with, without the dot.
        extension: &'static str,
    },
    /// The one result has this very path.
    Exactly(PathBuf),
}

impl OutputNames {
    /// Names results after `input`, in `folder` or else beside it. Beside standard input is here.
    pub(super) fn new(input: &Path, folder: Option<&Path>, format: OutputFormat) -> Self {
        Self::Seeded {
            folder: folder.unwrap_or(beside_or_here(input)).to_owned(),
            stem: stem(input).to_owned(),
            extension: format.extension(),
        }
    }

    /// Names the one result `<stem of file>-replay.<extension>`, in `folder` or else beside `file`.
    pub(super) fn of_replay(file: &Path, folder: Option<&Path>, format: OutputFormat) -> Self {
        let mut name = stem(file).to_owned();
        name.push(format!("-replay.{}", format.extension()));
        Self::Exactly(folder.unwrap_or(beside(file)).join(name))
    }

    /// The path of the result of `seed`.
    pub(super) fn path(&self, seed: Seed) -> PathBuf {
        match self {
            Self::Exactly(path) => path.clone(),
            Self::Seeded { folder, stem, extension } => {
                let mut name = stem.clone();
                name.push(format!("-{seed}.{extension}"));
                folder.join(name)
            }
        }
    }

    /// The same names with a folder that has no detours, to compare with others.
    #[must_use]
    fn real(&self) -> Self {
        match self {
            Self::Exactly(path) => Self::Exactly(in_real_folder(path)),
            Self::Seeded { folder, stem, extension } => {
                Self::Seeded { folder: real_folder(folder), stem: stem.clone(), extension }
            }
        }
    }

    /// Refuses results of `spec` that are there already.
    ///
    /// # Errors
    ///
    /// Names the first, and what gives it another place.
    pub(super) fn refuse_existing(&self, spec: &VariationSpec) -> Result<(), Fault> {
        let ways = match self {
            Self::Exactly(_) => "--force replaces it; -o DIR writes elsewhere",
            Self::Seeded { .. } => {
                "--force replaces it; -o DIR writes elsewhere; another --seed names it anew"
            }
        };
        let mut refused = self.paths(spec).map(|path| refuse_existing(&path));
        refused.try_for_each(|refused| refused.map_err(|fault| fault.with_hint(ways)))
    }

    /// The paths of all results of `spec`.
    pub(super) fn paths(&self, spec: &VariationSpec) -> impl Iterator<Item = PathBuf> {
        (0..spec.count.get()).map(|index| self.path(spec.seed.nth(index)))
    }
}

/// Makes `folder` and the folders above it when they are missing.
///
/// # Errors
///
/// When it is no folder or cannot be made.
pub(super) fn make_folder(folder: &Path) -> Result<(), Fault> {
    if folder.exists() && !folder.is_dir() {
        return Err(Fault::output(folder.display(), "this is a file, not a folder"));
    }
    fs::create_dir_all(folder).map_err(|error| Fault::output(folder.display(), io_reason(&error)))
}

/// Refuses a path that is there already.
///
/// # Errors
///
/// Names the path and `--force`.
pub(super) fn refuse_existing(path: &Path) -> Result<(), Fault> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(exists(path));
    }
    Ok(())
}

/// The failure of a path that is there already.
pub(super) fn exists(path: &Path) -> Fault {
    Fault::output(path.display(), "this file exists and is not replaced")
        .with_hint("--force replaces it")
}

/// Refuses two jobs whose results would be the same files, and results that would replace an
/// input.
///
/// # Errors
///
/// Names both.
pub(super) fn refuse_collisions(jobs: &[Job]) -> Result<(), Fault> {
    let inputs: HashSet<PathBuf> = jobs.iter().map(|job| real(&job.input)).collect();
    let mut owners = HashMap::new();
    for job in jobs {
        let names = job.names.real();
        if let Some(path) = names.paths(&job.spec).find(|path| inputs.contains(path)) {
            let reason = "this input would be replaced by a variation";
            return Err(Fault::usage(path.display(), reason));
        }
        // Names differ in the seed only, so the first stands for all.
        if let Some(other) = owners.insert(names.path(job.spec.seed), job) {
            return Err(two_for_one(&other.input, job));
        }
    }
    Ok(())
}

/// Whether `path` is that of an input or a result of `job`, however it is spelt.
pub(super) fn belongs_to(path: &Path, job: &Job) -> bool {
    let path = in_real_folder(path);
    path == real(&job.input) || job.names.real().paths(&job.spec).any(|result| result == path)
}

fn two_for_one(first: &Path, second: &Job) -> Fault {
    let (first, path) = (first.display(), second.names.path(second.spec.seed));
    let reason = format!("its variations and those of {first} would both be {}", path.display());
    Fault::usage(second.input.display(), reason)
        .with_hint("vary them in two runs, each with its own -o DIR, or rename one")
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn real_folder(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() { real(Path::new(".")) } else { real(folder) }
}

/// `path` without detours, although the file itself need not be there.
fn in_real_folder(path: &Path) -> PathBuf {
    real_folder(beside(path)).join(path.file_name().unwrap_or_default())
}

fn beside(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// Folders of the system's own hold no results: shells name pipes in them.
fn beside_or_here(input: &Path) -> &Path {
    let is_system = ["/dev", "/proc"].iter().any(|folder| input.starts_with(folder));
    if is_system { Path::new("") } else { beside(input) }
}

fn stem(file: &Path) -> &OsStr {
    file.file_stem().unwrap_or(file.as_os_str())
}

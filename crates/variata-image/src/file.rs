//! Files that are either complete or not there.
//!
//! A reader that watches a folder, a full disk and a killed process must never leave or see half a
//! picture: bytes go into a temporary file beside the target, which then takes the target's name in
//! one step.

use std::fs::File;
use std::io;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use thiserror::Error;

/// What to do when the file is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overwrite {
    /// Fail and leave it alone, even when it appears at the last moment.
    #[default]
    Never,
    /// Replace it in one step.
    Always,
}

/// Why a file was not written; the temporary file is gone and the target is as before.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file is already there and was not to be replaced.
    #[error("{} already exists", path.display())]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// Writes `bytes` into the file at `path`, all of them or none.
///
/// The bytes are on the disk before the name is, so that after a crash the name never leads to half
/// a file; whether the name itself survived is not promised. The folder has to exist.
///
/// # Errors
///
/// [`WriteError`], which names the path.
pub fn write_atomically(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<(), WriteError> {
    // Says so before the work is done; the rename below decides.
    if overwrite == Overwrite::Never && path.symlink_metadata().is_ok() {
        return Err(WriteError::AlreadyExists { path: path.to_owned() });
    }
    let written = stage(path, bytes).and_then(|staged| match overwrite {
        Overwrite::Always => staged.persist(path).map_err(io::Error::from),
        Overwrite::Never => staged.persist_noclobber(path).map_err(io::Error::from),
    });
    written.map(drop).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => WriteError::AlreadyExists { path: path.to_owned() },
        _ => WriteError::Io { path: path.to_owned(), source },
    })
}

/// Fills a temporary file in the folder of `path`; dropping it removes it.
fn stage(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile<File>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".variata-").suffix(".part");
    // Temporary files are private by default, but this one becomes an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // Our error names the target; the library's own text would name the temporary file.
    let mut staged = builder
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(|error| io::Error::from(error.kind()))?;
    staged.as_file_mut().write_all(bytes)?;
    staged.as_file().sync_all()?;
    Ok(staged)
}

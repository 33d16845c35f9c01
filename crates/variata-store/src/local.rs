//! Files in a directory of this machine.
//!
//! ```text
//! DIRECTORY/files/    finished files; the modification time of each is its expiry
//! DIRECTORY/staging/  files being written; what a killed process left is removed at the next start
//! ```
//!
//! The expiry is the modification time because it then moves with the rename that publishes the
//! file: there is no sidecar that could be missing, and names stay free of it, so that finding a
//! file takes no listing. A tool that restores such a directory without its times makes files
//! expire early, never late.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use tempfile::NamedTempFile;

use crate::{BoxFuture, FileName, Store, StoreError, StoredFile, Timestamp};

/// The most bytes that are read at once. A picture of 256² px is one chunk, and a thousand slow
/// readers hold a quarter of a gibibyte.
const CHUNK_BYTES: u64 = 256 * 1024;

/// What a file has to survive once it was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The end of the process, at any moment.
    Process,
    /// The loss of power too: bytes and name are on the disk when a put returns.
    #[default]
    Power,
}

/// A [`Store`] in a directory, which several processes may share.
///
/// Files and folders are open to the user who runs the process only.
#[derive(Debug, Clone)]
pub struct LocalStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    files: PathBuf,
    staging: PathBuf,
    durability: Durability,
    /// Held as long as the store is open; see [`lock_staging`].
    _lock: File,
}

impl LocalStore {
    /// Opens the store in `directory`, which is made if it is missing, and removes what an earlier
    /// process left half-written. Blocks for the time of a few system calls.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the directory cannot be made or written to.
    pub fn open(directory: &Path, durability: Durability) -> Result<Self, StoreError> {
        let files = make_directory(directory.join("files"))?;
        let staging = make_directory(directory.join("staging"))?;
        let lock = lock_staging(&staging)
            .map_err(|source| StoreError::io(format!("use {}", staging.display()), source))?;
        Ok(Self { inner: Arc::new(Inner { files, staging, durability, _lock: lock }) })
    }

    /// Runs `work` where it may block.
    fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(run_blocking("finish a task", move || work(&inner)))
    }
}

impl Store for LocalStore {
    fn put(
        &self,
        name: FileName,
        bytes: Bytes,
        expires: Timestamp,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.blocking(move |inner| inner.put(name, &bytes, expires))
    }

    fn get(&self, name: FileName) -> BoxFuture<'_, Result<StoredFile, StoreError>> {
        self.blocking(move |inner| inner.get(name))
    }

    fn delete_expired(&self, now: Timestamp) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.blocking(move |inner| inner.delete_expired(now))
    }
}

impl Inner {
    fn path(&self, name: FileName) -> PathBuf {
        self.files.join(name.to_string())
    }

    fn put(&self, name: FileName, bytes: &[u8], expires: Timestamp) -> Result<(), StoreError> {
        let failed = |source| StoreError::io(format!("write {name}"), source);
        let staged = self.stage(bytes, expires).map_err(failed)?;
        match staged.persist_noclobber(self.path(name)).map_err(io::Error::from) {
            Ok(_) => self.sync_names().map_err(failed),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(StoreError::AlreadyExists { name })
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Fills a file in the staging folder; dropping it removes it.
    fn stage(&self, bytes: &[u8], expires: Timestamp) -> io::Result<NamedTempFile> {
        let expires = expires.to_system_time().ok_or(io::ErrorKind::InvalidInput)?;
        let mut staged = NamedTempFile::new_in(&self.staging)?;
        staged.write_all(bytes)?;
        staged.as_file().set_modified(expires)?;
        if self.durability == Durability::Power {
            staged.as_file().sync_all()?;
        }
        Ok(staged)
    }

    /// Puts the names of the folder on the disk, where the platform can.
    fn sync_names(&self) -> io::Result<()> {
        if cfg!(unix) && self.durability == Durability::Power {
            File::open(&self.files)?.sync_all()?;
        }
        Ok(())
    }

    fn get(&self, name: FileName) -> Result<StoredFile, StoreError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => StoreError::NotFound { name },
            _ => StoreError::io(format!("read {name}"), source),
        };
        let file = File::open(self.path(name)).map_err(failed)?;
        let length_bytes = file.metadata().map_err(failed)?.len();
        let mut reader = Reader { name, file, left_bytes: length_bytes };
        // The first chunk is here already: a small file takes one trip to a blocking thread.
        let first = reader.next_chunk()?;
        let rest = stream::try_unfold(reader, read_on);
        let body = stream::iter(first.map(Ok)).chain(rest).boxed();
        Ok(StoredFile { name, length_bytes, body })
    }

    fn delete_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let failed = |source| StoreError::io("delete expired files", source);
        let mut deleted = 0;
        let mut problem = None;
        for entry in fs::read_dir(&self.files).map_err(failed)? {
            match entry.and_then(|entry| delete_if_expired(&entry, now)) {
                Ok(gone) => deleted += u64::from(gone),
                Err(error) => problem = Some(error),
            }
        }
        problem.map_or(Ok(deleted), |error| Err(failed(error)))
    }
}

/// Whether the file had expired and was deleted. Files that are not ours are left alone.
fn delete_if_expired(entry: &fs::DirEntry, now: Timestamp) -> io::Result<bool> {
    let name = entry.file_name();
    if name.to_str().is_none_or(|name| name.parse::<FileName>().is_err()) {
        return Ok(false);
    }
    let expired = entry.metadata()?.modified().map(Timestamp::from)? <= now;
    match expired.then(|| fs::remove_file(entry.path())).transpose() {
        Ok(done) => Ok(done.is_some()),
        // Another process that shares the directory was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The unread part of an open file.
struct Reader {
    name: FileName,
    file: File,
    left_bytes: u64,
}

impl Reader {
    /// The next bytes; none at the end.
    fn next_chunk(&mut self) -> Result<Option<Bytes>, StoreError> {
        if self.left_bytes == 0 {
            return Ok(None);
        }
        let wanted_bytes = self.left_bytes.min(CHUNK_BYTES);
        let mut chunk = Vec::with_capacity(usize::try_from(wanted_bytes).unwrap_or_default());
        let read = (&self.file).take(wanted_bytes).read_to_end(&mut chunk);
        let full = read.and_then(|count| match count as u64 == wanted_bytes {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        });
        full.map_err(|source| StoreError::io(format!("read {}", self.name), source))?;
        self.left_bytes -= wanted_bytes;
        Ok(Some(chunk.into()))
    }
}

async fn read_on(mut reader: Reader) -> Result<Option<(Bytes, Reader)>, StoreError> {
    if reader.left_bytes == 0 {
        return Ok(None);
    }
    let read = move || Ok(reader.next_chunk()?.map(|chunk| (chunk, reader)));
    run_blocking("read a file", read).await
}

async fn run_blocking<T: Send + 'static>(
    action: &str,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        // The runtime is shutting down.
        Err(error) => Err(StoreError::io(action, io::Error::other(error))),
    }
}

/// Makes the directory, closed to other users: a listing would tell them the names.
fn make_directory(path: PathBuf) -> Result<PathBuf, StoreError> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.recursive(true).create(&path) {
        Ok(()) => Ok(path),
        Err(source) => Err(StoreError::io(format!("make {}", path.display()), source)),
    }
}

/// Removes what earlier processes left in the staging folder, unless another process still writes
/// there, and tells later ones that this one does.
///
/// Every open store holds a shared lock, which ends with its process however that ends. So whoever
/// gets the exclusive one is alone.
fn lock_staging(staging: &Path) -> io::Result<File> {
    let path = staging.with_extension("lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    if lock.try_lock().is_ok() {
        for entry in fs::read_dir(staging)? {
            fs::remove_file(entry?.path())?;
        }
        lock.unlock()?;
    }
    // Waits for whoever is tidying up at this moment. Where files cannot be locked at all, nothing
    // is ever removed, which is safe.
    let _ = lock.lock_shared();
    Ok(lock)
}

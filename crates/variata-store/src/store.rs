//! What every place for files has in common.

use std::fmt;
use std::io;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt as _};
use thiserror::Error;

use crate::{FileName, Timestamp};

/// What an asynchronous method of a trait object returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Holds finished files until they expire.
///
/// The promises at the top of this crate are those of every implementation. Dropping a returned
/// future may or may not stop the work that it stands for; a file that is put all the same is
/// deleted when it expires, like any other.
pub trait Store: Send + Sync {
    /// Puts all of `bytes` under `name`, to be deleted from `expires` on.
    ///
    /// # Errors
    ///
    /// [`StoreError::AlreadyExists`] when there is such a file, which stays as it is;
    /// [`StoreError::Full`] when it does not fit, and then nothing of it stays.
    fn put(
        &self,
        name: FileName,
        bytes: Bytes,
        expires: Timestamp,
    ) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Opens the file called `name`. It can be read to its end even when it is deleted meanwhile.
    ///
    /// Files stay readable from their expiry to the next sweep: it is the link that ends on the
    /// second.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] when there is no such file (any more).
    fn get(&self, name: FileName) -> BoxFuture<'_, Result<StoredFile, StoreError>>;

    /// Deletes every file that expires at `now` or before; returns how many.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`]; what could be deleted is deleted nevertheless.
    fn delete_expired(&self, now: Timestamp) -> BoxFuture<'_, Result<u64, StoreError>>;
}

/// An open file.
pub struct StoredFile {
    /// Its name, which also knows its media type and its entity tag.
    pub name: FileName,
    /// How many bytes [`StoredFile::body`] yields in all.
    pub length_bytes: u64,
    /// The bytes, in chunks of bounded size so that a slow reader keeps little in memory. Ends with
    /// an error when the file turns out to be shorter than it was.
    pub body: BoxStream<'static, Result<Bytes, StoreError>>,
}

impl StoredFile {
    /// Reads everything.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] when reading fails midway.
    pub async fn into_bytes(mut self) -> Result<Bytes, StoreError> {
        let mut all = BytesMut::new();
        while let Some(chunk) = self.body.next().await {
            all.extend_from_slice(&chunk?);
        }
        Ok(all.freeze())
    }
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StoredFile({}, {} bytes)", self.name, self.length_bytes)
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no file of this name, or no longer.
    #[error("there is no file {name}")]
    NotFound {
        /// The name that was asked for.
        name: FileName,
    },
    /// There is such a file already; it was left alone.
    #[error("{name} already exists, and files are written only once")]
    AlreadyExists {
        /// The name in question.
        name: FileName,
    },
    /// There is no room. Works again by itself once there is, for example after a sweep.
    #[error("there is no room to {action}: {source}")]
    Full {
        /// What was tried.
        action: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The store does not answer, or not in time. Works again by itself once it does.
    #[error("cannot {action} for now: {source}")]
    Unavailable {
        /// What was tried.
        action: String,
        /// What happened instead.
        source: io::Error,
    },
    /// The system refused.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: String,
        /// The system's reason.
        source: io::Error,
    },
}

impl StoreError {
    /// The error for a file that is larger than any picture.
    #[cfg(feature = "s3")]
    pub(crate) fn too_large(name: FileName, actual_bytes: usize, limit_bytes: usize) -> Self {
        let text = format!("it has {actual_bytes} bytes, and the limit is {limit_bytes}");
        let source = io::Error::new(io::ErrorKind::FileTooLarge, text);
        Self::Io { action: format!("write {name}"), source }
    }

    /// The error for a service that said nothing within `limit`.
    #[cfg(feature = "s3")]
    pub(crate) fn no_answer(action: String, limit: std::time::Duration) -> Self {
        let text = format!("no answer within {limit:?}");
        Self::Unavailable { action, source: io::Error::new(io::ErrorKind::TimedOut, text) }
    }

    /// The error for `source`, which came up when trying to do `action`, such as `read the key`.
    pub(crate) fn io(action: impl Into<String>, source: io::Error) -> Self {
        let action = action.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { action, source }
            }
            _ => Self::Io { action, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_room_is_told_from_other_failures() {
        let error = |kind: io::ErrorKind| StoreError::io("write a file", kind.into());
        assert!(matches!(error(io::ErrorKind::StorageFull), StoreError::Full { .. }));
        assert!(matches!(error(io::ErrorKind::QuotaExceeded), StoreError::Full { .. }));
        assert!(matches!(error(io::ErrorKind::PermissionDenied), StoreError::Io { .. }));
    }
}

//! The secrets that links are signed with, and the file that keeps them across restarts.
//!
//! ```text
//! # variata link keys: id, made at, secret; the last one signs
//! 5f0c9a1e 1790000000 0f1e…
//! ```
//!
//! Rotation adds a key and keeps the older ones for as long as a link that they signed can live.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use thiserror::Error;

use crate::name::random_bytes;
use crate::{LINK_LIFETIME_S, Timestamp, hex};

/// The most keys that are kept at a time; more rotations than this within an hour are refused.
const MAX_KEYS: usize = 16;

/// No key file is larger than this.
const MAX_FILE_BYTES: u64 = 16 * 1024;

const HEADER: &str = "# variata link keys: id, made at, secret; the last one signs\n";

/// Why there are no keys to sign links with.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key file cannot be read or written, or there are no random numbers to make a key of.
    #[error("cannot use the key file {}: {source}", path.display())]
    Io {
        /// The key file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The key file holds something else than keys.
    #[error("{}, line {line}: expected a key's id, time and secret", path.display())]
    Malformed {
        /// The key file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Others than the owner could read the keys, or the group could change them.
    #[error("{} has mode {mode:03o}, which opens it to others: set it to 600", path.display())]
    Exposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// All keys that there is room for still have links that live.
    #[error("there are {MAX_KEYS} keys with living links already: wait for some to expire")]
    TooManyKeys,
}

/// 512 secret bits, one block of SHA-256, so that making a MAC of them cannot fail. Its `Debug`
/// shows nothing of them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret([u8; 64]);

impl Secret {
    pub(crate) fn expose(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// Tells which key signed a link; no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyId([u8; 4]);

impl KeyId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        hex::decode(text).map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) id: KeyId,
    made: Timestamp,
    pub(crate) secret: Secret,
}

impl Key {
    fn random(made: Timestamp) -> io::Result<Self> {
        Ok(Self { id: KeyId(random_bytes()?), made, secret: Secret(random_bytes()?) })
    }

    /// Reads a line of the key file.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        let id = KeyId::parse(fields.next()?)?;
        let made = Timestamp::from_seconds(fields.next()?.parse().ok()?);
        let secret = Secret(hex::decode(fields.next()?)?);
        fields.next().is_none().then_some(Self { id, made, secret })
    }

    fn to_line(&self) -> String {
        format!("{} {} {}\n", self.id, self.made, hex::encode(self.secret.expose()))
    }
}

/// One key that signs, and older ones whose links may still live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRing {
    current: Key,
    /// Oldest first.
    older: Vec<Key>,
}

impl KeyRing {
    /// A ring of one new key.
    pub(crate) fn random(now: Timestamp) -> io::Result<Self> {
        Ok(Self { current: Key::random(now)?, older: Vec::new() })
    }

    /// Reads the ring from the file at `path`, or makes a new one there, readable for its owner
    /// only.
    pub(crate) fn open(path: &Path, now: Timestamp) -> Result<Self, KeyError> {
        match Self::read(path) {
            Err(KeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            read => return read,
        }
        let io_failed = |source| KeyError::Io { path: path.to_owned(), source };
        let new = Self::random(now).map_err(io_failed)?;
        match new.stage(path).and_then(|staged| Ok(staged.persist_noclobber(path)?)) {
            Ok(_) => Ok(new),
            // Another process that shares the directory was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::read(path),
            Err(error) => Err(io_failed(error)),
        }
    }

    /// Reads the ring from the file at `path`, which has to be there.
    pub(crate) fn read(path: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        refuse_exposed(path, &file.metadata().map_err(failed)?)?;
        let mut text = String::new();
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(failed)?;
        Self::from_text(&text, path)
    }

    /// Puts the ring into the file at `path` in place of what was there.
    pub(crate) fn save(&self, path: &Path) -> Result<(), KeyError> {
        let saved = self.stage(path).and_then(|staged| Ok(staged.persist(path)?));
        saved.map(drop).map_err(|source| KeyError::Io { path: path.to_owned(), source })
    }

    /// The same ring with a new key that signs from `now` on, without those whose links are all
    /// dead.
    pub(crate) fn rotated(&self, now: Timestamp) -> Result<Self, KeyError> {
        let current = Key::random(now)
            .map_err(|source| KeyError::Io { path: PathBuf::from("random numbers"), source })?;
        let mut older: Vec<Key> = self.older.iter().chain([&self.current]).cloned().collect();
        // A key signs until its successor is made.
        while older.get(1).is_some_and(|next| next.made.plus_seconds(LINK_LIFETIME_S) <= now) {
            older.remove(0);
        }
        if older.len() >= MAX_KEYS {
            return Err(KeyError::TooManyKeys);
        }
        Ok(Self { current, older })
    }

    pub(crate) fn current(&self) -> &Key {
        &self.current
    }

    pub(crate) fn find(&self, id: KeyId) -> Option<&Key> {
        self.older.iter().chain([&self.current]).find(|key| key.id == id)
    }

    fn from_text(text: &str, path: &Path) -> Result<Self, KeyError> {
        let malformed = |line| KeyError::Malformed { path: path.to_owned(), line };
        let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
        let keys: Result<Vec<Key>, KeyError> = lines
            .map(|(index, line)| Key::parse(line).ok_or_else(|| malformed(index + 1)))
            .collect();
        let mut older = keys?;
        let current = older.pop().ok_or_else(|| malformed(1))?;
        Ok(Self { current, older })
    }

    /// Writes the ring beside `path`. Temporary files are readable for their owner only, and
    /// become the key file as they are.
    fn stage(&self, path: &Path) -> io::Result<NamedTempFile> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut staged = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        staged.write_all(HEADER.as_bytes())?;
        for key in self.older.iter().chain([&self.current]) {
            staged.write_all(key.to_line().as_bytes())?;
        }
        staged.as_file().sync_all()?;
        Ok(staged)
    }
}

/// A group may read the file, since some cluster mounts insist on that; nobody else may.
#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &Metadata) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o027 != 0 {
        return Err(KeyError::Exposed { path: path.to_owned(), mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &Metadata) -> Result<(), KeyError> {
    Ok(())
}

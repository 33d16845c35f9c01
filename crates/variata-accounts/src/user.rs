//! End users, whom callers name in the field `user`.
//!
//! Their names can be addresses of people, so only a keyed hash is kept: it tells one user from
//! another, and nothing else. The secret stays beside the server's other secrets and not in the
//! database, so that who reads the tables cannot try names out.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tempfile::NamedTempFile;

use crate::key::random_bytes;
use crate::{AccountsError, KeyId};

/// The keyed hash of one end user of one key: 128 bits, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserHash(Box<str>);

impl UserHash {
    /// The hash as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A hash that was written down.
    pub(crate) fn of_text(text: &str) -> Self {
        Self(text.into())
    }
}

const HASH_BYTES: usize = 16;
const SECRET_BYTES: usize = 64;

/// Makes hashes of end users' names. Its `Debug` shows nothing of the secret.
#[derive(Clone)]
pub struct UserHasher([u8; SECRET_BYTES]);

impl UserHasher {
    /// A hasher with a secret of its own, whose hashes mean nothing to another process.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Random`]
    pub fn random() -> Result<Self, AccountsError> {
        random_bytes().map(Self).map_err(AccountsError::Random)
    }

    /// The hasher whose secret is in the file at `path`, which is made when it is missing, for its
    /// owner only. Servers that share it tell users alike.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Secret`] when the file cannot be used or holds something else.
    pub fn open(path: &Path) -> Result<Self, AccountsError> {
        let read = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
            read => read,
        };
        let hasher = read.and_then(|text| parse(text.trim()));
        hasher.map_err(|source| AccountsError::Secret { path: path.to_owned(), source })
    }

    /// The hash of `user` among the users of `key`: two keys' users are never taken for one.
    pub fn hash(&self, key: &KeyId, user: &str) -> UserHash {
        let mut mac = Hmac::<Sha256>::new((&self.0).into());
        mac.update(key.as_str().as_bytes());
        mac.update(b"\n");
        mac.update(user.as_bytes());
        let bytes = mac.finalize().into_bytes();
        UserHash(hex::encode(bytes.get(..HASH_BYTES).unwrap_or_default()).into())
    }
}

impl fmt::Debug for UserHasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UserHasher")
    }
}

/// Whoever is first decides; temporary files are for their owner only.
fn create(path: &Path) -> io::Result<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut staged = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    writeln!(staged, "{}", hex::encode(random_bytes::<SECRET_BYTES>()?))?;
    staged.as_file().sync_all()?;
    match staged.persist_noclobber(path).map_err(io::Error::from) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(path),
    }
}

fn parse(text: &str) -> io::Result<UserHasher> {
    let mut secret = [0; SECRET_BYTES];
    let expected = format!("expected {} hexadecimal digits", 2 * SECRET_BYTES);
    hex::decode_to_slice(text, &mut secret)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, expected))?;
    Ok(UserHasher(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_outlives_the_process_and_keys_tell_their_users_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("user-secret");
        let (first, second) = (UserHasher::open(&path).unwrap(), UserHasher::open(&path).unwrap());
        let (a, b) = (KeyId::new("a"), KeyId::new("b"));
        assert_eq!(first.hash(&a, "someone"), second.hash(&a, "someone"));
        assert_ne!(first.hash(&a, "someone"), first.hash(&b, "someone"));
        let secret = fs::read_to_string(&path).unwrap();
        assert!(!format!("{first:?}").contains(secret.trim()));
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("user-secret");
        fs::write(&path, "password").unwrap();
        let error = UserHasher::open(&path).unwrap_err().to_string();
        assert!(error.contains("user-secret") && error.contains("hexadecimal"), "{error}");
    }
}

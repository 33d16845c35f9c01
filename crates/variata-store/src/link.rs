//! Links that authorise themselves, for an hour.
//!
//! ```text
//! /files/{id}.png?expires={seconds}&key={key id}&signature={HMAC-SHA-256}
//! ```
//!
//! The signature covers the key's id, the path and the expiry, and a link has exactly one valid
//! spelling: whatever [`LinkSigner::verify`] gets is compared, in constant time, with the link that
//! the server itself would have made. So there is no other order, case or escape to consider.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::keys::{Key, KeyId, KeyRing};
use crate::{FileName, KeyError, Timestamp, hex};

/// How long callers are promised that a link works, in seconds.
pub const LINK_LIFETIME_S: u64 = 3600;

/// Where every link's path starts.
const PATH_PREFIX: &str = "/files/";

/// No link is longer than this, the expiry being at most twenty digits.
const MAX_LINK_BYTES: usize = 256;

/// Keeps one use of a key from being taken for another.
const PURPOSE: &str = "variata file link 1";

/// Why a link leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// It was good once.
    #[error("the link expired at {expires} (seconds since 1970)")]
    Expired {
        /// The first moment at which it no longer worked.
        expires: Timestamp,
    },
    /// This server never made it, or no longer knows the key that signed it.
    #[error("the link was not made by this server, or was altered")]
    Invalid,
}

/// Makes links and tells its own from others.
#[derive(Debug)]
pub struct LinkSigner {
    ring: RwLock<KeyRing>,
    /// Where the keys are kept, unless they live in memory only.
    path: Option<PathBuf>,
}

impl LinkSigner {
    /// A signer whose keys live in the file at `path`, which is made with one new key when it is
    /// missing. Links outlive a restart, and servers that share the file honour each other's
    /// links.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the file cannot be used, is open to others or holds something else.
    pub fn open(path: &Path, now: Timestamp) -> Result<Self, KeyError> {
        let ring = KeyRing::open(path, now)?;
        Ok(Self { ring: RwLock::new(ring), path: Some(path.to_owned()) })
    }

    /// A signer with a key of its own, whose links end with the process.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`] when the system has no random numbers.
    pub fn in_memory(now: Timestamp) -> Result<Self, KeyError> {
        let ring = KeyRing::random(now)
            .map_err(|source| KeyError::Io { path: PathBuf::from("(in memory)"), source })?;
        Ok(Self { ring: RwLock::new(ring), path: None })
    }

    /// Reads the keys from their file again, after somebody else has rotated them.
    ///
    /// # Errors
    ///
    /// [`KeyError`]; the keys are then as before.
    pub fn reload(&self) -> Result<(), KeyError> {
        if let Some(path) = &self.path {
            let ring = KeyRing::read(path)?;
            *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        }
        Ok(())
    }

    /// Signs with a new key from `now` on. Links of older keys work until they expire. Blocks,
    /// and makes those who sign wait, for the time of a few file operations.
    ///
    /// # Errors
    ///
    /// [`KeyError`]; the keys are then as before.
    pub fn rotate(&self, now: Timestamp) -> Result<(), KeyError> {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        match &self.path {
            None => *ring = ring.rotated(now)?,
            Some(path) => {
                // Starts from the file, so that no key of another server is lost.
                let rotated = KeyRing::read(path)?.rotated(now)?;
                rotated.save(path)?;
                *ring = rotated;
            }
        }
        Ok(())
    }

    /// The link to `name` that works before `expires`: a path and a query, to be put behind the
    /// server's public address.
    ///
    /// A link to live for more than [`LINK_LIFETIME_S`] can end earlier, with its key.
    pub fn sign(&self, name: FileName, expires: Timestamp) -> String {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        spell(ring.current(), name, expires)
    }

    /// The file that a link leads to, given its path, its query without the question mark, both as
    /// they came, and the present.
    ///
    /// # Errors
    ///
    /// [`LinkError::Expired`] for a genuine link from the second of its expiry on, and
    /// [`LinkError::Invalid`] for anything else.
    pub fn verify(&self, path: &str, query: &str, now: Timestamp) -> Result<FileName, LinkError> {
        let Parsed { name, expires, key } = Parsed::read(path, query).ok_or(LinkError::Invalid)?;
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let genuine = spell(ring.find(key).ok_or(LinkError::Invalid)?, name, expires);
        let given = format!("{path}?{query}");
        if !bool::from(genuine.as_bytes().ct_eq(given.as_bytes())) {
            return Err(LinkError::Invalid);
        }
        if now >= expires {
            return Err(LinkError::Expired { expires });
        }
        Ok(name)
    }
}

/// What a link claims, before anything of it is believed.
struct Parsed {
    name: FileName,
    expires: Timestamp,
    key: KeyId,
}

impl Parsed {
    fn read(path: &str, query: &str) -> Option<Self> {
        if path.len() + query.len() > MAX_LINK_BYTES {
            return None;
        }
        let name = path.strip_prefix(PATH_PREFIX)?.parse().ok()?;
        let mut fields = query.split('&');
        let expires = fields.next()?.strip_prefix("expires=")?.parse().ok()?;
        let key = KeyId::parse(fields.next()?.strip_prefix("key=")?)?;
        Some(Self { name, expires: Timestamp::from_seconds(expires), key })
    }
}

/// The one spelling of the link to `name` that `key` signs.
fn spell(key: &Key, name: FileName, expires: Timestamp) -> String {
    let id = key.id;
    let mut mac = Hmac::<Sha256>::new(key.secret.expose().into());
    mac.update(format!("{PURPOSE}\n{id}\n{PATH_PREFIX}{name}\n{expires}").as_bytes());
    let signature = hex::encode(&mac.finalize().into_bytes());
    format!("{PATH_PREFIX}{name}?expires={expires}&key={id}&signature={signature}")
}

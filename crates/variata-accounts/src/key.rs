//! API keys: what is shown once, what is kept, and what is known of each.
//!
//! ```text
//! vk-1f0c9a1e-5b0e…   "vk-", the id, "-", 40 digits of 160 random bits
//! ```
//!
//! The id in front lets people tell keys apart in lists and logs, and finds the one digest to
//! compare with; scanners for leaked secrets can match the whole.

use std::fmt;
use std::io;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::{Limits, Moment};

/// Which key; no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// The key of this id.
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// What stands in the place of an id where there are no keys.
    pub(crate) fn anonymous() -> Self {
        Self::new(ANONYMOUS)
    }

    /// Whether it stands for callers without a key.
    pub fn is_anonymous(&self) -> bool {
        self.as_str() == ANONYMOUS
    }

    /// Whether it is that of a key which the operator configured, and which is in no table.
    pub fn is_configured(&self) -> bool {
        self.as_str().starts_with(CONFIGURED)
    }

    /// The id as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id that a key carries, if it starts as ours do.
    pub(crate) fn within(key: &str) -> Option<Self> {
        key.strip_prefix(PREFIX)?.split_once('-').map(|(id, _)| Self::new(id))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

const ANONYMOUS: &str = "anonymous";
const CONFIGURED: &str = "cfg-";
const PREFIX: &str = "vk-";
const ID_BYTES: usize = 4;
const SECRET_BYTES: usize = 20;

/// A key itself, on its way to the one person who is to have it. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// A new key with this id.
    pub(crate) fn random(id: &KeyId) -> io::Result<Self> {
        let secret: [u8; SECRET_BYTES] = random_bytes()?;
        Ok(Self(format!("{PREFIX}{id}-{}", hex::encode(secret))))
    }

    /// The text to hand over.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> KeyDigest {
        KeyDigest::of(&self.0)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey")
    }
}

/// The SHA-256 digest of a key; the key itself is not kept. Its `Debug` shows nothing of it.
///
/// Keys are random and long, so a slow hash would only make admission slow; keys that an operator
/// chose are as strong as they were chosen.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// Keeps the digest of `key`.
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// The id of a key that was configured rather than created.
    pub fn id(&self) -> KeyId {
        let Self([a, b, c, d, ..]) = self;
        KeyId::new(&format!("{CONFIGURED}{}", hex::encode([*a, *b, *c, *d])))
    }

    /// Whether the two are equal, in the same time whether they are or not.
    pub(crate) fn matches(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }

    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok().map(|()| Self(bytes))
    }

    pub(crate) fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyDigest")
    }
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewKey {
    /// Whose it is, or what for; for people.
    pub name: String,
    /// When it ends by itself.
    pub expires: Option<Moment>,
    /// The limits of this key alone.
    pub limits: Limits,
}

/// A key that was made, and its secret, which is not to be had again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedKey {
    /// Which.
    pub id: KeyId,
    /// The key itself.
    pub key: ApiKey,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Which.
    pub id: KeyId,
    /// Whose it is, or what for.
    pub name: String,
    /// When it was made.
    pub created: Moment,
    /// When it ends, or ended, by itself.
    pub expires: Option<Moment>,
    /// When it was revoked.
    pub revoked: Option<Moment>,
    /// Until when the secret before the last rotation is honoured.
    pub previous_until: Option<Moment>,
    /// The limits of this key alone.
    pub limits: Limits,
}

impl Key {
    /// Whether requests with this key are taken at `now`.
    pub fn is_valid(&self, now: Moment) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }
}

/// A random id for a key.
pub(crate) fn random_id() -> io::Result<KeyId> {
    let bits: [u8; ID_BYTES] = random_bytes()?;
    Ok(KeyId::new(&hex::encode(bits)))
}

/// `N` bytes of the system's random numbers.
pub(crate) fn random_bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_carries_its_id_and_is_in_no_debug() {
        let id = random_id().unwrap();
        let key = ApiKey::random(&id).unwrap();
        assert_eq!(KeyId::within(key.reveal()), Some(id.clone()));
        let issued = IssuedKey { id, key: key.clone() };
        let secret = key.reveal().rsplit('-').next().unwrap();
        assert!(!format!("{issued:?} {:?}", key.digest()).contains(secret));
    }

    #[test]
    fn other_texts_carry_no_id() {
        for text in ["", "vk-", "sk-1f0c9a1e-00", "vk-1f0c9a1e"] {
            assert_eq!(KeyId::within(text), None, "{text} was taken");
        }
    }
}

//! The keys and the blocked users, in memory.
//!
//! A request finds its key here. The book is replaced as a whole when the tables have changed.

use std::collections::{HashMap, HashSet};

use subtle::Choice;
use thiserror::Error;

use crate::key::{Key, KeyDigest, KeyId};
use crate::{Moment, UserHash};

/// Why a caller is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unknown {
    /// No key was given, and one is needed.
    #[error("no API key was given")]
    NoKey,
    /// The key is none of ours, or was revoked.
    #[error("the API key is not known")]
    WrongKey,
    /// The key was ours once.
    #[error("the API key has expired")]
    Expired,
}

/// A key with what its secrets are compared with.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    pub(crate) key: Key,
    pub(crate) digest: KeyDigest,
    pub(crate) previous: Option<(KeyDigest, Moment)>,
}

impl StoredKey {
    fn matches(&self, given: &KeyDigest, now: Moment) -> bool {
        let previous = self.previous.as_ref().map_or(Choice::from(0), |(digest, until)| {
            digest.matches(given) & Choice::from(u8::from(now < *until))
        });
        bool::from(self.digest.matches(given) | previous)
    }
}

/// Who is known, and who is blocked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book {
    /// The number of the tables' last change that is in here.
    pub(crate) revision: i64,
    pub(crate) keys: HashMap<KeyId, StoredKey>,
    pub(crate) blocked: HashSet<(KeyId, UserHash)>,
}

impl Book {
    /// The key whose secret was given.
    ///
    /// # Errors
    ///
    /// [`Unknown`]
    pub(crate) fn find(&self, given: &str, now: Moment) -> Result<&Key, Unknown> {
        let id = KeyId::within(given).ok_or(Unknown::WrongKey)?;
        let stored = self.keys.get(&id).ok_or(Unknown::WrongKey)?;
        if !stored.matches(&KeyDigest::of(given), now) || stored.key.revoked.is_some() {
            return Err(Unknown::WrongKey);
        }
        if !stored.key.is_valid(now) {
            return Err(Unknown::Expired);
        }
        Ok(&stored.key)
    }

    pub(crate) fn is_blocked(&self, key: &KeyId, user: &UserHash) -> bool {
        !self.blocked.is_empty() && self.blocked.contains(&(key.clone(), user.clone()))
    }
}

/// The one of `digests` that equals `given`. Compares with every one, so that the time says
/// nothing.
pub(crate) fn find_configured<'d>(
    digests: &'d [KeyDigest],
    given: &KeyDigest,
) -> Option<&'d KeyDigest> {
    digests.iter().fold(None, |found, digest| match bool::from(digest.matches(given)) {
        true => Some(digest),
        false => found,
    })
}

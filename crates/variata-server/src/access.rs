//! Who may ask: the keys of a server.
//!
//! Only digests of keys are kept, and a key that is sent is never repeated: not in an answer, not
//! in a log, not in a `Debug`.

use std::fmt;

use axum::http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq as _};
use variata_dispatch::Tenant;

use crate::ApiError;

/// The digest of a key; the key itself is not kept.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey([u8; 32]);

impl ApiKey {
    /// Keeps the digest of `key`.
    pub fn new(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey")
    }
}

/// Who may ask.
#[derive(Debug, Clone)]
pub(crate) enum Access {
    /// Anyone, with any key or none.
    Open,
    /// Those who hold one of these keys.
    Keys(Vec<ApiKey>),
}

impl Access {
    pub(crate) fn new(keys: Vec<ApiKey>) -> Self {
        if keys.is_empty() { Self::Open } else { Self::Keys(keys) }
    }

    /// Whether anyone may ask.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// The tenant that a request's key belongs to.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when a key is needed and there is none, or a wrong one.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<Tenant, ApiError> {
        let Self::Keys(keys) = self else { return Ok(Tenant::new("anonymous")) };
        let given = given_key(headers).ok_or_else(ApiError::no_api_key)?;
        let index = find(keys, &ApiKey::new(given)).ok_or_else(ApiError::wrong_api_key)?;
        Ok(Tenant::new(&format!("key {index}")))
    }
}

/// The key of the official clients, or of Azure's.
fn given_key(headers: &HeaderMap) -> Option<&str> {
    bearer(headers).or_else(|| headers.get("api-key")?.to_str().ok()).filter(|key| !key.is_empty())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Compares with every key, so that the time says nothing.
fn find(keys: &[ApiKey], given: &ApiKey) -> Option<u32> {
    let (mut is_known, mut found) = (Choice::from(0), 0);
    for (index, key) in (0..).zip(keys) {
        let is_equal = key.0.ct_eq(&given.0);
        found = u32::conditional_select(&found, &index, is_equal);
        is_known |= is_equal;
    }
    bool::from(is_known).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn a_key_is_taken_from_either_header() {
        let access = Access::new(vec![ApiKey::new("other"), ApiKey::new("secret")]);
        let tenant = access.check(&headers("authorization", "Bearer secret")).unwrap();
        assert_eq!(tenant, Tenant::new("key 1"));
        assert!(access.check(&headers("authorization", "bearer  secret")).is_ok());
        assert!(access.check(&headers("api-key", "secret")).is_ok());
    }

    #[test]
    fn a_wrong_key_is_told_from_none_and_never_repeated() {
        let access = Access::new(vec![ApiKey::new("secret")]);
        let wrong = access.check(&headers("authorization", "Bearer canary-key")).unwrap_err();
        assert_eq!(wrong.code(), Some("invalid_api_key"));
        assert!(!format!("{wrong:?} {access:?}").contains("canary"));
        for empty in [HeaderMap::new(), headers("api-key", ""), headers("authorization", "Bearer ")]
        {
            let none = access.check(&empty).unwrap_err();
            assert!(none.message().starts_with("You didn't provide an API key."));
        }
    }

    #[test]
    fn without_keys_anyone_may_ask() {
        assert!(Access::new(Vec::new()).check(&HeaderMap::new()).is_ok());
    }
}

//! Who may ask: the key that a request carries.
//!
//! A key that is sent is never repeated: not in an answer, not in a log, not in a `Debug`.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use variata_accounts::{Accounts, Caller, Unknown};

use crate::ApiError;

/// Who sent a request with these headers.
///
/// # Errors
///
/// [`ApiError`] when a key is needed and there is none, or a wrong one.
pub(crate) fn identify(accounts: &Accounts, headers: &HeaderMap) -> Result<Caller, ApiError> {
    accounts.identify(given_key(headers).as_deref()).map_err(|unknown| match unknown {
        Unknown::NoKey => ApiError::no_api_key(),
        Unknown::Expired => ApiError::expired_api_key(),
        _ => ApiError::wrong_api_key(),
    })
}

/// The key of the official clients, of Azure's, or of browsers, as OpenAI takes them.
fn given_key(headers: &HeaderMap) -> Option<Cow<'_, str>> {
    let azure = || headers.get("api-key")?.to_str().ok().map(Cow::Borrowed);
    authorization(headers).or_else(azure).filter(|key| !key.is_empty())
}

/// Whether a key was put into a header by a program: a browser adds none but Basic by itself.
pub(crate) fn brings_key(headers: &HeaderMap) -> bool {
    let bearer = |value: &HeaderValue| {
        let scheme = value.as_bytes().get(..BEARER.len());
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(BEARER))
    };
    headers.get(AUTHORIZATION).is_some_and(bearer) || headers.contains_key("api-key")
}

const BEARER: &[u8] = b"bearer ";

fn authorization(headers: &HeaderMap) -> Option<Cow<'_, str>> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Some(Cow::Borrowed(key.trim()))
    } else if scheme.eq_ignore_ascii_case("basic") {
        password(key.trim()).map(Cow::Owned)
    } else {
        None
    }
}

/// The second half of a user name and a password (RFC 7617).
fn password(credentials: &str) -> Option<String> {
    let pair = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use variata_accounts::{KeyDigest, Moment, Settings, UserHasher};

    use super::*;

    fn accounts(keys: &[&str]) -> Accounts {
        let configured_keys = keys.iter().map(|key| KeyDigest::of(key)).collect();
        let settings = Settings { configured_keys, ..Settings::default() };
        Accounts::in_memory(settings, UserHasher::random().unwrap(), Arc::new(Moment::now))
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn a_key_is_taken_from_wherever_clients_put_it() {
        let accounts = accounts(&["other", "secret"]);
        let caller = identify(&accounts, &headers("authorization", "Bearer secret")).unwrap();
        assert_eq!(caller.key(), &KeyDigest::of("secret").id());
        assert!(identify(&accounts, &headers("authorization", "bearer  secret")).is_ok());
        assert!(identify(&accounts, &headers("api-key", "secret")).is_ok());
        // `:secret`, as `curl --user :secret` sends it.
        assert!(identify(&accounts, &headers("authorization", "Basic OnNlY3JldA==")).is_ok());
    }

    #[test]
    fn a_wrong_key_is_told_from_none_and_never_repeated() {
        let accounts = accounts(&["secret"]);
        let wrong = headers("authorization", "Bearer canary-key");
        let wrong = identify(&accounts, &wrong).unwrap_err();
        assert_eq!(wrong.code(), Some("invalid_api_key"));
        assert!(!format!("{wrong:?} {accounts:?}").contains("canary"));
        for empty in [
            HeaderMap::new(),
            headers("api-key", ""),
            headers("authorization", "Bearer "),
            headers("authorization", "Basic c2VjcmV0"),
        ] {
            let none = identify(&accounts, &empty).unwrap_err();
            assert!(none.message().starts_with("You didn't provide an API key."));
        }
    }

    #[test]
    fn without_keys_anyone_may_ask() {
        assert!(identify(&accounts(&[]), &HeaderMap::new()).is_ok());
    }
}

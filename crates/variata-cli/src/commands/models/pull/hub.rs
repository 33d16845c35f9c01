//! What a hub says and serves, in the protocol of huggingface.co
//! (<https://huggingface.co/docs/hub/api>), which mirrors speak too.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::{Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use crate::fault::Fault;

/// A hub, and who asks.
pub(super) struct Hub {
    endpoint: String,
    token: Option<String>,
    agent: Agent,
}

/// One revision of a repository.
#[derive(Debug)]
pub(super) struct Listing {
    /// The commit, in hexadecimal digits.
    pub(super) commit: String,
    /// The licence's identifier, if the repository states one.
    pub(super) licence: Option<String>,
    pub(super) files: Vec<RemoteFile>,
}

/// One file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemoteFile {
    /// With slashes, from the repository's root.
    pub(super) path: String,
    pub(super) size_bytes: u64,
    /// What caches name the file by: the digest, or for small files git's.
    pub(super) blob: String,
    /// The SHA-256 of the contents in hexadecimal digits; small files have none.
    pub(super) sha256: Option<String>,
}

const DEFAULT_ENDPOINT: &str = "https://huggingface.co";
/// A listing of thousands of files is less.
const MAX_LISTING_BYTES: u64 = 16 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// A connection that says nothing for so long is given up; what came is kept.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

impl Hub {
    /// The hub that `HF_ENDPOINT` names, asked with the token of `HF_TOKEN` or of Python's login.
    ///
    /// # Errors
    ///
    /// When `HF_ENDPOINT` is no address.
    pub(super) fn from_environment() -> Result<Self, Fault> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let endpoint = variable("HF_ENDPOINT").unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned());
        if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
            let reason = "no address of a hub: expected https://…";
            return Err(Fault::usage(format_args!("HF_ENDPOINT={endpoint:?}"), reason));
        }
        let kept = || std::fs::read_to_string(super::cache::home()?.join("token")).ok();
        let token = variable("HF_TOKEN").or_else(kept).map(|token| token.trim().to_owned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .user_agent(concat!("variata/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_per_read(Some(READ_TIMEOUT))
            .build()
            .new_agent();
        Ok(Self { endpoint: endpoint.trim_end_matches('/').to_owned(), token, agent })
    }

    /// What `revision` of `repository` has.
    ///
    /// # Errors
    ///
    /// When there is none, the hub wants a token, or it cannot be reached or understood.
    pub(super) fn listing(&self, repository: &str, revision: &str) -> Result<Listing, Fault> {
        let path = format!("/api/models/{repository}/revision/{}?blobs=true", escaped(revision));
        let mut response = self.get(&path, None)?;
        self.check(response.status(), repository)?;
        let text = response.body_mut().with_config().limit(MAX_LISTING_BYTES).read_to_vec();
        let text = text.map_err(|error| self.fault(error))?;
        let model: Model = serde_json::from_slice(&text)
            .map_err(|error| self.fault(format_args!("its listing cannot be read: {error}")))?;
        model.listing().ok_or_else(|| self.fault("its listing has digests that are none"))
    }

    /// A file of the commit, without its first `from` bytes. Not every server can leave them out:
    /// the status says whether they are ([`StatusCode::PARTIAL_CONTENT`]).
    ///
    /// # Errors
    ///
    /// When the hub cannot be reached, or refuses.
    pub(super) fn open(
        &self,
        repository: &str,
        commit: &str,
        file: &RemoteFile,
        from: u64,
    ) -> Result<Response<Body>, Fault> {
        let path = format!("/{repository}/resolve/{commit}/{}", file.path);
        let response = self.get(&path, (from > 0).then_some(from))?;
        self.check(response.status(), &file.path)?;
        Ok(response)
    }

    fn get(&self, path: &str, from: Option<u64>) -> Result<Response<Body>, Fault> {
        let mut request = self.agent.get(format!("{}{path}", self.endpoint));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(from) = from {
            request = request.header("range", format!("bytes={from}-"));
        }
        request.call().map_err(|error| self.fault(error))
    }

    fn check(&self, status: StatusCode, what: &str) -> Result<(), Fault> {
        let reason = match status {
            status if status.is_success() => return Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                "refused: it is not there, or asks for a token or for its terms to be accepted"
            }
            StatusCode::NOT_FOUND => "there is no such repository, revision or file",
            other => return Err(self.fault(format_args!("{what}: answered {other}"))),
        };
        let hint = "accept its terms at the hub, and set HF_TOKEN to a token of your account";
        Err(self.fault(format_args!("{what}: {reason}")).with_hint(hint))
    }

    /// Says what is wrong with this hub.
    pub(super) fn fault(&self, reason: impl std::fmt::Display) -> Fault {
        Fault::hub(&self.endpoint, reason)
    }
}

/// Branches may have slashes in their names.
fn escaped(revision: &str) -> String {
    let escape = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    revision.bytes().map(escape).collect()
}

#[derive(Debug, Deserialize)]
struct Model {
    sha: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    siblings: Vec<Sibling>,
}

#[derive(Debug, Deserialize)]
struct Sibling {
    rfilename: String,
    #[serde(default)]
    size: u64,
    #[serde(rename = "blobId")]
    blob_id: String,
    #[serde(default)]
    lfs: Option<LargeFile>,
}

#[derive(Debug, Deserialize)]
struct LargeFile {
    sha256: String,
    size: u64,
}

impl Model {
    /// Digests become names of files, so they have to be digests.
    fn listing(self) -> Option<Listing> {
        let licence = self.tags.iter().find_map(|tag| tag.strip_prefix("license:"));
        let licence = licence.map(str::to_owned);
        let files: Option<Vec<_>> = self.siblings.into_iter().map(Sibling::file).collect();
        is_digest(&self.sha).then_some(Listing { commit: self.sha, licence, files: files? })
    }
}

impl Sibling {
    fn file(self) -> Option<RemoteFile> {
        let (size_bytes, blob, sha256) = match self.lfs {
            Some(large) => (large.size, large.sha256.clone(), Some(large.sha256)),
            None => (self.size, self.blob_id, None),
        };
        let fits = is_digest(&blob);
        fits.then_some(RemoteFile { path: self.rfilename, size_bytes, blob, sha256 })
    }
}

fn is_digest(text: &str) -> bool {
    (40..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_with_names_for_digests_is_refused() {
        let listing = |digest: &str| {
            let text = format!(
                r#"{{"sha": "{0}", "tags": ["a", "license:mit"],
                    "siblings": [{{"rfilename": "x", "blobId": "{digest}", "size": 3}}]}}"#,
                "0".repeat(40)
            );
            serde_json::from_str::<Model>(&text).unwrap().listing()
        };
        assert_eq!(listing(&"a1".repeat(20)).unwrap().licence.as_deref(), Some("mit"));
        assert!(listing("../../escape").is_none());
    }

    #[test]
    fn a_branch_with_a_slash_stays_one_part_of_the_address() {
        assert_eq!(escaped("refs/pr/7"), "refs%2Fpr%2F7");
    }
}

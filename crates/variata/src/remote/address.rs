//! Where the endpoint is.

use http::Uri;
use http::uri::Scheme;

use crate::Error;

/// The URL of the endpoint.
pub(super) struct Address {
    endpoint: Uri,
    origin: String,
}

impl Address {
    /// From the base URL of an API.
    pub(super) fn parse(base_url: &str) -> Result<Self, Error> {
        let wrong = |reason: &str| Error::Configuration {
            reason: format!(
                "{:?} cannot be a base URL: {reason}; expected one like http://127.0.0.1:8080/v1",
                without_user(base_url),
            ),
        };
        let base: Uri = base_url.trim().parse().map_err(|_| wrong("it is no URL"))?;
        let (Some(scheme), Some(authority)) = (base.scheme(), base.authority()) else {
            return Err(wrong("it has no scheme or no host"));
        };
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return Err(wrong("its scheme is neither http nor https"));
        }
        if authority.as_str().contains('@') {
            return Err(wrong("it holds a user name, and keys are given apart from it"));
        }
        if base.query().is_some() {
            return Err(wrong("it has a query"));
        }
        let origin = format!("{scheme}://{authority}");
        let path = base.path().trim_end_matches('/');
        let endpoint = format!("{origin}{path}/images/variations").parse();
        Ok(Self { endpoint: endpoint.map_err(|_| wrong("its path is no path"))?, origin })
    }

    /// The whole URL.
    pub(super) fn endpoint(&self) -> &Uri {
        &self.endpoint
    }

    /// Scheme, host and port, for messages.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn is_https(&self) -> bool {
        self.endpoint.scheme() == Some(&Scheme::HTTPS)
    }
}

/// The URL as it may be shown: what stands before an `@` may be a password.
fn without_user(url: &str) -> &str {
    url.rsplit_once('@').map_or(url, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_below_the_base_url() {
        for (base, endpoint) in [
            ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/images/variations"),
            ("https://a.example/v1/", "https://a.example/v1/images/variations"),
            ("http://[::1]:80", "http://[::1]:80/images/variations"),
        ] {
            assert_eq!(Address::parse(base).ok().unwrap().endpoint().to_string(), endpoint);
        }
    }

    #[test]
    fn what_cannot_be_a_base_url_is_told_without_its_secrets() {
        for wrong in
            ["", "localhost:8080", "/v1", "ftp://a/v1", "http://u:canary@a/v1", "http://a/?k=1"]
        {
            let message = Address::parse(wrong).err().unwrap().to_string();
            assert!(message.contains("expected one like http://"), "{message}");
            assert!(!message.contains("canary"), "{message}");
        }
    }
}

//! The address under which a caller sees this server.
//!
//! Links have to work for the caller, who may be on the other side of a proxy. What a proxy says
//! about that is believed only when the operator trusts it: anyone can send such a header.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::header::{FORWARDED, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Uri};
use thiserror::Error;

/// The address that the operator gave, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

/// A text that is no address of a server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a public URL: expected http:// or https://, a host, and no query")]
pub struct InvalidPublicUrl(String);

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, InvalidPublicUrl> {
        let invalid = || InvalidPublicUrl(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| invalid())?;
        let is_web =
            uri.scheme().is_some_and(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme));
        let is_plain = uri.query().is_none() && uri.authority().is_some_and(is_host);
        let is_right = is_web && is_plain && !text.contains('#');
        is_right.then(|| Self(text.trim_end_matches('/').to_owned())).ok_or_else(invalid)
    }
}

/// Addresses that share their first bits, such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u32,
}

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a network: expected an address such as 10.1.2.3, or 10.0.0.0/8")]
pub struct InvalidNetwork(String);

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let differing = ours.to_bits() ^ theirs.to_bits();
                differing.leading_zeros() >= self.prefix_bits
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let differing = ours.to_bits() ^ theirs.to_bits();
                differing.leading_zeros() >= self.prefix_bits
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let invalid = || InvalidNetwork(text.to_owned());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let all_bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = prefix.map_or(Ok(all_bits), str::parse).map_err(|_| invalid())?;
        (prefix_bits <= all_bits).then_some(Self { address, prefix_bits }).ok_or_else(invalid)
    }
}

/// How the address of this server is found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origins {
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) trusted_proxies: Vec<Network>,
}

impl Origins {
    /// The address that links start with, without a slash at its end: what the operator said, else
    /// what a trusted proxy says, else the `Host` that was asked for, else our own end of the
    /// connection.
    pub(crate) fn find(&self, headers: &HeaderMap, peer: SocketAddr, local: SocketAddr) -> Origin {
        if let Some(PublicUrl(url)) = &self.public_url {
            return Origin(url.clone());
        }
        let is_trusted = self.trusted_proxies.iter().any(|network| network.contains(peer.ip()));
        let told = if is_trusted { Told::by_proxy(headers) } else { Told::default() };
        let host = told.host.or_else(|| asked_for(headers));
        let host = host.map_or_else(|| local.to_string(), |host| host.to_string());
        let scheme = if told.is_secure { "https" } else { "http" };
        Origin(format!("{scheme}://{host}"))
    }

    /// Whether `page`, an `Origin` that a browser sent, is of this server: of the address that links
    /// start with, or of the `Host` that the browser asked for, which no page can choose.
    pub(crate) fn include(
        &self,
        page: &HeaderValue,
        headers: &HeaderMap,
        peer: SocketAddr,
        local: SocketAddr,
    ) -> bool {
        let Some(page) = page.to_str().ok().and_then(|page| page.parse().ok()) else {
            return false;
        };
        let linked = self.find(headers, peer, local).0.parse::<Uri>().ok();
        let linked = linked.and_then(|url| url.into_parts().authority);
        [linked, asked_for(headers)].iter().flatten().any(|ours| is_of(&page, ours))
    }
}

/// Scheme, host and port as the caller knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin(String);

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a proxy says about the request that it got.
#[derive(Default)]
struct Told {
    host: Option<Authority>,
    is_secure: bool,
}

impl Told {
    /// `Forwarded` (RFC 7239) is asked first. Of several values the last is taken: it is the one
    /// that our own proxy added.
    fn by_proxy(headers: &HeaderMap) -> Self {
        let last = |name: &str| {
            let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
            value.rsplit(',').next().map(str::trim)
        };
        let host = forwarded(last(FORWARDED.as_str()), "host").or(last("x-forwarded-host"));
        let proto = forwarded(last(FORWARDED.as_str()), "proto").or(last("x-forwarded-proto"));
        let is_secure = proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
        Self { host: host.and_then(authority), is_secure }
    }
}

fn forwarded<'a>(element: Option<&'a str>, name: &str) -> Option<&'a str> {
    let mut pairs = element?.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(value.trim_matches('"'))
}

fn asked_for(headers: &HeaderMap) -> Option<Authority> {
    authority(headers.get(HOST)?.to_str().ok()?)
}

/// Schemes are left out: a proxy that takes TLS off need not say that it did.
fn is_of(page: &Uri, ours: &Authority) -> bool {
    let usual_port = match page.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return false,
    };
    let port = |authority: &Authority| authority.port_u16().unwrap_or(usual_port);
    page.authority().is_some_and(|page| {
        page.host().eq_ignore_ascii_case(ours.host()) && port(page) == port(ours)
    })
}

fn authority(text: &str) -> Option<Authority> {
    text.parse().ok().filter(is_host)
}

/// A host without a name and a password before it.
fn is_host(authority: &Authority) -> bool {
    !authority.host().is_empty() && !authority.as_str().contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |&(name, value): &(&'static str, &str)| {
            (http::HeaderName::from_static(name), value.parse().unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    /// Theirs and ours.
    fn ends() -> (SocketAddr, SocketAddr) {
        ("10.0.0.9:999".parse().unwrap(), "127.0.0.1:80".parse().unwrap())
    }

    fn find(origins: &Origins, pairs: &[(&'static str, &str)]) -> String {
        let (peer, local) = ends();
        origins.find(&headers(pairs), peer, local).to_string()
    }

    #[test]
    fn the_operators_word_comes_first() {
        let public_url = Some("https://img.example/base/".parse().unwrap());
        let origins = Origins { public_url, trusted_proxies: Vec::new() };
        assert_eq!(find(&origins, &[("host", "a:1")]), "https://img.example/base");
    }

    #[test]
    fn a_proxy_is_believed_only_when_it_is_trusted() {
        let headers = [("host", "inside:8080"), ("forwarded", "for=1.2.3.4, proto=https;host=out")];
        assert_eq!(find(&Origins::default(), &headers), "http://inside:8080");
        let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let trusting = Origins { public_url: None, trusted_proxies };
        assert_eq!(find(&trusting, &headers), "https://out");
        let older = [("x-forwarded-proto", "https"), ("x-forwarded-host", "old.example")];
        assert_eq!(find(&trusting, &older), "https://old.example");
        let wrong = [("host", "inside"), ("x-forwarded-host", "me@evil\"")];
        assert_eq!(find(&trusting, &wrong), "http://inside");
    }

    #[test]
    fn a_page_is_ours_by_the_address_of_links_or_by_the_host_that_was_asked_for() {
        let public_url = Some("https://a.example/x".parse().unwrap());
        let told = Origins { public_url, ..Origins::default() };
        for (origins, host, page, expected) in [
            (Origins::default(), "lan-box:8080", "http://lan-box:8080", true),
            (Origins::default(), "LAN-box", "http://lan-box", true),
            // TLS ended at a proxy that does not say so.
            (Origins::default(), "a.example", "https://a.example", true),
            (Origins::default(), "a.example:443", "https://a.example", true),
            (Origins::default(), "[::1]:8080", "http://[::1]:8080", true),
            (Origins::default(), "lan-box:8080", "http://lan-box:9090", false),
            (Origins::default(), "lan-box:8080", "http://lan-box", false),
            (Origins::default(), "lan-box", "http://evil.lan-box", false),
            (Origins::default(), "lan-box", "http://lan-box@evil.test", false),
            (Origins::default(), "null", "null", false),
            (Origins::default(), "x", "chrome-extension://x", false),
            (told.clone(), "inside:8080", "https://a.example", true),
            (told, "inside:8080", "http://inside:8080", true),
        ] {
            let headers = headers(&[("host", host)]);
            let (peer, local) = ends();
            let page_is_ours = origins.include(&page.parse().unwrap(), &headers, peer, local);
            assert_eq!(page_is_ours, expected, "{page} at {host}");
        }
    }

    #[test]
    fn without_a_usable_host_our_own_address_is_used() {
        assert_eq!(find(&Origins::default(), &[]), "http://127.0.0.1:80");
        assert_eq!(find(&Origins::default(), &[("host", "a b")]), "http://127.0.0.1:80");
    }

    #[test]
    fn networks_match_by_their_first_bits() {
        let network: Network = "192.168.4.0/22".parse().unwrap();
        assert!(network.contains("192.168.7.255".parse().unwrap()));
        assert!(network.contains("::ffff:192.168.5.1".parse().unwrap()));
        assert!(!network.contains("192.168.8.0".parse().unwrap()));
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains("8.8.8.8".parse().unwrap()));
        for text in ["10.0.0.0/33", "10.0.0", "::1/129", "x"] {
            assert!(text.parse::<Network>().is_err(), "{text} was taken");
        }
    }

    #[test]
    fn only_addresses_of_servers_are_public_urls() {
        for text in
            ["example.com", "ftp://a", "https://", "https://a?b", "https://u:p@a", "https://a#b"]
        {
            assert!(text.parse::<PublicUrl>().is_err(), "{text} was taken");
        }
    }
}

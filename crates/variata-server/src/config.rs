//! What an operator can set, and the bounds that hold when nothing is set.

use std::time::Duration;

use crate::cors::CorsOrigin;
use crate::origin::{Network, PublicUrl};
use crate::request::BodyLimits;

/// What an operator can set.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Whether to serve anyone on an address that other machines can reach.
    pub allow_anonymous: bool,
    /// The address that links start with; without it, the host that a request names.
    pub public_url: Option<PublicUrl>,
    /// The proxies whose `Forwarded` and `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// The pages of other sites that may call the API from a browser.
    pub cors_origins: Vec<CorsOrigin>,
    /// The bounds.
    pub limits: Limits,
}

/// The bounds of a server.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most connections at a time; others wait in the system's queue.
    pub connections: usize,
    /// The most memory that bodies take while they arrive; each may take 4 MiB.
    pub upload_bytes: u64,
    /// The most memory that images take until their callers have read them, where they are part of
    /// an answer; one caller may have three quarters of it. No more are made as long as there are
    /// so many.
    pub unread_bytes: u64,
    /// The longest that a connection may take for the headers of a request, and so the longest
    /// that it may be idle between two requests.
    pub headers: Duration,
    /// How much of a body is read, and for how long; the rest of one is taken and thrown away as long
    /// after an early answer.
    pub body: BodyLimits,
    /// The longest that a client may take none of an answer.
    pub write_stall: Duration,
    /// How often a waiting client is told that its request is being worked on.
    pub processing: Duration,
    /// How long a stream of events may be silent before it says that it goes on.
    pub heartbeat: Duration,
    /// The longest that running requests are waited for at the end.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2048,
            upload_bytes: 256 * 1024 * 1024,
            unread_bytes: 512 * 1024 * 1024,
            headers: Duration::from_secs(30),
            body: BodyLimits::default(),
            write_stall: Duration::from_secs(60),
            // Node's client gives up after 300 s without a word.
            processing: Duration::from_secs(20),
            heartbeat: Duration::from_secs(15),
            drain: Duration::from_secs(30),
        }
    }
}

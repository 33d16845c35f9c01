//! The library as programs use it, embedded and against a server.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod cancellation;
mod embedded;
mod examples;
mod images;
mod refusals;
mod remote;
mod retries;
mod streaming;
mod support;

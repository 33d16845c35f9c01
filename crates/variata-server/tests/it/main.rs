//! The server as its callers see it: bytes over a loopback connection.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod access;
mod admin;
mod connections;
mod cors;
mod errors;
mod extensions;
mod framings;
mod hostile;
mod idempotency;
mod limits;
mod links;
mod models;
mod page;
mod reference;
mod responses;
mod storage;
mod streaming;
mod support;

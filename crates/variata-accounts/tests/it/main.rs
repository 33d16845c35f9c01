//! Accounts on the databases that they are kept in.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod accounts;
mod conformance;
#[cfg(feature = "postgres")]
mod postgres;
mod support;

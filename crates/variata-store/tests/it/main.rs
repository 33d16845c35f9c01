//! What this crate promises, checked from outside.
#![expect(clippy::unwrap_used, reason = "a failed test is what a panic here means")]

mod conformance;
mod crash;
mod links;
mod local;

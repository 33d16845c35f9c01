//! What this crate promises, checked from outside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed test is what a panic here means")]

mod admission;
mod cancellation;
mod delivery;
mod failure;
mod fairness;
mod shutdown;
mod support;

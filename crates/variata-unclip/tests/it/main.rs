//! The engine from outside: parity with the reference, loading, and what observers see.
#![expect(clippy::unwrap_used, reason = "a failed test is what a panic here means")]

mod loading;
mod observing;
mod parity;
mod preprocessing;
mod support;

//! What callers of the engine count on, seen from outside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod degenerate;
mod determinism;
mod observing;
mod people;
mod sizes;
mod support;

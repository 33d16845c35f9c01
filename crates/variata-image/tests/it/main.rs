//! The crate as its users see it.

#![expect(clippy::unwrap_used, reason = "a failed test is what a panic here means")]

mod support;

mod corpora;
mod round_trip;

//! The crate as its users see it.
#![expect(clippy::unwrap_used, reason = "a failed test is what a panic here means")]

mod allocation;
mod support;

mod corpora;
mod decoding;
mod encoding;
mod files;
mod fitting;
mod hostile;
mod lineage;
mod orientation;
mod provenance;
mod round_trip;

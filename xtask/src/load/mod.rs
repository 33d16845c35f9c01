//! What `soak`, `faults`, `bench-server` and `conformance` ask servers with: a client that sends exact bytes, pictures for it to
//! send, and numbers of what came back.

mod client;
mod crowd;
mod process;
mod tally;

pub(crate) use client::{Client, get, variation};
pub(crate) use crowd::ask_for;
pub(crate) use process::{Process, Setup};
pub(crate) use tally::Tally;

use anyhow::Context;
use variata_core::SquareImage;
use variata_image::{OutputFormat, encode};

/// A small picture that costs next to nothing to decode.
pub(crate) fn picture() -> anyhow::Result<Vec<u8>> {
    let image = SquareImage::from_fn(64, |x, y| {
        [(x * 4).min(255) as u8, (y * 4).min(255) as u8, ((x * y) % 251) as u8, u8::MAX]
    });
    encode(&image, OutputFormat::Png, None).context("cannot encode the picture")
}

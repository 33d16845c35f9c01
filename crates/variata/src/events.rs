//! A request's images one by one, as they come.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, Stream};

use crate::{Error, Image};

/// News of a request; see [`CreateVariation::stream`](crate::CreateVariation::stream).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum VariationEvent {
    /// A coarse picture of a variation that is not finished. Left out when there is no time for it.
    PartialImage(PartialImage),
    /// A finished variation. They come as they are finished, not in the order of their seeds.
    Completed(CompletedImage),
}

/// A coarse picture of a variation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PartialImage {
    /// Which of the request's variations it will be, from 0.
    pub index: u32,
    /// The how-manieth coarse picture of that variation this is, from 0.
    pub partial_image_index: u32,
    /// The picture, always in base64.
    pub image: Image,
}

/// A finished variation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CompletedImage {
    /// Which of the request's variations it is, from 0.
    pub index: u32,
    /// The seed that makes it again with an `n` of 1; none when the server does not tell.
    pub seed: Option<u64>,
    /// The image: in base64 unless the request asked for links.
    pub image: Image,
    /// How it came about, as far as the maker tells.
    pub description: ImageDescription,
}

/// How a variation came about, in the engine's own words.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "remote", derive(serde::Deserialize))]
#[cfg_attr(feature = "remote", serde(default))]
#[non_exhaustive]
pub struct ImageDescription {
    /// What the engine took the source for, such as `scene`.
    pub class: String,
    /// What it did, such as `shift-map + dusk`.
    pub operation: String,
    /// How it rates the result, by the names of its measures.
    pub scores: BTreeMap<String, f32>,
}

/// The news of one request. Dropping this stops the work.
#[must_use = "nothing is asked for before the first event is waited for"]
pub struct VariationEvents(BoxStream<'static, Result<VariationEvent, Error>>);

impl VariationEvents {
    pub(crate) fn new(
        events: impl Stream<Item = Result<VariationEvent, Error>> + Send + 'static,
    ) -> Self {
        Self(events.boxed())
    }

    /// Waits for the next event. None when all variations were finished; an error is the last that
    /// comes.
    pub async fn next(&mut self) -> Option<Result<VariationEvent, Error>> {
        self.0.next().await
    }
}

impl Stream for VariationEvents {
    type Item = Result<VariationEvent, Error>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<VariationEvent, Error>>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for VariationEvents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VariationEvents")
    }
}

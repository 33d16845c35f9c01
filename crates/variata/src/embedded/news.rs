//! A running job's news, as the events that callers see.

use bytes::Bytes;
use variata_contract::{Fields, ResponseFormat};
use variata_dispatch::{Event, Events, Finished};

use super::{failed, image};
use crate::Error;
use crate::events::{CompletedImage, ImageDescription, PartialImage, VariationEvent};

/// What is still to come of a job.
pub(super) struct News {
    events: Events,
    response_format: ResponseFormat,
    /// The most coarse pictures of one variation.
    partial_images: u32,
    /// How many there were of each so far.
    shown: Vec<u32>,
}

impl News {
    pub(super) fn new(fields: &Fields, events: Events) -> Self {
        Self {
            events,
            response_format: fields.response_format,
            partial_images: fields.delivery.partial_images(),
            shown: (0..fields.count.get()).map(|_| 0).collect(),
        }
    }

    /// The next event and what comes after it.
    pub(super) async fn next(mut self) -> Result<Option<(VariationEvent, Self)>, Error> {
        while let Some(event) = self.events.next().await {
            let event = match event.map_err(failed)? {
                Event::Preview { index, bytes } => self.partial_image(index, bytes)?,
                Event::Finished(finished) => Some(self.completed(finished)?),
                // Progress can be told from the images.
                _ => None,
            };
            if let Some(event) = event {
                return Ok(Some((event, self)));
            }
        }
        Ok(None)
    }

    fn partial_image(
        &mut self,
        index: u32,
        base64: Bytes,
    ) -> Result<Option<VariationEvent>, Error> {
        let shown = usize::try_from(index).ok().and_then(|index| self.shown.get_mut(index));
        let Some(shown) = shown.filter(|shown| **shown < self.partial_images) else {
            return Ok(None);
        };
        let partial_image_index = *shown;
        *shown += 1;
        let image = image(base64, ResponseFormat::B64Json)?;
        let partial = PartialImage { index, partial_image_index, image };
        Ok(Some(VariationEvent::PartialImage(partial)))
    }

    fn completed(&self, finished: Finished) -> Result<VariationEvent, Error> {
        let Finished { index, seed, description, bytes, .. } = finished;
        let scores = description.scores.into_iter();
        Ok(VariationEvent::Completed(CompletedImage {
            index,
            seed: Some(seed.get()),
            image: image(bytes, self.response_format)?,
            description: ImageDescription {
                scores: scores.map(|score| (score.name.to_owned(), score.value)).collect(),
                class: description.class,
                operation: description.operation,
            },
        }))
    }
}

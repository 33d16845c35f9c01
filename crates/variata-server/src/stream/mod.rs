//! Variations as server-sent events: each image as soon as it is there, coarse ones before it.
//!
//! The stream takes news from the dispatcher only as fast as its reader takes events; what that
//! means to a job whose reader is slow is the dispatcher's business, and a reader that takes
//! nothing at all is given up like that of any other answer. Dropping the stream cancels the job.

mod frame;

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use variata_core::Seed;
use variata_dispatch::{Event, Finished, JobError};

use self::frame::{About, Picture, Shape};
use crate::ApiError;
use crate::app::App;
use crate::connection::RequestId;
use crate::idempotency::Claim;
use crate::origin::Origin;
use crate::visit::Visit;
use crate::wire::Base64;
use crate::work::{self, ImageResult, Order, Submitted};

/// Who reads, as far as the events of an answer depend on it.
pub(crate) struct Reader {
    pub(crate) origin: Origin,
    pub(crate) request_id: RequestId,
    pub(crate) visit: Visit,
    /// Held until the end, so that the same stream is not begun twice.
    pub(crate) _claim: Option<Claim>,
}

/// An answer that has begun.
pub(crate) struct Begun {
    /// The seeds of the images to come.
    pub(crate) seeds: Vec<Seed>,
    /// Server-sent events until the last image, or an error.
    pub(crate) events: Body,
}

/// Begins `order`.
///
/// Waits for the first event, or for the moment of the first comment: what goes wrong before that
/// (a picture that cannot be decoded, for one) has a status of its own.
///
/// # Errors
///
/// [`ApiError`] for all that goes wrong before the start.
pub(crate) async fn begin(
    app: Arc<App>,
    order: Order,
    mut reader: Reader,
) -> Result<Begun, ApiError> {
    let (submitted, first) =
        submit(&app, &order).await.map_err(|error| reader.visit.refuse(error))?;
    let seeds: Vec<Seed> =
        (0..order.fields.count.get()).map(|index| submitted.seed.nth(index)).collect();
    reader.visit.made(seeds.iter().copied());
    let news = News::new(app, order, submitted, reader).starting_with(first);
    let frames = stream::unfold(news, |mut news| async move { Some((news.next().await?, news)) });
    let pieces = frames.flat_map(stream::iter).map(Ok::<_, Infallible>);
    Ok(Begun { seeds, events: Body::from_stream(pieces) })
}

/// The job, and its first event if there is one in time.
async fn submit(app: &App, order: &Order) -> Result<(Submitted, Option<Event>), ApiError> {
    let mut submitted = work::submit(app, order).await?;
    let first = timeout(app.limits.heartbeat, submitted.events.next()).await;
    let first = first.ok().flatten().transpose().map_err(work::failed)?;
    Ok((submitted, first))
}

/// A job's news, while it is turned into the pieces of events.
struct News {
    app: Arc<App>,
    order: Order,
    submitted: Submitted,
    reader: Reader,
    /// What has come already.
    first: Option<Event>,
    /// How many partial images were sent of each image.
    partial_images: Vec<u32>,
    heartbeat: Interval,
    is_over: bool,
}

impl News {
    fn new(app: Arc<App>, order: Order, submitted: Submitted, reader: Reader) -> Self {
        let mut heartbeat = interval_at(Instant::now(), app.limits.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let partial_images = (0..order.fields.count.get()).map(|_| 0).collect();
        Self {
            app,
            order,
            submitted,
            reader,
            first: None,
            partial_images,
            heartbeat,
            is_over: false,
        }
    }

    /// With an event to start with; without one, a comment is due at once.
    fn starting_with(mut self, first: Option<Event>) -> Self {
        if first.is_some() {
            self.heartbeat.reset();
        }
        Self { first, ..self }
    }

    /// The next pieces, which may be none; `None` at the end.
    async fn next(&mut self) -> Option<Vec<Bytes>> {
        if self.is_over {
            return None;
        }
        if let Some(first) = self.first.take() {
            return Some(self.tell(Ok(first)).await);
        }
        tokio::select! {
            biased;
            event = self.submitted.events.next() => {
                let Some(event) = event else {
                    self.reader.visit.end(StatusCode::OK);
                    return None;
                };
                Some(self.tell(event).await)
            }
            _ = self.heartbeat.tick() => Some(frame::comment()),
        }
    }

    async fn tell(&mut self, event: Result<Event, JobError>) -> Vec<Bytes> {
        let pieces = match event {
            Ok(Event::Preview { index, bytes }) => Ok(self.preview(index, bytes)),
            Ok(Event::Finished(finished)) => self.finished(finished).await,
            // Progress can be told from the images.
            Ok(_) => Ok(Vec::new()),
            Err(error) => Err(work::failed(error)),
        };
        pieces.unwrap_or_else(|error| {
            self.is_over = true;
            let error = error.of_key(self.reader.visit.key());
            self.reader.visit.end(error.status());
            self.app.recent.error(&error, &self.reader.request_id);
            frame::error(&error.with_request_id(self.reader.request_id.as_str()))
        })
    }

    fn preview(&mut self, index: u32, base64: Bytes) -> Vec<Bytes> {
        let limit = self.order.fields.delivery.partial_images();
        let sent = usize::try_from(index).ok().and_then(|index| self.partial_images.get_mut(index));
        let Some(sent) = sent.filter(|sent| **sent < limit) else { return Vec::new() };
        let nth = *sent;
        *sent += 1;
        let base64 = Base64::from_encoded(base64).into_text();
        self.shape().partial(self.about(index), nth, base64)
    }

    async fn finished(&self, finished: Finished) -> Result<Vec<Bytes>, ApiError> {
        let (about, created) = (self.about(finished.index), self.app.now());
        let description = finished.description.clone();
        let image = self.submitted.destination.keep(&self.app, finished, created).await?;
        let picture = match image.result {
            ImageResult::Base64(base64) => Picture::Base64(base64.into_text()),
            ImageResult::Stored(name) => {
                let link = self.app.links.sign(name, work::expiry(created));
                Picture::Url(format!("{}{link}", self.reader.origin))
            }
        };
        Ok(self.shape().completed(about, &description, picture))
    }

    fn shape(&self) -> Shape {
        let fields = &self.order.fields;
        Shape { size: fields.size, format: fields.output_format }
    }

    fn about(&self, index: u32) -> About {
        let seed = self.submitted.seed.nth(index);
        About { index, seed, created_at: self.app.now().seconds() }
    }
}

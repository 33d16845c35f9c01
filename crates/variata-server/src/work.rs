//! From a request that is right to finished images.
//!
//! The dispatcher decides when; this says what is done on the compute pool then: read the picture,
//! and turn each variation into the bytes that the answer or the store needs.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::try_join_all;
use variata_contract::{ErrorObject, Fields, ResponseFormat, read_source};
use variata_core::{Seed, SquareImage, Variation, VariationSpec};
use variata_dispatch::{BoxError, Codec, DispatchError, Events, Finished, Job, JobError, Tenant};
use variata_image::{Fit, Lineage, OutputFormat, encode};
use variata_store::{FileKind, FileName, LINK_LIFETIME_S, StoreError, Timestamp};

use crate::ApiError;
use crate::app::App;
use crate::error::Overload;
use crate::metrics::{Metrics, Phase};
use crate::unread::Unread;
use crate::wire::Base64;

/// One request, complete and right as far as that shows without decoding the picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    pub(crate) tenant: Tenant,
    pub(crate) fields: Fields,
    /// The bytes of the part `image`.
    pub(crate) file: Bytes,
}

/// What an order became.
#[derive(Debug)]
pub(crate) struct Made {
    /// When; links work for an hour from then on.
    pub(crate) created: Timestamp,
    pub(crate) engine: String,
    /// In the order of their seeds.
    pub(crate) images: Vec<MadeImage>,
}

impl Made {
    /// The first moment at which the links no longer work.
    pub(crate) fn expires(&self) -> Timestamp {
        expiry(self.created)
    }
}

/// One finished image.
#[derive(Debug)]
pub(crate) struct MadeImage {
    pub(crate) seed: Seed,
    pub(crate) result: ImageResult,
}

/// Where the bytes of a finished image are.
#[derive(Debug)]
pub(crate) enum ImageResult {
    /// In the store.
    Stored(FileName),
    /// Here.
    Base64(Base64),
}

/// Runs `order` and stores what has to be stored. Dropping the future cancels the job.
///
/// # Errors
///
/// [`ApiError`] when there is no room, the picture cannot be read, or something of ours fails.
pub(crate) async fn fulfil(app: Arc<App>, order: Order) -> Result<Made, ApiError> {
    let Submitted { events, destination, .. } = submit(&app, &order).await?;
    let finished = events.collect().await.map_err(failed)?;
    let (created, engine) = (app.now(), order.fields.engine.id().to_owned());
    // Side by side: a disk makes ten files safe in little more than the time of one.
    let kept = finished.into_iter().map(|image| destination.keep(&app, image, created));
    Ok(Made { created, engine, images: try_join_all(kept).await? })
}

/// A job that waits or runs; dropping it cancels the job.
pub(crate) struct Submitted {
    pub(crate) events: Events,
    /// The seed of the first image.
    pub(crate) seed: Seed,
    pub(crate) destination: Destination,
}

/// Hands `order` to the dispatcher.
///
/// # Errors
///
/// [`ApiError`] when there is no room for it.
pub(crate) async fn submit(app: &App, order: &Order) -> Result<Submitted, ApiError> {
    let (job, names) =
        job(app, order).map_err(|error| fault("cannot draw random numbers", &error))?;
    let seed = job.spec.seed;
    let events = app.dispatcher.submit(job).await.map_err(refused)?;
    let destination = Destination { response_format: order.fields.response_format, names };
    Ok(Submitted { events, seed, destination })
}

/// Where the images of one job go.
pub(crate) struct Destination {
    response_format: ResponseFormat,
    names: Vec<FileName>,
}

impl Destination {
    /// Stores an image, `created` just now, if that is where it goes.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when the store does not take it.
    pub(crate) async fn keep(
        &self,
        app: &App,
        image: Finished,
        created: Timestamp,
    ) -> Result<MadeImage, ApiError> {
        let result = match self.response_format {
            ResponseFormat::B64Json => ImageResult::Base64(Base64::from_encoded(image.bytes)),
            ResponseFormat::Url => {
                let name = self.name(image.index)?;
                let _storing = app.metrics.time(Phase::Store);
                app.store.put(name, image.bytes, expiry(created)).await.map_err(not_stored)?;
                ImageResult::Stored(name)
            }
        };
        app.metrics.observe(Phase::Vary, image.elapsed);
        app.metrics.images.inc();
        app.recent.image();
        Ok(MadeImage { seed: image.seed, result })
    }

    fn name(&self, index: u32) -> Result<FileName, ApiError> {
        let name = usize::try_from(index).ok().and_then(|index| self.names.get(index));
        name.copied().ok_or_else(|| {
            tracing::error!(index, "the engine made an image that nobody asked for");
            ApiError::internal()
        })
    }
}

/// The first moment at which links to what was `created` then no longer work.
pub(crate) fn expiry(created: Timestamp) -> Timestamp {
    created.plus_seconds(LINK_LIFETIME_S)
}

/// What [`DispatchError`] means to the caller.
pub(crate) fn refused(error: DispatchError) -> ApiError {
    let again = Duration::from_secs(5);
    match error {
        // Jobs that take longer than a client waits are not worth a retry.
        DispatchError::Overloaded { retry_after: wait } if wait >= DEEP_OVERLOAD => {
            ApiError::overloaded(Overload::Deep { wait })
        }
        DispatchError::Overloaded { retry_after: wait } => {
            ApiError::overloaded(Overload::Passing { wait })
        }
        DispatchError::TooLarge { limit_images, images } => {
            ErrorObject::above_maximum("n", &images.to_string(), limit_images).into()
        }
        _ => ApiError::overloaded(Overload::Passing { wait: again }),
    }
}

/// From this wait on, clients are asked not to retry by themselves.
const DEEP_OVERLOAD: Duration = Duration::from_secs(30);

/// What [`JobError`] means to the caller.
pub(crate) fn failed(error: JobError) -> ApiError {
    match error {
        JobError::Source(source) => match source.downcast::<ErrorObject>() {
            Ok(error) => (*error).into(),
            Err(source) => fault("cannot read the source", &*source),
        },
        other => fault("job failed", &other),
    }
}

fn not_stored(error: StoreError) -> ApiError {
    match error {
        StoreError::Full { .. } | StoreError::Unavailable { .. } => {
            tracing::error!(%error, "the store takes nothing for now");
            ApiError::no_storage()
        }
        other => fault("cannot store a result", &other),
    }
}

/// An error that is ours: told to the log, not to the caller.
fn fault(what: &str, error: &dyn std::error::Error) -> ApiError {
    tracing::error!(%error, "{what}");
    ApiError::internal()
}

/// The job, and the name of each of its images.
fn job(app: &App, order: &Order) -> io::Result<(Job, Vec<FileName>)> {
    let fields = &order.fields;
    let seed = fields.seed.map_or_else(random_seed, Ok)?;
    let (count, size, strength) = (fields.count, fields.size, fields.strength);
    let spec = VariationSpec { count, size, seed, strength };
    let kind = file_kind(fields.output_format);
    let names = (0..count.get()).map(|_| FileName::random(kind));
    let names = names.collect::<io::Result<Vec<_>>>()?;
    let codec = RequestCodec {
        file: order.file.clone(),
        spec,
        engine: fields.engine.id().to_owned(),
        fit: fields.fit,
        format: fields.output_format,
        is_base64: fields.response_format == ResponseFormat::B64Json,
        wants_previews: fields.delivery.partial_images() > 0,
        lineage: OnceLock::new(),
        submitted: Instant::now(),
        begun: OnceLock::new(),
        unwritten_images: AtomicU32::new(count.get()),
        tenant: order.tenant.clone(),
        unread: Arc::clone(&app.unread),
        metrics: Arc::clone(&app.metrics),
    };
    let (tenant, engine) = (order.tenant.clone(), Arc::clone(fields.engine.engine()));
    Ok((Job { tenant, engine, spec, codec: Arc::new(codec) }, names))
}

fn random_seed() -> io::Result<Seed> {
    getrandom::u64().map(Seed::from_bits).map_err(io::Error::other)
}

fn file_kind(format: OutputFormat) -> FileKind {
    match format {
        OutputFormat::Png => FileKind::Png,
        OutputFormat::Jpeg => FileKind::Jpeg,
        OutputFormat::WebP => FileKind::Webp,
    }
}

/// Reads the caller's picture and writes what the caller asked for.
struct RequestCodec {
    file: Bytes,
    spec: VariationSpec,
    engine: String,
    fit: Fit,
    format: OutputFormat,
    is_base64: bool,
    wants_previews: bool,
    /// Known once the source is read.
    lineage: OnceLock<Lineage>,
    /// When it began to wait for its turn.
    submitted: Instant,
    /// When its turn came.
    begun: OnceLock<Instant>,
    unwritten_images: AtomicU32,
    tenant: Tenant,
    unread: Arc<Unread>,
    metrics: Arc<Metrics>,
}

impl Codec for RequestCodec {
    fn read(&self) -> Result<SquareImage, BoxError> {
        let begun = *self.begun.get_or_init(Instant::now);
        self.metrics.observe(Phase::Queue, begun.duration_since(self.submitted));
        let _decoding = self.metrics.time(Phase::Decode);
        let source = read_source(&self.file, self.fit)?;
        self.lineage.get_or_init(|| source.lineage);
        Ok(source.image)
    }

    fn write(&self, variation: &Variation) -> Result<Bytes, BoxError> {
        let bytes = self.encode(variation)?;
        if self.unwritten_images.fetch_sub(1, Ordering::Relaxed) == 1 {
            let computed = self.begun.get().map(Instant::elapsed).unwrap_or_default();
            self.metrics.observe(Phase::Compute, computed);
        }
        Ok(bytes)
    }

    fn wants_previews(&self) -> bool {
        self.wants_previews
    }

    /// Always in base64: previews are seen once, so there are no links to them.
    fn write_preview(&self, _index: u32, image: &SquareImage) -> Option<Bytes> {
        let bytes = encode(image, self.format, None).ok()?;
        Some(self.in_base64(&bytes))
    }
}

impl RequestCodec {
    fn encode(&self, variation: &Variation) -> Result<Bytes, BoxError> {
        let _encoding = self.metrics.time(Phase::Encode);
        let lineage =
            self.lineage.get().ok_or("a variation was made before its source was read")?;
        let record = lineage.record(&self.engine, &self.spec, variation);
        let bytes = encode(&variation.image, self.format, Some(&record))?;
        Ok(if self.is_base64 { self.in_base64(&bytes) } else { Bytes::from(bytes) })
    }

    /// A part of an answer, which its caller may take any time to read.
    fn in_base64(&self, file: &[u8]) -> Bytes {
        self.unread.count(&self.tenant, Base64::encode(file))
    }
}

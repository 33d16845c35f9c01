//! Variations made in this process.
//!
//! The same parts as in the server, without the wire: the contract's rules, the dispatcher's
//! bounded queue and compute pool, and the engine. Waiting calls hold an address or a file of at
//! most 64 MiB, never pixels.

mod codec;
mod folder;
mod news;

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::stream::{self, Stream, TryStreamExt as _};
use variata_contract::{Engines, ErrorObject, Fields, ResponseFormat, Texts};
use variata_core::{Engine, Seed, VariationSpec};
use variata_dispatch::{
    DispatchError, Dispatcher as _, Events, Finished, InProcess, Job, JobError, Limits, Tenant,
};
use variata_patch::PatchEngine;

use self::codec::{CallCodec, Destination};
use self::folder::Folder;
use self::news::News;
use crate::client::Backend;
use crate::{ApiError, Client, Error, Image, ImageInput, ImagesResponse, VariationEvent};

/// What can be set of an embedded maker.
///
/// ```
/// use std::num::NonZeroUsize;
/// use variata::Embedded;
///
/// # fn main() -> Result<(), variata::Error> {
/// let client = Embedded::new().threads(NonZeroUsize::MIN).directory("variations").build()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is started until it is built"]
#[derive(Clone, Default)]
pub struct Embedded {
    engines: Vec<Arc<dyn Engine>>,
    threads: Option<NonZeroUsize>,
    directory: Option<PathBuf>,
}

/// The most images, waiting and being made together; calls beyond that are refused with 503.
const CAPACITY_IMAGES: u32 = 1024;

impl Embedded {
    /// variata's own engine, one thread a processor, and links to a temporary folder.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many threads compute.
    pub fn threads(self, threads: NonZeroUsize) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// Where images are written that are asked for as links; made when missing. Nothing there is
    /// ever deleted, and the same request writes the same file again.
    ///
    /// By default that is a new folder for this client in the system's folder for temporary files,
    /// which other users cannot read.
    pub fn directory(self, directory: impl Into<PathBuf>) -> Self {
        Self { directory: Some(directory.into()), ..self }
    }

    /// Adds an engine. The first that is added is the default in the place of variata's own.
    pub fn engine(mut self, engine: Arc<dyn Engine>) -> Self {
        self.engines.push(engine);
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] when the system gives none.
    pub fn build(self) -> Result<Client, Error> {
        let Self { mut engines, threads, directory } = self;
        if engines.is_empty() {
            engines.push(Arc::new(PatchEngine::new()));
        }
        let engines = Engines::new(engines).ok_or_else(|| Error::Start("no engine".into()))?;
        let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let limits = Limits {
            capacity_images: CAPACITY_IMAGES,
            tenant_capacity_images: CAPACITY_IMAGES,
            ..Limits::for_threads(threads.unwrap_or(processors))
        };
        let pool = InProcess::start(limits).map_err(|error| Error::Start(Box::new(error)))?;
        let parts = Parts { engines, pool, folder: Arc::new(Folder::new(directory)) };
        Ok(Client(Backend::Embedded(Maker(Arc::new(parts)))))
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engines: Vec<&str> = self.engines.iter().map(|engine| engine.id()).collect();
        formatter
            .debug_struct("Embedded")
            .field("engines", &engines)
            .field("threads", &self.threads)
            .field("directory", &self.directory)
            .finish()
    }
}

/// A running maker.
#[derive(Clone)]
pub(crate) struct Maker(Arc<Parts>);

struct Parts {
    engines: Engines,
    pool: InProcess,
    folder: Arc<Folder>,
}

impl Maker {
    /// Makes what `texts` ask for. Dropping the future cancels the work.
    pub(crate) async fn create_variation(
        &self,
        image: ImageInput,
        texts: &Texts,
    ) -> Result<ImagesResponse, Error> {
        let (fields, events) = self.submit(image, texts).await?;
        let finished = events.collect().await.map_err(failed)?;
        answer(finished, fields.response_format, fields.engine.id())
    }

    /// Makes what `texts` ask for, and tells of each image. Dropping the stream cancels the work.
    pub(crate) fn stream(
        self,
        image: ImageInput,
        texts: Texts,
    ) -> impl Stream<Item = Result<VariationEvent, Error>> + Send {
        let news = stream::once(self.news(image, texts));
        news.map_ok(|news| stream::try_unfold(news, News::next)).try_flatten()
    }

    async fn news(self, image: ImageInput, texts: Texts) -> Result<News, Error> {
        let (fields, events) = self.submit(image, &texts).await?;
        Ok(News::new(&fields, events))
    }

    async fn submit(&self, image: ImageInput, texts: &Texts) -> Result<(Fields, Events), Error> {
        let fields = Fields::parse(texts, &self.0.engines)?;
        let seed = match fields.seed {
            Some(seed) => seed,
            None => random_seed().map_err(fault)?,
        };
        let Fields { count, size, strength, response_format, .. } = fields;
        let spec = VariationSpec { count, size, seed, strength };
        let destination = match response_format {
            ResponseFormat::B64Json => Destination::Answer,
            ResponseFormat::Url => Destination::Folder(Arc::clone(&self.0.folder)),
        };
        let engine = Arc::clone(fields.engine.engine());
        let codec = Arc::new(CallCodec::new(image, &fields, spec, destination));
        let job = Job { tenant: Tenant::new("embedded"), engine, spec, codec };
        let events = self.0.pool.submit(job).await.map_err(refused)?;
        Ok((fields, events))
    }
}

impl fmt::Debug for Maker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engines: Vec<&str> = self.0.engines.ids().collect();
        formatter.debug_struct("Embedded").field("engines", &engines).finish_non_exhaustive()
    }
}

fn random_seed() -> io::Result<Seed> {
    getrandom::u64().map(Seed::from_bits).map_err(io::Error::other)
}

fn answer(
    finished: Vec<Finished>,
    response_format: ResponseFormat,
    engine: &str,
) -> Result<ImagesResponse, Error> {
    let seeds = finished.iter().map(|finished| finished.seed.get()).collect();
    let image = |finished: Finished| image(finished.bytes, response_format);
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(ImagesResponse {
        created: since_1970.as_secs(),
        data: finished.into_iter().map(image).collect::<Result<_, Error>>()?,
        seeds,
        engine: Some(engine.to_owned()),
        request_id: None,
    })
}

/// What the codec wrote, as the caller sees it.
fn image(text: Bytes, response_format: ResponseFormat) -> Result<Image, Error> {
    let text = String::from_utf8(Vec::from(text)).map_err(fault)?;
    Ok(match response_format {
        ResponseFormat::Url => Image::link(text),
        ResponseFormat::B64Json => Image::inline(text),
    })
}

fn refused(error: DispatchError) -> Error {
    match error {
        DispatchError::Overloaded { .. } => ErrorObject::overloaded().into(),
        other => fault(other),
    }
}

fn failed(error: JobError) -> Error {
    match error {
        JobError::Source(source) | JobError::Output(source) => match source.downcast::<Error>() {
            Ok(error) => *error,
            Err(source) => fault(source),
        },
        other => fault(other),
    }
}

/// An error that is ours. There is no operator with a log whom the caller could ask, so it says
/// what happened.
fn fault(cause: impl fmt::Display) -> Error {
    let mut error = ApiError::from(ErrorObject::internal());
    error.message.push_str(&format!(" The cause: {cause}."));
    error.into()
}

//! Variations made by a server instead of this machine.
//!
//! The same seeds give the same files, so the only difference is who computes. A server makes at
//! most ten images a request; more are asked for in several, one after the other, by consecutive
//! seeds.

use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use variata::{
    Client, CompletedImage, Error, ImageInput, ResponseFormat, VariationEvent, VariationEvents,
};
use variata_core::{Description, SquareImage, Variation};
use variata_image::{DecodeLimits, Fit, decode, fit};

use super::LOOK_AROUND;
use super::args::VaryArgs;
use super::job::Job;
use super::source::Source;
use super::writer::Writer;
use crate::fault::{Fault, io_reason};
use crate::interrupt::Interrupt;

/// The server that makes the variations of a run.
pub(super) struct Server {
    client: Client,
    runtime: Runtime,
}

/// The most images of one request.
const MAX_IMAGES: u32 = 10;

impl Server {
    /// The server that `args` ask for, if they do.
    ///
    /// # Errors
    ///
    /// When the URL or the key cannot be one.
    pub(super) fn of(args: &VaryArgs) -> Result<Option<Self>, Fault> {
        // A replay proves what this machine makes.
        let Some(url) = args.server.as_ref().filter(|_| args.replay.is_none()) else {
            return Ok(None);
        };
        let unusable = |reason: String| Fault::usage("--server", reason);
        let client = Client::remote(url, &args.server_key());
        let client = client.map_err(|error| unusable(error.to_string()))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unusable(io_reason(&error)))?;
        Ok(Some(Self { client, runtime }))
    }

    /// Has the variations of `job` made and hands each to `writer`.
    ///
    /// # Errors
    ///
    /// The first thing that went wrong, in the server's own words where it has any.
    pub(super) fn make(
        &self,
        job: &Job,
        source: &Source,
        writer: &Writer<'_>,
        interrupt: &Interrupt,
    ) -> Result<(), Fault> {
        let count = job.spec.count.get();
        for first in (0..count).step_by(MAX_IMAGES as usize) {
            let batch = Batch { first, images: MAX_IMAGES.min(count - first) };
            let mut events = ask(&self.client, job, source, batch);
            let mut received = 0;
            let mut started = Instant::now();
            while let Some(event) = self.next(&mut events, interrupt)? {
                let event = event.map_err(|error| fault(job, &error))?;
                // There are no coarse ones.
                let VariationEvent::Completed(image) = event else { continue };
                let index = batch.check_seed(job, &image)?;
                let file = image.image.bytes().map_err(|error| fault(job, &error))?;
                let variation = variation(job, index, &file, started.elapsed())?;
                writer.receive(&variation, &image.description, &file)?;
                received += 1;
                started = Instant::now();
            }
            if received != batch.images {
                let reason = format!("{received} of {} images came", batch.images);
                return Err(Fault::server(reason));
            }
        }
        Ok(())
    }

    /// The next event; an error once the user asks to stop.
    fn next(
        &self,
        events: &mut VariationEvents,
        interrupt: &Interrupt,
    ) -> Result<Option<Result<VariationEvent, Error>>, Fault> {
        let next = self.runtime.block_on(unless_raised(interrupt, events.next()));
        next.ok_or_else(Fault::interrupted)
    }
}

fn ask(client: &Client, job: &Job, source: &Source, batch: Batch) -> VariationEvents {
    let call = client.images().create_variation(ImageInput::bytes(&source.file[..]));
    call.n(batch.images)
        .size(job.spec.size)
        .seed(job.spec.seed.nth(batch.first).get())
        .strength(job.spec.strength.get())
        // A square picture is not changed by this, and may then be a JPEG or a WebP too.
        .fit(source.lineage.fitted().unwrap_or(Fit::Crop))
        .output_format(job.format)
        .response_format(ResponseFormat::B64Json)
        .partial_images(0)
        .stream()
}

/// A failure in the server's own words, where it has any.
fn fault(job: &Job, error: &Error) -> Fault {
    match error.api() {
        Some(api) if api.param.as_deref() == Some("image") => {
            Fault::input(&job.input, &api.message)
                .with_hint("this is the server's limit: scale it down, or leave out --server")
        }
        Some(api) if api.status == 401 => Fault::server(&api.message)
            .with_hint("set VARIATA_API_KEY or OPENAI_API_KEY to a key of this server"),
        _ => Fault::server(error),
    }
}

/// A file that a server sent, as the variation that it holds.
fn variation(job: &Job, index: u32, file: &[u8], elapsed: Duration) -> Result<Variation, Fault> {
    let unusable = |reason: String| Fault::server(reason);
    let picture = decode(file, &DecodeLimits::local())
        .map_err(|error| unusable(format!("an image cannot be read: {error}")))?;
    let image: SquareImage = fit(picture, Fit::Reject)
        .map_err(|error| unusable(format!("an image is not square: {error}")))?;
    let (seed, description) = (job.spec.seed.nth(index), Description::default());
    Ok(Variation { index, seed, image, description, elapsed })
}

/// The images of one request.
#[derive(Debug, Clone, Copy)]
struct Batch {
    /// Which of the job's variations the first one is.
    first: u32,
    images: u32,
}

impl Batch {
    /// Which of the job's variations `image` is. A server that does not know seeds makes pictures
    /// that nobody can make again, under names that say otherwise.
    fn check_seed(self, job: &Job, image: &CompletedImage) -> Result<u32, Fault> {
        let index = self.first + image.index.min(self.images);
        if image.index < self.images && image.seed == Some(job.spec.seed.nth(index).get()) {
            return Ok(index);
        }
        Err(Fault::server("the images are not those of the seeds that were asked for")
            .with_hint("--server takes a variata server"))
    }
}

/// What `work` becomes, or none once the user asks to stop; the work is dropped then.
async fn unless_raised<T>(interrupt: &Interrupt, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    loop {
        if let Ok(done) = timeout(LOOK_AROUND, work.as_mut()).await {
            return Some(done);
        }
        if interrupt.is_raised() {
            return None;
        }
    }
}

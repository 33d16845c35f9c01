//! How far results are from those of diffusers.
//!
//! A reference is a checkpoint with a file `reference.safetensors` beside it, in which
//! `fixtures/make.py` has written what goes into each network and what comes out. Tests hold the
//! distances to the limits here, and `cargo xtask parity` prints them.

use std::ops::ControlFlow;
use std::path::Path;

use variata_nn::{Backend, Cpu, Precision, Shape};

use crate::checkpoint::{Checkpoint, Weights};
use crate::models::clip::TextModel;
use crate::pipelines::{Denoiser, ImageVariation, Pipeline, Run, RunError, StableUnclip, Step};
use crate::schedule::Steps;
use crate::{Device, LoadError};

/// How far one result is from its reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Distance {
    /// What was computed, such as `unet`.
    pub what: &'static str,
    /// ‖result − reference‖ / ‖reference‖.
    pub error: f64,
    /// The most that it may be.
    pub limit: f64,
}

impl Distance {
    /// Whether the limit is kept; a result that is no number keeps none.
    pub fn is_near(&self) -> bool {
        self.error <= self.limit
    }
}

/// The most that a network may be away.
fn network_limit(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 1e-4,
        Precision::F16 => 5e-3,
        Precision::Bf16 => 2e-2,
    }
}

/// The most that a pipeline's latents and picture may be away: in half precision, as far as
/// diffusers itself is in bf16. Guidance multiplies what rounding does to each step.
fn pipeline_limits(precision: Precision, reference: &Reference) -> Result<[f64; 2], LoadError> {
    if precision == Precision::F32 {
        return Ok([1e-3; 2]);
    }
    let (_, errors) = reference.tensor("pipeline.bf16_errors")?;
    let limit = |at: usize| errors.get(at).copied().map_or(0.0, f64::from);
    Ok([limit(0), limit(1)])
}

/// Runs every network of the checkpoint in `folder`, and its pipeline, on what the reference has.
///
/// # Errors
///
/// [`LoadError`] when the checkpoint or the reference cannot be read.
pub fn measure<B: Backend + Clone>(
    backend: &B,
    precision: Precision,
    folder: &Path,
) -> Result<Vec<Distance>, LoadError> {
    let reference = Reference(Weights::open_file(&folder.join("reference.safetensors"))?);
    let checkpoint = Checkpoint::open(folder)?;
    let pipeline = Pipeline::load(backend.clone(), &checkpoint)?;
    let limits = (network_limit(precision), pipeline_limits(precision, &reference)?);
    let mut bench = Bench { backend, reference, limits, found: Vec::new() };
    bench.networks(pipeline.denoiser())?;
    match &pipeline {
        Pipeline::ImageVariation(pipeline) => bench.image_variation(pipeline)?,
        Pipeline::StableUnclip(pipeline) => {
            bench.text(&TextModel::load(backend, &checkpoint.part("text_encoder"))?)?;
            bench.stable_unclip(pipeline)?;
        }
    }
    Ok(bench.found)
}

/// The same on a device by its name.
///
/// # Errors
///
/// [`LoadError`], also when this build does not have the device.
pub fn measure_on(
    device: Device,
    precision: Precision,
    folder: &Path,
) -> Result<Vec<Distance>, LoadError> {
    match device {
        Device::Cpu => measure(&Cpu::new(precision), precision, folder),
        #[cfg(feature = "cuda")]
        Device::Cuda => measure(&variata_nn::Cuda::new(precision)?, precision, folder),
        #[cfg(feature = "candle")]
        device => measure(&device.candle(precision)?, precision, folder),
        #[cfg(not(feature = "candle"))]
        device => Err(device.missing().into()),
    }
}

/// The tensors of a reference, channels last.
struct Reference(Weights);

impl Reference {
    /// A tensor and its shape: pictures, sequences or vectors.
    fn tensor(&self, name: &str) -> Result<(Shape, Vec<f32>), LoadError> {
        let sides = self.0.shape(name).unwrap_or_default().to_vec();
        let numbers = self.0.read(name, &[&sides])?;
        Ok(match *sides.as_slice() {
            [batch, channels, height, width] => {
                let shape = Shape { batch, height, width, channels };
                (shape, channels_last(&numbers, shape))
            }
            [batch, tokens, channels] => (Shape::tokens(batch, tokens, channels), numbers),
            [batch, channels] => (Shape::tokens(batch, 1, channels), numbers),
            _ => (Shape::tokens(1, 1, numbers.len()), numbers),
        })
    }
}

fn channels_last(numbers: &[f32], shape: Shape) -> Vec<f32> {
    let at = |place: usize, channel: usize| {
        let picture = place / shape.places() * shape.places() * shape.channels;
        numbers[picture + channel * shape.places() + place % shape.places()]
    };
    (0..shape.rows())
        .flat_map(|row| (0..shape.channels).map(move |c| (row, c)))
        .map(|(row, c)| at(row, c))
        .collect()
}

struct Bench<'a, B: Backend> {
    backend: &'a B,
    reference: Reference,
    /// For networks, and for a pipeline's latents and picture.
    limits: (f64, [f64; 2]),
    found: Vec<Distance>,
}

impl<B: Backend> Bench<'_, B> {
    fn upload(&self, name: &str) -> Result<B::Tensor, LoadError> {
        let (shape, numbers) = self.reference.tensor(name)?;
        Ok(self.backend.upload(shape, numbers))
    }

    /// Takes down how far `result` is from the reference `name`.
    fn compare(
        &mut self,
        what: &'static str,
        result: &[f32],
        name: &str,
        limit: f64,
    ) -> Result<(), LoadError> {
        let (_, expected) = self.reference.tensor(name)?;
        let error = distance(result, &expected);
        self.found.push(Distance { what, error, limit });
        Ok(())
    }

    fn networks(&mut self, denoiser: &Denoiser<B>) -> Result<(), LoadError> {
        let (backend, unet, vae) = (self.backend, denoiser.unet(), denoiser.vae());
        let sample = self.upload("unet.sample")?;
        let class = unet.config().class_width().map(|_| self.upload("unet.class")).transpose()?;
        let ask = |context: &B::Tensor| {
            let context = unet.prepare(backend, context);
            backend.download(&unet.forward(backend, &sample, 301.0, (&context, class.as_ref())))
        };
        let said = ask(&self.upload("unet.context")?)?;
        self.compare("unet", &said, "unet.out", self.limits.0)?;
        if self.reference.0.has("unet.one_token") {
            let said = ask(&self.upload("unet.one_token")?)?;
            self.compare("unet, one token", &said, "unet.one_token_out", self.limits.0)?;
        }
        let decoded = backend.download(&vae.decode(backend, &self.upload("vae.latents")?))?;
        self.compare("vae decoder", &decoded, "vae.decoded", self.limits.0)?;
        let moments = backend.download(&vae.encode(backend, &self.upload("vae.picture")?))?;
        let channels = vae.config().latent_channels();
        let rows = moments.chunks_exact(2 * channels);
        let means: Vec<f32> = rows.flat_map(|row| &row[..channels]).copied().collect();
        self.compare("vae encoder", &means, "vae.mean", self.limits.0)
    }

    /// The pixels of the reference's first picture.
    fn pixels(&self) -> Result<Vec<f32>, LoadError> {
        let (shape, mut pixels) = self.reference.tensor("clip.pixels")?;
        pixels.truncate(shape.len() / shape.batch.max(1));
        Ok(pixels)
    }

    /// Compares the embedding of the reference's first picture.
    fn embedding(&mut self, embedding: &[f32]) -> Result<(), LoadError> {
        let (shape, mut expected) = self.reference.tensor("clip.embeds")?;
        expected.truncate(shape.channels);
        let error = distance(embedding, &expected);
        self.found.push(Distance { what: "clip vision", error, limit: self.limits.0 });
        Ok(())
    }

    fn text(&mut self, model: &TextModel<B>) -> Result<(), LoadError> {
        let ids: Vec<usize> = [10, 11].into_iter().chain([0; 7]).collect();
        let states = self.backend.download(&model.forward(self.backend, &ids))?;
        self.compare("clip text", &states, "text.states", self.limits.0)
    }

    fn image_variation(&mut self, pipeline: &ImageVariation<B>) -> Result<(), LoadError> {
        let pixels = self.pixels()?;
        self.embedding(&pipeline.embedding(&pixels)?)?;
        let context = pipeline.condition(&pixels)?;
        let latents = pipeline.denoise(&context, 3.0, self.run(6)?, &mut go_on);
        self.whole(pipeline.denoiser(), latents)
    }

    fn stable_unclip(&mut self, pipeline: &StableUnclip<B>) -> Result<(), LoadError> {
        let embedding = pipeline.condition(&self.pixels()?)?;
        self.embedding(&embedding)?;
        let (_, noise) = self.reference.tensor("pipeline.embedding_noise")?;
        let latents = pipeline.denoise(&embedding, (40, &noise), self.run(5)?, &mut go_on);
        self.whole(pipeline.denoiser(), latents)
    }

    fn run(&self, count: usize) -> Result<Run, LoadError> {
        let (_, noise) = self.reference.tensor("pipeline.latents")?;
        Ok(Run { noise, start: None, steps: Steps { count, skipped: 0 } })
    }

    fn whole(
        &mut self,
        denoiser: &Denoiser<B>,
        latents: Result<Vec<f32>, RunError>,
    ) -> Result<(), LoadError> {
        let latents = match latents {
            Err(RunError::Device(error)) => return Err(error.into()),
            latents => latents.unwrap_or_default(),
        };
        let [limit, picture_limit] = self.limits.1;
        self.compare("pipeline, latents", &latents, "pipeline.final_latents", limit)?;
        let picture = denoiser.decode(&latents)?;
        self.compare("pipeline, picture", &picture, "pipeline.decoded", picture_limit)
    }
}

/// ‖result − expected‖ / ‖expected‖.
pub fn distance(result: &[f32], expected: &[f32]) -> f64 {
    if result.len() != expected.len() {
        return f64::INFINITY;
    }
    let length =
        |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|x| x * x).sum::<f64>().sqrt();
    let mut differences = result.iter().zip(expected).map(|(a, b)| f64::from(*a) - f64::from(*b));
    length(&mut differences) / length(&mut expected.iter().map(|&b| f64::from(b)))
}

fn go_on(_: Step<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

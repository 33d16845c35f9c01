//! A checkpoint as an engine.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use variata_core::{
    Description, Engine, EngineError, Observer, SquareImage, Strength, Variation, VariationSpec,
};
use variata_nn::kernels::PairSums;
use variata_nn::{Backend, Cpu, DeviceError, Precision, Tier};

use crate::checkpoint::{Checkpoint, PipelineClass};
use crate::memory;
use crate::noise::{self, Stream};
use crate::pipelines::{Condition, Pipeline, Run, RunError, Step};
use crate::schedule::Steps;
use crate::{Device, LoadError};

/// How a checkpoint is run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// The engine's name; that of the folder, if there is none. What is not as usual is added to
    /// it, such as `-bf16-50-steps`, and `-amx` where bf16 is multiplied in tiles: other numbers
    /// make other pictures of a seed.
    pub id: Option<String>,
    /// How weights are held.
    pub precision: Precision,
    /// Where it runs.
    pub device: Device,
    /// Steps from noise to picture, 1 to 999; 20 if there is no number. More take longer, and are
    /// finer.
    pub steps: Option<usize>,
}

/// Steps, where nobody asked for another number.
const DEFAULT_STEPS: usize = 20;
/// Parts of checkpoints, of which not every pipeline has all.
const PARTS: [&str; 5] = ["unet", "vae", "image_encoder", "text_encoder", "image_normalizer"];

impl Options {
    /// The name of an engine that is called `name` when nothing is out of the usual.
    fn full_name(&self, name: String) -> String {
        let device = match self.device {
            Device::Cpu if self.is_in_tiles() => "-amx".to_owned(),
            Device::Cpu => String::new(),
            other => format!("-{}", other.name()),
        };
        let precision = match self.precision {
            Precision::F32 => "",
            Precision::F16 => "-f16",
            Precision::Bf16 => "-bf16",
        };
        let steps = match self.steps {
            Some(steps) if steps != DEFAULT_STEPS => format!("-{steps}-steps"),
            _ => String::new(),
        };
        format!("{name}{device}{precision}{steps}")
    }

    /// Whether this processor adds up what this precision multiplies as only its kind does.
    fn is_in_tiles(&self) -> bool {
        self.precision != Precision::F32 && Tier::detect().pair_sums() == PairSums::InTiles
    }
}

/// What a checkpoint is, as far as that shows without reading it whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Which pipeline it is for.
    pub pipeline: PipelineClass,
    /// How many numbers its weights are.
    pub parameters: u64,
}

/// Looks at the checkpoint in `folder`: its index, and the headers of all weights.
///
/// # Errors
///
/// [`LoadError`] when there is none, or when weights are missing, cut off, or pickles.
pub fn inspect(folder: &Path) -> Result<Summary, LoadError> {
    let checkpoint = Checkpoint::open(folder)?;
    let parts = PARTS.map(|name| checkpoint.part(name)).into_iter();
    let there = parts.filter(|part| part.path("").is_dir());
    let parameters = there.map(|part| Ok(part.weights()?.numbers()));
    Ok(Summary {
        pipeline: checkpoint.pipeline(),
        parameters: parameters.sum::<Result<u64, LoadError>>()?,
    })
}

/// Reads the checkpoint in `folder` for the device that `options` name.
///
/// # Errors
///
/// [`LoadError`], before anything is computed.
pub fn open(folder: &Path, options: &Options) -> Result<Arc<dyn Engine>, LoadError> {
    options.device.require(options.precision)?;
    match options.device {
        Device::Cpu => Ok(Arc::new(UnclipEngine::open(folder, options)?)),
        #[cfg(feature = "cuda")]
        Device::Cuda => {
            let backend = variata_nn::Cuda::new(options.precision)?;
            Ok(Arc::new(UnclipEngine::with_backend(backend, folder, options)?))
        }
        #[cfg(feature = "candle")]
        device => {
            let backend = device.candle(options.precision)?;
            Ok(Arc::new(UnclipEngine::with_backend(backend, folder, options)?))
        }
        #[cfg(not(feature = "candle"))]
        device => Err(device.missing().into()),
    }
}

/// A checkpoint as an engine. Its pictures come one after another; each uses all threads of the
/// pool that it is called in.
pub struct UnclipEngine<B: Backend = Cpu> {
    id: String,
    class: PipelineClass,
    pipeline: Pipeline<B>,
    steps: usize,
}

impl UnclipEngine {
    /// Reads the checkpoint in `folder` for this processor, if its memory has room.
    ///
    /// # Errors
    ///
    /// [`LoadError`], before anything is computed.
    pub fn open(folder: &Path, options: &Options) -> Result<Self, LoadError> {
        memory::require(weight_bytes(inspect(folder)?.parameters, options.precision))?;
        Self::with_backend(Cpu::new(options.precision), folder, options)
    }
}

impl<B: Backend> UnclipEngine<B> {
    /// Reads the checkpoint in `folder` for `backend`.
    ///
    /// # Errors
    ///
    /// [`LoadError`], before anything is computed.
    pub fn with_backend(backend: B, folder: &Path, options: &Options) -> Result<Self, LoadError> {
        let checkpoint = Checkpoint::open(folder)?;
        let folder_name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
        let id = options.id.clone().or(folder_name);
        Ok(Self {
            id: options.full_name(id.unwrap_or_else(|| checkpoint.pipeline().name().to_owned())),
            class: checkpoint.pipeline(),
            pipeline: Pipeline::load(backend, &checkpoint)?,
            steps: options.steps.unwrap_or(DEFAULT_STEPS).max(1),
        })
    }

    /// The pipeline, for tests and measurements.
    pub fn pipeline(&self) -> &Pipeline<B> {
        &self.pipeline
    }
}

/// What weights need in memory.
fn weight_bytes(parameters: u64, precision: Precision) -> u64 {
    match precision {
        Precision::F32 => parameters.saturating_mul(4),
        Precision::F16 | Precision::Bf16 => parameters.saturating_mul(2),
    }
}

impl<B: Backend> Engine for UnclipEngine<B> {
    fn id(&self) -> &str {
        &self.id
    }

    fn vary(
        &self,
        source: SquareImage,
        spec: &VariationSpec,
        observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        if observer.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let request = Request {
            engine: self,
            condition: self.pipeline.condition(&source).map_err(RunError::from)?,
            start: self.start(&source, spec.strength).map_err(RunError::from)?,
            spec,
            observer,
        };
        for index in 0..spec.count.get() {
            observer.finished(request.render(index)?);
            observer.progress((index + 1) as f32 / spec.count.get() as f32);
        }
        Ok(())
    }
}

impl<B: Backend> UnclipEngine<B> {
    /// Below the default strength a variation starts from its source, with less noise the less it
    /// may change: the latents, and how many steps are left out.
    fn start(
        &self,
        source: &SquareImage,
        strength: Strength,
    ) -> Result<Option<(Vec<f32>, usize)>, DeviceError> {
        let share = strength.get() / Strength::default().get();
        let taken = (self.steps as f32 * share).ceil().max(1.0) as usize;
        let skipped = self.steps.checked_sub(taken).filter(|&skipped| skipped > 0);
        skipped.map(|skipped| Ok((self.pipeline.denoiser().encode(source)?, skipped))).transpose()
    }
}

impl From<RunError> for EngineError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Stopped => Self::Cancelled,
            RunError::Device(error) => Self::Failed(error.to_string()),
        }
    }
}

/// One call of [`Engine::vary`].
struct Request<'a, B: Backend> {
    engine: &'a UnclipEngine<B>,
    condition: Condition<B>,
    start: Option<(Vec<f32>, usize)>,
    spec: &'a VariationSpec,
    observer: &'a dyn Observer,
}

impl<B: Backend> Request<'_, B> {
    fn render(&self, index: u32) -> Result<Variation, RunError> {
        let started = Instant::now();
        let (pipeline, seed) = (&self.engine.pipeline, self.spec.seed.nth(index));
        let shape = pipeline.denoiser().latent_shape();
        let embedding_noise = noise::normal(seed, Stream::Embedding, pipeline.embedding_width());
        let (start, skipped) = self.start.clone().unzip();
        let run = Run {
            noise: noise::normal(seed, Stream::Latents, shape.len()),
            start,
            steps: Steps { count: self.engine.steps, skipped: skipped.unwrap_or(0) },
        };
        let told = (self.spec.strength, embedding_noise.as_slice());
        let latents =
            pipeline.denoise(&self.condition, told, run, &mut |step| self.hear(index, step))?;
        let samples = pipeline.denoiser().decode(&latents)?;
        let picture = picture_of(&samples, pipeline.denoiser().native_px());
        Ok(Variation {
            index,
            seed,
            image: variata_image::resize(&picture, self.spec.size.side_px()),
            description: self.description(),
            elapsed: started.elapsed(),
        })
    }

    /// Tells the observer of a step, and asks whether to go on.
    fn hear(&self, index: u32, step: Step<'_>) -> ControlFlow<()> {
        if self.observer.is_cancelled() {
            return ControlFlow::Break(());
        }
        let here = step.done as f32 / step.all as f32;
        // Decoding is still to come.
        let share = (index as f32 + 0.95 * here) / self.spec.count.get() as f32;
        self.observer.progress(share);
        if step.done < step.all && step.done.is_multiple_of(PREVIEW_STEPS) {
            let shape = self.engine.pipeline.denoiser().latent_shape();
            if let Some(preview) = preview_of(step.latents, shape.width, shape.channels) {
                self.observer.preview(index, &preview);
            }
        }
        ControlFlow::Continue(())
    }

    fn description(&self) -> Description {
        let steps = self.engine.steps - self.start.as_ref().map_or(0, |(_, skipped)| *skipped);
        Description {
            class: self.engine.class.name().to_owned(),
            operation: format!("{steps} steps"),
            scores: Vec::new(),
        }
    }
}

/// A preview after each so many steps.
const PREVIEW_STEPS: usize = 5;

/// Samples of −1.0 to 1.0 as a picture of `side_px`.
fn picture_of(samples: &[f32], side_px: usize) -> SquareImage {
    let (pixels, _) = samples.as_chunks::<3>();
    SquareImage::from_fn(u32::try_from(side_px).unwrap_or(1), |x, y| {
        let at = y as usize * side_px + x as usize;
        let [red, green, blue] = pixels.get(at).map_or([0; 3], |pixel| pixel.map(byte_of));
        [red, green, blue, u8::MAX]
    })
}

fn byte_of(sample: f32) -> u8 {
    ((sample * 0.5 + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
}

/// What latents look like, roughly and without the decoder: each channel has a colour. `None` for
/// latents that are not those of Stable Diffusion's autoencoder.
fn preview_of(latents: &[f32], side: usize, channels: usize) -> Option<SquareImage> {
    // Red, green and blue of the four channels: a linear fit to decoded pictures that is in common
    // use for Stable Diffusion 1 and 2.
    const COLOURS: [[f32; 3]; 4] = [
        [0.3512, 0.2297, 0.3227],
        [0.3250, 0.4974, 0.2350],
        [-0.2829, 0.1762, 0.2721],
        [-0.2120, -0.2616, -0.7177],
    ];
    if channels != COLOURS.len() {
        return None;
    }
    let mix = |latent: &[f32; 4], colour: usize| {
        latent.iter().zip(&COLOURS).map(|(value, colours)| value * colours[colour]).sum::<f32>()
    };
    let samples: Vec<f32> = latents
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|latent| std::array::from_fn::<f32, 3, _>(|colour| mix(latent, colour)))
        .collect();
    Some(picture_of(&samples, side))
}

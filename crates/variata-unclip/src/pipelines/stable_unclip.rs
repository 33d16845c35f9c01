//! Stable unCLIP: the source's embedding, blurred with noise, is added to the time, and the prompt
//! is empty.

use std::ops::ControlFlow;

use variata_core::{SquareImage, Strength};
use variata_nn::{Backend, DeviceError, Shape};

use super::{Denoiser, Guidance, Run, RunError, Step, boldness};
use crate::LoadError;
use crate::checkpoint::{Checkpoint, Loader, Part};
use crate::models::clip::{TextModel, VisionModel, empty_prompt};
use crate::models::unet::{Context, Waves};
use crate::preprocess::{PreprocessorConfig, Shrink};
use crate::schedule::SchedulerConfig;

/// `StableUnCLIPImg2ImgPipeline`.
pub struct StableUnclip<B: Backend> {
    denoiser: Denoiser<B>,
    eyes: VisionModel<B>,
    preprocessor: PreprocessorConfig,
    normalizer: Normalizer,
    noising: SchedulerConfig,
    /// The empty prompt, as the network's layers see it: the same for every source.
    prompt: Context<B>,
}

/// Guidance, as in the reference.
const GUIDANCE: f32 = 10.0;
/// The noisiest level at which an embedding still says what a picture is about.
const BOLDEST_NOISE_LEVEL: f32 = 300.0;

impl<B: Backend> StableUnclip<B> {
    /// Reads the pipeline's parts. The text encoder is used once, for the empty prompt, and not
    /// kept.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn load(backend: B, checkpoint: &Checkpoint) -> Result<Self, LoadError> {
        let preprocessor = PreprocessorConfig::load(&checkpoint.part("feature_extractor"))?;
        let noising_part = checkpoint.part("image_noising_scheduler");
        let noising: SchedulerConfig = noising_part.config("scheduler_config.json")?;
        if let Some(reason) = noising.fault() {
            return Err(noising_part.fault("scheduler_config.json", reason));
        }
        let part = checkpoint.part("image_encoder");
        let eyes = VisionModel::load(&backend, &part)?;
        let width = eyes.config().embedding_width();
        let normalizer = Normalizer::load(&backend, &checkpoint.part("image_normalizer"), width)?;
        let states = read_empty_prompt(&backend, checkpoint)?;
        let denoiser = Denoiser::load(backend, checkpoint)?;
        let unet = denoiser.unet().config();
        if unet.class_width() != Some(2 * width) {
            let class = unet.class_width();
            let reason =
                format!("projection_dim is {width}, and the unet takes classes of {class:?}");
            return Err(part.fault("config.json", reason));
        }
        let (tokens, channels) = states;
        if channels != unet.context_channels() {
            let reason = format!("hidden_size is {channels}: expected {}", unet.context_channels());
            return Err(checkpoint.part("text_encoder").fault("config.json", reason));
        }
        let backend = denoiser.backend();
        let shape = Shape::tokens(2, tokens.len() / channels, channels);
        let prompt = denoiser.unet().prepare(backend, &backend.upload(shape, tokens.repeat(2)));
        Ok(Self { denoiser, eyes, preprocessor, normalizer, noising, prompt })
    }

    /// The networks between noise and pictures.
    pub fn denoiser(&self) -> &Denoiser<B> {
        &self.denoiser
    }

    /// Length of an embedding, and of the noise that it is blurred with.
    pub fn embedding_width(&self) -> usize {
        self.eyes.config().embedding_width()
    }

    /// What CLIP is shown of `source`.
    pub fn pixels(&self, source: &SquareImage) -> Vec<f32> {
        self.preprocessor.pixels(source, self.eyes.config().image_px(), Shrink::Pillow)
    }

    /// The embedding of a source.
    ///
    /// # Errors
    ///
    /// [`DeviceError`].
    pub fn condition(&self, pixels: &[f32]) -> Result<Vec<f32>, DeviceError> {
        self.eyes.embedding(self.denoiser.backend(), pixels)
    }

    /// Makes latents from an embedding that is blurred with noise of some level.
    ///
    /// # Errors
    ///
    /// [`RunError`].
    pub fn denoise(
        &self,
        embedding: &[f32],
        blur: (usize, &[f32]),
        run: Run,
        on_step: &mut dyn FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<f32>, RunError> {
        let class = self.class(embedding, blur);
        let guidance = Guidance { context: &self.prompt, class: Some(&class), scale: GUIDANCE };
        self.denoiser.denoise(&guidance, run, on_step)
    }

    /// Class vectors: zeros for nothing; for the source, its embedding and how noisy that is.
    fn class(&self, embedding: &[f32], (level, noise): (usize, &[f32])) -> B::Tensor {
        let width = embedding.len();
        let mut blurred = self.normalizer.normalise(embedding);
        self.noising.alphas().add_noise(&mut blurred, noise, level);
        let waves = Waves { width, flip_sin_to_cos: true, freq_shift: 0.0 };
        let mut both = vec![0.0; 2 * width];
        both.extend(self.normalizer.restore(&blurred));
        both.extend(waves.embed(level as f32));
        self.denoiser.backend().upload(Shape::tokens(2, 1, 2 * width), both)
    }

    /// None up to the default strength, as in the reference; then more and more.
    pub fn noise_level(strength: Strength) -> usize {
        (BOLDEST_NOISE_LEVEL * boldness(strength)) as usize
    }
}

/// The states of the empty prompt, and how many channels each token has.
fn read_empty_prompt<B: Backend>(
    backend: &B,
    checkpoint: &Checkpoint,
) -> Result<(Vec<f32>, usize), LoadError> {
    let model = TextModel::load(backend, &checkpoint.part("text_encoder"))?;
    let ids = empty_prompt(&checkpoint.part("tokenizer"), model.config())?;
    let states = model.forward(backend, &ids);
    Ok((backend.download(&states)?, backend.shape(&states).channels))
}

/// `StableUnCLIPImageNormalizer`: makes embeddings alike before they are blurred.
#[derive(Debug)]
struct Normalizer {
    mean: Vec<f32>,
    deviation: Vec<f32>,
}

impl Normalizer {
    fn load<B: Backend>(backend: &B, part: &Part, width: usize) -> Result<Self, LoadError> {
        let weights = part.weights()?;
        let loader = Loader::new(backend, &weights);
        let row = |name| loader.numbers(name, &[&[1, width], &[width]]);
        Ok(Self { mean: row("mean")?, deviation: row("std")? })
    }

    fn normalise(&self, embedding: &[f32]) -> Vec<f32> {
        let parameters = self.mean.iter().zip(&self.deviation);
        embedding
            .iter()
            .zip(parameters)
            .map(|(x, (mean, deviation))| (x - mean) / deviation)
            .collect()
    }

    fn restore(&self, embedding: &[f32]) -> Vec<f32> {
        let parameters = self.mean.iter().zip(&self.deviation);
        embedding
            .iter()
            .zip(parameters)
            .map(|(x, (mean, deviation))| x * deviation + mean)
            .collect()
    }
}

//! Stable Diffusion image variations: the source's embedding takes the prompt's place.

use std::ops::ControlFlow;

use variata_core::{SquareImage, Strength};
use variata_nn::{Backend, DeviceError, Shape};

use super::{Denoiser, Guidance, Run, RunError, Step, boldness};
use crate::LoadError;
use crate::checkpoint::Checkpoint;
use crate::models::clip::VisionModel;
use crate::models::unet::Context;
use crate::preprocess::{PreprocessorConfig, Shrink};

/// `StableDiffusionImageVariationPipeline`.
pub struct ImageVariation<B: Backend> {
    denoiser: Denoiser<B>,
    eyes: VisionModel<B>,
    preprocessor: PreprocessorConfig,
}

impl<B: Backend> ImageVariation<B> {
    /// Reads the pipeline's parts. A safety checker is not one of them.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn load(backend: B, checkpoint: &Checkpoint) -> Result<Self, LoadError> {
        let preprocessor = PreprocessorConfig::load(&checkpoint.part("feature_extractor"))?;
        let part = checkpoint.part("image_encoder");
        let eyes = VisionModel::load(&backend, &part)?;
        let denoiser = Denoiser::load(backend, checkpoint)?;
        let width = eyes.config().embedding_width();
        let expected = denoiser.unet().config().context_channels();
        if width != expected || denoiser.unet().config().class_width().is_some() {
            let reason =
                format!("projection_dim is {width}, and the unet attends to {expected} channels");
            return Err(part.fault("config.json", reason));
        }
        Ok(Self { denoiser, eyes, preprocessor })
    }

    /// The networks between noise and pictures.
    pub fn denoiser(&self) -> &Denoiser<B> {
        &self.denoiser
    }

    /// What CLIP is shown of `source`.
    pub fn pixels(&self, source: &SquareImage) -> Vec<f32> {
        self.preprocessor.pixels(source, self.eyes.config().image_px(), Shrink::Plain)
    }

    /// The embedding of what CLIP is shown.
    ///
    /// # Errors
    ///
    /// [`DeviceError`].
    pub fn embedding(&self, pixels: &[f32]) -> Result<Vec<f32>, DeviceError> {
        self.eyes.embedding(self.denoiser.backend(), pixels)
    }

    /// What the network's layers will see of a source, and of nothing.
    ///
    /// # Errors
    ///
    /// [`DeviceError`].
    pub fn condition(&self, pixels: &[f32]) -> Result<Context<B>, DeviceError> {
        let backend = self.denoiser.backend();
        let embedding = self.embedding(pixels)?;
        let mut both = vec![0.0; embedding.len()];
        both.extend(&embedding);
        let shape = Shape::tokens(2, 1, embedding.len());
        Ok(self.denoiser.unet().prepare(backend, &backend.upload(shape, both)))
    }

    /// Makes latents with this guidance.
    ///
    /// # Errors
    ///
    /// [`RunError`].
    pub fn denoise(
        &self,
        context: &Context<B>,
        scale: f32,
        run: Run,
        on_step: &mut dyn FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<f32>, RunError> {
        self.denoiser.denoise(&Guidance { context, class: None, scale }, run, on_step)
    }

    /// 3.0, as the model's card recommends; at the boldest the source is only half believed.
    pub fn guidance(strength: Strength) -> f32 {
        3.0 - 1.5 * boldness(strength)
    }
}

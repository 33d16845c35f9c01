//! How networks make a variation.
//!
//! A pipeline has three moments. *Opened*, it reads its networks. Given a source, it *conditions*
//! on it: once, for all variations. Given noise, it *denoises* that into latents and decodes them.
//! Noise is always handed in, so that tests can use that of the reference.

mod denoiser;
mod image_variation;
mod stable_unclip;

use std::ops::ControlFlow;

use thiserror::Error;
use variata_core::{SquareImage, Strength};
use variata_nn::{Backend, DeviceError};

use crate::LoadError;
use crate::checkpoint::{Checkpoint, PipelineClass};

pub use denoiser::{Denoiser, Guidance, Run, Step};
pub use image_variation::ImageVariation;
pub use stable_unclip::StableUnclip;

/// Why a run made nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RunError {
    /// Whoever heard of its steps broke it off.
    #[error("the run was broken off")]
    Stopped,
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// A pipeline of any class.
pub enum Pipeline<B: Backend> {
    /// Stable Diffusion image variations.
    ImageVariation(Box<ImageVariation<B>>),
    /// Stable unCLIP.
    StableUnclip(Box<StableUnclip<B>>),
}

/// A source, as a pipeline's network is told of it.
pub enum Condition<B: Backend> {
    /// What its layers attend to.
    ImageVariation(crate::models::unet::Context<B>),
    /// Its embedding.
    StableUnclip(Vec<f32>),
}

impl<B: Backend> Pipeline<B> {
    /// Reads every part of `checkpoint` that its pipeline uses.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn load(backend: B, checkpoint: &Checkpoint) -> Result<Self, LoadError> {
        match checkpoint.pipeline() {
            PipelineClass::ImageVariation => {
                ImageVariation::load(backend, checkpoint).map(Box::new).map(Self::ImageVariation)
            }
            PipelineClass::StableUnclip => {
                StableUnclip::load(backend, checkpoint).map(Box::new).map(Self::StableUnclip)
            }
        }
    }

    /// What all pipelines have.
    pub fn denoiser(&self) -> &Denoiser<B> {
        match self {
            Self::ImageVariation(pipeline) => pipeline.denoiser(),
            Self::StableUnclip(pipeline) => pipeline.denoiser(),
        }
    }

    /// Looks at `source`.
    ///
    /// # Errors
    ///
    /// [`DeviceError`].
    pub fn condition(&self, source: &SquareImage) -> Result<Condition<B>, DeviceError> {
        Ok(match self {
            Self::ImageVariation(pipeline) => {
                Condition::ImageVariation(pipeline.condition(&pipeline.pixels(source))?)
            }
            Self::StableUnclip(pipeline) => {
                Condition::StableUnclip(pipeline.condition(&pipeline.pixels(source))?)
            }
        })
    }

    /// How many numbers of noise a variation needs besides its latents.
    pub fn embedding_width(&self) -> usize {
        match self {
            Self::ImageVariation(_) => 0,
            Self::StableUnclip(pipeline) => pipeline.embedding_width(),
        }
    }

    /// Makes latents. `embedding_noise` has [`Pipeline::embedding_width`] numbers; `on_step` hears
    /// of every step, and may break the run off.
    ///
    /// # Errors
    ///
    /// [`RunError`].
    pub fn denoise(
        &self,
        condition: &Condition<B>,
        (strength, embedding_noise): (Strength, &[f32]),
        run: Run,
        on_step: &mut dyn FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<f32>, RunError> {
        match (self, condition) {
            (Self::ImageVariation(pipeline), Condition::ImageVariation(context)) => {
                let guidance = ImageVariation::<B>::guidance(strength);
                pipeline.denoise(context, guidance, run, on_step)
            }
            (Self::StableUnclip(pipeline), Condition::StableUnclip(embedding)) => {
                let blur = (StableUnclip::<B>::noise_level(strength), embedding_noise);
                pipeline.denoise(embedding, blur, run, on_step)
            }
            // A condition of another pipeline, which no code here ever makes.
            _ => Err(RunError::Stopped),
        }
    }
}

/// How far `strength` is above the default, 0.0 to 1.0.
fn boldness(strength: Strength) -> f32 {
    let default = Strength::default().get();
    ((strength.get() - default) / (1.0 - default)).clamp(0.0, 1.0)
}

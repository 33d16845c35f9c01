//! The loop that all pipelines share: noise in, picture out.

use std::ops::ControlFlow;

use variata_core::SquareImage;
use variata_nn::{Backend, DeviceError, Shape};

use super::RunError;
use crate::LoadError;
use crate::checkpoint::Checkpoint;
use crate::models::unet::{Context, Unet};
use crate::models::vae::Vae;
use crate::preprocess::on_white;
use crate::schedule::{SchedulerConfig, Steps};

/// The networks between noise and pictures.
pub struct Denoiser<B: Backend> {
    backend: B,
    unet: Unet<B>,
    vae: Vae<B>,
    scheduler: SchedulerConfig,
}

/// What the network is told, and how much it is believed.
///
/// The context and the class have two entries: nothing, and the source. What the network says of
/// the source is taken further from what it says of nothing (Ho and Salimans, 2021).
pub struct Guidance<'a, B: Backend> {
    /// What its layers attend to.
    pub context: &'a Context<B>,
    /// The class vectors, for networks that have them.
    pub class: Option<&'a B::Tensor>,
    /// How far: 1.0 is as far as the network says.
    pub scale: f32,
}

/// Where a run starts, and how many steps it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Noise in the shape of [`Denoiser::latent_shape`].
    pub noise: Vec<f32>,
    /// The scaled latents of a picture to start from, for runs that skip steps.
    pub start: Option<Vec<f32>>,
    /// The steps.
    pub steps: Steps,
}

/// One step of a run, just done.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// How many are done.
    pub done: usize,
    /// How many there are.
    pub all: usize,
    /// The scaled latents as they are now.
    pub latents: &'a [f32],
}

impl<B: Backend> Denoiser<B> {
    /// Reads the parts `unet`, `vae` and `scheduler` of `checkpoint`.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn load(backend: B, checkpoint: &Checkpoint) -> Result<Self, LoadError> {
        let part = checkpoint.part("scheduler");
        let scheduler: SchedulerConfig = part.config("scheduler_config.json")?;
        if let Some(reason) = scheduler.fault() {
            return Err(part.fault("scheduler_config.json", reason));
        }
        let unet = Unet::load(&backend, &checkpoint.part("unet"))?;
        let part = checkpoint.part("vae");
        let vae = Vae::load(&backend, &part)?;
        let (latent, expected) = (vae.config().latent_channels(), unet.config().latent_channels());
        if latent != expected {
            let reason =
                format!("latent_channels is {latent}, and the unet's in_channels {expected}");
            return Err(part.fault("config.json", reason));
        }
        Ok(Self { backend, unet, vae, scheduler })
    }

    /// The back end.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    /// The network that finds noise.
    pub fn unet(&self) -> &Unet<B> {
        &self.unet
    }

    /// The network between latents and pictures.
    pub fn vae(&self) -> &Vae<B> {
        &self.vae
    }

    /// The shape of the latents that the network was trained for.
    pub fn latent_shape(&self) -> Shape {
        let (side, channels) =
            (self.unet.config().sample_size(), self.unet.config().latent_channels());
        Shape { batch: 1, height: side, width: side, channels }
    }

    /// Side of the pictures that the network was trained for, in pixels.
    pub fn native_px(&self) -> usize {
        self.latent_shape().width * self.vae.config().scale_px()
    }

    /// From `run`'s noise to scaled latents.
    ///
    /// # Errors
    ///
    /// [`RunError`].
    pub fn denoise(
        &self,
        guidance: &Guidance<'_, B>,
        run: Run,
        on_step: &mut dyn FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<f32>, RunError> {
        let mut sampler = self.scheduler.sampler(run.steps);
        let times = sampler.timesteps().to_vec();
        let mut latents = match (run.start, times.first()) {
            (Some(mut start), Some(&first)) => {
                self.scheduler.alphas().add_noise(&mut start, &run.noise, first);
                start
            }
            _ => run.noise,
        };
        for (at, &time) in times.iter().enumerate() {
            let said = self.ask(guidance, &latents, time as f32)?;
            sampler.step(&said, &mut latents);
            if on_step(Step { done: at + 1, all: times.len(), latents: &latents }).is_break() {
                return Err(RunError::Stopped);
            }
        }
        Ok(latents)
    }

    /// What the network says of `latents`, taken as far as the guidance wants.
    fn ask(
        &self,
        guidance: &Guidance<'_, B>,
        latents: &[f32],
        time: f32,
    ) -> Result<Vec<f32>, DeviceError> {
        let shape = Shape { batch: 2, ..self.latent_shape() };
        let twice = self.backend.upload(shape, latents.repeat(2));
        let told = (guidance.context, guidance.class);
        let said = self.backend.download(&self.unet.forward(&self.backend, &twice, time, told))?;
        let (nothing, source) = said.split_at(said.len() / 2);
        let further =
            |(nothing, source): (&f32, &f32)| nothing + guidance.scale * (source - nothing);
        Ok(nothing.iter().zip(source).map(further).collect())
    }

    /// The picture of scaled `latents`, red, green and blue of every pixel in turn, −1.0 to 1.0
    /// and a little beyond.
    ///
    /// # Errors
    ///
    /// [`DeviceError`].
    pub fn decode(&self, latents: &[f32]) -> Result<Vec<f32>, DeviceError> {
        let scale = self.vae.config().scaling_factor();
        let latents = latents.iter().map(|latent| latent / scale).collect();
        let latents = self.backend.upload(self.latent_shape(), latents);
        let samples = self.backend.download(&self.vae.decode(&self.backend, &latents))?;
        if samples.iter().any(|sample| !sample.is_finite()) {
            let reason = "the picture is not a number everywhere: f16 is too narrow for some \
                          checkpoints, for which there are bf16 and f32";
            return Err(DeviceError::new(reason));
        }
        Ok(samples)
    }

    /// The scaled latents of `picture`, which is brought to the network's size.
    ///
    /// # Errors
    ///
    /// [`DeviceError`].
    pub fn encode(&self, picture: &SquareImage) -> Result<Vec<f32>, DeviceError> {
        let side = self.native_px();
        let small = variata_image::resize(picture, u32::try_from(side).unwrap_or(u32::MAX));
        let bytes = on_white(&small).into_flattened();
        let samples = bytes.into_iter().map(|byte| f32::from(byte) / 127.5 - 1.0).collect();
        let shape = Shape { batch: 1, height: side, width: side, channels: 3 };
        let moments = self.vae.encode(&self.backend, &self.backend.upload(shape, samples));
        let channels = self.latent_shape().channels;
        let scale = self.vae.config().scaling_factor();
        let rows = self.backend.download(&moments)?;
        let means = rows.chunks_exact(2 * channels).flat_map(|row| &row[..channels]);
        Ok(means.map(|mean| mean * scale).collect())
    }
}

//! Samplers: from noise to latents, a step at a time.
//!
//! What a checkpoint was trained for is in its `scheduler_config.json`; from that,
//! [`SchedulerConfig::sampler`] makes a [`Sampler`] for one run. Tables are kept in double
//! precision, latents in single.

mod config;
mod ddim;
mod dpm;
mod pndm;
mod unipc;

pub use config::{SchedulerConfig, Steps};

/// One run from noise to latents.
pub trait Sampler: Send {
    /// The times at which the network is asked, in order: the latest, noisiest first.
    fn timesteps(&self) -> &[usize];

    /// Takes what the network said at the next of [`Sampler::timesteps`] and moves `latents` on.
    fn step(&mut self, output: &[f32], latents: &mut [f32]);
}

/// How much of the picture is left at each time: ᾱ, which falls from nearly 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alphas(Vec<f64>);

impl Alphas {
    /// At `timestep`; past the end, that of the last.
    pub(crate) fn at(&self, timestep: usize) -> f64 {
        self.0.get(timestep).or(self.0.last()).copied().unwrap_or(1.0)
    }

    /// Noise relative to what is left of the picture, at `timestep`.
    fn sigma(&self, timestep: usize) -> f64 {
        let alpha = self.at(timestep);
        ((1.0 - alpha) / alpha).sqrt()
    }

    /// Mixes `noise` into `clean`, as much as there is at `timestep`.
    pub(crate) fn add_noise(&self, clean: &mut [f32], noise: &[f32], timestep: usize) {
        let alpha = self.at(timestep);
        let (keep, take) = (alpha.sqrt() as f32, (1.0 - alpha).sqrt() as f32);
        clean
            .iter_mut()
            .zip(noise)
            .for_each(|(value, noise)| *value = keep * *value + take * noise);
    }
}

/// What a network was trained to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Prediction {
    /// The noise in the latents.
    #[default]
    Epsilon,
    /// The velocity (Salimans and Ho, 2022).
    #[serde(rename = "v_prediction")]
    Velocity,
    /// The clean latents.
    Sample,
}

impl Prediction {
    /// The clean latents and the noise in them, by what the network said of one number.
    fn split(self, alpha: f64, output: f64, latent: f64) -> (f64, f64) {
        let (keep, noise) = (alpha.sqrt(), (1.0 - alpha).sqrt());
        match self {
            Self::Epsilon => ((latent - noise * output) / keep, output),
            Self::Velocity => (keep * latent - noise * output, keep * output + noise * latent),
            Self::Sample => (output, (latent - keep * output) / noise),
        }
    }
}

#[cfg(test)]
mod tests;

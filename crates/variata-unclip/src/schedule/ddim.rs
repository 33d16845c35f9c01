//! DDIM without fresh noise (Song et al., 2020): straight from one time to the next.

use super::{Alphas, Prediction, Sampler};

#[derive(Debug)]
pub(super) struct Ddim {
    alphas: Alphas,
    last_alpha: f64,
    prediction: Prediction,
    times: Vec<usize>,
    stride: usize,
    clip: Option<f64>,
    next: usize,
}

impl Ddim {
    /// `clip` is the largest value that clean latents may have.
    pub(super) fn new(
        (alphas, last_alpha): (Alphas, f64),
        prediction: Prediction,
        (times, stride): (Vec<usize>, usize),
        clip: Option<f64>,
    ) -> Self {
        Self { alphas, last_alpha, prediction, times, stride, clip, next: 0 }
    }
}

impl Sampler for Ddim {
    fn timesteps(&self) -> &[usize] {
        &self.times
    }

    fn step(&mut self, output: &[f32], latents: &mut [f32]) {
        let Some(&time) = self.times.get(self.next) else { return };
        self.next += 1;
        let before = time.checked_sub(self.stride);
        let (alpha, target) =
            (self.alphas.at(time), before.map_or(self.last_alpha, |time| self.alphas.at(time)));
        let (keep, take) = (target.sqrt(), (1.0 - target).sqrt());
        for (latent, &output) in latents.iter_mut().zip(output) {
            let (output, value) = (f64::from(output), f64::from(*latent));
            let (clean, noise) = self.prediction.split(alpha, output, value);
            let clean = self.clip.map_or(clean, |most| clean.clamp(-most, most));
            *latent = (keep * clean + take * noise) as f32;
        }
    }
}

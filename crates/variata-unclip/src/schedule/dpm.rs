//! DPM-Solver++ of second order (Lu et al., 2022): few steps, by the clean latents of two times.

use super::{Alphas, Prediction, Sampler};

#[derive(Debug)]
pub(super) struct Dpm {
    times: Vec<usize>,
    /// Noise relative to the picture at each time, and after the last step.
    sigmas: Vec<f64>,
    prediction: Prediction,
    /// Whether the last step is of first order.
    ends_low: bool,
    next: usize,
    /// The clean latents of the step before.
    before: Vec<f64>,
}

impl Dpm {
    /// `last_sigma` is the noise that is left at the end.
    pub(super) fn new(
        alphas: &Alphas,
        prediction: Prediction,
        times: Vec<usize>,
        (last_sigma, ends_low): (f64, bool),
    ) -> Self {
        let sigmas = times.iter().map(|&time| alphas.sigma(time)).chain([last_sigma]).collect();
        Self { times, sigmas, prediction, ends_low, next: 0, before: Vec::new() }
    }
}

/// What is left of the picture, the noise, and half the logarithm of their squares' ratio.
fn parts(sigma: f64) -> (f64, f64, f64) {
    let alpha = 1.0 / (sigma * sigma + 1.0).sqrt();
    (alpha, sigma * alpha, -libm::log(sigma))
}

impl Sampler for Dpm {
    fn timesteps(&self) -> &[usize] {
        &self.times
    }

    fn step(&mut self, output: &[f32], latents: &mut [f32]) {
        let at = self.next;
        let (Some(&sigma), Some(&target)) = (self.sigmas.get(at), self.sigmas.get(at + 1)) else {
            return;
        };
        self.next += 1;
        let (alpha, noise, lambda) = parts(sigma);
        let (target_alpha, target_noise, target_lambda) = parts(target);
        let step = target_lambda - lambda;
        let is_first_order = at == 0 || self.ends_low && at + 1 == self.times.len();
        // How far the change since the step before goes on.
        let trend = match at.checked_sub(1).and_then(|at| self.sigmas.get(at)) {
            Some(&before) if !is_first_order => 0.5 * step / (lambda - parts(before).2),
            _ => 0.0,
        };
        let (keep, take) = (target_noise / noise, target_alpha * (1.0 - libm::exp(-step)));
        self.before.resize(latents.len(), 0.0);
        for ((latent, &output), before) in latents.iter_mut().zip(output).zip(&mut self.before) {
            let (output, value) = (f64::from(output), f64::from(*latent));
            let (clean, _) = self.prediction.split(alpha * alpha, output, value);
            let target = if trend == 0.0 { clean } else { clean + trend * (clean - *before) };
            *latent = (keep * value + take * target) as f32;
            *before = clean;
        }
    }
}

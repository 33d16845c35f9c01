//! UniPC of second order (Zhao et al., 2023): what a step led to is corrected once the network has
//! said what is there.

use super::{Alphas, Prediction, Sampler};

#[derive(Debug)]
pub(super) struct UniPc {
    times: Vec<usize>,
    /// Noise relative to the picture at each time, and after the last step.
    sigmas: Vec<f64>,
    prediction: Prediction,
    variant: Variant,
    next: usize,
    /// The latents that the step before started from, after their own correction.
    start: Vec<f64>,
    /// The clean latents at the last time, and at the one before.
    clean: [Vec<f64>; 2],
}

/// What releases of the method differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Variant {
    /// Steps that are looked back at: 1 or 2.
    pub(super) order: usize,
    /// Whether the last step is of first order.
    pub(super) ends_low: bool,
    /// Whether steps are weighted by their length (`bh1`), and not by its exponential (`bh2`).
    pub(super) is_first_kind: bool,
}

impl UniPc {
    /// `last_sigma` is the noise that is left at the end.
    pub(super) fn new(
        alphas: &Alphas,
        prediction: Prediction,
        times: Vec<usize>,
        (last_sigma, variant): (f64, Variant),
    ) -> Self {
        let sigmas = times.iter().map(|&time| alphas.sigma(time)).chain([last_sigma]).collect();
        let (start, clean) = (Vec::new(), [Vec::new(), Vec::new()]);
        Self { times, sigmas, prediction, variant, next: 0, start, clean }
    }

    /// The order of step `at`: it cannot look back further than the run goes.
    fn order(&self, at: usize) -> usize {
        let left = if self.variant.ends_low { self.times.len() - at } else { usize::MAX };
        self.variant.order.min(at + 1).min(left)
    }

    /// The step from time `at` to the next.
    fn stride(&self, at: usize) -> Option<Stride> {
        let before = at.checked_sub(1).and_then(|at| self.sigmas.get(at));
        let (from, to) = (*self.sigmas.get(at)?, *self.sigmas.get(at + 1)?);
        Some(Stride::new(before.copied(), from, to, self.variant.is_first_kind))
    }
}

/// The numbers of a step, in the notation of the paper.
#[derive(Debug, Clone, Copy)]
struct Stride {
    /// What is kept of the latents.
    keep: f64,
    /// How much of the clean latents is taken.
    take: f64,
    /// The weight of differences: α B(h).
    weight: f64,
    /// How far the step before went, relative to this one: negative.
    ratio: f64,
    /// The weights that a correction of second order solves for.
    moments: [f64; 2],
}

impl Stride {
    fn new(before: Option<f64>, from: f64, to: f64, is_first_kind: bool) -> Self {
        let alpha = |sigma: f64| 1.0 / (sigma * sigma + 1.0).sqrt();
        let length = libm::log(from) - libm::log(to);
        let growth = libm::expm1(-length);
        // The last step, to where there is no noise, is infinitely long.
        let weight = if is_first_kind && length.is_finite() { -length } else { growth };
        let first = growth / -length - 1.0;
        let second = first / -length - 0.5;
        Self {
            keep: to * alpha(to) / (from * alpha(from)),
            take: -alpha(to) * growth,
            weight: -alpha(to) * weight,
            ratio: before.map_or(0.0, |before| (libm::log(from) - libm::log(before)) / length),
            moments: [first / weight, 2.0 * second / weight],
        }
    }

    /// The weights of the change before this step, and of the change over it, in a correction.
    fn correction(&self, order: usize) -> (f64, f64) {
        let [first, second] = self.moments;
        if order < 2 {
            return (0.0, 0.5);
        }
        let old = (first - second) / (1.0 - self.ratio);
        (old / self.ratio, first - old)
    }

    /// The weight of the change before this step, in a prediction.
    fn prediction(&self, order: usize) -> f64 {
        if order < 2 { 0.0 } else { 0.5 / self.ratio }
    }
}

impl Sampler for UniPc {
    fn timesteps(&self) -> &[usize] {
        &self.times
    }

    fn step(&mut self, output: &[f32], latents: &mut [f32]) {
        let at = self.next;
        let (Some(stride), Some(&sigma)) = (self.stride(at), self.sigmas.get(at)) else { return };
        self.next += 1;
        let alpha = 1.0 / (sigma * sigma + 1.0);
        let past = at.checked_sub(1).and_then(|at| Some((self.stride(at)?, self.order(at))));
        let past = past.map(|(stride, order)| (stride, stride.correction(order)));
        let trend = stride.prediction(self.order(at));
        self.start.resize(latents.len(), 0.0);
        self.clean.iter_mut().for_each(|clean| clean.resize(latents.len(), 0.0));
        let [last, older] = &mut self.clean;
        let memory = self.start.iter_mut().zip(last).zip(older);
        for ((latent, &output), ((start, last), older)) in
            latents.iter_mut().zip(output).zip(memory)
        {
            let mut value = f64::from(*latent);
            let (clean, _) = self.prediction.split(alpha, f64::from(output), value);
            if let Some((stride, (old, new))) = past {
                let change = old * (*older - *last) + new * (clean - *last);
                value = stride.keep * *start + stride.take * *last + stride.weight * change;
            }
            let change = trend * (*last - clean);
            let next = stride.keep * value + stride.take * clean + stride.weight * change;
            (*start, *older, *last) = (value, *last, clean);
            *latent = next as f32;
        }
    }
}

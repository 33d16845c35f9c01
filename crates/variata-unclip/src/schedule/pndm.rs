//! Pseudo linear multistep (Liu et al., 2022), without Runge–Kutta steps at the start, as Stable
//! Diffusion is used: the network is asked twice at the second time instead.

use std::collections::VecDeque;

use super::{Alphas, Prediction, Sampler};

#[derive(Debug)]
pub(super) struct Pndm {
    alphas: Alphas,
    last_alpha: f64,
    prediction: Prediction,
    /// With the second time twice.
    times: Vec<usize>,
    stride: usize,
    next: usize,
    /// What the network said lately, latest first; at most four.
    said: VecDeque<Vec<f32>>,
    /// The latents of the first step, from which the second starts again.
    first: Vec<f32>,
}

impl Pndm {
    pub(super) fn new(
        (alphas, last_alpha): (Alphas, f64),
        prediction: Prediction,
        mut times: Vec<usize>,
        stride: usize,
    ) -> Self {
        if let Some(&second) = times.get(1) {
            times.insert(1, second);
        }
        let (said, first) = (VecDeque::new(), Vec::new());
        Self { alphas, last_alpha, prediction, times, stride, next: 0, said, first }
    }

    /// Remembers `output` and gives the mixture with what was said before (Adams and Bashforth).
    fn mixture(&mut self, output: &[f32]) -> Vec<f32> {
        const WEIGHTS: [&[f64]; 4] = [
            &[1.0],
            &[3.0 / 2.0, -1.0 / 2.0],
            &[23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0],
            &[55.0 / 24.0, -59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0],
        ];
        if self.next == 1 {
            let first = self.said.front().map_or(output, Vec::as_slice);
            return output.iter().zip(first).map(|(now, before)| (now + before) / 2.0).collect();
        }
        self.said.push_front(output.to_vec());
        self.said.truncate(WEIGHTS.len());
        let weights = WEIGHTS[self.said.len() - 1];
        let mixed = |at: usize| {
            let terms =
                self.said.iter().zip(weights).map(|(said, weight)| f64::from(said[at]) * weight);
            terms.sum::<f64>() as f32
        };
        (0..output.len()).map(mixed).collect()
    }

    /// From one time to another, `None` being past the last.
    fn transfer(&self, latents: &mut [f32], said: &[f32], from: usize, to: Option<usize>) {
        let (alpha, target) =
            (self.alphas.at(from), to.map_or(self.last_alpha, |time| self.alphas.at(time)));
        let (noise, target_noise) = (1.0 - alpha, 1.0 - target);
        // Formula (9) of the paper.
        let keep = (target / alpha).sqrt();
        let take =
            (target - alpha) / (alpha * target_noise.sqrt() + (alpha * noise * target).sqrt());
        for (latent, &said) in latents.iter_mut().zip(said) {
            let value = f64::from(*latent);
            let (_, noise) = self.prediction.split(alpha, f64::from(said), value);
            *latent = (keep * value - take * noise) as f32;
        }
    }
}

impl Sampler for Pndm {
    fn timesteps(&self) -> &[usize] {
        &self.times
    }

    fn step(&mut self, output: &[f32], latents: &mut [f32]) {
        let Some(&time) = self.times.get(self.next) else { return };
        let mixture = self.mixture(output);
        match self.next {
            1 => {
                latents.copy_from_slice(&self.first);
                self.transfer(latents, &mixture, time + self.stride, Some(time));
            }
            at => {
                if at == 0 {
                    self.first = latents.to_vec();
                }
                self.transfer(latents, &mixture, time, time.checked_sub(self.stride));
            }
        }
        self.next += 1;
    }
}

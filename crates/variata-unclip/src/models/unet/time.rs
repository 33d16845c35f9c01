//! Numbers as waves of many lengths: how networks are told the time, and how noisy an embedding is.

use variata_nn::{Activation, Backend};

use crate::LoadError;
use crate::checkpoint::Loader;

/// How waves are laid out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waves {
    /// How many numbers: half are sines, half cosines.
    pub width: usize,
    /// Cosines first.
    pub flip_sin_to_cos: bool,
    /// Taken from the number of lengths where their exponents are spread.
    pub freq_shift: f32,
}

impl Waves {
    /// The embedding of `value` (`get_timestep_embedding`), of [`Waves::width`] numbers.
    pub fn embed(&self, value: f32) -> Vec<f32> {
        let half = self.width / 2;
        let angle = |at: usize| {
            let exponent = -libm::logf(10_000.0) * at as f32 / (half as f32 - self.freq_shift);
            value * libm::expf(exponent)
        };
        let sines = (0..half).map(|at| libm::sinf(angle(at)));
        let cosines = (0..half).map(|at| libm::cosf(angle(at)));
        let mut waves: Vec<f32> = if self.flip_sin_to_cos {
            cosines.chain(sines).collect()
        } else {
            sines.chain(cosines).collect()
        };
        waves.resize(self.width, 0.0);
        waves
    }
}

/// `TimestepEmbedding`: two layers with SiLU between them.
pub(super) struct Embedding<B: Backend> {
    first: B::Layer,
    second: B::Layer,
}

impl<B: Backend> Embedding<B> {
    pub(super) fn load(
        loader: &Loader<'_, B>,
        (inputs, outputs): (usize, usize),
    ) -> Result<Self, LoadError> {
        Ok(Self {
            first: loader.linear("linear_1", (inputs, outputs))?,
            second: loader.linear("linear_2", (outputs, outputs))?,
        })
    }

    /// The embedding of every row, plus `added`.
    pub(super) fn forward(
        &self,
        backend: &B,
        input: &B::Tensor,
        added: Option<&B::Tensor>,
    ) -> B::Tensor {
        let hidden = backend.linear(&self.first, input, None);
        backend.linear(&self.second, &backend.activate(hidden, Activation::Silu), added)
    }
}

//! Attention of a sequence to itself, as all networks here have it.

use variata_nn::{Attention, Backend};

use crate::LoadError;
use crate::checkpoint::Loader;

/// Queries, keys and values of the same tokens, and what is made of the result.
pub(super) struct SelfAttention<B: Backend> {
    queries: B::Layer,
    keys: B::Layer,
    values: B::Layer,
    output: B::Layer,
    how: Attention,
}

/// What the four layers are called: queries, keys, values, output.
pub(super) type Names = [&'static str; 4];

/// The names in today's releases of diffusers.
pub(super) const NAMES: Names = ["to_q", "to_k", "to_v", "to_out.0"];

impl<B: Backend> SelfAttention<B> {
    pub(super) fn load(
        loader: &Loader<'_, B>,
        names: Names,
        channels: usize,
        how: Attention,
    ) -> Result<Self, LoadError> {
        let layer = |name| loader.linear(name, (channels, channels));
        let [queries, keys, values, output] = names;
        Ok(Self {
            queries: layer(queries)?,
            keys: layer(keys)?,
            values: layer(values)?,
            output: layer(output)?,
            how,
        })
    }

    /// Attention over `input`, plus `residual`.
    pub(super) fn forward(
        &self,
        backend: &B,
        input: &B::Tensor,
        residual: &B::Tensor,
    ) -> B::Tensor {
        let queries = backend.project(&self.queries, input);
        let keys = backend.project(&self.keys, input);
        let values = backend.project(&self.values, input);
        let seen = backend.attention(&queries, &keys, &values, self.how);
        backend.linear(&self.output, &seen, Some(residual))
    }
}

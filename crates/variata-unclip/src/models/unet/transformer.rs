//! `Transformer2DModel` with one block: places look at each other, then at the context.

use variata_nn::{Attention, Backend};

use super::context::{Context, Seen, Slots};
use crate::LoadError;
use crate::checkpoint::{Loader, Norm};
use crate::models::attention::{NAMES, SelfAttention};
use crate::models::resnet::Grouping;

pub(super) struct Transformer<B: Backend> {
    grouping: Grouping,
    norm: Norm<B>,
    proj_in: B::Layer,
    norm1: Norm<B>,
    self_attention: SelfAttention<B>,
    norm2: Norm<B>,
    pub(super) cross_attention: CrossAttention<B>,
    norm3: Norm<B>,
    widen: B::Layer,
    narrow: B::Layer,
    proj_out: B::Layer,
}

/// The norms inside a block keep PyTorch's default.
const LAYER_NORM_EPSILON: f32 = 1e-5;
/// And the one before it has another than the rest of the network.
const GROUP_NORM_EPSILON: f32 = 1e-6;

impl<B: Backend> Transformer<B> {
    pub(super) fn load(
        loader: &Loader<'_, B>,
        (channels, heads): (usize, usize),
        groups: usize,
        slots: &mut Slots,
    ) -> Result<Self, LoadError> {
        let block = loader.at("transformer_blocks.0");
        let how = Attention { heads, causal: false };
        let attention = block.at("attn2");
        Ok(Self {
            grouping: Grouping { groups, epsilon: GROUP_NORM_EPSILON },
            norm: loader.norm("norm", channels)?,
            proj_in: loader.linear("proj_in", (channels, channels))?,
            norm1: block.norm("norm1", channels)?,
            self_attention: SelfAttention::load(&block.at("attn1"), NAMES, channels, how)?,
            norm2: block.norm("norm2", channels)?,
            cross_attention: CrossAttention::load(&attention, channels, how, slots)?,
            norm3: block.norm("norm3", channels)?,
            widen: block.linear("ff.net.0.proj", (channels, 8 * channels))?,
            narrow: block.linear("ff.net.2", (4 * channels, channels))?,
            proj_out: loader.linear("proj_out", (channels, channels))?,
        })
    }

    pub(super) fn forward(
        &self,
        backend: &B,
        input: &B::Tensor,
        context: &Context<B>,
    ) -> B::Tensor {
        let normed = backend.group_norm(input, self.norm.pair(), self.grouping.plain());
        let hidden = backend.linear(&self.proj_in, &normed, None);
        let normed = backend.layer_norm(&hidden, self.norm1.pair(), LAYER_NORM_EPSILON);
        let hidden = self.self_attention.forward(backend, &normed, &hidden);
        let hidden = self.look_at_context(backend, hidden, context);
        let normed = backend.layer_norm(&hidden, self.norm3.pair(), LAYER_NORM_EPSILON);
        let gated = backend.gate(&self.widen, &normed);
        let hidden = backend.linear(&self.narrow, &gated, Some(&hidden));
        backend.linear(&self.proj_out, &hidden, Some(input))
    }

    fn look_at_context(&self, backend: &B, hidden: B::Tensor, context: &Context<B>) -> B::Tensor {
        let attention = &self.cross_attention;
        match context.seen_by(attention.slot) {
            Seen::Constant(row) => backend.add(hidden, row),
            Seen::Tokens { keys, values } => {
                let normed = backend.layer_norm(&hidden, self.norm2.pair(), LAYER_NORM_EPSILON);
                let queries = backend.project(&attention.queries, &normed);
                let seen = backend.attention(&queries, keys, values, attention.how);
                backend.linear(&attention.output, &seen, Some(&hidden))
            }
        }
    }
}

/// Attention to the context.
pub(super) struct CrossAttention<B: Backend> {
    queries: B::Layer,
    keys: B::Layer,
    values: B::Layer,
    output: B::Layer,
    how: Attention,
    /// Where a prepared context holds what this layer needs.
    slot: usize,
}

impl<B: Backend> CrossAttention<B> {
    fn load(
        loader: &Loader<'_, B>,
        channels: usize,
        how: Attention,
        slots: &mut Slots,
    ) -> Result<Self, LoadError> {
        let context = slots.context_channels();
        Ok(Self {
            queries: loader.linear(NAMES[0], (channels, channels))?,
            keys: loader.linear(NAMES[1], (context, channels))?,
            values: loader.linear(NAMES[2], (context, channels))?,
            output: loader.linear(NAMES[3], (channels, channels))?,
            how,
            slot: slots.take(),
        })
    }

    /// What this layer will see of `context`, which stays the same from step to step.
    pub(super) fn prepare(&self, backend: &B, context: &B::Tensor) -> Seen<B> {
        let values = backend.project(&self.values, context);
        if backend.shape(context).places() == 1 {
            return Seen::Constant(backend.linear(&self.output, &values, None));
        }
        Seen::Tokens { keys: backend.project(&self.keys, context), values }
    }
}

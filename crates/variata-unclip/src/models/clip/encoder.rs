//! The transformer that both towers have.

use variata_nn::{Activation, Attention, Backend};

use super::HiddenAct;
use crate::LoadError;
use crate::checkpoint::{Loader, Norm};
use crate::models::attention::SelfAttention;

/// The sides of a transformer.
#[derive(Debug, Clone, Copy)]
pub(super) struct EncoderShape {
    pub(super) width: usize,
    pub(super) inner_width: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) act: HiddenAct,
    pub(super) epsilon: f32,
    pub(super) causal: bool,
}

/// A stack of layers.
pub(super) struct Encoder<B: Backend> {
    layers: Vec<EncoderLayer<B>>,
    act: Activation,
    epsilon: f32,
}

struct EncoderLayer<B: Backend> {
    norm1: Norm<B>,
    attention: SelfAttention<B>,
    norm2: Norm<B>,
    widen: B::Layer,
    narrow: B::Layer,
}

impl<B: Backend> Encoder<B> {
    pub(super) fn load(loader: &Loader<'_, B>, shape: EncoderShape) -> Result<Self, LoadError> {
        let layers = (0..shape.layers).map(|at| EncoderLayer::load(&loader.at(at), shape));
        let act = match shape.act {
            HiddenAct::Gelu => Activation::Gelu,
            HiddenAct::QuickGelu => Activation::QuickGelu,
        };
        Ok(Self { layers: layers.collect::<Result<_, _>>()?, act, epsilon: shape.epsilon })
    }

    pub(super) fn forward(&self, backend: &B, mut hidden: B::Tensor) -> B::Tensor {
        for layer in &self.layers {
            let normed = backend.layer_norm(&hidden, layer.norm1.pair(), self.epsilon);
            hidden = layer.attention.forward(backend, &normed, &hidden);
            let normed = backend.layer_norm(&hidden, layer.norm2.pair(), self.epsilon);
            let wide = backend.activate(backend.linear(&layer.widen, &normed, None), self.act);
            hidden = backend.linear(&layer.narrow, &wide, Some(&hidden));
        }
        hidden
    }
}

const NAMES: [&str; 4] = ["q_proj", "k_proj", "v_proj", "out_proj"];

impl<B: Backend> EncoderLayer<B> {
    fn load(loader: &Loader<'_, B>, shape: EncoderShape) -> Result<Self, LoadError> {
        let how = Attention { heads: shape.heads, causal: shape.causal };
        Ok(Self {
            norm1: loader.norm("layer_norm1", shape.width)?,
            attention: SelfAttention::load(&loader.at("self_attn"), NAMES, shape.width, how)?,
            norm2: loader.norm("layer_norm2", shape.width)?,
            widen: loader.linear("mlp.fc1", (shape.width, shape.inner_width))?,
            narrow: loader.linear("mlp.fc2", (shape.inner_width, shape.width))?,
        })
    }
}

//! `AutoencoderKL`: between latents and pictures.

mod blocks;
mod decoder;
mod encoder;

use serde::Deserialize;
use variata_nn::Backend;

use super::resnet::Grouping;
use crate::LoadError;
use crate::checkpoint::{Loader, Part};
use decoder::Decoder;
use encoder::Encoder;

/// `config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct VaeConfig {
    block_out_channels: Vec<usize>,
    layers_per_block: usize,
    latent_channels: usize,
    #[serde(default = "default_groups")]
    norm_num_groups: usize,
    #[serde(default = "default_scaling")]
    scaling_factor: f32,
    #[serde(default)]
    shift_factor: Option<f32>,
    #[serde(default)]
    act_fn: Option<String>,
    #[serde(default)]
    down_block_types: Vec<String>,
    #[serde(default)]
    up_block_types: Vec<String>,
    #[serde(default)]
    mid_block_add_attention: Option<bool>,
}

fn default_groups() -> usize {
    32
}

/// Of Stable Diffusion, which older configurations do not spell out.
fn default_scaling() -> f32 {
    0.18215
}

impl VaeConfig {
    /// Channels of the latents.
    pub fn latent_channels(&self) -> usize {
        self.latent_channels
    }

    /// How many pixels a latent's side is.
    pub fn scale_px(&self) -> usize {
        1 << self.block_out_channels.len().saturating_sub(1)
    }

    /// What latents are multiplied with, as networks want them.
    pub fn scaling_factor(&self) -> f32 {
        self.scaling_factor
    }

    fn grouping(&self) -> Grouping {
        Grouping { groups: self.norm_num_groups, epsilon: 1e-6 }
    }

    fn fault(&self) -> Option<String> {
        let groups = self.norm_num_groups;
        let divides =
            |&channels: &usize| groups > 0 && channels > 0 && channels.is_multiple_of(groups);
        let kinds = self.down_block_types.iter().chain(&self.up_block_types);
        let unknown = kinds.into_iter().find(|kind| !KINDS.contains(&kind.as_str()));
        if let Some(kind) = unknown {
            return Some(format!(
                "the block {kind:?} is not known here: expected {} and {}",
                KINDS[0], KINDS[1]
            ));
        }
        if !(1..=8).contains(&self.block_out_channels.len()) || self.layers_per_block > 64 {
            return Some("block_out_channels or layers_per_block is out of range".into());
        }
        if !self.block_out_channels.iter().all(divides) {
            let channels = &self.block_out_channels;
            return Some(format!("norm_num_groups {groups} does not divide {channels:?}"));
        }
        if self.act_fn.as_deref().is_some_and(|act| act != "silu") {
            return Some(format!("act_fn is {:?}: expected silu", self.act_fn));
        }
        if self.shift_factor.is_some() || self.mid_block_add_attention == Some(false) {
            return Some("shift_factor and mid blocks without attention are not known here".into());
        }
        let is_positive = self.scaling_factor.is_finite() && self.scaling_factor > 0.0;
        (!is_positive).then(|| format!("scaling_factor is {}", self.scaling_factor))
    }
}

const KINDS: [&str; 2] = ["DownEncoderBlock2D", "UpDecoderBlock2D"];

/// Both halves.
pub struct Vae<B: Backend> {
    config: VaeConfig,
    encoder: Encoder<B>,
    quant: B::Layer,
    post_quant: B::Layer,
    decoder: Decoder<B>,
}

impl<B: Backend> Vae<B> {
    /// Reads the part `vae` of a checkpoint.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn load(backend: &B, part: &Part) -> Result<Self, LoadError> {
        let config: VaeConfig = part.config("config.json")?;
        if let Some(reason) = config.fault() {
            return Err(part.fault("config.json", reason));
        }
        let weights = part.weights()?;
        let loader = Loader::new(backend, &weights);
        let latent = config.latent_channels;
        Ok(Self {
            encoder: Encoder::load(&loader.at("encoder"), &config)?,
            quant: loader.linear("quant_conv", (2 * latent, 2 * latent))?,
            post_quant: loader.linear("post_quant_conv", (latent, latent))?,
            decoder: Decoder::load(&loader.at("decoder"), &config)?,
            config,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &VaeConfig {
        &self.config
    }

    /// The picture of unscaled `latents`: three channels, −1.0 to 1.0 and a little beyond.
    pub fn decode(&self, backend: &B, latents: &B::Tensor) -> B::Tensor {
        let latents = backend.linear(&self.post_quant, latents, None);
        self.decoder.forward(backend, latents)
    }

    /// Mean and logarithm of the variance of a picture's unscaled latents, side by side in each
    /// row; the picture has three channels of −1.0 to 1.0.
    pub fn encode(&self, backend: &B, picture: &B::Tensor) -> B::Tensor {
        let moments = self.encoder.forward(backend, picture);
        backend.linear(&self.quant, &moments, None)
    }
}

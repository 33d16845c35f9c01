//! From pictures to latents.

use variata_nn::{Backend, Window};

use super::VaeConfig;
use super::blocks::{MidBlock, Stage};
use crate::LoadError;
use crate::checkpoint::{Loader, Norm};
use crate::models::resnet::Grouping;

pub(super) struct Encoder<B: Backend> {
    grouping: Grouping,
    conv_in: B::Layer,
    stages: Vec<Stage<B>>,
    middle: MidBlock<B>,
    norm_out: Norm<B>,
    conv_out: B::Layer,
}

impl<B: Backend> Encoder<B> {
    pub(super) fn load(loader: &Loader<'_, B>, config: &VaeConfig) -> Result<Self, LoadError> {
        let (grouping, levels) = (config.grouping(), &config.block_out_channels);
        let finest = levels.first().copied().unwrap_or_default();
        let coarsest = levels.last().copied().unwrap_or_default();
        let mut inputs = finest;
        let mut stages = Vec::new();
        for (at, &outputs) in levels.iter().enumerate() {
            let resample = (at + 1 < levels.len()).then_some("downsamplers.0.conv");
            let (loader, layers) = (loader.at("down_blocks").at(at), config.layers_per_block);
            stages.push(Stage::load(&loader, (inputs, outputs), layers, resample, grouping)?);
            inputs = outputs;
        }
        Ok(Self {
            grouping,
            conv_in: loader.conv("conv_in", (3, finest), 3)?,
            stages,
            middle: MidBlock::load(&loader.at("mid_block"), coarsest, config)?,
            norm_out: loader.norm("conv_norm_out", coarsest)?,
            conv_out: loader.conv("conv_out", (coarsest, 2 * config.latent_channels), 3)?,
        })
    }

    pub(super) fn forward(&self, backend: &B, picture: &B::Tensor) -> B::Tensor {
        let mut hidden = backend.conv2d(&self.conv_in, picture, Window::same(1), None);
        for stage in &self.stages {
            hidden = stage.forward(backend, hidden);
            if let Some(layer) = &stage.resample {
                // Zeros at the right and the bottom only, as in the original autoencoder.
                let window = Window { stride: 2, before: 0, after: 1 };
                hidden = backend.conv2d(layer, &hidden, window, None);
            }
        }
        let hidden = self.middle.forward(backend, &hidden);
        let hidden = backend.group_norm(&hidden, self.norm_out.pair(), self.grouping.with_silu());
        backend.conv2d(&self.conv_out, &hidden, Window::same(1), None)
    }
}

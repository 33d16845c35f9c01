//! From latents to pictures.

use variata_nn::{Backend, Window};

use super::VaeConfig;
use super::blocks::{MidBlock, Stage};
use crate::LoadError;
use crate::checkpoint::{Loader, Norm};
use crate::models::resnet::Grouping;

pub(super) struct Decoder<B: Backend> {
    grouping: Grouping,
    conv_in: B::Layer,
    middle: MidBlock<B>,
    stages: Vec<Stage<B>>,
    norm_out: Norm<B>,
    conv_out: B::Layer,
}

impl<B: Backend> Decoder<B> {
    pub(super) fn load(loader: &Loader<'_, B>, config: &VaeConfig) -> Result<Self, LoadError> {
        let (grouping, levels) = (config.grouping(), &config.block_out_channels);
        let finest = levels.first().copied().unwrap_or_default();
        let coarsest = levels.last().copied().unwrap_or_default();
        let mut inputs = coarsest;
        let mut stages = Vec::new();
        for (at, &outputs) in levels.iter().rev().enumerate() {
            let resample = (at + 1 < levels.len()).then_some("upsamplers.0.conv");
            let (loader, layers) = (loader.at("up_blocks").at(at), config.layers_per_block + 1);
            stages.push(Stage::load(&loader, (inputs, outputs), layers, resample, grouping)?);
            inputs = outputs;
        }
        Ok(Self {
            grouping,
            conv_in: loader.conv("conv_in", (config.latent_channels, coarsest), 3)?,
            middle: MidBlock::load(&loader.at("mid_block"), coarsest, config)?,
            stages,
            norm_out: loader.norm("conv_norm_out", finest)?,
            conv_out: loader.conv("conv_out", (finest, 3), 3)?,
        })
    }

    pub(super) fn forward(&self, backend: &B, latents: B::Tensor) -> B::Tensor {
        let hidden = backend.conv2d(&self.conv_in, &latents, Window::same(1), None);
        let mut hidden = self.middle.forward(backend, &hidden);
        for stage in &self.stages {
            hidden = stage.forward(backend, hidden);
            if let Some(layer) = &stage.resample {
                let shape = backend.shape(&hidden);
                let larger = backend.upsample_nearest(&hidden, 2 * shape.height, 2 * shape.width);
                hidden = backend.conv2d(layer, &larger, Window::same(1), None);
            }
        }
        let hidden = backend.group_norm(&hidden, self.norm_out.pair(), self.grouping.with_silu());
        backend.conv2d(&self.conv_out, &hidden, Window::same(1), None)
    }
}

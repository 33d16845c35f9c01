//! The levels of the network: down, middle, up.

use variata_nn::{Backend, Window};

use super::context::{Context, Slots};
use super::transformer::Transformer;
use crate::LoadError;
use crate::checkpoint::Loader;
use crate::models::resnet::{Grouping, ResnetBlock};

/// What all blocks of a network have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common {
    pub(super) time_width: usize,
    pub(super) grouping: Grouping,
}

/// What all blocks of one pass have in common.
pub(super) struct Pass<'a, B: Backend> {
    pub(super) backend: &'a B,
    /// The time's embedding after SiLU, one row for each picture.
    pub(super) time: &'a B::Tensor,
    pub(super) context: &'a Context<B>,
}

/// A `ResnetBlock2D`, and the attention that may follow it.
struct Layer<B: Backend> {
    resnet: ResnetBlock<B>,
    transformer: Option<Transformer<B>>,
}

impl<B: Backend> Layer<B> {
    fn forward(&self, pass: &Pass<'_, B>, input: &B::Tensor) -> B::Tensor {
        let hidden = self.resnet.forward(pass.backend, input, Some(pass.time));
        match &self.transformer {
            Some(transformer) => transformer.forward(pass.backend, &hidden, pass.context),
            None => hidden,
        }
    }
}

/// The sides of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockShape {
    /// Channels that come from the block before.
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) layers: usize,
    /// The number of heads, where there is attention.
    pub(super) heads: Option<usize>,
    /// Whether the block changes the size at its end.
    pub(super) resizes: bool,
}

impl BlockShape {
    fn transformer<B: Backend>(
        &self,
        loader: &Loader<'_, B>,
        at: usize,
        common: Common,
        slots: &mut Slots,
    ) -> Result<Option<Transformer<B>>, LoadError> {
        let Some(heads) = self.heads else { return Ok(None) };
        let loader = loader.at("attentions").at(at);
        Transformer::load(&loader, (self.outputs, heads), common.grouping.groups, slots).map(Some)
    }
}

/// `CrossAttnDownBlock2D` and `DownBlock2D`.
pub(super) struct DownBlock<B: Backend> {
    layers: Vec<Layer<B>>,
    downsampler: Option<B::Layer>,
}

impl<B: Backend> DownBlock<B> {
    pub(super) fn load(
        loader: &Loader<'_, B>,
        shape: BlockShape,
        common: Common,
        slots: &mut Slots,
    ) -> Result<Self, LoadError> {
        let mut layers = Vec::new();
        for at in 0..shape.layers {
            let inputs = if at == 0 { shape.inputs } else { shape.outputs };
            let (sides, time) = ((inputs, shape.outputs), Some(common.time_width));
            let resnet =
                ResnetBlock::load(&loader.at("resnets").at(at), sides, time, common.grouping)?;
            layers
                .push(Layer { resnet, transformer: shape.transformer(loader, at, common, slots)? });
        }
        let resample = || loader.conv("downsamplers.0.conv", (shape.outputs, shape.outputs), 3);
        Ok(Self { layers, downsampler: shape.resizes.then(resample).transpose()? })
    }

    /// Adds every layer's result to `skips`, for the way up.
    pub(super) fn forward(
        &self,
        pass: &Pass<'_, B>,
        mut hidden: B::Tensor,
        skips: &mut Vec<B::Tensor>,
    ) -> B::Tensor {
        for layer in &self.layers {
            hidden = layer.forward(pass, &hidden);
            skips.push(hidden.clone());
        }
        if let Some(layer) = &self.downsampler {
            let window = Window { stride: 2, before: 1, after: 1 };
            hidden = pass.backend.conv2d(layer, &hidden, window, None);
            skips.push(hidden.clone());
        }
        hidden
    }

    pub(super) fn transformers(&self) -> impl Iterator<Item = &Transformer<B>> {
        self.layers.iter().filter_map(|layer| layer.transformer.as_ref())
    }
}

/// `UNetMidBlock2DCrossAttn`.
pub(super) struct MidBlock<B: Backend> {
    first: Layer<B>,
    last: ResnetBlock<B>,
}

impl<B: Backend> MidBlock<B> {
    pub(super) fn load(
        loader: &Loader<'_, B>,
        shape: BlockShape,
        common: Common,
        slots: &mut Slots,
    ) -> Result<Self, LoadError> {
        let resnet = |at: usize| {
            let (sides, time) = ((shape.inputs, shape.outputs), Some(common.time_width));
            ResnetBlock::load(&loader.at("resnets").at(at), sides, time, common.grouping)
        };
        let transformer = shape.transformer(loader, 0, common, slots)?;
        Ok(Self { first: Layer { resnet: resnet(0)?, transformer }, last: resnet(1)? })
    }

    pub(super) fn forward(&self, pass: &Pass<'_, B>, input: &B::Tensor) -> B::Tensor {
        let hidden = self.first.forward(pass, input);
        self.last.forward(pass.backend, &hidden, Some(pass.time))
    }

    pub(super) fn transformers(&self) -> impl Iterator<Item = &Transformer<B>> {
        self.first.transformer.iter()
    }
}

/// `CrossAttnUpBlock2D` and `UpBlock2D`.
pub(super) struct UpBlock<B: Backend> {
    layers: Vec<Layer<B>>,
    upsampler: Option<B::Layer>,
}

impl<B: Backend> UpBlock<B> {
    /// `skips` are the channels of what comes from the way down, the first to be used first.
    pub(super) fn load(
        loader: &Loader<'_, B>,
        shape: BlockShape,
        skips: &[usize],
        common: Common,
        slots: &mut Slots,
    ) -> Result<Self, LoadError> {
        let mut layers = Vec::new();
        for (at, skip) in skips.iter().enumerate() {
            let inputs = skip + if at == 0 { shape.inputs } else { shape.outputs };
            let (sides, time) = ((inputs, shape.outputs), Some(common.time_width));
            let resnet =
                ResnetBlock::load(&loader.at("resnets").at(at), sides, time, common.grouping)?;
            layers
                .push(Layer { resnet, transformer: shape.transformer(loader, at, common, slots)? });
        }
        let resample = || loader.conv("upsamplers.0.conv", (shape.outputs, shape.outputs), 3);
        Ok(Self { layers, upsampler: shape.resizes.then(resample).transpose()? })
    }

    /// Takes what it needs from the end of `skips`, and grows to the size of the next.
    pub(super) fn forward(
        &self,
        pass: &Pass<'_, B>,
        mut hidden: B::Tensor,
        skips: &mut Vec<B::Tensor>,
    ) -> B::Tensor {
        let backend = pass.backend;
        for layer in &self.layers {
            if let Some(skip) = skips.pop() {
                hidden = backend.concat(&hidden, &skip);
            }
            hidden = layer.forward(pass, &hidden);
        }
        if let Some((layer, next)) = self.upsampler.as_ref().zip(skips.last()) {
            let next = backend.shape(next);
            let larger = backend.upsample_nearest(&hidden, next.height, next.width);
            hidden = backend.conv2d(layer, &larger, Window::same(1), None);
        }
        hidden
    }

    pub(super) fn transformers(&self) -> impl Iterator<Item = &Transformer<B>> {
        self.layers.iter().filter_map(|layer| layer.transformer.as_ref())
    }
}

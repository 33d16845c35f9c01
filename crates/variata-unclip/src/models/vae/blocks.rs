//! What both halves of an autoencoder are made of.

use variata_nn::{Attention, Backend};

use super::VaeConfig;
use crate::LoadError;
use crate::checkpoint::{Loader, Norm};
use crate::models::attention::{NAMES, SelfAttention};
use crate::models::resnet::{Grouping, ResnetBlock};

/// `UNetMidBlock2D`: a block, attention with a single head, and another block.
pub(super) struct MidBlock<B: Backend> {
    grouping: Grouping,
    first: ResnetBlock<B>,
    norm: Norm<B>,
    attention: SelfAttention<B>,
    last: ResnetBlock<B>,
}

/// What the attention's layers were called before diffusers 0.17.
const OLD_NAMES: [&str; 4] = ["query", "key", "value", "proj_attn"];

impl<B: Backend> MidBlock<B> {
    pub(super) fn load(
        loader: &Loader<'_, B>,
        channels: usize,
        config: &VaeConfig,
    ) -> Result<Self, LoadError> {
        let grouping = config.grouping();
        let resnet =
            |at: &str| ResnetBlock::load(&loader.at(at), (channels, channels), None, grouping);
        let attention = loader.at("attentions.0");
        let names = if attention.has("query.weight") { OLD_NAMES } else { NAMES };
        let how = Attention { heads: 1, causal: false };
        Ok(Self {
            grouping,
            first: resnet("resnets.0")?,
            norm: attention.norm("group_norm", channels)?,
            attention: SelfAttention::load(&attention, names, channels, how)?,
            last: resnet("resnets.1")?,
        })
    }

    pub(super) fn forward(&self, backend: &B, input: &B::Tensor) -> B::Tensor {
        let hidden = self.first.forward(backend, input, None);
        let normed = backend.group_norm(&hidden, self.norm.pair(), self.grouping.plain());
        let hidden = self.attention.forward(backend, &normed, &hidden);
        self.last.forward(backend, &hidden, None)
    }
}

/// One level: blocks, and what changes the size behind them.
pub(super) struct Stage<B: Backend> {
    resnets: Vec<ResnetBlock<B>>,
    pub(super) resample: Option<B::Layer>,
}

impl<B: Backend> Stage<B> {
    /// `resample` is the name of the layer that changes the size, where there is one.
    pub(super) fn load(
        loader: &Loader<'_, B>,
        (inputs, outputs): (usize, usize),
        layers: usize,
        resample: Option<&str>,
        grouping: Grouping,
    ) -> Result<Self, LoadError> {
        let resnet = |at: usize| {
            let inputs = if at == 0 { inputs } else { outputs };
            ResnetBlock::load(&loader.at("resnets").at(at), (inputs, outputs), None, grouping)
        };
        let resample = resample.map(|name| loader.conv(name, (outputs, outputs), 3));
        Ok(Self {
            resnets: (0..layers).map(resnet).collect::<Result<_, _>>()?,
            resample: resample.transpose()?,
        })
    }

    pub(super) fn forward(&self, backend: &B, input: B::Tensor) -> B::Tensor {
        self.resnets.iter().fold(input, |hidden, block| block.forward(backend, &hidden, None))
    }
}

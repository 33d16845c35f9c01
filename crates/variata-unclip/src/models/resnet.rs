//! The block of two convolutions that every level of a UNet or autoencoder is made of.

use variata_nn::{Backend, GroupNorm, Window};

use crate::LoadError;
use crate::checkpoint::{Loader, Norm};

/// How channels are grouped: the same throughout a network.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grouping {
    pub(super) groups: usize,
    pub(super) epsilon: f32,
}

impl Grouping {
    /// Normalisation with SiLU behind it.
    pub(super) fn with_silu(self) -> GroupNorm {
        GroupNorm { groups: self.groups, epsilon: self.epsilon, silu: true }
    }

    /// Normalisation alone.
    pub(super) fn plain(self) -> GroupNorm {
        GroupNorm { silu: false, ..self.with_silu() }
    }
}

/// `ResnetBlock2D`: twice norm, SiLU and convolution, beside a way around them.
pub(super) struct ResnetBlock<B: Backend> {
    grouping: Grouping,
    norm1: Norm<B>,
    conv1: B::Layer,
    /// What the time adds to each channel; autoencoders know no time.
    time: Option<B::Layer>,
    norm2: Norm<B>,
    conv2: B::Layer,
    /// Where the number of channels changes.
    shortcut: Option<B::Layer>,
}

impl<B: Backend> ResnetBlock<B> {
    /// `time_width` is the length of the time's embedding, for networks that have one.
    pub(super) fn load(
        loader: &Loader<'_, B>,
        (inputs, outputs): (usize, usize),
        time_width: Option<usize>,
        grouping: Grouping,
    ) -> Result<Self, LoadError> {
        let time = time_width.map(|width| loader.linear("time_emb_proj", (width, outputs)));
        let around = (inputs != outputs).then(|| loader.linear("conv_shortcut", (inputs, outputs)));
        Ok(Self {
            grouping,
            norm1: loader.norm("norm1", inputs)?,
            conv1: loader.conv("conv1", (inputs, outputs), 3)?,
            time: time.transpose()?,
            norm2: loader.norm("norm2", outputs)?,
            conv2: loader.conv("conv2", (outputs, outputs), 3)?,
            shortcut: around.transpose()?,
        })
    }

    /// `time` is the time's embedding after SiLU, one row for each picture.
    pub(super) fn forward(
        &self,
        backend: &B,
        input: &B::Tensor,
        time: Option<&B::Tensor>,
    ) -> B::Tensor {
        let silu = self.grouping.with_silu();
        let time =
            self.time.as_ref().zip(time).map(|(layer, time)| backend.linear(layer, time, None));
        // Each takes the place of the one before, whose memory is free then.
        let mut hidden = backend.group_norm(input, self.norm1.pair(), silu);
        hidden = backend.conv2d(&self.conv1, &hidden, Window::same(1), time.as_ref());
        hidden = backend.group_norm(&hidden, self.norm2.pair(), silu);
        match &self.shortcut {
            None => backend.conv2d(&self.conv2, &hidden, Window::same(1), Some(input)),
            Some(layer) => {
                let around = backend.linear(layer, input, None);
                backend.conv2d(&self.conv2, &hidden, Window::same(1), Some(&around))
            }
        }
    }
}

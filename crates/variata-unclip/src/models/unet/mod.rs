//! `UNet2DConditionModel` (Rombach et al., 2022): what noise is in these latents?

mod blocks;
mod config;
mod context;
mod time;
mod transformer;

use variata_nn::{Activation, Backend, Shape, Window};

use self::blocks::{BlockShape, Common, DownBlock, MidBlock, Pass, UpBlock};
use self::config::Level;
use self::context::Slots;
use self::time::Embedding;
use super::resnet::Grouping;
use crate::LoadError;
use crate::checkpoint::{Loader, Norm, Part};

pub use config::UnetConfig;
pub use context::Context;
pub use time::Waves;

/// The network.
pub struct Unet<B: Backend> {
    config: UnetConfig,
    grouping: Grouping,
    waves: Waves,
    conv_in: B::Layer,
    time: Embedding<B>,
    class: Option<Embedding<B>>,
    down: Vec<DownBlock<B>>,
    middle: MidBlock<B>,
    up: Vec<UpBlock<B>>,
    norm_out: Norm<B>,
    conv_out: B::Layer,
}

impl<B: Backend> Unet<B> {
    /// Reads the part `unet` of a checkpoint.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn load(backend: &B, part: &Part) -> Result<Self, LoadError> {
        let config: UnetConfig = part.config("config.json")?;
        if let Some(reason) = config.fault() {
            return Err(part.fault("config.json", reason));
        }
        let weights = part.weights()?;
        let loader = Loader::new(backend, &weights);
        let levels = config.levels();
        let (Some(&first), Some(&last)) = (levels.first(), levels.last()) else {
            return Err(part.fault("config.json", "block_out_channels is empty"));
        };
        let (finest, time_width) = (first.channels, 4 * first.channels);
        let common = Common { time_width, grouping: config.grouping() };
        let mut slots = Slots::new(config.context_channels());
        let class = config.class_width();
        let class =
            class.map(|width| Embedding::load(&loader.at("class_embedding"), (width, time_width)));
        let down = load_down(&loader, &config, &levels, common, &mut slots)?;
        let middle = BlockShape {
            inputs: last.channels,
            outputs: last.channels,
            layers: 2,
            heads: Some(last.heads),
            resizes: false,
        };
        let middle = MidBlock::load(&loader.at("mid_block"), middle, common, &mut slots)?;
        let up = load_up(&loader, &config, &levels, common, &mut slots)?;
        let (flip_sin_to_cos, freq_shift) = (config.flip_sin_to_cos(), config.freq_shift());
        Ok(Self {
            grouping: common.grouping,
            waves: Waves { width: finest, flip_sin_to_cos, freq_shift },
            conv_in: loader.conv("conv_in", (config.latent_channels(), finest), 3)?,
            time: Embedding::load(&loader.at("time_embedding"), (finest, time_width))?,
            class: class.transpose()?,
            down,
            middle,
            up,
            norm_out: loader.norm("conv_norm_out", finest)?,
            conv_out: loader.conv("conv_out", (finest, config.out_channels()), 3)?,
            config,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &UnetConfig {
        &self.config
    }

    /// What every layer will see of `context`: sequences of
    /// [`UnetConfig::context_channels`].
    pub fn prepare(&self, backend: &B, context: &B::Tensor) -> Context<B> {
        let down = self.down.iter().flat_map(DownBlock::transformers);
        let up = self.up.iter().flat_map(UpBlock::transformers);
        let all = down.chain(self.middle.transformers()).chain(up);
        Context::new(all.map(|layer| layer.cross_attention.prepare(backend, context)).collect())
    }

    /// What the network says of `latents` at time `timestep`; `class` has one row a picture, and
    /// is there if and only if the network has a class embedding.
    pub fn forward(
        &self,
        backend: &B,
        latents: &B::Tensor,
        timestep: f32,
        (context, class): (&Context<B>, Option<&B::Tensor>),
    ) -> B::Tensor {
        let time = self.embed(backend, backend.shape(latents).batch, timestep, class);
        let pass = Pass { backend, time: &time, context };
        let mut hidden = backend.conv2d(&self.conv_in, latents, Window::same(1), None);
        let mut skips = vec![hidden.clone()];
        for block in &self.down {
            hidden = block.forward(&pass, hidden, &mut skips);
        }
        hidden = self.middle.forward(&pass, &hidden);
        for block in &self.up {
            hidden = block.forward(&pass, hidden, &mut skips);
        }
        let hidden = backend.group_norm(&hidden, self.norm_out.pair(), self.grouping.with_silu());
        backend.conv2d(&self.conv_out, &hidden, Window::same(1), None)
    }

    /// Time and class as the blocks want them: after SiLU, one row a picture.
    fn embed(
        &self,
        backend: &B,
        batch: usize,
        timestep: f32,
        class: Option<&B::Tensor>,
    ) -> B::Tensor {
        let waves = self.waves.embed(timestep).repeat(batch);
        let waves = backend.upload(Shape::tokens(batch, 1, self.waves.width), waves);
        let class = self.class.as_ref().zip(class);
        let class = class.map(|(embedding, class)| embedding.forward(backend, class, None));
        let time = self.time.forward(backend, &waves, class.as_ref());
        backend.activate(time, Activation::Silu)
    }
}

fn load_down<B: Backend>(
    loader: &Loader<'_, B>,
    config: &UnetConfig,
    levels: &[Level],
    common: Common,
    slots: &mut Slots,
) -> Result<Vec<DownBlock<B>>, LoadError> {
    let mut inputs = levels.first().map_or(0, |level| level.channels);
    let mut blocks = Vec::new();
    for (at, level) in levels.iter().enumerate() {
        let shape = BlockShape {
            inputs,
            outputs: level.channels,
            layers: config.layers(),
            heads: level.has_attention.0.then_some(level.heads),
            resizes: at + 1 < levels.len(),
        };
        blocks.push(DownBlock::load(&loader.at("down_blocks").at(at), shape, common, slots)?);
        inputs = level.channels;
    }
    Ok(blocks)
}

fn load_up<B: Backend>(
    loader: &Loader<'_, B>,
    config: &UnetConfig,
    levels: &[Level],
    common: Common,
    slots: &mut Slots,
) -> Result<Vec<UpBlock<B>>, LoadError> {
    let mut skips = skip_channels(levels, config.layers());
    let mut inputs = levels.last().map_or(0, |level| level.channels);
    let mut blocks = Vec::new();
    for (at, level) in levels.iter().rev().enumerate() {
        let layers = config.layers() + 1;
        let shape = BlockShape {
            inputs,
            outputs: level.channels,
            layers,
            heads: level.has_attention.1.then_some(level.heads),
            resizes: at + 1 < levels.len(),
        };
        let mut taken = skips.split_off(skips.len().saturating_sub(layers));
        taken.reverse();
        blocks.push(UpBlock::load(&loader.at("up_blocks").at(at), shape, &taken, common, slots)?);
        inputs = level.channels;
    }
    Ok(blocks)
}

/// The channels of everything that the way down leaves for the way up, in its order.
fn skip_channels(levels: &[Level], layers: usize) -> Vec<usize> {
    let mut skips: Vec<usize> = levels.first().map(|level| level.channels).into_iter().collect();
    for (at, level) in levels.iter().enumerate() {
        let resampled = usize::from(at + 1 < levels.len());
        skips.extend(std::iter::repeat_n(level.channels, layers + resampled));
    }
    skips
}

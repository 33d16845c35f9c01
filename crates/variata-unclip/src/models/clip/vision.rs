//! The tower that looks at pictures: `CLIPVisionModelWithProjection`.

use serde::Deserialize;
use variata_nn::{Backend, DeviceError, Shape, Window};

use super::encoder::{Encoder, EncoderShape};
use super::{Fault, HiddenAct, fault};
use crate::LoadError;
use crate::checkpoint::{Loader, Norm, Part};

/// `config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct VisionConfig {
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    projection_dim: usize,
    image_size: usize,
    patch_size: usize,
    #[serde(default)]
    hidden_act: HiddenAct,
    #[serde(default = "default_epsilon")]
    layer_norm_eps: f32,
}

fn default_epsilon() -> f32 {
    1e-5
}

/// Larger than any published tower looks at.
const MAX_IMAGE_PX: usize = 1024;

impl VisionConfig {
    /// Side of the pictures that the tower looks at, in pixels.
    pub fn image_px(&self) -> usize {
        self.image_size
    }

    /// Length of an embedding.
    pub fn embedding_width(&self) -> usize {
        self.projection_dim
    }

    fn fault(&self) -> Fault {
        if self.image_size > MAX_IMAGE_PX {
            let (found, most) = (self.image_size, MAX_IMAGE_PX);
            return Some(format!("image_size is {found}: expected at most {most}"));
        }
        if self.patch_size == 0 || !self.image_size.is_multiple_of(self.patch_size) {
            let (patch, image) = (self.patch_size, self.image_size);
            return Some(format!("patch_size {patch} does not divide image_size {image}"));
        }
        fault(self.hidden_size, self.num_attention_heads, self.num_hidden_layers)
    }
}

/// The tower, with its projection.
pub struct VisionModel<B: Backend> {
    config: VisionConfig,
    patches: B::Layer,
    /// What the class token starts as, its position included.
    class: B::Tensor,
    /// What each place is told of its position.
    positions: B::Tensor,
    pre_norm: Norm<B>,
    encoder: Encoder<B>,
    post_norm: Norm<B>,
    projection: B::Layer,
}

impl<B: Backend> VisionModel<B> {
    /// Reads the part `image_encoder` of a checkpoint.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn load(backend: &B, part: &Part) -> Result<Self, LoadError> {
        let config: VisionConfig = part.config("config.json")?;
        if let Some(reason) = config.fault() {
            return Err(part.fault("config.json", reason));
        }
        let weights = part.weights()?;
        let root = Loader::new(backend, &weights);
        let loader = root.at_optional("vision_model", "pre_layrnorm.weight");
        let (width, side) = (config.hidden_size, config.image_size / config.patch_size);
        let embeddings = loader.at("embeddings");
        let class = embeddings.numbers("class_embedding", &[&[width]])?;
        let positions = &[&[side * side + 1, width][..]];
        let mut class_token = embeddings.numbers("position_embedding.weight", positions)?;
        let positions = class_token.split_off(width);
        class_token.iter_mut().zip(class).for_each(|(sum, class)| *sum += class);
        let shape = EncoderShape {
            width,
            inner_width: config.intermediate_size,
            layers: config.num_hidden_layers,
            heads: config.num_attention_heads,
            act: config.hidden_act,
            epsilon: config.layer_norm_eps,
            causal: false,
        };
        Ok(Self {
            patches: embeddings.conv("patch_embedding", (3, width), config.patch_size)?,
            class: backend.upload(Shape::tokens(1, 1, width), class_token),
            positions: backend.upload(Shape::tokens(1, side * side, width), positions),
            // The checkpoints' own spelling.
            pre_norm: loader.norm("pre_layrnorm", width)?,
            encoder: Encoder::load(&loader.at("encoder.layers"), shape)?,
            post_norm: loader.norm("post_layernorm", width)?,
            projection: root.linear("visual_projection", (width, config.projection_dim))?,
            config,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &VisionConfig {
        &self.config
    }

    /// The embedding of one normalised picture, given pixel by pixel.
    ///
    /// # Errors
    ///
    /// [`DeviceError`].
    pub fn embedding(&self, backend: &B, pixels: &[f32]) -> Result<Vec<f32>, DeviceError> {
        let side = self.config.image_size;
        let shape = Shape { batch: 1, height: side, width: side, channels: 3 };
        backend.download(&self.forward(backend, &backend.upload(shape, pixels.to_vec()))?)
    }

    /// The embedding of one normalised picture of [`VisionConfig::image_px`]: one row.
    ///
    /// # Errors
    ///
    /// [`DeviceError`].
    pub fn forward(&self, backend: &B, pixels: &B::Tensor) -> Result<B::Tensor, DeviceError> {
        let window = Window { stride: self.config.patch_size, before: 0, after: 0 };
        let patches = backend.conv2d(&self.patches, pixels, window, None);
        let (width, count) = (self.config.hidden_size, backend.shape(&patches).places());
        let patches = backend.add(patches, &self.positions);
        let mut tokens = backend.download(&self.class)?;
        tokens.extend(backend.download(&patches)?);
        let tokens = backend.upload(Shape::tokens(1, count + 1, width), tokens);
        let epsilon = self.config.layer_norm_eps;
        let tokens = backend.layer_norm(&tokens, self.pre_norm.pair(), epsilon);
        let mut seen = backend.download(&self.encoder.forward(backend, tokens))?;
        seen.truncate(width);
        let class = backend.upload(Shape::tokens(1, 1, width), seen);
        let class = backend.layer_norm(&class, self.post_norm.pair(), epsilon);
        Ok(backend.linear(&self.projection, &class, None))
    }
}

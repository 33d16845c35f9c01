//! The tower that reads texts: `CLIPTextModel`, of which only the empty prompt is wanted here.

use std::collections::HashMap;

use serde::Deserialize;
use variata_nn::Backend;

use super::encoder::{Encoder, EncoderShape};
use super::{HiddenAct, fault};
use crate::LoadError;
use crate::checkpoint::{Loader, Norm, Part};

/// `config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct TextConfig {
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    vocab_size: usize,
    max_position_embeddings: usize,
    #[serde(default)]
    hidden_act: HiddenAct,
    #[serde(default = "default_epsilon")]
    layer_norm_eps: f32,
}

fn default_epsilon() -> f32 {
    1e-5
}

/// The tower.
pub struct TextModel<B: Backend> {
    config: TextConfig,
    tokens: B::Tensor,
    positions: B::Tensor,
    encoder: Encoder<B>,
    final_norm: Norm<B>,
}

impl<B: Backend> TextModel<B> {
    /// Reads the part `text_encoder` of a checkpoint.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn load(backend: &B, part: &Part) -> Result<Self, LoadError> {
        let config: TextConfig = part.config("config.json")?;
        let width = config.hidden_size;
        let heads = config.num_attention_heads;
        if let Some(reason) = fault(width, heads, config.num_hidden_layers) {
            return Err(part.fault("config.json", reason));
        }
        if config.max_position_embeddings < 2 {
            let reason = "max_position_embeddings has no room for a start and an end";
            return Err(part.fault("config.json", reason));
        }
        let weights = part.weights()?;
        let loader = Loader::new(backend, &weights);
        let loader = loader.at_optional("text_model", "final_layer_norm.weight");
        let embeddings = loader.at("embeddings");
        let shape = EncoderShape {
            width,
            inner_width: config.intermediate_size,
            layers: config.num_hidden_layers,
            heads,
            act: config.hidden_act,
            epsilon: config.layer_norm_eps,
            causal: true,
        };
        let positions = config.max_position_embeddings;
        Ok(Self {
            tokens: embeddings.table("token_embedding.weight", config.vocab_size, width)?,
            positions: embeddings.table("position_embedding.weight", positions, width)?,
            encoder: Encoder::load(&loader.at("encoder.layers"), shape)?,
            final_norm: loader.norm("final_layer_norm", width)?,
            config,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &TextConfig {
        &self.config
    }

    /// The last hidden states of as many tokens as the model takes, all known to it.
    pub fn forward(&self, backend: &B, ids: &[usize]) -> B::Tensor {
        let hidden = backend.add(backend.embedding(&self.tokens, ids), &self.positions);
        let hidden = self.encoder.forward(backend, hidden);
        backend.layer_norm(&hidden, self.final_norm.pair(), self.config.layer_norm_eps)
    }
}

#[derive(Debug, Deserialize)]
struct TokenizerConfig {
    #[serde(default)]
    pad_token: Option<Token>,
}

/// A special token, as text or with more about it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Token {
    Text(String),
    Full { content: String },
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Full { content: text } => text,
        }
    }
}

const START: &str = "<|startoftext|>";
const END: &str = "<|endoftext|>";

/// The tokens of the prompt "", filled up to the length that `config` asks for, by the files of
/// the part `tokenizer`. Nothing else is ever said to the model, so that no tokenizer is needed.
///
/// # Errors
///
/// [`LoadError`] when the vocabulary lacks one of the three tokens.
pub fn empty_prompt(tokenizer: &Part, config: &TextConfig) -> Result<Vec<usize>, LoadError> {
    let vocabulary: HashMap<String, usize> = tokenizer.config("vocab.json")?;
    let settings: TokenizerConfig = tokenizer.config("tokenizer_config.json")?;
    let pad = settings.pad_token.as_ref().map_or(END, Token::text);
    let id = |token: &str| match vocabulary.get(token) {
        Some(&id) if id < config.vocab_size => Ok(id),
        Some(id) => {
            let reason = format!("{token:?} is {id}, and the model knows {}", config.vocab_size);
            Err(tokenizer.fault("vocab.json", reason))
        }
        None => Err(tokenizer.fault("vocab.json", format!("there is no token {token:?}"))),
    };
    let mut ids = vec![id(START)?, id(END)?];
    ids.resize(config.max_position_embeddings, id(pad)?);
    Ok(ids)
}

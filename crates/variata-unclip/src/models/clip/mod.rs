//! CLIP (Radford et al., 2021): what a picture, or a text, is about.

mod encoder;
mod text;
mod vision;

pub use text::{TextConfig, TextModel, empty_prompt};
pub use vision::{VisionConfig, VisionModel};

use serde::Deserialize;

/// What is wrong with a configuration, if anything.
type Fault = Option<String>;

/// `hidden_act`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenAct {
    /// By the error function: OpenCLIP.
    Gelu,
    /// By a sigmoid: OpenAI's.
    #[default]
    QuickGelu,
}

/// Refuses heads that do not divide the width, and layers without end.
fn fault(width: usize, heads: usize, layers: usize) -> Fault {
    if heads == 0 || width == 0 || !width.is_multiple_of(heads) {
        return Some(format!("num_attention_heads {heads} does not divide hidden_size {width}"));
    }
    (layers > MAX_LAYERS).then(|| format!("num_hidden_layers is {layers}: expected at most 256"))
}

/// More layers than any published CLIP has.
const MAX_LAYERS: usize = 256;

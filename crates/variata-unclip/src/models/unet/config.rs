//! `config.json` of a `UNet2DConditionModel`, and which of its many variants are known here.

use serde::Deserialize;
use serde_json::Value;

use crate::models::resnet::Grouping;

/// The configuration.
#[derive(Debug, Clone, Deserialize)]
pub struct UnetConfig {
    sample_size: usize,
    in_channels: usize,
    out_channels: usize,
    block_out_channels: Vec<usize>,
    down_block_types: Vec<String>,
    up_block_types: Vec<String>,
    layers_per_block: usize,
    cross_attention_dim: usize,
    /// In spite of its name the number of heads, for the blocks that are known here.
    attention_head_dim: PerLevel,
    #[serde(default)]
    num_attention_heads: Option<PerLevel>,
    #[serde(default = "default_groups")]
    norm_num_groups: usize,
    #[serde(default = "default_epsilon")]
    norm_eps: f32,
    #[serde(default = "default_true")]
    flip_sin_to_cos: bool,
    #[serde(default)]
    freq_shift: f32,
    #[serde(default)]
    class_embed_type: Option<String>,
    #[serde(default)]
    projection_class_embeddings_input_dim: Option<usize>,
    /// Everything else, so that what would change the network can be refused.
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

fn default_groups() -> usize {
    32
}

fn default_epsilon() -> f32 {
    1e-5
}

fn default_true() -> bool {
    true
}

/// One number for all levels, or one for each.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum PerLevel {
    One(usize),
    Each(Vec<usize>),
}

impl PerLevel {
    fn at(&self, level: usize) -> usize {
        match self {
            Self::One(number) => *number,
            Self::Each(numbers) => numbers.get(level).copied().unwrap_or(0),
        }
    }
}

/// One level of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) channels: usize,
    pub(super) heads: usize,
    /// Whether there is attention in its way down, and in its way up.
    pub(super) has_attention: (bool, bool),
}

/// More channels than any published UNet has.
const MAX_CHANNELS: usize = 1 << 14;

impl UnetConfig {
    /// Height and width of the latents that the network was trained for.
    pub fn sample_size(&self) -> usize {
        self.sample_size
    }

    /// Channels of the latents.
    pub fn latent_channels(&self) -> usize {
        self.in_channels
    }

    /// Channels of the context that the network attends to.
    pub fn context_channels(&self) -> usize {
        self.cross_attention_dim
    }

    /// Length of the class vector, for networks that have one.
    pub fn class_width(&self) -> Option<usize> {
        self.class_embed_type.as_ref().and(self.projection_class_embeddings_input_dim)
    }

    pub(super) fn layers(&self) -> usize {
        self.layers_per_block
    }

    pub(super) fn out_channels(&self) -> usize {
        self.out_channels
    }

    pub(super) fn grouping(&self) -> Grouping {
        Grouping { groups: self.norm_num_groups, epsilon: self.norm_eps }
    }

    pub(super) fn flip_sin_to_cos(&self) -> bool {
        self.flip_sin_to_cos
    }

    pub(super) fn freq_shift(&self) -> f32 {
        self.freq_shift
    }

    /// The levels, finest first.
    pub(super) fn levels(&self) -> Vec<Level> {
        let heads = self.num_attention_heads.as_ref().unwrap_or(&self.attention_head_dim);
        let count = self.block_out_channels.len();
        let level = |(at, &channels): (usize, &usize)| Level {
            channels,
            heads: heads.at(at),
            has_attention: (
                self.down_block_types.get(at).is_some_and(|kind| kind == CROSS_DOWN),
                self.up_block_types.get(count - 1 - at).is_some_and(|kind| kind == CROSS_UP),
            ),
        };
        self.block_out_channels.iter().enumerate().map(level).collect()
    }

    /// What this engine cannot do with the network, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        self.unknown_block()
            .or_else(|| self.unknown_variant())
            .or_else(|| self.wrong_number())
            .or_else(|| self.unknown_class())
    }

    fn unknown_block(&self) -> Option<String> {
        let levels = self.block_out_channels.len();
        let unknown = |kinds: &[String], known: [&str; 2]| {
            let kind = kinds.iter().find(|kind| !known.contains(&kind.as_str()))?;
            Some(format!(
                "the block {kind:?} is not known here: expected {} or {}",
                known[0], known[1]
            ))
        };
        if levels == 0 || [self.down_block_types.len(), self.up_block_types.len()] != [levels; 2] {
            return Some(
                "block_out_channels, down_block_types and up_block_types differ in length".into(),
            );
        }
        unknown(&self.down_block_types, [CROSS_DOWN, "DownBlock2D"])
            .or_else(|| unknown(&self.up_block_types, [CROSS_UP, "UpBlock2D"]))
    }

    /// Settings that change the network, with the one value of each that is known.
    fn unknown_variant(&self) -> Option<String> {
        KNOWN.iter().find_map(|&(name, known)| {
            let found = self.others.get(name)?;
            let is_off = found.is_null() || found == &Value::Bool(false);
            let is_known = match known {
                "" => is_off,
                _ => {
                    found.is_null()
                        || found.as_str() == Some(known)
                        || found.as_f64().is_some_and(|number| known.parse() == Ok(number))
                }
            };
            let known = if known.is_empty() { "it to be off" } else { known };
            (!is_known).then(|| format!("{name} is {found}: expected {known}"))
        })
    }

    fn wrong_number(&self) -> Option<String> {
        let groups = self.norm_num_groups;
        for (at, level) in self.levels().into_iter().enumerate() {
            let Level { channels, heads, .. } = level;
            if channels == 0
                || channels > MAX_CHANNELS
                || groups == 0
                || !channels.is_multiple_of(groups)
            {
                return Some(format!(
                    "norm_num_groups {groups} does not divide the {channels} channels of level {at}"
                ));
            }
            if heads == 0 || !channels.is_multiple_of(heads) {
                return Some(format!(
                    "{heads} heads do not divide the {channels} channels of level {at}"
                ));
            }
        }
        let finest = self.block_out_channels.first().copied().unwrap_or_default();
        let sizes = (1..=512).contains(&self.sample_size) && (1..=64).contains(&self.in_channels);
        if !finest.is_multiple_of(2) || !sizes || self.layers_per_block > 64 {
            return Some("sample_size, in_channels, layers_per_block or the finest level's channels are out of range".into());
        }
        None
    }

    fn unknown_class(&self) -> Option<String> {
        match (self.class_embed_type.as_deref(), self.projection_class_embeddings_input_dim) {
            (None, _) | (Some("projection"), Some(_)) => None,
            (Some(kind), _) => Some(format!(
                "class_embed_type is {kind:?}: expected \"projection\" with its input's length, or none"
            )),
        }
    }
}

const CROSS_DOWN: &str = "CrossAttnDownBlock2D";
const CROSS_UP: &str = "CrossAttnUpBlock2D";

/// Settings and the one value that is known here; "" means off. What is not named changes nothing
/// in the result, such as `upcast_attention`.
const KNOWN: [(&str, &str); 21] = [
    ("act_fn", "silu"),
    ("addition_embed_type", ""),
    ("center_input_sample", ""),
    ("class_embeddings_concat", ""),
    ("conv_in_kernel", "3"),
    ("conv_out_kernel", "3"),
    ("cross_attention_norm", ""),
    ("downsample_padding", "1"),
    ("dual_cross_attention", ""),
    ("encoder_hid_dim", ""),
    ("encoder_hid_dim_type", ""),
    ("mid_block_scale_factor", "1"),
    ("mid_block_type", "UNetMidBlock2DCrossAttn"),
    ("only_cross_attention", ""),
    ("resnet_skip_time_act", ""),
    ("resnet_time_scale_shift", "default"),
    ("time_cond_proj_dim", ""),
    ("time_embedding_act_fn", ""),
    ("time_embedding_dim", ""),
    ("time_embedding_type", "positional"),
    ("transformer_layers_per_block", "1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A sound configuration with one setting changed.
    fn fault_with(setting: &str) -> Option<String> {
        let sound = r#"{
            "sample_size": 64, "in_channels": 4, "out_channels": 4,
            "block_out_channels": [320, 640], "layers_per_block": 2, "cross_attention_dim": 768,
            "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
            "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"], "attention_head_dim": 8"#;
        let text = format!("{sound}{}{setting}}}", if setting.is_empty() { "" } else { "," });
        serde_json::from_str::<UnetConfig>(&text).unwrap().fault()
    }

    #[test]
    fn what_changes_the_network_is_refused_by_name() {
        assert_eq!(fault_with(""), None);
        assert_eq!(fault_with(r#""mid_block_scale_factor": 1.0, "upcast_attention": true"#), None);
        let refused = [
            (r#""act_fn": "gelu""#, "act_fn is \"gelu\": expected silu"),
            (
                r#""only_cross_attention": true"#,
                "only_cross_attention is true: expected it to be off",
            ),
            (
                r#""norm_num_groups": 48"#,
                "norm_num_groups 48 does not divide the 320 channels of level 0",
            ),
            (
                r#""num_attention_heads": [5, 7]"#,
                "7 heads do not divide the 640 channels of level 1",
            ),
        ];
        for (setting, message) in refused {
            assert_eq!(fault_with(setting).as_deref(), Some(message));
        }
    }
}

//! The flags of `variata models`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// List, add, pull, verify and remove checkpoints
///
/// A checkpoint is a folder in the layout of diffusers with weights as safetensors or .bin. It stays
/// where it is; what is kept is its name, for --engine.
#[derive(Debug, Clone, Args)]
#[command(after_help = AFTER_HELP, max_term_width = 80)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub(super) action: Option<Action>,
}

/// What to do with checkpoints.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum Action {
    /// List the engines, the embedded one first
    List,
    /// Give the checkpoint in a folder a name
    Add {
        /// The folder with model_index.json
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Its name [default: that of the folder]
        #[arg(long)]
        name: Option<String>,
    },
    /// Load a checkpoint from a hub and give it a name
    ///
    /// Only the files that its pipeline needs are loaded, into the folder that Python's tools use.
    /// What broke off is gone on with; SHA-256 digests are compared.
    #[cfg(feature = "pull")]
    Pull(PullArgs),
    /// Read every tensor of some checkpoints, or of all
    Verify {
        /// Names of checkpoints
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Forget a name; the checkpoint stays where it is
    Remove {
        /// The name
        name: String,
    },
}

/// What to load, and under which terms.
#[cfg(feature = "pull")]
#[derive(Debug, Clone, Args)]
pub(super) struct PullArgs {
    /// The repository, as OWNER/NAME
    #[arg(value_name = "REPOSITORY")]
    pub(super) repository: String,
    /// A branch, a tag or a commit
    #[arg(long, default_value = "main")]
    pub(super) revision: String,
    /// Weights of this variant, such as fp16, where there are any
    #[arg(long)]
    pub(super) variant: Option<String>,
    /// Its name [default: that of the repository]
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Accept the licence with this identifier, if it is the repository's
    #[arg(long, visible_alias = "accept-license", value_name = "LICENCE")]
    pub(super) accept_licence: Option<String>,
}

const AFTER_HELP: &str = "\
Examples:
  variata models add ~/checkpoints/sd-image-variations
  variata vary otter.png --engine sd-image-variations
  variata models pull lambdalabs/sd-image-variations-diffusers \\
    --accept-licence creativeml-openrail-m

Environment:
  VARIATA_MODELS is the file that names are kept in, by default
  ~/.local/share/variata/models.json.
  HF_ENDPOINT, HF_TOKEN, HF_HOME and HF_HUB_CACHE are what they are to Python's
  tools: the hub, a token for it, and where checkpoints are kept.";

//! The flags of `variata models`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// List, add, check and remove checkpoints
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

const AFTER_HELP: &str = "\
Examples:
  variata models add ~/checkpoints/sd-image-variations
  variata vary otter.png --engine sd-image-variations

Environment:
  VARIATA_MODELS is the file that names are kept in, by default
  ~/.local/share/variata/models.json.";

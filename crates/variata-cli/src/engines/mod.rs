//! The engines that can be asked for by name: the embedded one, and checkpoints.

mod args;
mod registry;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use variata_core::Engine;
use variata_patch::{PatchEngine, Tier};
use variata_unclip::Options;

use crate::fault::Fault;

pub(crate) use self::args::NeuralArgs;
pub(crate) use self::registry::{Registry, name_for};

/// The name of the embedded engine.
pub(crate) const EMBEDDED: &str = "variata-patch";

/// Opens the engine that `wanted` names: the embedded one, a checkpoint of the registry, or the
/// folder of one. `tier` is for the embedded engine.
///
/// # Errors
///
/// When nothing has that name, or the checkpoint cannot be used.
pub(crate) fn open(
    wanted: &str,
    tier: Tier,
    neural: &NeuralArgs,
) -> Result<Arc<dyn Engine>, Fault> {
    if wanted == EMBEDDED {
        return Ok(Arc::new(PatchEngine::with_tier(tier)));
    }
    let registry = Registry::open()?;
    let registered = registry.folder(wanted).map(|folder| (wanted.to_owned(), folder.to_owned()));
    let (name, folder) = match registered {
        Some(found) => found,
        None => in_folder(wanted, &registry)?,
    };
    let options = Options { id: Some(name), ..neural.options() };
    variata_unclip::open(&folder, &options).map_err(|error| Fault::input(&folder, error))
}

/// The checkpoint in a folder that was named itself.
fn in_folder(wanted: &str, registry: &Registry) -> Result<(String, PathBuf), Fault> {
    let folder = Path::new(wanted);
    if folder.is_dir() {
        return Ok((name_for(folder)?, folder.to_owned()));
    }
    let known: Vec<&str> = [EMBEDDED].into_iter().chain(registry.names()).collect();
    let reason = "there is no engine of this name, and no folder";
    let hint = format!("the engines here are {}; see 'variata models'", known.join(", "));
    Err(Fault::usage(format_args!("--engine {wanted}"), reason).with_hint(hint))
}

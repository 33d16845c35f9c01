//! Which files of a repository a pipeline needs: repositories hold every checkpoint several times.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use variata_unclip::checkpoint::WeightFile;

use super::hub::{Listing, RemoteFile};
use crate::fault::Fault;

/// Parts that no pipeline here uses.
const UNUSED: [&str; 1] = ["safety_checker"];

/// The parts that a checkpoint's index names.
///
/// # Errors
///
/// When it is no index, or names what cannot be a folder.
pub(super) fn parts(index: &Path) -> Result<Vec<String>, Fault> {
    let fault = |reason: String| Fault::input(index, reason);
    let text = std::fs::read(index).map_err(|error| fault(error.to_string()))?;
    let entries: BTreeMap<String, Value> = serde_json::from_slice(&text)
        .map_err(|error| fault(format!("no index of a checkpoint: {error}")))?;
    // A part is a library and a class of it; parts that are left out have neither.
    let is_part = |class: &Value| class.get(1).is_some_and(Value::is_string);
    let named = entries.into_iter().filter(|(_, class)| is_part(class)).map(|(name, _)| name);
    let used: Vec<String> = named.filter(|name| !UNUSED.contains(&name.as_str())).collect();
    let is_plain =
        |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match used.iter().find(|name| !is_plain(name)) {
        Some(name) => Err(fault(format!("{name:?} is no name of a part"))),
        None => Ok(used),
    }
}

/// The configurations of a part.
pub(super) fn configurations(listing: &Listing, part: &str) -> Vec<String> {
    let names = names(listing, part);
    let is_configuration = |name: &&str| name.ends_with(".json") && !name.contains(".index.");
    names.filter(is_configuration).map(|name| format!("{part}/{name}")).collect()
}

/// The weights of a part, if it has any; of `variant` where there are such.
pub(super) fn weights(listing: &Listing, part: &str, variant: Option<&str>) -> Option<WeightFile> {
    let marked = |name: &str| variant.is_some_and(|variant| name.contains(&format!(".{variant}.")));
    let has_marked = names(listing, part).any(marked);
    WeightFile::among(|wanted| {
        names(listing, part).any(|name| name == wanted) && (!has_marked || marked(wanted))
    })
}

/// The names of the files in a part's folder.
fn names<'a>(listing: &'a Listing, part: &'a str) -> impl Iterator<Item = &'a str> {
    let inside = move |file: &'a RemoteFile| file.path.strip_prefix(part)?.strip_prefix('/');
    listing.files.iter().filter_map(inside).filter(|name| !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(paths: &[&str]) -> Listing {
        let file = |path: &&str| RemoteFile {
            path: (*path).to_owned(),
            size_bytes: 1,
            blob: "0".repeat(40),
            sha256: None,
        };
        let files = paths.iter().map(file).collect();
        Listing { commit: "0".repeat(40), licence: None, files }
    }

    #[test]
    fn of_weights_in_several_forms_one_is_chosen() {
        let listing = listing(&[
            "unet/config.json",
            "unet/diffusion_pytorch_model.bin",
            "unet/diffusion_pytorch_model.safetensors",
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "vae/diffusion_pytorch_model.bin",
            "vae/old/config.json",
        ]);
        let whole = |name: &str| Some(WeightFile::Whole(name.to_owned()));
        let chosen = |part, variant| weights(&listing, part, variant);
        assert_eq!(chosen("unet", None), whole("diffusion_pytorch_model.safetensors"));
        assert_eq!(chosen("unet", Some("fp16")), whole("diffusion_pytorch_model.fp16.safetensors"));
        assert_eq!(chosen("vae", Some("fp16")), whole("diffusion_pytorch_model.bin"));
        assert_eq!(chosen("scheduler", None), None);
        assert_eq!(configurations(&listing, "unet"), ["unet/config.json"]);
        assert_eq!(configurations(&listing, "vae"), [""; 0]);
    }
}

//! Checkpoints from a hub.

use assert_cmd::Command;

use crate::hub::{COMMIT, Hub};
use crate::models::checkpoint;
use crate::support::{Folder, Ran, VARIATA};

const CANARY: &str = "hf_canary";
const UNET: &str = "unet/diffusion_pytorch_model.fp16.safetensors";

/// `variata models`, with a hub, a registry and a cache of its own.
fn models(folder: &Folder, hub: &Hub, arguments: &str) -> Ran {
    let mut command = Command::new(VARIATA);
    command.current_dir(folder.root()).env("VARIATA_MODELS", folder.path("models.json"));
    command.env_remove("HF_HUB_CACHE").env("HF_HOME", folder.path("hf"));
    command.env("HF_ENDPOINT", hub.endpoint()).env("HF_TOKEN", CANARY);
    Ran::of(&command.arg("models").args(arguments.split(' ')).output().unwrap())
}

const PULL: &str = "pull tiny/variations --accept-licence mit";

fn whole_hub() -> Hub {
    Hub::serving(&checkpoint(), None, None)
}

fn snapshot(path: &str) -> String {
    format!("hf/hub/models--tiny--variations/snapshots/{COMMIT}/{path}")
}

#[test]
fn a_checkpoint_comes_whole_once_and_has_a_name() {
    let (folder, hub) = (Folder::new(), whole_hub());
    let pulled = models(&folder, &hub, PULL);
    assert_eq!(pulled.code, 0, "{pulled:?}");
    assert!(pulled.stdout.starts_with("variations\tStableDiffusionImageVariationPipeline, "));
    assert_eq!(models(&folder, &hub, "verify").stdout, "variations\tok\n");
    let asked = hub.requests();
    let needed = |path: &str| asked.iter().any(|request| request.path.ends_with(path));
    assert!(needed(UNET) && !needed("reference.safetensors"), "{asked:?}");
    let commit = folder.read("hf/hub/models--tiny--variations/refs/main");
    assert_eq!(commit, COMMIT.as_bytes());

    assert_eq!(models(&folder, &hub, PULL).code, 0);
    let again: Vec<_> = hub.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(again, ["/api/models/tiny/variations/revision/main?blobs=true"]);
}

#[test]
fn a_token_goes_to_the_hub_and_to_nobody_else() {
    let (folder, hub) = (Folder::new(), whole_hub());
    assert_eq!(models(&folder, &hub, PULL).code, 0);
    for request in hub.requests() {
        let is_elsewhere = request.path.starts_with("/cdn/");
        assert_eq!(request.authorization.is_none(), is_elsewhere, "{request:?}");
    }
    let refused = models(&folder, &hub, "pull tiny/gated --accept-licence mit");
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.stderr.contains("HF_TOKEN") && !refused.stderr.contains(CANARY));
}

#[test]
fn a_download_that_broke_off_goes_on() {
    let folder = Folder::new();
    let hub = Hub::serving(&checkpoint(), Some((UNET, 1000)), None);
    let pulled = models(&folder, &hub, PULL);
    assert_eq!(pulled.code, 0, "{pulled:?}");
    let ranges = hub.requests().into_iter().filter(|request| request.path.starts_with("/cdn/unet"));
    let ranges: Vec<_> = ranges.filter_map(|request| request.range).collect();
    assert_eq!(ranges, ["bytes=1000-"]);
    assert_eq!(folder.read(&snapshot(UNET)), std::fs::read(checkpoint().join(UNET)).unwrap());
}

#[test]
fn what_is_not_what_the_hub_stated_is_not_kept() {
    let folder = Folder::new();
    let hub = Hub::serving(&checkpoint(), None, Some(UNET));
    let pulled = models(&folder, &hub, PULL);
    assert_eq!(pulled.code, 5, "{pulled:?}");
    assert!(pulled.stderr.contains("came with the SHA-256"), "{pulled:?}");
    assert!(!folder.path(&snapshot(UNET)).exists());
    assert_eq!(models(&folder, &hub, "list").stdout, "variata-patch\tembedded\n");
    let healed = models(&folder, &whole_hub(), PULL);
    assert_eq!(healed.code, 0, "{healed:?}");
}

#[test]
fn nothing_is_loaded_before_the_licence_is_accepted() {
    let (folder, hub) = (Folder::new(), whole_hub());
    for arguments in ["pull tiny/variations", "pull tiny/variations --accept-license other"] {
        let refused = models(&folder, &hub, arguments);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("mit"), "{refused:?}");
        assert_eq!(hub.requests().len(), 1);
    }
}

#[test]
fn what_is_not_there_is_named() {
    let (folder, hub) = (Folder::new(), whole_hub());
    let missing = models(&folder, &hub, "pull tiny/nothing --accept-licence mit");
    assert_eq!(missing.code, 5);
    assert!(missing.stderr.contains("tiny/nothing: there is no such repository"), "{missing:?}");
    assert_eq!(models(&folder, &hub, "pull nothing").code, 2);
}

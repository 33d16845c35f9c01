//! Checkpoints by name, from the command line.

use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::support::{Folder, Ran, VARIATA};

/// A tiny checkpoint with random weights.
pub(crate) fn checkpoint() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../variata-unclip/fixtures/image-variation")
}

/// Runs `variata` in a folder whose registry is its own.
fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    let mut command = Command::new(VARIATA);
    command.current_dir(folder.root()).env("VARIATA_MODELS", folder.path("models.json"));
    Ran::of(&command.args(arguments).output().unwrap())
}

#[test]
fn a_checkpoint_gets_a_name_varies_by_it_and_is_forgotten() {
    let folder = Folder::with_photo();
    let path = checkpoint();
    let added = run(&folder, &["models", "add", path.to_str().unwrap(), "--name", "tiny"]);
    assert_eq!(added.code, 0, "{added:?}");
    assert!(added.stdout.starts_with("tiny\tStableDiffusionImageVariationPipeline, "));
    let listed = run(&folder, &["models"]);
    assert!(listed.stdout.starts_with("variata-patch\tembedded\ntiny\t"), "{listed:?}");
    assert_eq!(run(&folder, &["models", "verify"]).stdout, "tiny\tok\n");

    let vary = ["vary", "photo.png", "--engine", "tiny", "--steps", "2", "--size", "256"];
    let made = run(&folder, &[&vary[..], &["-n", "1", "--seed", "3"]].concat());
    assert_eq!((made.code, made.stdout.as_str()), (0, "photo-3.png\n"), "{made:?}");
    let replay = ["vary", "--replay", "photo-3.png", "--engine", "tiny"];
    let again = run(&folder, &[&replay[..], &["--steps", "2"]].concat());
    assert_eq!(again.code, 0, "{again:?}");
    let other = run(&folder, &[&replay[..], &["--steps", "3", "--force"]].concat());
    assert!(other.stderr.contains("made by the engine tiny-2-steps"), "{other:?}");

    assert_eq!(run(&folder, &["models", "remove", "tiny"]).code, 0);
    assert_eq!(run(&folder, &["models"]).stdout, "variata-patch\tembedded\n");
}

#[test]
fn an_engine_that_is_not_there_is_refused_with_those_that_are() {
    let folder = Folder::with_photo();
    let ran = run(&folder, &["vary", "photo.png", "--engine", "dall-e-3"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("the engines here are variata-patch"), "{ran:?}");
}

#[test]
fn a_folder_without_a_checkpoint_is_refused() {
    let folder = Folder::with_photo();
    let ran = run(&folder, &["models", "add", "."]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("model_index.json is missing"), "{ran:?}");
    assert_eq!(run(&folder, &["vary", "photo.png", "--engine", "."]).code, 3);
}

#[test]
fn what_says_how_checkpoints_run_is_refused_without_one() {
    let folder = Folder::with_photo();
    for flag in [["--steps", "2"], ["--precision", "bf16"], ["--device", "cpu"]] {
        let reason = format!("error: {} is for checkpoints, and variata-patch is none", flag[0]);
        for command in [&["vary", "photo.png"][..], &["serve", "--check"]] {
            let ran = run(&folder, &[command, &flag[..]].concat());
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(ran.stderr.starts_with(&reason), "{ran:?}");
        }
    }
    let mut defaulted = Command::new(VARIATA);
    defaulted.current_dir(folder.root()).env("VARIATA_STEPS", "2");
    let vary = ["vary", "photo.png", "-n", "1", "--size", "256"];
    assert_eq!(Ran::of(&defaulted.args(vary).output().unwrap()).code, 0);
}

#[test]
fn an_engine_of_this_machine_is_no_engine_of_a_server() {
    let folder = Folder::with_photo();
    let server = ["--server", "http://127.0.0.1:1/v1"];
    let ran = run(&folder, &[&["vary", "photo.png", "--engine", "tiny"], &server[..]].concat());
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("a server varies by an engine of its own"), "{ran:?}");
}

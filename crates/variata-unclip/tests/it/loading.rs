//! Checkpoints that cannot be used are refused before any work, and say why.

use std::fs;
use std::path::Path;

use variata_core::Engine as _;
use variata_nn::Tier;
use variata_nn::kernels::PairSums;
use variata_unclip::{Device, Options, Precision, UnclipEngine};

use crate::support::{copy, fixture};

/// Spoils a copy of a checkpoint and checks what is said of it.
#[track_caller]
fn refused(checkpoint: &str, spoil: impl Fn(&Path), message: &str) {
    let folder = copy(checkpoint);
    spoil(folder.path());
    let error = UnclipEngine::open(folder.path(), &Options::default()).err();
    let text = error.map_or_else(String::new, |error| error.to_string());
    assert!(text.contains(message), "the checkpoint was taken, or refused with {text:?}");
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "there is no {from} in {}", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

const WEIGHTS: &str = "image_encoder/model.safetensors";

#[test]
fn an_engine_is_named_after_its_folder_unless_told() {
    let engine = UnclipEngine::open(&fixture("image-variation"), &Options::default()).unwrap();
    assert_eq!(engine.id(), "image-variation");
    let options = Options { id: Some("mine".into()), ..Options::default() };
    let engine = UnclipEngine::open(&fixture("stable-unclip"), &options).unwrap();
    assert_eq!(engine.id(), "mine");
    let (precision, steps) = (Precision::Bf16, Some(50));
    let options = Options { id: Some("mine".into()), precision, steps, device: Device::Cpu };
    let engine = UnclipEngine::open(&fixture("stable-unclip"), &options).unwrap();
    let kind = match Tier::detect().pair_sums() {
        PairSums::InOrder => "",
        PairSums::InTiles => "-amx",
    };
    assert_eq!(engine.id(), format!("mine{kind}-bf16-50-steps"));
}

#[cfg(feature = "candle")]
#[test]
fn what_a_device_makes_goes_by_another_name() {
    let options = Options { device: Device::Candle, ..Options::default() };
    let engine = variata_unclip::open(&fixture("image-variation"), &options).unwrap();
    assert_eq!(engine.id(), "image-variation-candle");
}

#[test]
fn the_half_precision_of_cards_is_refused_on_the_processor() {
    let options = Options { precision: Precision::F16, ..Options::default() };
    let error = variata_unclip::open(&fixture("image-variation"), &options).err();
    let text = error.map_or_else(String::new, |error| error.to_string());
    assert_eq!(text, "f16 is for graphics cards: expected f32 or bf16 on the processor");
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_device_that_did_not_come_along_is_refused_by_its_feature() {
    let options = Options { device: Device::Cuda, ..Options::default() };
    let error = variata_unclip::open(&fixture("image-variation"), &options).err();
    let text = error.map_or_else(String::new, |error| error.to_string());
    assert_eq!(text, "this build has no device cuda: expected one with the feature 'cuda'");
}

#[test]
fn a_folder_that_is_no_checkpoint_is_refused() {
    let remove = |folder: &Path| fs::remove_file(folder.join("model_index.json")).unwrap();
    refused("image-variation", remove, "model_index.json is missing: expected the index");
}

#[test]
fn an_unknown_pipeline_is_refused_by_name() {
    let spoil = |folder: &Path| {
        let (from, to) = ("StableDiffusionImageVariationPipeline", "FluxPipeline");
        replace(&folder.join("model_index.json"), from, to);
    };
    refused("image-variation", spoil, "the class \"FluxPipeline\" is not known here");
}

#[test]
fn a_missing_part_is_named() {
    let spoil = |folder: &Path| fs::remove_file(folder.join(WEIGHTS)).unwrap();
    refused("image-variation", spoil, "expected weights as safetensors or .bin");
    let spoil = |folder: &Path| {
        fs::remove_file(folder.join("unet/diffusion_pytorch_model-00003-of-00004.safetensors"))
            .unwrap();
    };
    refused("stable-unclip", spoil, "00003-of-00004.safetensors is missing: expected a shard");
}

#[test]
fn a_download_that_broke_off_is_recognised() {
    for length in [4, 900, 40_000] {
        let spoil = |folder: &Path| {
            let file = fs::OpenOptions::new().write(true).open(folder.join(WEIGHTS)).unwrap();
            file.set_len(length).unwrap();
        };
        refused("image-variation", spoil, &format!("has {length} bytes of "));
    }
}

#[test]
fn a_header_that_is_no_header_is_refused() {
    for bytes in [b"\xff\xff\xff\xff\xff\xff\xff\x7fxxxx".as_slice(), b"\x03\0\0\0\0\0\0\0xyz"] {
        let spoil = |folder: &Path| fs::write(folder.join(WEIGHTS), bytes).unwrap();
        refused("image-variation", spoil, "not a safetensors file");
    }
}

#[test]
fn a_tensor_of_another_shape_is_named_with_both_shapes() {
    let spoil = |folder: &Path| {
        let (from, to) = ("\"intermediate_size\": 44", "\"intermediate_size\": 48");
        replace(&folder.join("image_encoder/config.json"), from, to);
    };
    let message = "mlp.fc1.weight has the shape [44, 20]: expected [48, 20]";
    refused("image-variation", spoil, message);
}

#[test]
fn a_missing_tensor_is_named() {
    let spoil = |folder: &Path| {
        let (from, to) = ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3");
        replace(&folder.join("text_encoder/config.json"), from, to);
    };
    refused("stable-unclip", spoil, "there is no tensor encoder.layers.2.layer_norm1.weight");
}

const PICKLE: &str = "vae/diffusion_pytorch_model.bin";

#[test]
fn code_in_a_pickle_is_named_and_not_run() {
    let spoil = |folder: &Path| {
        let mut bytes = fs::read(folder.join(PICKLE)).unwrap();
        let (builder, other) = (b"_rebuild_tensor_v2", b"_run_a_shell_and_x");
        let at = bytes.windows(builder.len()).position(|part| part == builder).unwrap();
        bytes[at..at + other.len()].copy_from_slice(other);
        fs::write(folder.join(PICKLE), bytes).unwrap();
    };
    let message = "a pickle that asks for torch._utils._run_a_shell_and_x, which is code";
    refused("image-variation", spoil, message);
}

#[test]
fn a_pickle_that_is_none_or_was_cut_is_refused() {
    let whole = fs::metadata(fixture("image-variation").join(PICKLE)).unwrap().len();
    for length in [0, 4, 900, whole / 2, whole - 1] {
        let spoil = |folder: &Path| {
            let file = fs::OpenOptions::new().write(true).open(folder.join(PICKLE)).unwrap();
            file.set_len(length).unwrap();
        };
        refused("image-variation", spoil, "the download may have broken off");
    }
}

#[test]
fn an_index_does_not_lead_out_of_its_folder() {
    let spoil = |folder: &Path| {
        let index = folder.join("unet/diffusion_pytorch_model.safetensors.index.json");
        let name = "diffusion_pytorch_model-00001-of-00004.safetensors";
        replace(&index, name, "../vae/diffusion_pytorch_model.safetensors");
    };
    refused("stable-unclip", spoil, "is no name of a file in the same folder");
}

#[test]
fn parts_that_do_not_fit_each_other_are_refused() {
    let spoil = |folder: &Path| {
        let other = fixture("stable-unclip").join("text_encoder");
        fs::remove_dir_all(folder.join("image_encoder")).unwrap();
        fs::create_dir(folder.join("image_encoder")).unwrap();
        for file in ["config.json", "model.safetensors"] {
            fs::copy(other.join(file), folder.join("image_encoder").join(file)).unwrap();
        }
    };
    refused("image-variation", spoil, "image_encoder/config.json: missing field");
    let spoil = |folder: &Path| {
        replace(&folder.join("scheduler/scheduler_config.json"), "PNDM", "Unheard");
    };
    refused("image-variation", spoil, "the scheduler \"UnheardScheduler\" is not known here");
}

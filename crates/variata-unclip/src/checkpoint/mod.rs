//! Checkpoints on disk: a folder of parts, each with a configuration and weights.

mod loader;
mod pickle;
mod positioned;
mod safetensors;
mod tensor_file;
mod weights;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::LoadError;

pub use loader::{Loader, Norm};
pub use weights::{WeightFile, Weights, shard_names};

/// A folder in the layout of diffusers.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    folder: PathBuf,
    pipeline: PipelineClass,
}

/// The pipelines that are known, by the names of their classes in diffusers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipelineClass {
    /// `StableDiffusionImageVariationPipeline`.
    ImageVariation,
    /// `StableUnCLIPImg2ImgPipeline`.
    StableUnclip,
}

impl PipelineClass {
    /// The class's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ImageVariation => "StableDiffusionImageVariationPipeline",
            Self::StableUnclip => "StableUnCLIPImg2ImgPipeline",
        }
    }
}

/// No configuration is larger than this; a tokenizer's vocabulary has about 1 MiB.
const MAX_CONFIG_BYTES: u64 = 16 * 1024 * 1024;

impl Checkpoint {
    /// Looks at what `folder` holds.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it has no readable `model_index.json`, or one of an unknown pipeline.
    pub fn open(folder: &Path) -> Result<Self, LoadError> {
        let path = folder.join("model_index.json");
        let index: ModelIndex = read_json(&path, "the index of a checkpoint in diffusers layout")?;
        let pipeline = match index.class_name.as_str() {
            "StableDiffusionImageVariationPipeline" => PipelineClass::ImageVariation,
            "StableUnCLIPImg2ImgPipeline" | "StableUnCLIPPipeline" => PipelineClass::StableUnclip,
            _ => {
                let expected =
                    "StableDiffusionImageVariationPipeline or StableUnCLIPImg2ImgPipeline";
                return Err(LoadError::UnknownClass { path, found: index.class_name, expected });
            }
        };
        Ok(Self { folder: folder.to_owned(), pipeline })
    }

    /// Which pipeline the checkpoint is for.
    pub fn pipeline(&self) -> PipelineClass {
        self.pipeline
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The part of this name, such as `unet`.
    pub fn part(&self, name: &str) -> Part {
        Part { folder: self.folder.join(name) }
    }
}

#[derive(Debug, Deserialize)]
struct ModelIndex {
    #[serde(rename = "_class_name")]
    class_name: String,
}

/// One part of a checkpoint.
#[derive(Debug, Clone)]
pub struct Part {
    folder: PathBuf,
}

impl Part {
    /// Where a file of this part is.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is missing, unreadable, or not what `T` expects.
    pub fn config<T: DeserializeOwned>(&self, file: &str) -> Result<T, LoadError> {
        read_json(&self.path(file), "the configuration of a part of the checkpoint")
    }

    /// A complaint about a configuration.
    pub fn fault(&self, file: &str, reason: impl Into<String>) -> LoadError {
        LoadError::Config { path: self.path(file), reason: reason.into() }
    }

    /// Opens the weights.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when they are missing or cut off, or pickles that ask for code.
    pub fn weights(&self) -> Result<Weights, LoadError> {
        Weights::open(&self.folder)
    }
}

/// Reads a JSON file of bounded size.
fn read_json<T: DeserializeOwned>(path: &Path, expected: &'static str) -> Result<T, LoadError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => LoadError::Missing { path: path.to_owned(), expected },
        _ => LoadError::Unreadable { path: path.to_owned(), source },
    };
    let size = fs::metadata(path).map_err(unreadable)?.len();
    let fault = |reason: String| LoadError::Config { path: path.to_owned(), reason };
    if size > MAX_CONFIG_BYTES {
        return Err(fault(format!("has {size} bytes: expected at most {MAX_CONFIG_BYTES}")));
    }
    let text = fs::read(path).map_err(unreadable)?;
    serde_json::from_slice(&text).map_err(|error| fault(error.to_string()))
}

//! The weights of one part: one file of tensors, or several that an index lists.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::read_json;
use super::tensor_file::{Tensor, TensorFile};
use crate::LoadError;

/// All tensors of a part, by name.
#[derive(Debug)]
pub struct Weights {
    folder: PathBuf,
    files: Vec<TensorFile>,
    /// In which file a tensor is.
    places: HashMap<String, usize>,
}

/// The names that weights have on hubs; what can be read without an interpreter is preferred.
const STEMS: [(&str, &str); 4] = [
    ("diffusion_pytorch_model", "safetensors"),
    ("model", "safetensors"),
    ("diffusion_pytorch_model", "bin"),
    ("pytorch_model", "bin"),
];
/// Full precision first: what is to be computed in less is rounded here.
const VARIANTS: [&str; 3] = ["", "fp16", "bf16"];

impl Weights {
    /// Opens the weights in `folder`.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when there are none, when a shard is missing or cut off, or when a
    /// pickle asks for code.
    pub fn open(folder: &Path) -> Result<Self, LoadError> {
        Self::of(folder, &find(folder)?)
    }

    /// Opens one file of tensors.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it cannot be read or is cut off.
    pub fn open_file(path: &Path) -> Result<Self, LoadError> {
        Self::of(path, &[path.to_owned()])
    }

    fn of(folder: &Path, paths: &[PathBuf]) -> Result<Self, LoadError> {
        let files = paths.iter().map(|path| TensorFile::open(path));
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let mut places = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            places.extend(file.names().map(|name| (name.to_owned(), at)));
        }
        Ok(Self { folder: folder.to_owned(), files, places })
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The sides of a tensor, if it is there.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        let file = self.files.get(*self.places.get(name)?)?;
        file.place(name).map(|place| place.shape.as_slice())
    }

    /// How many numbers all tensors have together.
    pub fn numbers(&self) -> u64 {
        let count = |name: &String| {
            self.shape(name).map_or(0, |shape| shape.iter().map(|&side| side as u64).product())
        };
        self.places.keys().map(count).sum()
    }

    /// The tensor of this name, which has one of `shapes`.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is missing, has another shape, or numbers of an unknown kind.
    pub fn tensor(&self, name: &str, shapes: &[&[usize]]) -> Result<Tensor<'_>, LoadError> {
        let file = self.places.get(name).and_then(|&at| self.files.get(at));
        let Some((file, place)) = file.and_then(|file| Some((file, file.place(name)?))) else {
            let folder = self.folder.clone();
            return Err(LoadError::MissingTensor { folder, name: name.to_owned() });
        };
        if !shapes.contains(&place.shape.as_slice()) {
            return Err(LoadError::WrongShape {
                path: file.path().to_owned(),
                name: name.to_owned(),
                expected: shapes.first().map_or_else(Vec::new, |shape| shape.to_vec()),
                found: place.shape.clone(),
            });
        }
        file.tensor(name, place)
    }

    /// The numbers of a tensor that has one of `shapes`, in single precision.
    ///
    /// # Errors
    ///
    /// [`LoadError`], also when they cannot be read.
    pub fn read(&self, name: &str, shapes: &[&[usize]]) -> Result<Vec<f32>, LoadError> {
        self.tensor(name, shapes)?.numbers()
    }
}

/// The file that holds the weights of a part, or the index of the files that do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeightFile {
    /// All weights, in a file of this name.
    Whole(String),
    /// Shards, which the file of this name lists.
    Index(String),
}

impl WeightFile {
    /// The best among the files of a part, of which `has` knows the names.
    pub fn among(has: impl Fn(&str) -> bool) -> Option<Self> {
        STEMS.chunks(2).flat_map(|format| VARIANTS.map(|variant| (format, variant))).find_map(
            |(format, variant)| {
                format.iter().find_map(|&(stem, format)| {
                    let whole = joined([stem, variant, format]);
                    let index = joined([stem, format, "index", variant, "json"]);
                    let index = || has(&index).then(|| Self::Index(index.clone()));
                    if has(&whole) { Some(Self::Whole(whole)) } else { index() }
                })
            },
        )
    }
}

/// The files of the weights in `folder`.
fn find(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    match WeightFile::among(|name| folder.join(name).is_file()) {
        Some(WeightFile::Whole(name)) => Ok(vec![folder.join(name)]),
        Some(WeightFile::Index(name)) => shards(folder, &folder.join(name)),
        None => Err(LoadError::Missing {
            path: folder.join("diffusion_pytorch_model.safetensors"),
            expected: "weights as safetensors or .bin, in one file or with an index of shards",
        }),
    }
}

/// The parts of a file's name that there are, with dots between them.
fn joined<const N: usize>(parts: [&str; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

#[derive(Debug, Deserialize)]
struct ShardIndex {
    weight_map: HashMap<String, String>,
}

fn shards(folder: &Path, index: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let path = |name: String| {
        let path = folder.join(name);
        let expected = "a shard that the index lists";
        if path.is_file() { Ok(path) } else { Err(LoadError::Missing { path, expected }) }
    };
    shard_names(index)?.into_iter().map(path).collect()
}

/// The names of the files that an index lists, which are in the folder that it is in.
///
/// # Errors
///
/// [`LoadError`] when it cannot be read, or lists a file of another folder.
pub fn shard_names(index: &Path) -> Result<BTreeSet<String>, LoadError> {
    let listed: ShardIndex = read_json(index, "the index of sharded weights")?;
    let names: BTreeSet<String> = listed.weight_map.into_values().collect();
    match names.iter().find(|name| Path::new(name).file_name() != Some(OsStr::new(name))) {
        None => Ok(names),
        Some(name) => {
            let reason = format!("{name:?} is no name of a file in the same folder");
            Err(LoadError::Config { path: index.to_owned(), reason })
        }
    }
}

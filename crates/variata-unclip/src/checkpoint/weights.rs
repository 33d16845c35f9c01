//! The weights of one part: one file of tensors, or several that an index lists.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::read_json;
use super::tensor_file::TensorFile;
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

    /// The numbers of a tensor that has one of `shapes`, in single precision.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is missing or has another shape.
    pub fn read(&self, name: &str, shapes: &[&[usize]]) -> Result<Vec<f32>, LoadError> {
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
        file.read(name, place)
    }
}

/// The files of the weights in `folder`.
fn find(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let names = STEMS.chunks(2).flat_map(|format| {
        VARIANTS.into_iter().flat_map(move |variant| format.iter().map(move |stem| (stem, variant)))
    });
    for (&(stem, format), variant) in names {
        let whole = folder.join(joined([stem, variant, format]));
        if whole.is_file() {
            return Ok(vec![whole]);
        }
        let index = folder.join(joined([stem, format, "index", variant, "json"]));
        if index.is_file() {
            return shards(folder, &index);
        }
    }
    Err(LoadError::Missing {
        path: folder.join("diffusion_pytorch_model.safetensors"),
        expected: "weights as safetensors or .bin, in one file or with an index of shards",
    })
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
    let listed: ShardIndex = read_json(index, "the index of sharded weights")?;
    let names: BTreeSet<String> = listed.weight_map.into_values().collect();
    let path = |name: String| {
        // An index must not lead out of its folder.
        if Path::new(&name).file_name() != Some(OsStr::new(&name)) {
            let reason = format!("{name:?} is no name of a file in the same folder");
            return Err(LoadError::Config { path: index.to_owned(), reason });
        }
        let path = folder.join(name);
        let expected = "a shard that the index lists";
        if path.is_file() { Ok(path) } else { Err(LoadError::Missing { path, expected }) }
    };
    names.into_iter().map(path).collect()
}

//! A file of tensors, of which parts are read as they are wanted, whatever its format.
//!
//! Tensors are read and not mapped: kernels want them packed, so mapped pages would be touched
//! once and stay in the way, and a file that is cut while it is mapped ends the process.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use variata_nn::{NumberKind, Source, Tier};

use super::{pickle, positioned, safetensors};
use crate::LoadError;

/// An open file of tensors.
#[derive(Debug)]
pub(super) struct TensorFile {
    path: PathBuf,
    file: File,
    tensors: HashMap<String, TensorPlace>,
}

/// Where the numbers of a tensor are: in a row, little-endian, the last side first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorPlace {
    pub(super) format: Format,
    pub(super) shape: Vec<usize>,
    /// Bytes from the start of the file.
    pub(super) start: u64,
}

/// How the numbers of a tensor are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    /// As weights are.
    Known(NumberKind),
    /// As weights are not, by the format's name for it.
    Other(String),
}

impl Format {
    /// Bytes of one number; none for those that are not read.
    pub(super) fn width(&self) -> u64 {
        match self {
            Self::Known(kind) => kind.size() as u64,
            Self::Other(_) => 0,
        }
    }
}

impl TensorPlace {
    /// How many numbers the tensor has, unless no machine could count them.
    pub(super) fn numbers(&self) -> Option<u64> {
        self.shape.iter().try_fold(1u64, |product, &side| product.checked_mul(side as u64))
    }

    /// Where the numbers end, unless no file could be so long.
    pub(super) fn end(&self) -> Option<u64> {
        self.start.checked_add(self.numbers()?.checked_mul(self.format.width())?)
    }
}

impl TensorFile {
    /// Finds the tensors of a file and checks that all their numbers are there.
    pub(super) fn open(path: &Path) -> Result<Self, LoadError> {
        let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
        let file = File::open(path).map_err(unreadable)?;
        let found_bytes = file.metadata().map_err(unreadable)?.len();
        let is_pickle = path.extension().is_some_and(|end| end == "bin");
        let places = if is_pickle { pickle::places } else { safetensors::places };
        let tensors = places(&file, path, found_bytes)?;
        Ok(Self { path: path.to_owned(), file, tensors })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The names of all tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Where a tensor is.
    pub(super) fn place(&self, name: &str) -> Option<&TensorPlace> {
        self.tensors.get(name)
    }

    /// The tensor `name`, which is at `place`.
    pub(super) fn tensor(&self, name: &str, place: &TensorPlace) -> Result<Tensor<'_>, LoadError> {
        match &place.format {
            Format::Known(kind) => {
                // All ends were checked when the file was opened.
                let count = place.numbers().and_then(|count| usize::try_from(count).ok());
                let (kind, count) = (*kind, count.unwrap_or_default());
                Ok(Tensor { file: self, kind, count, start: place.start })
            }
            Format::Other(found) => {
                let (path, name, found) = (self.path.clone(), name.to_owned(), found.clone());
                Err(LoadError::WrongType { path, name, found })
            }
        }
    }
}

/// A tensor whose numbers are still in its file.
#[derive(Debug, Clone, Copy)]
pub struct Tensor<'a> {
    file: &'a TensorFile,
    kind: NumberKind,
    count: usize,
    start: u64,
}

/// Numbers that are read at a time, and then widened while they are in the cache.
const PART_NUMBERS: usize = 1 << 16;

impl Tensor<'_> {
    /// All numbers, in single precision.
    pub(super) fn numbers(&self) -> Result<Vec<f32>, LoadError> {
        let mut numbers = vec![0.0; self.count];
        let mut bytes = Vec::new();
        for (at, part) in numbers.chunks_mut(PART_NUMBERS).enumerate() {
            self.widen(Tier::detect(), at * PART_NUMBERS, &mut bytes, part)?;
        }
        Ok(numbers)
    }
}

impl Source for Tensor<'_> {
    type Error = LoadError;

    fn kind(&self) -> NumberKind {
        self.kind
    }

    fn count(&self) -> usize {
        self.count
    }

    fn read(&self, first: usize, bytes: &mut [u8]) -> Result<(), LoadError> {
        let start = self.start + (first * self.kind.size()) as u64;
        positioned::read(&self.file.file, start, bytes)
            .map_err(|source| LoadError::Unreadable { path: self.file.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_is_read_whole_and_from_any_number_on() {
        let numbers: Vec<f32> = (0..100_000).map(|at| at as f32).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("numbers");
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        std::fs::write(&path, [&[0; 8], bytes.as_slice()].concat()).unwrap();
        let file = File::open(&path).unwrap();
        let file = TensorFile { path, file, tensors: HashMap::new() };
        let format = Format::Known(NumberKind::Single);
        let place = TensorPlace { format, shape: vec![100_000], start: 8 };
        let tensor = file.tensor("numbers", &place).unwrap();
        assert!(tensor.numbers().unwrap() == numbers);
        let mut part = vec![7.0; 3];
        tensor.widen(Tier::detect(), 90_000, &mut Vec::new(), &mut part).unwrap();
        assert_eq!(part, numbers[90_000..90_003]);
        assert!(tensor.widen(Tier::detect(), 99_998, &mut Vec::new(), &mut part).is_err());
    }
}

//! A file of tensors, read tensor by tensor, whatever its format.
//!
//! Tensors are read and not mapped: kernels want them packed, so mapped pages would be touched
//! once and stay in the way, and a file that is cut while it is mapped ends the process.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use half::slice::HalfFloatSliceExt as _;
use half::{bf16, f16};

use super::{pickle, safetensors};
use crate::LoadError;

/// An open file of tensors.
#[derive(Debug)]
pub(super) struct TensorFile {
    path: PathBuf,
    file: Mutex<File>,
    tensors: HashMap<String, TensorPlace>,
}

/// Where the numbers of a tensor are: in a row, little-endian, the last side first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorPlace {
    pub(super) kind: NumberKind,
    pub(super) shape: Vec<usize>,
    /// Bytes from the start of the file.
    pub(super) start: u64,
}

/// How the numbers of a tensor are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberKind {
    Single,
    Half,
    Brain,
    /// A kind that weights do not come in, by the format's name for it.
    Other(String),
}

impl NumberKind {
    /// Bytes of one number; none for kinds that are not read.
    pub(super) fn width(&self) -> u64 {
        match self {
            Self::Single => 4,
            Self::Half | Self::Brain => 2,
            Self::Other(_) => 0,
        }
    }

    /// Little-endian numbers in single precision; `None` for kinds that are not read.
    fn single_precision(&self, bytes: &[u8]) -> Option<Vec<f32>> {
        let halves = bytes.as_chunks::<2>().0.iter().map(|&pair| u16::from_le_bytes(pair));
        match self {
            Self::Single => {
                let singles = bytes.as_chunks::<4>().0.iter();
                Some(singles.map(|&four| f32::from_le_bytes(four)).collect())
            }
            Self::Half => {
                let halves: Vec<f16> = halves.map(f16::from_bits).collect();
                let mut singles = vec![0.0; halves.len()];
                halves.convert_to_f32_slice(&mut singles);
                Some(singles)
            }
            Self::Brain => Some(halves.map(|bits| bf16::from_bits(bits).to_f32()).collect()),
            Self::Other(_) => None,
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
        self.start.checked_add(self.numbers()?.checked_mul(self.kind.width())?)
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
        Ok(Self { path: path.to_owned(), file: Mutex::new(file), tensors })
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

    /// The numbers of a tensor, in single precision.
    pub(super) fn read(&self, name: &str, place: &TensorPlace) -> Result<Vec<f32>, LoadError> {
        // All ends were checked when the file was opened.
        let length = place.end().unwrap_or(place.start) - place.start;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place.start))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|source| LoadError::Unreadable { path: self.path.clone(), source })?;
        drop(file);
        let wrong_type = || LoadError::WrongType {
            path: self.path.clone(),
            name: name.to_owned(),
            found: format!("{:?}", place.kind),
        };
        place.kind.single_precision(&bytes).ok_or_else(wrong_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_in_every_kind_that_can_hold_them() {
        let (single, half, brain) = (1.5f32.to_le_bytes(), [0x00, 0x3e], [0xc0, 0x3f]);
        assert_eq!(NumberKind::Single.single_precision(&single), Some(vec![1.5]));
        assert_eq!(NumberKind::Half.single_precision(&half), Some(vec![1.5]));
        assert_eq!(NumberKind::Brain.single_precision(&brain), Some(vec![1.5]));
        assert_eq!(NumberKind::Other("I64".into()).single_precision(&[0; 8]), None);
    }
}

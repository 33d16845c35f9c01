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

    /// Adds little-endian numbers to `values`, in single precision. Kinds that are not read have
    /// none.
    fn append(&self, bytes: &[u8], values: &mut Vec<f32>) {
        let halves = bytes.as_chunks::<2>().0.iter().map(|&pair| u16::from_le_bytes(pair));
        match self {
            Self::Single => {
                let singles = bytes.as_chunks::<4>().0.iter();
                values.extend(singles.map(|&four| f32::from_le_bytes(four)));
            }
            Self::Half => {
                let halves: Vec<f16> = halves.map(f16::from_bits).collect();
                let start = values.len();
                values.resize(start + halves.len(), 0.0);
                halves.convert_to_f32_slice(&mut values[start..]);
            }
            Self::Brain => values.extend(halves.map(|bits| bf16::from_bits(bits).to_f32())),
            Self::Other(_) => {}
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

    /// Puts the numbers of a tensor into `values`, in single precision.
    pub(super) fn read(
        &self,
        name: &str,
        place: &TensorPlace,
        values: &mut Vec<f32>,
    ) -> Result<(), LoadError> {
        if let NumberKind::Other(found) = &place.kind {
            let (path, name) = (self.path.clone(), name.to_owned());
            return Err(LoadError::WrongType { path, name, found: found.clone() });
        }
        // All ends were checked when the file was opened.
        let mut left = place.end().unwrap_or(place.start) - place.start;
        values.clear();
        values.reserve_exact(usize::try_from(left / place.kind.width()).unwrap_or_default());
        let unreadable = |source| LoadError::Unreadable { path: self.path.clone(), source };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place.start)).map_err(unreadable)?;
        let mut chunk = vec![0; CHUNK_BYTES];
        while left > 0 {
            let length = usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
            let bytes = &mut chunk[..length];
            file.read_exact(bytes).map_err(unreadable)?;
            place.kind.append(bytes, values);
            left -= length as u64;
        }
        Ok(())
    }
}

/// Bytes that are read at a time, and then converted while they are in the cache; a multiple of
/// every number's width.
const CHUNK_BYTES: usize = 1 << 18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_in_every_kind_that_can_hold_them() {
        let (single, half, brain) = (1.5f32.to_le_bytes(), [0x00, 0x3e], [0xc0, 0x3f]);
        let mut values = vec![0.5];
        NumberKind::Single.append(&single, &mut values);
        NumberKind::Half.append(&half, &mut values);
        NumberKind::Brain.append(&brain, &mut values);
        assert_eq!(values, [0.5, 1.5, 1.5, 1.5]);
    }

    #[test]
    fn a_tensor_of_more_than_one_chunk_is_read_whole() {
        let numbers: Vec<f32> = (0..100_000).map(|at| at as f32).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("numbers");
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        std::fs::write(&path, [&[0; 8], bytes.as_slice()].concat()).unwrap();
        let file = File::open(&path).unwrap();
        let file = TensorFile { path, file: Mutex::new(file), tensors: HashMap::new() };
        let place = TensorPlace { kind: NumberKind::Single, shape: vec![100_000], start: 8 };
        let mut values = vec![7.0];
        file.read("numbers", &place, &mut values).unwrap();
        assert!(values == numbers);
    }
}

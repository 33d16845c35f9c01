//! One safetensors file, read tensor by tensor.
//!
//! Tensors are read and not mapped: kernels want them packed, so mapped pages would be touched
//! once and stay in the way, and a file that is cut while it is mapped ends the process.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use half::slice::HalfFloatSliceExt as _;
use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use crate::LoadError;

/// An open file of tensors.
#[derive(Debug)]
pub(super) struct SafetensorsFile {
    path: PathBuf,
    file: Mutex<File>,
    header: Metadata,
    /// Where the numbers start.
    start: u64,
}

/// No header is larger than this, which is the format's own limit.
const MAX_HEADER_BYTES: u64 = 100_000_000;

impl SafetensorsFile {
    /// Reads the header and checks that everything it speaks of is there.
    pub(super) fn open(path: &Path) -> Result<Self, LoadError> {
        let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
        let malformed = |reason: String| LoadError::Malformed { path: path.to_owned(), reason };
        let mut file = File::open(path).map_err(unreadable)?;
        let found_bytes = file.metadata().map_err(unreadable)?.len();
        let cut = |expected_bytes| LoadError::Truncated {
            path: path.to_owned(),
            expected_bytes,
            found_bytes,
        };
        if found_bytes < 8 {
            return Err(cut(8));
        }
        let mut length = [0; 8];
        file.read_exact(&mut length).map_err(unreadable)?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER_BYTES {
            return Err(malformed(format!("its header would have {length} bytes")));
        }
        let start = 8 + length;
        if found_bytes < start {
            return Err(cut(start));
        }
        let mut header = vec![0; usize::try_from(length).unwrap_or_default()];
        file.read_exact(&mut header).map_err(unreadable)?;
        let header: Metadata =
            serde_json::from_slice(&header).map_err(|error| malformed(error.to_string()))?;
        let expected_bytes = start + header.data_len() as u64;
        if found_bytes < expected_bytes {
            return Err(cut(expected_bytes));
        }
        Ok(Self { path: path.to_owned(), file: Mutex::new(file), header, start })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The names of all tensors.
    pub(super) fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    /// What the header says of a tensor.
    pub(super) fn info(&self, name: &str) -> Option<&TensorInfo> {
        self.header.info(name)
    }

    /// The numbers of a tensor, in single precision.
    pub(super) fn read(&self, name: &str, info: &TensorInfo) -> Result<Vec<f32>, LoadError> {
        let (from, to) = info.data_offsets;
        let mut bytes = vec![0; to.saturating_sub(from)];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.start + from as u64))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|source| LoadError::Unreadable { path: self.path.clone(), source })?;
        drop(file);
        single_precision(info.dtype, &bytes).ok_or_else(|| LoadError::WrongType {
            path: self.path.clone(),
            name: name.to_owned(),
            found: format!("{:?}", info.dtype),
        })
    }
}

/// Little-endian numbers in single precision; `None` for kinds that weights do not come in.
fn single_precision(kind: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    let halves = bytes.as_chunks::<2>().0.iter().map(|&pair| u16::from_le_bytes(pair));
    match kind {
        Dtype::F32 => {
            let singles = bytes.as_chunks::<4>().0.iter();
            Some(singles.map(|&four| f32::from_le_bytes(four)).collect())
        }
        Dtype::F16 => {
            let halves: Vec<f16> = halves.map(f16::from_bits).collect();
            let mut singles = vec![0.0; halves.len()];
            halves.convert_to_f32_slice(&mut singles);
            Some(singles)
        }
        Dtype::BF16 => Some(halves.map(|bits| bf16::from_bits(bits).to_f32()).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_in_every_kind_that_can_hold_them() {
        let (single, half, brain) = (1.5f32.to_le_bytes(), [0x00, 0x3e], [0xc0, 0x3f]);
        assert_eq!(single_precision(Dtype::F32, &single), Some(vec![1.5]));
        assert_eq!(single_precision(Dtype::F16, &half), Some(vec![1.5]));
        assert_eq!(single_precision(Dtype::BF16, &brain), Some(vec![1.5]));
        assert_eq!(single_precision(Dtype::I64, &[0; 8]), None);
    }
}

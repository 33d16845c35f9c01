//! Where tensors are in a safetensors file.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use variata_nn::NumberKind;

use super::tensor_file::{Format, TensorPlace};
use crate::LoadError;

/// No header is larger than this, which is the format's own limit.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Reads the header and checks that everything it speaks of is there.
pub(super) fn places(
    mut file: &File,
    path: &Path,
    found_bytes: u64,
) -> Result<HashMap<String, TensorPlace>, LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
    let malformed = |reason: String| {
        let format = "a safetensors file";
        LoadError::Malformed { path: path.to_owned(), format, reason }
    };
    let check = |expected_bytes| {
        if found_bytes < expected_bytes {
            return Err(LoadError::Truncated { path: path.into(), expected_bytes, found_bytes });
        }
        Ok(())
    };
    check(8)?;
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(unreadable)?;
    let length = u64::from_le_bytes(length);
    if length > MAX_HEADER_BYTES {
        return Err(malformed(format!("its header would have {length} bytes")));
    }
    let start = 8 + length;
    check(start)?;
    let mut header = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_exact(&mut header).map_err(unreadable)?;
    let header: Metadata =
        serde_json::from_slice(&header).map_err(|error| malformed(error.to_string()))?;
    check(start + header.data_len() as u64)?;
    Ok(header.tensors().into_iter().map(|(name, info)| (name, place(info, start))).collect())
}

/// `start` is where the numbers of all tensors start. That sides and bytes fit each other was
/// checked when the header was parsed.
fn place(info: &TensorInfo, start: u64) -> TensorPlace {
    let format = match info.dtype {
        Dtype::F32 => Format::Known(NumberKind::Single),
        Dtype::F16 => Format::Known(NumberKind::Half),
        Dtype::BF16 => Format::Known(NumberKind::Brain),
        other => Format::Other(format!("{other:?}")),
    };
    TensorPlace { format, shape: info.shape.clone(), start: start + info.data_offsets.0 as u64 }
}

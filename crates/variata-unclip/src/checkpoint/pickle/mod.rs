//! Where tensors are in a file that PyTorch saved (`.bin`): a zip archive with a pickle that
//! describes them, and an entry with the numbers of each storage. Released checkpoints of the
//! image variations have nothing else.
//!
//! A pickle is a program, and Python runs it. Here it is read by a machine that knows how to build
//! tensors and nothing more; whatever else it asks for is an error.

mod archive;
mod machine;
mod value;

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use variata_nn::NumberKind;

use self::archive::{Archive, Entry};
use self::value::Tensor;
use super::tensor_file::{Format, TensorPlace};
use crate::LoadError;

/// Reads the description and checks that all numbers it speaks of are there.
pub(super) fn places(
    file: &File,
    path: &Path,
    found_bytes: u64,
) -> Result<HashMap<String, TensorPlace>, LoadError> {
    let malformed = |reason: String| {
        let format = "a file of tensors as PyTorch saves them";
        LoadError::Malformed { path: path.to_owned(), format, reason }
    };
    let archive = Archive::open(file, found_bytes).map_err(malformed)?;
    let program = archive.description(file).map_err(malformed)?;
    let tensors = machine::run(&program).map_err(|fault| match fault {
        machine::Fault::Malformed(reason) => malformed(reason),
        machine::Fault::Code(callable) => LoadError::Pickle { path: path.to_owned(), callable },
    })?;
    let placed = tensors.into_iter().map(|(name, tensor)| {
        let place = place(&tensor, archive.storage(&tensor.storage.key));
        let place = place.map_err(|reason| malformed(format!("the tensor {name} {reason}")))?;
        Ok((name.to_string(), place))
    });
    placed.collect()
}

/// Where the numbers of `tensor` are, which are a part of those in `entry`.
fn place(tensor: &Tensor, entry: Option<Entry>) -> Result<TensorPlace, String> {
    let storage = &tensor.storage;
    let entry =
        entry.ok_or_else(|| format!("has its numbers in {}, which is missing", storage.key))?;
    let format = format_of(&storage.class);
    let start =
        tensor.offset.checked_mul(format.width()).and_then(|at| at.checked_add(entry.start));
    let start = start.ok_or("starts past the end of every file")?;
    let place = TensorPlace { format, shape: tensor.shape.clone(), start };
    if !is_in_a_row(&tensor.shape, &tensor.strides) {
        return Err("is a view of another: expected numbers in a row".into());
    }
    match place.end() {
        Some(end) if end <= entry.end => Ok(place),
        _ => Err(format!("of the shape {:?} has more numbers than {}", place.shape, storage.key)),
    }
}

/// What PyTorch's classes of storages hold.
fn format_of(class: &str) -> Format {
    match class {
        "FloatStorage" => Format::Known(NumberKind::Single),
        "HalfStorage" => Format::Known(NumberKind::Half),
        "BFloat16Storage" => Format::Known(NumberKind::Brain),
        other => Format::Other(other.to_owned()),
    }
}

/// Whether each step along a side goes over all numbers of the later sides.
fn is_in_a_row(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1usize;
    shape.len() == strides.len()
        && shape.iter().zip(strides).rev().all(|(&side, &stride)| {
            let fits = side == 1 || stride == expected;
            expected = expected.saturating_mul(side);
            fits
        })
}

#[cfg(test)]
mod tests;

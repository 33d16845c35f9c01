//! Why a checkpoint cannot be used.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use variata_nn::DeviceError;

/// Why a checkpoint cannot be used; each says what was expected instead.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that every checkpoint of this kind has is not there.
    #[error("{} is missing: expected {expected}", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// A configuration cannot be understood, or asks for what no pipeline here does.
    #[error("{}: {reason}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// A file names a class that is not known here.
    #[error("{}: the class {found:?} is not known here: expected {expected}", path.display())]
    UnknownClass {
        /// The file.
        path: PathBuf,
        /// The class that it names.
        found: String,
        /// The classes that are known.
        expected: &'static str,
    },
    /// A pickle asks for code to be run when it is read.
    #[error("{}: a pickle that asks for {callable}, which is code: expected tensors alone", path.display())]
    Pickle {
        /// The file.
        path: PathBuf,
        /// What it asks for, by module and name.
        callable: String,
    },
    /// A file of weights is not what its name says.
    #[error("{}: not {format}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should be.
        format: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of weights ends too early, as after a download that broke off.
    #[error(
        "{}: has {found_bytes} bytes of {expected_bytes}: the download seems to have broken off",
        path.display()
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// How long its header says it is.
        expected_bytes: u64,
        /// How long it is.
        found_bytes: u64,
    },
    /// The weights lack a tensor.
    #[error("{}: there is no tensor {name}", folder.display())]
    MissingTensor {
        /// The folder of the weights.
        folder: PathBuf,
        /// The tensor's name.
        name: String,
    },
    /// A tensor has other sides than the configuration says.
    #[error("{}: the tensor {name} has the shape {found:?}: expected {expected:?}", path.display())]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// The shape that the configuration asks for.
        expected: Vec<usize>,
        /// The shape that it has.
        found: Vec<usize>,
    },
    /// A tensor has numbers of a kind that weights do not come in.
    #[error("{}: the tensor {name} holds {found}: expected F32, F16 or BF16", path.display())]
    WrongType {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// What it holds.
        found: String,
    },
    /// The device cannot be used, or has no room for the weights.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The weights would not fit into memory.
    #[error(
        "the weights need {} MiB of memory, and {} MiB are free",
        needed_bytes >> 20,
        available_bytes >> 20
    )]
    OutOfMemory {
        /// What the weights need.
        needed_bytes: u64,
        /// What is free.
        available_bytes: u64,
    },
}

//! Where the picture to vary comes from.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use variata_contract::{ErrorObject, MAX_BODY_BYTES};

use crate::Error;

/// The picture to vary: a path, the bytes of a file, or a reader of them.
///
/// It is read when the request is awaited, on a thread that may wait. The endpoint takes a square
/// PNG of less than 4 MB; with [`fit`](crate::CreateVariation::fit) other shapes, JPEG and WebP
/// too.
pub struct ImageInput(Origin);

enum Origin {
    Path(PathBuf),
    Bytes(Bytes),
    Reader(Box<dyn Read + Send>),
}

impl ImageInput {
    /// The file at `path`.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(Origin::Path(path.into()))
    }

    /// The bytes of a file.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Origin::Bytes(Bytes::from(bytes.into())))
    }

    /// What `reader` gives until its end.
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self(Origin::Reader(Box::new(reader)))
    }

    /// Reads all of it. Waits for disks: not for asynchronous threads.
    pub(crate) fn load(self) -> Result<Bytes, Error> {
        let bytes = match self.0 {
            Origin::Bytes(bytes) => bytes,
            Origin::Path(path) => {
                let read = File::open(&path).and_then(read_bounded);
                read.map_err(|source| Error::ReadImage { path: Some(path), source })?
            }
            Origin::Reader(reader) => {
                read_bounded(reader).map_err(|source| Error::ReadImage { path: None, source })?
            }
        };
        if bytes.len() as u64 > MAX_BODY_BYTES {
            return Err(ErrorObject::body_too_large(MAX_BODY_BYTES).into());
        }
        Ok(bytes)
    }
}

/// Reads at most one byte more than any server takes, of an endless device too.
fn read_bounded(reader: impl Read) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    reader.take(MAX_BODY_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(Bytes::from(bytes))
}

impl From<&Path> for ImageInput {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl From<PathBuf> for ImageInput {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<&str> for ImageInput {
    /// A path, as everywhere in the standard library.
    fn from(path: &str) -> Self {
        Self::path(path)
    }
}

impl From<Vec<u8>> for ImageInput {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}

impl From<File> for ImageInput {
    fn from(file: File) -> Self {
        Self::reader(file)
    }
}

impl fmt::Debug for ImageInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Origin::Path(path) => formatter.debug_tuple("ImageInput").field(path).finish(),
            Origin::Bytes(bytes) => write!(formatter, "ImageInput({} bytes)", bytes.len()),
            Origin::Reader(_) => formatter.write_str("ImageInput(reader)"),
        }
    }
}

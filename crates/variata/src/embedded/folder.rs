//! Where images lie that were asked for as links.

use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::sync::{Mutex, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use variata_image::{Overwrite, write_atomically};

use crate::Error;

/// A folder that is made when the first file comes.
pub(super) struct Folder {
    chosen: Option<PathBuf>,
    /// The absolute path, once it is there.
    ready: Mutex<Option<PathBuf>>,
}

impl Folder {
    /// The `chosen` folder, or a new one among the system's temporary files.
    pub(super) fn new(chosen: Option<PathBuf>) -> Self {
        Self { chosen, ready: Mutex::new(None) }
    }

    /// Writes a file and returns its URL. A file of that name is replaced: names say what is in a
    /// file, so it is the same one.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<String, Error> {
        let path = self.path()?.join(name);
        write_atomically(&path, bytes, Overwrite::Always)
            .map_err(|source| Error::WriteImage { path: path.clone(), source: source.into() })?;
        Ok(file_url(&path))
    }

    fn path(&self) -> Result<PathBuf, Error> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = &*ready {
            return Ok(path.clone());
        }
        let made = match &self.chosen {
            Some(chosen) => fs::create_dir_all(chosen).and_then(|()| absolute(chosen)),
            None => tempfile::Builder::new().prefix("variata-").tempdir().map(|made| made.keep()),
        };
        let path = made.map_err(|source| Error::WriteImage {
            path: self.chosen.clone().unwrap_or_else(std::env::temp_dir),
            source: source.into(),
        })?;
        *ready = Some(path.clone());
        Ok(path)
    }
}

/// What needs no escape in the path of a URL (RFC 3986, 3.3), less `;` and the like, which some
/// programs take for more than they are; `:` stands in Windows' drives.
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

/// The `file:` URL of an absolute path (RFC 8089).
fn file_url(path: &Path) -> String {
    if cfg!(windows) {
        let path = path.to_string_lossy().replace('\\', "/");
        return format!("file:///{}", percent_encode(path.as_bytes(), ESCAPED));
    }
    format!("file://{}", percent_encode(path.as_os_str().as_encoded_bytes(), ESCAPED))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_url_is_escaped_in_a_path() {
        let url = file_url(Path::new("/tmp/a b#c?d%é/x-1.0.png"));
        assert_eq!(url, "file:///tmp/a%20b%23c%3Fd%25%C3%A9/x-1.0.png");
    }
}

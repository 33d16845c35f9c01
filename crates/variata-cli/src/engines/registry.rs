//! Which checkpoints have names: a small file of folders.
//!
//! Checkpoints are gigabytes, so they stay where they are, and only their names are kept.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use variata_image::{Overwrite, write_atomically};

use super::EMBEDDED;
use crate::fault::{Fault, io_reason};

/// The named checkpoints of a user.
#[derive(Debug)]
pub(crate) struct Registry {
    path: PathBuf,
    named: Named,
}

/// What the file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Named {
    models: BTreeMap<String, PathBuf>,
}

/// No registry is larger than this.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// No name is longer than this.
const MAX_NAME_BYTES: usize = 64;

impl Registry {
    /// Reads the registry; one that is not there yet is empty.
    ///
    /// # Errors
    ///
    /// When it is not known where, or what is there cannot be understood.
    pub(crate) fn open() -> Result<Self, Fault> {
        let get = |name| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
        let path = path_by(get).ok_or_else(|| {
            Fault::usage("VARIATA_MODELS", "there is no home folder to keep names of models in")
                .with_hint("set VARIATA_MODELS to the path of a file")
        })?;
        Self::at(path)
    }

    fn at(path: PathBuf) -> Result<Self, Fault> {
        match fs::metadata(&path).map(|file| file.len()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path, named: Named::default() });
            }
            Ok(size) if size > MAX_FILE_BYTES => {
                let reason = format!("has {size} bytes: expected at most {MAX_FILE_BYTES}");
                return Err(Fault::input(&path, reason));
            }
            _ => {}
        }
        let text = fs::read(&path).map_err(|error| Fault::input(&path, io_reason(&error)))?;
        let named = serde_json::from_slice(&text).map_err(|error| {
            Fault::input(&path, format_args!("not a list of models: {error}"))
                .with_hint("delete the file to start anew; the models themselves are not in it")
        })?;
        Ok(Self { path, named })
    }

    /// The folder of the checkpoint of this name.
    pub(crate) fn folder(&self, name: &str) -> Option<&Path> {
        self.named.models.get(name).map(PathBuf::as_path)
    }

    /// All names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.models.keys().map(String::as_str)
    }

    /// All names and folders, in the order of names.
    pub(crate) fn models(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.named.models.iter().map(|(name, folder)| (name.as_str(), folder.as_path()))
    }

    /// Gives the checkpoint in `folder` a name, and keeps it.
    ///
    /// # Errors
    ///
    /// When the name is taken or cannot be one, or the registry cannot be written.
    pub(crate) fn add(&mut self, name: &str, folder: &Path) -> Result<(), Fault> {
        let full = fs::canonicalize(folder);
        let full = full.map_err(|error| Fault::input(folder, io_reason(&error)))?;
        self.check_free(name, &full)?;
        self.named.models.insert(name.to_owned(), full);
        self.write()
    }

    /// Whether the checkpoint in `folder`, a full path, may have this name.
    ///
    /// # Errors
    ///
    /// When the name cannot be one, or that of another checkpoint.
    pub(crate) fn check_free(&self, name: &str, folder: &Path) -> Result<(), Fault> {
        check(name)?;
        match self.folder(name).filter(|&taken| taken != folder) {
            None => Ok(()),
            Some(taken) => {
                let reason = format!("the name is taken by {}", taken.display());
                Err(Fault::usage(name, reason).with_hint("choose another with --name"))
            }
        }
    }

    /// Forgets a name; the checkpoint stays where it is.
    ///
    /// # Errors
    ///
    /// When there is no such name, or the registry cannot be written.
    pub(crate) fn remove(&mut self, name: &str) -> Result<(), Fault> {
        if self.named.models.remove(name).is_none() {
            return Err(Fault::usage(name, "there is no model of this name"));
        }
        self.write()
    }

    fn write(&self) -> Result<(), Fault> {
        let unwritable = |error: String| Fault::output(self.path.display(), error);
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(|error| unwritable(io_reason(&error)))?;
        }
        let text = serde_json::to_vec_pretty(&self.named);
        let text = text.map_err(|error| unwritable(error.to_string()))?;
        let written = write_atomically(&self.path, &text, Overwrite::Always);
        written.map_err(|error| unwritable(error.to_string()))
    }
}

/// The name that a checkpoint gets after its folder.
///
/// # Errors
///
/// When the folder's name cannot be one.
pub(crate) fn name_for(folder: &Path) -> Result<String, Fault> {
    let full = fs::canonicalize(folder);
    let full = full.map_err(|error| Fault::input(folder, io_reason(&error)))?;
    let name = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
    check(&name).map(|()| name)
}

/// Names are sent in URLs and typed in shells.
fn check(name: &str) -> Result<(), Fault> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let reason = if name == EMBEDDED || name == "dall-e-2" {
        "this name is taken by the embedded engine"
    } else if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(is_plain) {
        "no name for a model: expected 1 to 64 letters, digits, dots, hyphens and underscores"
    } else {
        return Ok(());
    };
    Err(Fault::usage(format_args!("{name:?}"), reason).with_hint("choose another with --name"))
}

/// Where the registry is, by the environment: where each system keeps a user's data.
fn path_by(get: impl Fn(&'static str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(path) = get("VARIATA_MODELS") {
        return Some(PathBuf::from(path));
    }
    let folder = get("XDG_DATA_HOME").or_else(|| get("LOCALAPPDATA")).map(PathBuf::from);
    let folder = folder.or_else(|| get("HOME").map(|home| Path::new(&home).join(".local/share")));
    folder.map(|folder| folder.join("variata/models.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_where_the_environment_says() {
        let only = |wanted: &'static str| {
            path_by(move |name| (name == wanted).then(|| OsString::from("/a")))
        };
        assert_eq!(only("VARIATA_MODELS"), Some(PathBuf::from("/a")));
        assert_eq!(only("XDG_DATA_HOME"), Some(PathBuf::from("/a/variata/models.json")));
        assert_eq!(only("HOME"), Some(PathBuf::from("/a/.local/share/variata/models.json")));
        assert_eq!(only("PATH"), None);
    }

    #[test]
    fn names_are_kept_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/models.json");
        let mut registry = Registry::at(path.clone()).unwrap();
        registry.add("mine", folder.path()).unwrap();
        registry.add("mine", folder.path()).unwrap();
        assert!(registry.add("mine", &folder.path().join("deep")).is_err());
        let mut again = Registry::at(path.clone()).unwrap();
        assert_eq!(again.names().collect::<Vec<_>>(), ["mine"]);
        again.remove("mine").unwrap();
        assert!(again.remove("mine").is_err());
        assert_eq!(Registry::at(path).unwrap().names().count(), 0);
    }

    #[test]
    fn names_that_could_not_be_typed_or_would_mean_another_engine_are_refused() {
        for name in ["", "a/b", "two words", "variata-patch", "dall-e-2", &"x".repeat(65)] {
            assert!(check(name).is_err(), "{name:?} was taken");
        }
    }
}

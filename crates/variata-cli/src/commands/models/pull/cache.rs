//! The folder that Python's tools keep checkpoints in: contents by digest, and for every commit a
//! folder of links to them
//! (<https://huggingface.co/docs/huggingface_hub/guides/manage-cache>).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use variata_image::{Overwrite, write_atomically};

use crate::fault::{Fault, io_reason};

/// The folder of one repository.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// `HF_HOME`, or where it is when it is not set.
pub(super) fn home() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let general = || folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
    folder("HF_HOME").or_else(|| Some(general()?.join("huggingface")))
}

impl Cache {
    /// The folder of `repository`, by `HF_HUB_CACHE` or `HF_HOME`.
    ///
    /// # Errors
    ///
    /// When there is no home folder.
    pub(super) fn from_environment(repository: &str) -> Result<Self, Fault> {
        let set = std::env::var_os("HF_HUB_CACHE").filter(|value| !value.is_empty());
        let hub = set.map(PathBuf::from).or_else(|| Some(home()?.join("hub")));
        let hub = hub.ok_or_else(|| {
            Fault::usage("HF_HOME", "there is no home folder to keep checkpoints in")
                .with_hint("set HF_HOME to a folder")
        })?;
        Ok(Self { folder: hub.join(format!("models--{}", repository.replace('/', "--"))) })
    }

    /// Where the contents with this digest are kept.
    pub(super) fn blob(&self, digest: &str) -> PathBuf {
        self.folder.join("blobs").join(digest)
    }

    /// The folder of a commit.
    pub(super) fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// Makes the contents with this digest a file of the commit; `path` has slashes.
    ///
    /// # Errors
    ///
    /// When the link cannot be made.
    pub(super) fn link(&self, commit: &str, path: &str, digest: &str) -> Result<(), Fault> {
        let link = self.snapshot(commit).join(path);
        if link.exists() {
            return Ok(());
        }
        let up = "../".repeat(path.split('/').count() + 1);
        let target = PathBuf::from(format!("{up}blobs/{digest}"));
        let linked =
            make_folder_of(&link).and_then(|()| make_link(&target, &self.blob(digest), &link));
        linked.map_err(|error| Fault::output(link.display(), io_reason(&error)))
    }

    /// Remembers which commit a revision was; gives back the folder of the commit.
    ///
    /// # Errors
    ///
    /// When that cannot be written.
    pub(super) fn finish(&self, commit: &str, revision: &str) -> Result<PathBuf, Fault> {
        let path = self.folder.join("refs").join(revision);
        // A commit needs no name, and what could lead out of the folder gets none.
        let is_name = revision != commit && !revision.split('/').any(|part| part.starts_with('.'));
        if is_name && !revision.starts_with('/') {
            make_folder_of(&path)
                .map_err(|error| Fault::output(path.display(), io_reason(&error)))?;
            let written = write_atomically(&path, commit.as_bytes(), Overwrite::Always);
            written.map_err(|error| Fault::output(path.display(), error))?;
        }
        Ok(self.snapshot(commit))
    }
}

/// Makes the folder that `path` is to be in.
pub(super) fn make_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Where systems have no links to what is elsewhere, both names are the file's own.
fn make_link(target: &Path, blob: &Path, link: &Path) -> io::Result<()> {
    if cfg!(unix) {
        #[cfg(unix)]
        return std::os::unix::fs::symlink(target, link);
    }
    let _ = target;
    fs::hard_link(blob, link)
}

//! The folder that a server keeps its data in.
//!
//! A check leaves nothing behind. What a start would make where there is no folder yet, it makes in
//! a folder beside the place, which goes away again: so it finds what a start would, such as a disk
//! that takes nothing.

use std::path::Path;

use tempfile::TempDir;

use super::args::ServeArgs;
use crate::fault::{Fault, io_reason};

/// Where data is kept, as long as this is.
pub(super) enum Place<'a> {
    /// In the folder of `--data`.
    Named(&'a Path),
    /// In one that is removed when this is dropped.
    Trial(TempDir),
}

impl<'a> Place<'a> {
    /// The place that `args` ask for; nothing is made in it yet.
    ///
    /// # Errors
    ///
    /// [`Fault`] when a check finds that no folder could be made.
    pub(super) fn of(args: &'a ServeArgs) -> Result<Self, Fault> {
        let data = &args.data;
        if !args.check || data.exists() {
            return Ok(Self::Named(data));
        }
        let made = tempfile::Builder::new().prefix(".variata-check-").tempdir_in(parent(data));
        made.map(Self::Trial).map_err(|error| Fault::output(data.display(), io_reason(&error)))
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Named(path) => path,
            Self::Trial(folder) => folder.path(),
        }
    }
}

/// The folder that is there in which `data` would be made.
fn parent(data: &Path) -> &Path {
    let here = Path::new(".");
    let above = data.ancestors().skip(1);
    let mut above = above.map(|folder| if folder.as_os_str().is_empty() { here } else { folder });
    above.find(|folder| folder.exists()).unwrap_or(here)
}

//! The contact sheet: one picture of every input and all its variations.

use std::path::{Path, PathBuf};

use variata_image::{OutputFormat, Overwrite};

use super::mosaic::{Group, Layout};
use super::outputs::make_folder;
use super::writer::write_file;
use crate::fault::Fault;

/// A contact sheet to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    path: PathBuf,
    format: OutputFormat,
    layout: Layout,
}

impl Sheet {
    /// A sheet at `path` for `inputs` pictures with up to `count` variations each; the ending of
    /// `path` names its format. Makes the folder.
    ///
    /// # Errors
    ///
    /// When the ending names no format, when the sheet would be too large, or when the folder
    /// cannot be made.
    pub(super) fn new(path: &Path, inputs: usize, count: u32) -> Result<Self, Fault> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let format = ending.to_lowercase().parse().map_err(|_| {
            Fault::usage(path.display(), "a sheet's name has to end in .png, .jpg or .webp")
        })?;
        let layout = Layout::sheet(inputs, count).ok_or_else(|| {
            let reason = format!("{inputs} pictures with {count} variations each do not fit on it");
            Fault::usage(path.display(), reason)
                .with_hint("vary fewer at once, or leave out --sheet")
        })?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder)?;
        }
        Ok(Self { path: path.to_owned(), format, layout })
    }

    /// Where it is written.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Side of a thumbnail on it.
    pub(super) fn cell_px(&self) -> u32 {
        self.layout.cell_px
    }

    /// Draws and writes it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn write(&self, groups: &[Group], overwrite: Overwrite) -> Result<(), Fault> {
        let bytes = self.layout.draw(groups).encode(self.format, &self.path)?;
        write_file(&self.path, &bytes, overwrite)
    }
}

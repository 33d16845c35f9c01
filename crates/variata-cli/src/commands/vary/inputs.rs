//! Which pictures a command line means.
//!
//! A file that is named is always taken, so that a wrong one is reported. A folder stands for the
//! pictures in it, and what they are is decided by their bytes, never by their names.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::source;
use crate::fault::{Fault, io_reason};

/// What the arguments stand for.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// The pictures in the order they are varied in, none twice.
    pub(super) paths: Vec<PathBuf>,
    /// Arguments that stand for no picture.
    pub(super) faults: Vec<Fault>,
    /// How many pictures of folders were left out because variata made them.
    pub(super) own_results: usize,
}

impl Inputs {
    /// Resolves `arguments`: files as they are, folders to the pictures directly inside.
    pub(super) fn resolve(arguments: &[PathBuf]) -> Self {
        let mut inputs = Self::default();
        for argument in arguments {
            if let Err(fault) = inputs.add(argument) {
                inputs.faults.push(fault);
            }
        }
        inputs.drop_repeated();
        inputs
    }

    fn add(&mut self, argument: &Path) -> Result<(), Fault> {
        let metadata = fs::metadata(argument).map_err(|error| missing(argument, &error))?;
        if metadata.is_dir() {
            return self.add_folder(argument);
        }
        self.paths.push(argument.to_owned());
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), Fault> {
        let files = visible_files(folder).map_err(|error| unreadable(folder, &error))?;
        let mut pictures = Vec::new();
        let mut own_results = 0;
        for file in files {
            match look(&file) {
                Look::Picture => pictures.push(file),
                Look::OwnResult => own_results += 1,
                Look::Other => {}
            }
        }
        if pictures.is_empty() {
            return Err(nothing_to_vary(folder, own_results));
        }
        self.paths.append(&mut pictures);
        self.own_results += own_results;
        Ok(())
    }

    /// A picture may be named and be in a named folder too; it is varied once.
    fn drop_repeated(&mut self) {
        let mut seen = HashSet::new();
        self.paths.retain(|path| path.canonicalize().map_or(true, |real| seen.insert(real)));
    }
}

/// The failure of a path that cannot be opened.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Fault {
    Fault::input(path, io_reason(error))
}

/// The failure of an argument that there is nothing of.
fn missing(argument: &Path, error: &io::Error) -> Fault {
    let fault = unreadable(argument, error);
    match argument == Path::new("-") {
        true => fault.with_hint("standard input is /dev/stdin"),
        false => fault,
    }
}

fn nothing_to_vary(folder: &Path, own_results: usize) -> Fault {
    if own_results == 0 {
        return Fault::input(folder, "there is no PNG, JPEG or WebP picture in this folder");
    }
    Fault::input(folder, "every picture in this folder was made by variata")
        .with_hint("name those that you want varied")
}

/// What a file in a folder is.
enum Look {
    Picture,
    OwnResult,
    Other,
}

fn look(file: &Path) -> Look {
    match source::read_for_record(file) {
        Ok(bytes) if source::is_readable(&bytes) => {
            let record = variata_image::read_provenance(&bytes);
            if matches!(record, Ok(None)) { Look::Picture } else { Look::OwnResult }
        }
        _ => Look::Other,
    }
}

/// The ordinary files directly inside `folder` that are not hidden, in the order of their names.
pub(super) fn visible_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file()) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

//! A folder to work in, pictures made by code, and the command run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;
use variata_core::{Rgba, SquareImage};
use variata_image::{Format, OutputFormat, Picture, encode, encode_picture};

/// The program under test.
pub(crate) const VARIATA: &str = env!("CARGO_BIN_EXE_variata");

/// A folder that goes away with the test.
pub(crate) struct Folder(TempDir);

/// How a run ended and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with a small picture named `photo.png`.
    pub(crate) fn with_photo() -> Self {
        let folder = Self::new();
        folder.write("photo.png", png(24));
        folder
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Everything directly inside, hidden files too, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        names_in(self.root())
    }

    /// The command `variata vary`, to be run in this folder.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(VARIATA);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VARIATA_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.root()).arg("vary").args(arguments.split_whitespace());
        command
    }

    /// Runs `variata vary` with these arguments.
    pub(crate) fn vary(&self, arguments: &str) -> Ran {
        Ran::of(&self.command(arguments).output().unwrap())
    }
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Checks that all went well and that nothing was said besides the results.
    #[track_caller]
    pub(crate) fn assert_clean(&self) {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
    }

    /// Checks how the run ended and the lines of standard error, to the letter.
    #[track_caller]
    pub(crate) fn assert_failed(&self, code: i32, messages: &[&str]) {
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert_eq!(lines, messages);
        assert_eq!(self.code, code);
    }

    pub(crate) fn paths(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }
}

pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<String> = entries.map(|entry| name(entry).into_string().unwrap()).collect();
    names.sort();
    names
}

/// A colourful picture without symmetries.
pub(crate) fn image(side: u32) -> SquareImage {
    SquareImage::from_fn(side, pixel)
}

/// The same as the bytes of a PNG.
pub(crate) fn png(side: u32) -> Vec<u8> {
    encode(&image(side), OutputFormat::Png, None).unwrap()
}

/// A picture that need not be square.
pub(crate) fn oblong(width: u32, height: u32) -> Vec<u8> {
    shaped(width, height, pixel)
}

/// A PNG of something that leaves the upper half of it transparent.
pub(crate) fn sticker(width: u32, height: u32) -> Vec<u8> {
    shaped(width, height, |x, y| if y < height / 2 { [0; 4] } else { pixel(x, y) })
}

fn shaped(width: u32, height: u32, pixel: impl Fn(u32, u32) -> Rgba) -> Vec<u8> {
    let pixels =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| pixel(x, y));
    let pixels = pixels.collect();
    let picture = Picture::new(width, height, pixels, Format::Png).unwrap();
    encode_picture(&picture, OutputFormat::Png).unwrap()
}

fn pixel(x: u32, y: u32) -> Rgba {
    [(x * 9) as u8, (y * 7) as u8, (x * y) as u8, 255]
}

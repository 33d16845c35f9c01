//! Reading one input: from a path to a square picture and what its results must record of it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use variata_core::SquareImage;
use variata_image::{DecodeError, DecodeLimits, Fit, Format, Lineage, Picture};

use super::LOOK_AROUND;
use super::inputs::unreadable;
use crate::fault::Fault;
use crate::interrupt::Interrupt;

/// One input, ready to be varied.
#[derive(Debug)]
pub(super) struct Source {
    /// The picture.
    pub(super) image: SquareImage,
    /// The file that it was read from, where a server is to have it, and otherwise nothing.
    pub(super) file: Vec<u8>,
    /// What the records of its variations say of it.
    pub(super) lineage: Lineage,
    /// Width and height of the whole picture in pixels.
    pub(super) shape_px: (u32, u32),
}

impl Source {
    /// Reads the picture at `path` and makes it square; without `fit`, as suits the picture. A file
    /// that is not kept is let go as its picture is made, which may be as large.
    ///
    /// # Errors
    ///
    /// A failure of the input that says what is wrong with it, or an interrupt.
    pub(super) fn open(
        path: &Path,
        fit: Option<Fit>,
        keep_file: bool,
        interrupt: &Interrupt,
    ) -> Result<Self, Fault> {
        let bytes = if path.is_file() { read(path) } else { read_unless(interrupt, path)? };
        let bytes = bytes.map_err(|error| unreadable(path, &error))?;
        let file = if keep_file { bytes.clone() } else { Vec::new() };
        let lineage = Lineage::of(&bytes, None);
        let picture = variata_image::decode_owned(bytes, &DecodeLimits::local())
            .map_err(|error| undecodable(path, &error))?;
        let shape_px = (picture.width_px(), picture.height_px());
        let fit = fit.unwrap_or_else(|| Fit::suited_to(&picture));
        Ok(Self {
            image: square(path, picture, fit)?,
            lineage: lineage.with_fit((shape_px.0 != shape_px.1).then_some(fit)),
            shape_px,
            file,
        })
    }

    /// The picture alone.
    pub(super) fn into_image(self) -> SquareImage {
        self.image
    }
}

/// Reads a file as far as it can matter: all of a picture up to just beyond the limit, and only
/// the start of what is no picture, such as a film or an endless device.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_if(path, is_readable)
}

/// Reads what is no file, such as a pipe, from which nothing may ever come, until `interrupt` is
/// raised. The thread that waits for it is left behind then, and ends with the program.
fn read_unless(interrupt: &Interrupt, path: &Path) -> Result<io::Result<Vec<u8>>, Fault> {
    let (sender, read_bytes) = mpsc::channel();
    let pipe = path.to_owned();
    thread::spawn(move || sender.send(read(&pipe)));
    loop {
        match read_bytes.recv_timeout(LOOK_AROUND) {
            Ok(bytes) => return Ok(bytes),
            Err(RecvTimeoutError::Timeout) if !interrupt.is_raised() => {}
            Err(RecvTimeoutError::Timeout) => return Err(Fault::interrupted()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Fault::internal(path, "it could not be read to its end"));
            }
        }
    }
}

/// Reads a file as far as a record can be: in the start of a PNG or a JPEG, and at the end of a
/// WebP (RFC 9649, 2.7).
pub(super) fn read_for_record(path: &Path) -> io::Result<Vec<u8>> {
    read_if(path, |start| variata_image::sniff(start) == Some(Format::WebP))
}

/// Reads the start of a file, and the rest if it is wanted on seeing that.
fn read_if(path: &Path, wanted: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    const START_BYTES: u64 = 16 << 10;
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(START_BYTES).read_to_end(&mut bytes)?;
    if wanted(&bytes) {
        file.take(DecodeLimits::LOCAL_MAX_BYTES).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Whether a file that starts with `bytes` is a picture that can be decoded here.
pub(super) fn is_readable(bytes: &[u8]) -> bool {
    variata_image::sniff(bytes).is_some_and(|format| Format::READABLE.contains(&format))
}

fn undecodable(path: &Path, error: &DecodeError) -> Fault {
    let fault = Fault::input(path, error);
    match error {
        DecodeError::UnsupportedFormat { .. } | DecodeError::UnknownFormat { .. } => {
            fault.with_hint("convert it to PNG, JPEG or WebP first")
        }
        DecodeError::TooManyBytes { .. }
        | DecodeError::SideTooLong { .. }
        | DecodeError::TooManyPixels { .. } => fault.with_hint("scale it down first"),
        _ => fault,
    }
}

fn square(path: &Path, picture: Picture, fit: Fit) -> Result<SquareImage, Fault> {
    variata_image::fit(picture, fit).map_err(|error| {
        Fault::input(path, error).with_hint(
            "--fit crop takes the square in the middle, --fit focus the one with most to see, --fit \
             pad adds borders",
        )
    })
}

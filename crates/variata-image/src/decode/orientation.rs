//! Which way up a picture is, as cameras record it (Exif 2.32, tag 0x0112).
//!
//! Telephones store the sensor's rows and leave the turning to the reader. Only this one tag is
//! looked for; the rest of Exif, often a place and a name, is never read.

use variata_core::Rgba;

use crate::Format;
use crate::container::{self, APP1};

/// How the stored rows have to be turned to be seen upright: Exif's values 1 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Orientation {
    Upright = 1,
    MirroredLeftRight = 2,
    Rotated180 = 3,
    MirroredTopBottom = 4,
    Transposed = 5,
    Rotated90 = 6,
    Transversed = 7,
    Rotated270 = 8,
}

impl Orientation {
    const ALL: [Self; 8] = [
        Self::Upright,
        Self::MirroredLeftRight,
        Self::Rotated180,
        Self::MirroredTopBottom,
        Self::Transposed,
        Self::Rotated90,
        Self::Transversed,
        Self::Rotated270,
    ];

    /// Width and height after turning.
    pub(super) fn turned(self, width_px: u32, height_px: u32) -> (u32, u32) {
        if self.swaps_sides() { (height_px, width_px) } else { (width_px, height_px) }
    }

    /// Turns `pixels`, `width_px` × `height_px` as stored.
    pub(super) fn apply(self, width_px: u32, height_px: u32, pixels: Vec<Rgba>) -> Vec<Rgba> {
        if self == Self::Upright {
            return pixels;
        }
        let (turned_width, turned_height) = self.turned(width_px, height_px);
        let stored = |x, y| {
            let (x, y) = self.stored_position((x, y), (width_px, height_px));
            let index = u64::from(y) * u64::from(width_px) + u64::from(x);
            usize::try_from(index).ok().and_then(|index| pixels.get(index)).copied()
        };
        (0..turned_height)
            .flat_map(|y| (0..turned_width).map(move |x| (x, y)))
            .map(|(x, y)| stored(x, y).unwrap_or_default())
            .collect()
    }

    fn swaps_sides(self) -> bool {
        matches!(self, Self::Transposed | Self::Rotated90 | Self::Transversed | Self::Rotated270)
    }

    /// Where the pixel seen at (`x`, `y`) is stored, in a stored picture of `width` × `height`.
    fn stored_position(self, (x, y): (u32, u32), (width, height): (u32, u32)) -> (u32, u32) {
        match self {
            Self::Upright => (x, y),
            Self::MirroredLeftRight => (width - 1 - x, y),
            Self::Rotated180 => (width - 1 - x, height - 1 - y),
            Self::MirroredTopBottom => (x, height - 1 - y),
            Self::Transposed => (y, x),
            Self::Rotated90 => (y, height - 1 - x),
            Self::Transversed => (width - 1 - y, height - 1 - x),
            Self::Rotated270 => (width - 1 - y, x),
        }
    }
}

/// The orientation that `bytes` asks for; upright when it says nothing that makes sense.
pub(super) fn find(bytes: &[u8], format: Format) -> Orientation {
    let exif = match format {
        Format::Png => container::png_chunks(bytes)
            .find(|chunk| &chunk.kind == b"eXIf")
            .map(|chunk| chunk.data),
        Format::Jpeg => container::jpeg_segments(bytes)
            .filter(|segment| segment.marker == APP1)
            .find(|segment| segment.payload.starts_with(EXIF_PREFIX))
            .map(|segment| segment.payload),
        _ => container::webp_chunks(bytes)
            .find(|chunk| &chunk.kind == b"EXIF")
            .map(|chunk| chunk.data),
    };
    exif.and_then(from_exif).unwrap_or(Orientation::Upright)
}

/// What precedes the TIFF structure in a JPEG segment, and by mistake in some other files.
const EXIF_PREFIX: &[u8] = b"Exif\0\0";
const ORIENTATION_TAG: u16 = 0x0112;
const TYPE_SHORT: u16 = 3;
const ENTRY_BYTES: usize = 12;

/// Reads the tag from the first directory of a TIFF structure (TIFF 6.0, section 2).
fn from_exif(exif: &[u8]) -> Option<Orientation> {
    let tiff = exif.strip_prefix(EXIF_PREFIX).unwrap_or(exif);
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let read_u16 = |bytes: &[u8]| {
        let pair = *bytes.first_chunk::<2>()?;
        Some(if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let offset = *tiff.get(4..)?.first_chunk::<4>()?;
    let offset = if is_little { u32::from_le_bytes(offset) } else { u32::from_be_bytes(offset) };
    let directory = tiff.get(usize::try_from(offset).ok()?..)?;
    let count = usize::from(read_u16(directory)?);
    let entry = directory
        .get(2..)?
        .chunks_exact(ENTRY_BYTES)
        .take(count)
        .find(|entry| read_u16(entry) == Some(ORIENTATION_TAG))?;
    let is_short = read_u16(entry.get(2..)?)? == TYPE_SHORT;
    let value = read_u16(entry.get(8..)?)?;
    Orientation::ALL.into_iter().find(|orientation| is_short && *orientation as u16 == value)
}

//! The three containers seen as lists of parts, without decoding and without allocating.
//!
//! Headers, Exif orientation and provenance records are read from here, so that no codec has to
//! be trusted with them: a codec would first collect every text and profile that a file brings.
//! PNG and JPEG end at the first part that is not complete.

/// One chunk of a PNG file (PNG, third edition, 5.3).
#[derive(Debug, Clone, Copy)]
pub(crate) struct PngChunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
    /// Where the chunk starts in the file.
    pub(crate) offset_bytes: usize,
    stored_crc: u32,
}

impl PngChunk<'_> {
    pub(crate) fn crc_is_right(&self) -> bool {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.kind);
        hasher.update(self.data);
        hasher.finalize() == self.stored_crc
    }

    /// Where the next chunk starts in the file: after length, kind, data and checksum.
    pub(crate) fn end_bytes(&self) -> usize {
        self.offset_bytes + self.data.len() + 12
    }

    /// Whether a decoder may not skip the chunk: its first letter is a capital.
    pub(crate) fn is_critical(&self) -> bool {
        self.kind[0].is_ascii_uppercase()
    }
}

/// The chunks of a PNG file, `IEND` included, in their order.
pub(crate) fn png_chunks(file: &[u8]) -> impl Iterator<Item = PngChunk<'_>> {
    let mut rest = file.get(PNG_SIGNATURE_BYTES..).unwrap_or_default();
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let offset_bytes = file.len() - rest.len();
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (data, after) = after.split_at_checked(length)?;
        let (crc, after) = after.split_first_chunk::<4>()?;
        rest = after;
        ended = kind == b"IEND";
        Some(PngChunk { kind: *kind, data, offset_bytes, stored_crc: u32::from_be_bytes(*crc) })
    })
}

/// One marker segment of a JPEG file with its payload (ITU-T T.81, B.1.1.4).
#[derive(Debug, Clone, Copy)]
pub(crate) struct JpegSegment<'a> {
    /// The second byte of the marker, such as `0xe1` for APP1.
    pub(crate) marker: u8,
    pub(crate) payload: &'a [u8],
    /// What follows the segment; after `SOS` that is the compressed picture.
    pub(crate) rest: &'a [u8],
}

/// The segments of a JPEG file up to and including the first start of scan.
pub(crate) fn jpeg_segments(file: &[u8]) -> impl Iterator<Item = JpegSegment<'_>> {
    let mut rest = file.get(2..).unwrap_or_default();
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let (marker, after) = next_marker(rest)?;
        let (length, _) = after.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (segment, after) = after.split_at_checked(length)?;
        rest = after;
        ended = marker == SOS;
        Some(JpegSegment { marker, payload: segment.get(2..)?, rest })
    })
}

/// One chunk of a RIFF file: WebP's container.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RiffChunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
    /// Whether `data` is as long as the chunk's header says.
    pub(crate) is_complete: bool,
}

/// The part of a WebP file that its header accounts for, or `None` when it is not all there.
pub(crate) fn webp_file(file: &[u8]) -> Option<&[u8]> {
    let length = u32::from_le_bytes(*file.get(4..)?.first_chunk::<4>()?);
    let length = usize::try_from(length).ok()?;
    file.get(..length.checked_add(RIFF_HEADER_BYTES)?)
}

/// The chunks of a WebP file after its `RIFF`…`WEBP` header.
pub(crate) fn webp_chunks(file: &[u8]) -> impl Iterator<Item = RiffChunk<'_>> {
    riff_chunks(file.get(WEBP_HEADER_BYTES..).unwrap_or_default())
}

/// The chunks in `rest`, each padded to an even length; of the last one there may be only a part.
pub(crate) fn riff_chunks(mut rest: &[u8]) -> impl Iterator<Item = RiffChunk<'_>> {
    std::iter::from_fn(move || {
        let (kind, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (data, padded) = after.split_at_checked(length).unwrap_or((after, &[]));
        rest = padded.get(length % 2..).unwrap_or_default();
        Some(RiffChunk { kind: *kind, data, is_complete: data.len() == length })
    })
}

/// JPEG: start of scan.
pub(crate) const SOS: u8 = 0xda;
/// JPEG: application segment 1, which holds Exif.
pub(crate) const APP1: u8 = 0xe1;
/// JPEG: a comment.
pub(crate) const COM: u8 = 0xfe;

const PNG_SIGNATURE_BYTES: usize = 8;
const RIFF_HEADER_BYTES: usize = 8;
const WEBP_HEADER_BYTES: usize = 12;

/// Skips fill bytes and markers without a payload.
fn next_marker(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let (&first, after) = rest.split_first()?;
        let (&second, behind) = after.split_first()?;
        match (first, second) {
            (0xff, 0xff) => rest = after,
            (0xff, 0x01 | 0xd0..=0xd8) => rest = behind,
            (0xff, 0x00 | 0xd9) => return None,
            (0xff, marker) => return Some((marker, behind)),
            _ => return None,
        }
    }
}

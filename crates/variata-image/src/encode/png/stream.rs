//! Compressed strips and the zlib stream that they are joined to (RFC 1950, RFC 1951).
//!
//! A stream of `fdeflate` is a header with its codes, the bits of the data, the code of their end,
//! and a checksum. The codes are always the same, so the bits of one strip can stand behind those of
//! another.

use std::io;
use std::ops::Range;

use fdeflate::{Compressor, StoredOnlyCompressor};

/// What comes before the bits of the data.
const HEADER_BITS: usize = 53 * 8 + 5;
/// The code of their end, whose last bit is set; behind it a byte is filled with zeros.
const END_BITS: usize = 12;
const CHECKSUM_BYTES: usize = 4;

/// The stream of some rows.
pub(super) struct Strip {
    stream: Vec<u8>,
    /// How many bytes were compressed.
    length: usize,
}

/// Begins the stream of a strip of about `length` bytes.
pub(super) fn begin(length: usize) -> io::Result<Compressor<Vec<u8>>> {
    // Photographs shrink to two thirds.
    Compressor::new(Vec::with_capacity(length * 3 / 4 + HEADER_BITS))
}

impl Strip {
    /// Ends the stream of a strip of `length` bytes.
    pub(super) fn end(compressor: Compressor<Vec<u8>>, length: usize) -> io::Result<Self> {
        Ok(Self { stream: compressor.finish()?, length })
    }

    /// Where the bits of the data are.
    fn data(&self) -> Range<usize> {
        let code = self.stream.len().saturating_sub(CHECKSUM_BYTES);
        let filled = self.stream[..code].last().map_or(0, |last| last.leading_zeros() as usize);
        HEADER_BITS..(8 * code).saturating_sub(filled + END_BITS).max(HEADER_BITS)
    }

    fn checksum(&self) -> Checksum {
        let value = self.stream.last_chunk().map_or(1, |bytes| u32::from_be_bytes(*bytes));
        Checksum { sum: value & 0xffff, sums: value >> 16 }
    }
}

/// The stream of all `strips`, one behind the other.
pub(super) fn joined(strips: &[Strip]) -> Vec<u8> {
    let size = strips.iter().map(|strip| strip.stream.len()).sum();
    let mut joined = Bits { bytes: Vec::with_capacity(size), count: 0 };
    let mut checksum = Checksum { sum: 1, sums: 0 };
    for (at, strip) in strips.iter().enumerate() {
        let mut bits = strip.data();
        // The first brings the header, the last the end.
        bits.start = if at == 0 { 0 } else { bits.start };
        bits.end += if at + 1 == strips.len() { END_BITS } else { 0 };
        joined.append(&strip.stream, bits);
        checksum = checksum.followed_by(&strip.checksum(), strip.length);
    }
    joined.bytes.extend((checksum.sums << 16 | checksum.sum).to_be_bytes());
    joined.bytes
}

/// Bits in bytes, the lowest of each first; what the last byte lacks is zero.
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    /// Appends the bits of `source` at `place`, behind which there is at least a byte more.
    fn append(&mut self, source: &[u8], place: Range<usize>) {
        let used = self.count % 8;
        let open = if used > 0 { self.bytes.pop().unwrap_or(0) } else { 0 };
        // From so far before the place that whole bytes can be written, the first over the open one.
        let start = place.start.saturating_sub(used);
        let (first, shift, first_at) = (start / 8, start % 8, self.bytes.len());
        let count = (place.end - start).div_ceil(8);
        let moved = |pair: &[u8]| (u16::from_le_bytes([pair[0], pair[1]]) >> shift) as u8;
        self.bytes.extend(source[first..=first + count].windows(2).map(moved));
        if let Some(byte) = self.bytes.get_mut(first_at) {
            *byte = (*byte >> used << used) | open;
        }
        self.count += place.len();
        let beyond = (8 - self.count % 8) % 8;
        if let Some(byte) = self.bytes.last_mut() {
            *byte = *byte << beyond >> beyond;
        }
    }
}

/// Adler-32 (RFC 1950, 8.2): the sum of the bytes, and the sum of all such sums.
struct Checksum {
    sum: u32,
    sums: u32,
}

/// The largest prime below 2¹⁶.
const MODULUS: u64 = 65_521;

impl Checksum {
    /// That of the bytes of both, of which the second has `length`.
    fn followed_by(&self, second: &Self, length: usize) -> Self {
        let reduced = |value: u64| (value % MODULUS) as u32;
        let before = u64::from(self.sum) + MODULUS - 1;
        let again = length as u64 % MODULUS * (before % MODULUS);
        Self {
            sum: reduced(before + u64::from(second.sum)),
            sums: reduced(u64::from(self.sums) + u64::from(second.sums) + again),
        }
    }
}

/// A stream of `rows` that are neither filtered nor compressed.
pub(super) fn stored(rows: impl Iterator<Item = Vec<u8>>) -> io::Result<Vec<u8>> {
    let mut compressor = StoredOnlyCompressor::new(io::Cursor::new(Vec::new()))?;
    for row in rows {
        compressor.write_data(&[0])?;
        compressor.write_data(&row)?;
    }
    Ok(compressor.finish()?.into_inner())
}

/// How long that is of `length` bytes.
pub(super) fn stored_bytes(length: usize) -> usize {
    StoredOnlyCompressor::<()>::compressed_size(length)
}

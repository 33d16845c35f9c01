//! A file in memory that is given back as it is read.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// What has been read is given back in pieces of this many bytes: moving up what is left costs a
/// memory copy each time, of 20 ms in all for 50 MB.
const PIECE_BYTES: usize = 8 << 20;

/// The bytes of a file, read once from the start.
///
/// The pixels of a large picture take memory as rows of them are filled, so that of a picture and of
/// what it is read from no more is there at any time than the larger of the two and a piece.
#[derive(Debug)]
pub(super) struct Consumed {
    /// What is left, and before it what has been read since a piece was given back.
    bytes: Vec<u8>,
    read: usize,
}

impl Consumed {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, read: 0 }
    }

    fn left(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }
}

impl BufRead for Consumed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.left())
    }

    fn consume(&mut self, count: usize) {
        self.read = self.bytes.len().min(self.read + count);
        if self.read >= PIECE_BYTES {
            self.bytes.drain(..self.read);
            self.bytes.shrink_to_fit();
            self.read = 0;
        }
    }
}

impl Read for Consumed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.left().read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// Decoders ask for it and do not do it: what has been read is no longer there.
impl Seek for Consumed {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_come_in_order_and_their_memory_goes() {
        let bytes: Vec<u8> = (0..3 * PIECE_BYTES).map(|at| (at % 251) as u8).collect();
        let mut reader = Consumed::new(bytes.clone());
        let mut read = vec![0; PIECE_BYTES + 5];
        reader.read_exact(&mut read).unwrap();
        assert!(reader.bytes.capacity() <= 2 * PIECE_BYTES);
        reader.read_to_end(&mut read).unwrap();
        assert!(read == bytes && reader.bytes.capacity() < PIECE_BYTES);
        assert!(reader.seek(SeekFrom::Start(0)).is_err());
    }
}

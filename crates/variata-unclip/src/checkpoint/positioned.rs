//! Reading at a place, which several threads may do at once.

use std::fs::File;
use std::io;

/// Fills `bytes` with what the file has from `start` on.
#[cfg(unix)]
pub(super) fn read(file: &File, start: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, start)
}

/// Fills `bytes` with what the file has from `start` on. Elsewhere a file has one place at which it is
/// read, and those who share it take turns.
#[cfg(not(unix))]
pub(super) fn read(mut file: &File, start: u64, bytes: &mut [u8]) -> io::Result<()> {
    use std::io::{Read as _, Seek as _};

    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    file.seek(io::SeekFrom::Start(start))?;
    file.read_exact(bytes)
}

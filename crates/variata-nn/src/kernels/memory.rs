//! New memory that is had at once.
//!
//! New memory comes page by page, each when it is first touched. For the weights of a network in pages
//! of 4 KiB, to be interrupted for each takes longer than to read them.
#![expect(unsafe_code, reason = "the system is told of memory by its address")]

/// Asks for the pages of `memory`, all of which is about to be written.
#[cfg(target_os = "linux")]
pub fn populate<T>(memory: &mut [T]) {
    use std::ffi::{c_int, c_void};

    const PAGE_BYTES: usize = 4096;
    const POPULATE_WRITE: c_int = 23;
    unsafe extern "C" {
        fn madvise(start: *mut c_void, bytes: usize, advice: c_int) -> c_int;
    }
    let bytes = size_of_val(memory);
    let start = memory.as_mut_ptr().cast::<u8>();
    let before = start.align_offset(PAGE_BYTES);
    let whole = bytes.saturating_sub(before) / PAGE_BYTES * PAGE_BYTES;
    if whole > 0 {
        // SAFETY: these pages are part of the slice, and what is in them stays as it is. A system that
        // does not know of this refuses, and they come when they are touched.
        unsafe { madvise(start.add(before).cast(), whole, POPULATE_WRITE) };
    }
}

/// Elsewhere pages come when they are touched.
#[cfg(not(target_os = "linux"))]
pub fn populate<T>(_: &mut [T]) {}

//! Memory that is used again instead of being given back.

use std::hint::black_box;

/// The largest block that is kept: twice the pixels of 1024 × 1024.
const KEPT_BYTES: usize = 8 << 20;

/// Makes glibc keep freed blocks of up to [`KEPT_BYTES`] for the next ones; other allocators do not
/// notice.
///
/// By itself it maps blocks above 128 KiB anew each time, and each of their pages costs a fault: a
/// tenth of a call of 1024 px. It stops doing so with sizes that it has seen freed (mallopt(3),
/// `M_MMAP_THRESHOLD`), so one block of that size is freed. None of its pages is ever touched.
pub(crate) fn keep_freed() {
    drop(black_box(Vec::<u8>::with_capacity(KEPT_BYTES)));
}

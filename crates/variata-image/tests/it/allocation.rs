//! Counts what a test allocates, so that a limit on memory is a test and not a hope.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The most bytes that were allocated at one time by this thread during `work`.
pub(crate) fn peak_bytes_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = CURRENT_BYTES.get();
    PEAK_BYTES.set(before);
    let result = work();
    (result, PEAK_BYTES.get().saturating_sub(before))
}

thread_local! {
    static CURRENT_BYTES: Cell<usize> = const { Cell::new(0) };
    static PEAK_BYTES: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

fn add(bytes: usize) {
    let current = CURRENT_BYTES.get().wrapping_add(bytes);
    CURRENT_BYTES.set(current);
    PEAK_BYTES.set(PEAK_BYTES.get().max(current));
}

fn subtract(bytes: usize) {
    CURRENT_BYTES.set(CURRENT_BYTES.get().saturating_sub(bytes));
}

// SAFETY: every call is handed to the system's allocator as it came; the counters are plain cells
// that never allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        subtract(layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`, and all blocks are the system's.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_bytes: usize) -> *mut u8 {
        add(new_bytes);
        subtract(layout.size());
        // SAFETY: the caller keeps the contract of `realloc`, and all blocks are the system's.
        unsafe { System.realloc(pointer, layout, new_bytes) }
    }
}

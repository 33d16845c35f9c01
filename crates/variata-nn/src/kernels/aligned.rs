//! Memory that starts with a line of the cache.
//!
//! Allocators promise sixteen bytes, and large blocks start sixteen bytes into a page. Vectors of 64
//! bytes in them lie across two lines each, which halves what a tile is loaded with.

use std::ops::{Deref, DerefMut};

use super::Element;

/// Bytes of a cache's line, and of the widest vector.
const LINE_BYTES: usize = 64;

/// Numbers of which the first starts a line.
#[derive(Debug, Default)]
pub struct Aligned<T> {
    memory: Vec<T>,
    start: usize,
}

impl<T: Element> Aligned<T> {
    /// Zeros.
    pub fn zeros(count: usize) -> Self {
        Self::within(T::zeros(Self::room(count)))
    }

    /// How much memory [`Aligned::within`] takes for `count` numbers.
    pub fn room(count: usize) -> usize {
        count + LINE_BYTES / size_of::<T>()
    }

    /// What `memory` has room for, and has in it.
    pub fn within(mut memory: Vec<T>) -> Self {
        let spare = LINE_BYTES / size_of::<T>();
        let start = memory.as_ptr().align_offset(LINE_BYTES).min(spare).min(memory.len());
        memory.truncate((memory.len() - (spare - start)).max(start));
        Self { memory, start }
    }

    /// The memory, for other numbers.
    pub fn into_memory(self) -> Vec<T> {
        self.memory
    }
}

impl<T: Element> Clone for Aligned<T> {
    fn clone(&self) -> Self {
        let mut same = Self::zeros(self.len());
        same.copy_from_slice(self);
        same
    }
}

impl<T: PartialEq> PartialEq for Aligned<T> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.memory[self.start..]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.memory[self.start..]
    }
}

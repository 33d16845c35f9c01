//! Memory that large tensors leave to those after them.
//!
//! New memory comes cleared, page by page as each is first touched. For the tensors of a decoder,
//! hundreds of megabytes each, that takes as long as many an operator, and nobody needs the zeros.

use std::sync::{Mutex, PoisonError};

use crate::kernels::Element;

/// Less is left to the allocator.
const MIN_BYTES: usize = 1 << 20;
/// As much is kept at most; what has been kept for longest goes first.
const MAX_BYTES: usize = 512 << 20;

/// Numbers that nobody needs any more.
#[derive(Debug)]
pub(in crate::cpu) struct Spares<T> {
    kept: Mutex<Vec<Vec<T>>>,
}

impl<T: Element> Spares<T> {
    pub(in crate::cpu) const fn new() -> Self {
        Self { kept: Mutex::new(Vec::new()) }
    }

    /// Room for `count` numbers, in which anything may stand.
    pub(in crate::cpu) fn take(&self, count: usize) -> Vec<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |numbers: &Vec<T>| (count..=2 * count).contains(&numbers.capacity());
        // The last that was left is the likeliest to be in a cache still.
        let found = kept.iter().rposition(fits).filter(|_| bytes::<T>(count) >= MIN_BYTES);
        let found = found.map(|at| kept.remove(at));
        drop(kept);
        match found {
            Some(mut numbers) => {
                numbers.resize(count, T::default());
                numbers
            }
            None => T::zeros(count),
        }
    }

    /// Keeps `numbers` for another time, if they are many.
    pub(in crate::cpu) fn keep(&self, numbers: Vec<T>) {
        let size = bytes::<T>(numbers.capacity());
        if !(MIN_BYTES..=MAX_BYTES).contains(&size) {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(numbers);
        let mut all: usize = kept.iter().map(|numbers| bytes::<T>(numbers.capacity())).sum();
        while all > MAX_BYTES {
            all -= bytes::<T>(kept.remove(0).capacity());
        }
    }
}

fn bytes<T>(count: usize) -> usize {
    count * size_of::<T>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of a mebibyte.
    const MEBI: usize = (1 << 20) / size_of::<f32>();

    #[test]
    fn large_memory_is_used_again_where_it_fits() {
        let spares = Spares::<f32>::new();
        spares.keep(vec![7.0; 40 * MEBI]);
        for other in [80 * MEBI + 1, 10 * MEBI, MEBI / 2] {
            assert_eq!(spares.take(other)[0], 0.0, "{other} numbers");
        }
        let again = spares.take(30 * MEBI);
        assert_eq!((again[0], again.len()), (7.0, 30 * MEBI));
        assert_eq!(spares.take(30 * MEBI)[0], 0.0);
    }

    #[test]
    fn what_has_been_kept_for_longest_goes_first() {
        let spares = Spares::<f32>::new();
        for mebibytes in [120, 121, 122, 123, 124] {
            spares.keep(Vec::with_capacity(mebibytes * MEBI));
        }
        let kept = spares.kept.into_inner().unwrap();
        assert!(kept.len() == 4 && kept[0].capacity() >= 121 * MEBI);
    }
}

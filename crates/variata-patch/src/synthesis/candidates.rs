//! The offsets that a tile tries, each once, in the order in which they came.
//!
//! Most of what neighbours offer is there already, and which is not can hardly be predicted: so every
//! place of the list is compared with whole vectors, and nothing branches.

use crate::kernels::{Offset, TILE_PX, recompiled};

/// The most candidates of a tile: as many as it has queries.
const MOST: usize = TILE_PX * TILE_PX;

/// A tile's own offsets and those that it tries besides.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// From `count` on there is nothing but what stands before, too.
    offsets: [Offset; MOST],
    count: usize,
    own_count: usize,
}

impl Default for Candidates {
    fn default() -> Self {
        Self { offsets: [Offset::ZERO; MOST], count: 0, own_count: 0 }
    }
}

impl Candidates {
    /// Starts anew with these own offsets, of which there is at least one; they may repeat.
    pub fn start(&mut self, own: &[Offset]) {
        let Some(&first) = own.first() else { return };
        self.offsets = [first; MOST];
        self.count = append(&mut self.offsets, 1, MOST, own);
        self.own_count = self.count;
    }

    /// Appends those of `offsets` that are new, until there are `limit` or as many as are its own.
    pub fn extend(&mut self, offsets: &[Offset], limit: usize) {
        self.count = append(&mut self.offsets, self.count, limit.min(MOST), offsets);
    }

    /// Leaves out those that have been `tried`; of the first `kept`, none.
    pub fn leave_out(&mut self, tried: &[Offset], kept: usize) {
        self.count = compact(&mut self.offsets, (kept.min(self.count), self.count), tried);
    }

    /// Whether there are `limit` or more.
    pub fn are_enough(&self, limit: usize) -> bool {
        self.count >= limit.min(MOST)
    }

    /// The tile's own.
    pub fn own(&self) -> &[Offset] {
        &self.offsets[..self.own_count]
    }

    /// All of them.
    pub fn all(&self) -> &[Offset] {
        &self.offsets[..self.count]
    }
}

recompiled! {
    /// Appends what is new among `more` to the first `count`, until there are `limit`; returns how many
    /// there are then.
    fn append(offsets: &mut [Offset; MOST], count: usize, limit: usize, more: &[Offset]) -> usize {
        let mut count = count;
        for &offset in more {
            if count >= limit {
                return count;
            }
            let is_new = !offsets.iter().fold(false, |found, &other| found | (other == offset));
            if let Some(free) = offsets.get_mut(count) {
                *free = offset;
                count += usize::from(is_new);
            }
        }
        count
    }
}

recompiled! {
    /// Moves together those from place `start` to `end` that are not among `tried`; returns where they
    /// end.
    fn compact(offsets: &mut [Offset; MOST], span: (usize, usize), tried: &[Offset]) -> usize {
        let mut count = span.0;
        for at in span.0..span.1 {
            let offset = offsets[at];
            let is_new = !tried.iter().fold(false, |found, &other| found | (other == offset));
            offsets[count] = offset;
            count += usize::from(is_new);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(numbers: impl IntoIterator<Item = isize>) -> Vec<Offset> {
        numbers.into_iter().map(|dx| Offset::new(dx, 0)).collect()
    }

    #[test]
    fn each_stands_once_in_the_order_in_which_they_came() {
        let mut candidates = Candidates::default();
        candidates.start(&offsets([3, 3, 0, 7, 0]));
        candidates.extend(&offsets([7, 9, 3, 8, 8, 5, 6]), 6);
        assert_eq!(candidates.own(), offsets([3, 0, 7]));
        assert_eq!(candidates.all(), offsets([3, 0, 7, 9, 8, 5]));
    }

    #[test]
    fn a_tile_may_be_full_of_its_own() {
        let mut candidates = Candidates::default();
        candidates.start(&offsets(0..64));
        candidates.extend(&offsets(70..90), 48);
        assert_eq!(candidates.all(), offsets(0..64));
    }

    #[test]
    fn what_was_tried_is_left_out_after_what_is_kept() {
        let mut candidates = Candidates::default();
        candidates.start(&offsets([1, 2]));
        candidates.extend(&offsets([3, 4, 5, 6]), 48);
        candidates.leave_out(&offsets([1, 4, 6, 9]), 2);
        assert_eq!(candidates.all(), offsets([1, 2, 3, 5]));
        candidates.leave_out(&offsets([1, 5]), 0);
        assert_eq!(candidates.all(), offsets([2, 3]));
    }
}

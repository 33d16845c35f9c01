//! Several inputs at once, told of one after the other.
//!
//! While the last variations of one input are made, or while it is read, a core would be idle. So
//! the next input is begun beside it; what there is to say of it is said when its turn comes, and
//! a run reads as if it had done one input at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Whose turn it is to be told of, counted from 0.
#[derive(Debug, Default)]
pub(super) struct Turns {
    current: Mutex<usize>,
    changed: Condvar,
}

impl Turns {
    /// The turn of job `number`. Every number is to be taken once, or those behind it wait forever.
    pub(super) fn take(&self, number: usize) -> Turn<'_> {
        Turn { turns: self, number }
    }

    fn current(&self) -> MutexGuard<'_, usize> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One job's turn, which ends where this is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    number: usize,
}

impl Turn<'_> {
    /// Whose turn it is.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// Whether it has come.
    pub(super) fn has_come(&self) -> bool {
        *self.turns.current() == self.number
    }

    /// Returns once it has come.
    pub(super) fn wait(&self) {
        let still = |current: &mut usize| *current < self.number;
        drop(self.turns.changed.wait_while(self.turns.current(), still));
    }
}

impl Drop for Turn<'_> {
    /// In order even where a job panics: the jobs behind it go on.
    fn drop(&mut self) {
        self.wait();
        *self.turns.current() += 1;
        self.turns.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_in_order_whoever_is_ready_first() {
        let (turns, told) = (Turns::default(), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for number in (0..8).rev() {
                let (turn, told) = (turns.take(number), &told);
                scope.spawn(move || {
                    turn.wait();
                    assert!(turn.has_come());
                    told.lock().unwrap().push(number);
                });
            }
        });
        assert_eq!(told.into_inner().unwrap(), (0..8).collect::<Vec<_>>());
    }
}

//! Which filter each row takes: the one whose differences add up to least (PNG, third edition, 12.7).

/// The numbers of the filters in files, in the order in which they are tried.
const UP: u8 = 2;
const SUB: u8 = 1;
const AVERAGE: u8 = 3;
const PAETH: u8 = 4;

/// Filters one row after the other.
pub(super) struct Chooser {
    channels: usize,
    /// A row under each filter, behind the filter's number.
    filtered: [Vec<u8>; 4],
}

impl Chooser {
    /// For rows of `row_bytes` with so many `channels`.
    pub(super) fn new(channels: usize, row_bytes: usize) -> Self {
        let filtered = [UP, SUB, AVERAGE, PAETH].map(|number| {
            let mut row = vec![0; row_bytes + 1];
            row[0] = number;
            row
        });
        Self { channels, filtered }
    }

    /// The row `current`, which stands below `above`, under the filter that suits it: of two as good
    /// the later, unless the first leaves nothing.
    pub(super) fn filtered(&mut self, above: &[u8], current: &[u8]) -> &[u8] {
        let (mut best, mut least) = (0, u64::MAX);
        for (at, row) in self.filtered.iter_mut().enumerate() {
            let (number, differences) = row.split_at_mut(1);
            let sides = (self.channels, above, current);
            let sum = match number[0] {
                UP => subtract(sides, differences, |_, up, _| up),
                SUB => subtract(sides, differences, |left, _, _| left),
                AVERAGE => {
                    subtract(sides, differences, |left, up, _| (left & up) + ((left ^ up) >> 1))
                }
                _ => subtract(sides, differences, paeth),
            };
            if sum <= least {
                (best, least) = (at, sum);
            }
            if sum == 0 {
                break;
            }
        }
        &self.filtered[best]
    }
}

/// Writes what differs from what `predict` makes of the samples to the left, above, and above to the
/// left; returns the sum of the differences, taken as signed.
#[inline(always)]
fn subtract(
    (channels, above, current): (usize, &[u8], &[u8]),
    differences: &mut [u8],
    predict: impl Fn(u8, u8, u8) -> u8,
) -> u64 {
    let split = channels.min(current.len());
    let (first, rest) = differences.split_at_mut(split);
    for ((difference, &sample), &up) in first.iter_mut().zip(current).zip(above) {
        *difference = sample.wrapping_sub(predict(0, up, 0));
    }
    let left = current.iter().zip(above);
    let here = current[split..].iter().zip(&above[split..]);
    for (difference, ((&sample, &up), (&left, &corner))) in rest.iter_mut().zip(here.zip(left)) {
        *difference = sample.wrapping_sub(predict(left, up, corner));
    }
    sum(differences)
}

/// The sum of `differences`, taken as signed, without their signs.
#[inline(always)]
fn sum(differences: &[u8]) -> u64 {
    // So few that their sum fits into sixteen bits, eight of which a vector holds. A sign is taken off
    // in bytes: vectors of the oldest processors have the lesser of two of them.
    let size = |&value: &u8| u16::from(value.min(value.wrapping_neg()));
    let parts = differences.chunks(128).map(|part| part.iter().map(size).sum::<u16>());
    parts.map(u64::from).sum()
}

/// The neighbour that is nearest to left + up − corner, left before up before corner. In bytes
/// throughout, so that a vector holds many (L. Versari, FPNGE).
#[inline(always)]
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (to_left, to_up) = (distance(up, corner), distance(left, corner));
    // Where left and up lie on one side of the corner, that is further away than either.
    let to_corner =
        if (left < corner) == (corner < up) { distance(to_left, to_up) } else { u8::MAX };
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

/// How far apart two bytes are; `abs_diff` is compiled to vectors of whole words.
#[inline(always)]
fn distance(one: u8, other: u8) -> u8 {
    one.max(other) - one.min(other)
}

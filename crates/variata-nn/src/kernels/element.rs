//! What matrices are made of: single numbers, or pairs in half the space.
#![expect(unsafe_code, reason = "memory that is zero already is not to be written again")]

use std::mem::ManuallyDrop;

use super::{
    CHUNK_PAIRS, PANEL, PairSums, TILE_ROWS, Tier, Tile, multiply_bf16, multiply_f32, pair_rows,
    pair_up,
};

/// One step along the depth of a matrix product.
pub trait Element: Copy + Default + Send + Sync + 'static {
    /// How many numbers it holds.
    const WIDTH: usize;

    /// So many zeros, which nobody writes where the system has them.
    fn zeros(count: usize) -> Vec<Self>;

    /// Holds the first [`Element::WIDTH`] of `values`; missing ones are zero.
    fn of(values: &[f32]) -> Self;

    /// How many elements a row of `numbers` takes in a matrix.
    fn depth(tier: Tier, numbers: usize) -> usize;

    /// How many of a row's `depth` elements the pieces of a convolution take at once: a divisor.
    fn part(tier: Tier, depth: usize) -> usize;

    /// Holds `values` in `elements`; every `group` of values starts a new row, and rows divide the
    /// elements evenly.
    fn fill(tier: Tier, values: &[f32], group: usize, elements: &mut [Self]);

    /// Makes steps of rows, of which every one at a multiple of `stride` counts.
    fn lay(tier: Tier, rows: &[[f32; PANEL]], stride: usize, steps: &mut [[Self; PANEL]]);

    /// Holds what `pairs` hold.
    fn fill_from(pairs: &[Pair], elements: &mut [Self]);

    /// Adds `rows · panel` to `sums`.
    fn multiply(tier: Tier, rows: &[&[Self]; TILE_ROWS], panel: &[[Self; PANEL]], sums: &mut Tile);
}

impl Element for f32 {
    const WIDTH: usize = 1;

    fn zeros(count: usize) -> Vec<Self> {
        vec![0.0; count]
    }

    fn of(values: &[f32]) -> Self {
        values.first().copied().unwrap_or_default()
    }

    fn depth(_: Tier, numbers: usize) -> usize {
        numbers
    }

    fn part(_: Tier, depth: usize) -> usize {
        depth
    }

    fn fill(_: Tier, values: &[f32], _: usize, elements: &mut [Self]) {
        elements.copy_from_slice(values);
    }

    fn lay(_: Tier, rows: &[[f32; PANEL]], stride: usize, steps: &mut [[Self; PANEL]]) {
        steps.iter_mut().zip(rows.iter().step_by(stride)).for_each(|(step, row)| *step = *row);
    }

    fn fill_from(pairs: &[Pair], elements: &mut [Self]) {
        for (two, pair) in elements.as_chunks_mut().0.iter_mut().zip(pairs) {
            *two = [pair.first(), pair.second()];
        }
    }

    fn multiply(tier: Tier, rows: &[&[Self]; TILE_ROWS], panel: &[[Self; PANEL]], sums: &mut Tile) {
        multiply_f32(tier, rows, panel, sums);
    }
}

/// Two numbers in bf16: the upper half of a single-precision number, rounded to the nearest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Pair(u32);

/// Where the second number of a pair is.
const SECOND: u32 = 0xffff_0000;

impl Pair {
    /// Rounds two numbers.
    #[inline(always)]
    pub(super) fn new([first, second]: [f32; 2]) -> Self {
        Self(rounded(first) >> 16 | rounded(second) & SECOND)
    }

    /// Rounds two numbers that are 0 or normal and positive, upwards when in the middle.
    #[inline(always)]
    pub(super) fn near([first, second]: [f32; 2]) -> Self {
        const HALF: u32 = 1 << 15;
        let [first, second] = [first, second].map(|number| number.to_bits() + HALF);
        Self(first >> 16 | second & SECOND)
    }

    /// The first numbers of this pair and another, and their second ones.
    pub fn crossed(self, other: Self) -> [Self; 2] {
        [Self(self.0 & !SECOND | other.0 << 16), Self(self.0 >> 16 | other.0 & SECOND)]
    }

    /// The first number.
    pub fn first(self) -> f32 {
        f32::from_bits(self.0 << 16)
    }

    /// The second number.
    pub fn second(self) -> f32 {
        f32::from_bits(self.0 & SECOND)
    }
}

/// Chunks of a part at most. The windows beside one another share most of their rows; with as few as
/// these, and what they are multiplied with, those are in the first cache still for the next window.
const PART_CHUNKS: usize = 5;

impl Element for Pair {
    const WIDTH: usize = 2;

    fn zeros(count: usize) -> Vec<Self> {
        let mut bits = ManuallyDrop::new(vec![0_u32; count]);
        // SAFETY: a pair is such a number by another name, and the vector that the memory is taken
        // from is not dropped.
        unsafe { Vec::from_raw_parts(bits.as_mut_ptr().cast(), bits.len(), bits.capacity()) }
    }

    fn of(values: &[f32]) -> Self {
        Self::new([0, 1].map(|at| values.get(at).copied().unwrap_or_default()))
    }

    fn depth(tier: Tier, numbers: usize) -> usize {
        let pairs = numbers.div_ceil(Self::WIDTH);
        match tier.pair_sums() {
            PairSums::InOrder => pairs,
            PairSums::InTiles => pairs.next_multiple_of(CHUNK_PAIRS),
        }
    }

    fn part(tier: Tier, depth: usize) -> usize {
        match tier.pair_sums() {
            PairSums::InOrder => depth,
            PairSums::InTiles => {
                let chunks = depth / CHUNK_PAIRS;
                let divides = |part: &usize| chunks.is_multiple_of(*part);
                (1..=PART_CHUNKS).rev().find(divides).unwrap_or(chunks) * CHUNK_PAIRS
            }
        }
    }

    fn fill(tier: Tier, values: &[f32], group: usize, elements: &mut [Self]) {
        let depth = elements.len() / (values.len() / group.max(1)).max(1);
        if group == depth * Self::WIDTH {
            return pair_up(tier, values, elements);
        }
        for (values, row) in values.chunks(group.max(1)).zip(elements.chunks_mut(depth.max(1))) {
            let (pairs, rest) = row.split_at_mut(group / Self::WIDTH);
            let (whole, last) = values.split_at(pairs.len() * Self::WIDTH);
            pair_up(tier, whole, pairs);
            rest.fill(Self::default());
            rest.iter_mut().zip(last).for_each(|(pair, &last)| *pair = Self::new([last, 0.0]));
        }
    }

    fn lay(tier: Tier, rows: &[[f32; PANEL]], stride: usize, steps: &mut [[Self; PANEL]]) {
        pair_rows(tier, rows, stride, steps);
    }

    fn fill_from(pairs: &[Pair], elements: &mut [Self]) {
        let (those, rest) = elements.split_at_mut(pairs.len());
        those.copy_from_slice(pairs);
        rest.fill(Self::default());
    }

    fn multiply(tier: Tier, rows: &[&[Self]; TILE_ROWS], panel: &[[Self; PANEL]], sums: &mut Tile) {
        multiply_bf16(tier, rows, panel, sums);
    }
}

/// Tells a number that is none from an infinite one, however few of its digits are kept.
const QUIET: u32 = 1 << 22;
const SIGN: u32 = 1 << 31;

/// Rounds to the nearest bf16, to even when in the middle; what would not be a normal number
/// becomes zero, as the instruction takes it.
#[inline(always)]
fn rounded(value: f32) -> u32 {
    let bits = value.to_bits();
    // The largest finite numbers become infinite, which is as far as the sum can go.
    let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
    let kept = if value.is_nan() { bits | QUIET } else { nearest };
    if value.abs() < f32::MIN_POSITIVE { bits & SIGN } else { kept }
}

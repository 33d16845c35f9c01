//! Activations in memory.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::Cpu;
use super::spares::Spares;
use crate::kernels::{Aligned, CHUNK_PAIRS, Element, Pair, PairSums, Strip, Tier};
use crate::{Precision, Shape};

/// Activations: rows of channels, place by place.
#[derive(Debug, Clone, PartialEq)]
pub enum CpuTensor {
    /// In single precision.
    Numbers(Numbers),
    /// In pairs of bf16: what mostly goes into products only, which would round it anyway.
    Pairs(Pairs),
}

impl CpuTensor {
    /// The sides.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Numbers(numbers) => numbers.shape,
            Self::Pairs(pairs) => pairs.shape,
        }
    }

    /// All numbers in single precision.
    pub fn numbers(&self) -> Cow<'_, Numbers> {
        match self {
            Self::Numbers(numbers) => Cow::Borrowed(numbers),
            Self::Pairs(pairs) => Cow::Owned(pairs.numbers()),
        }
    }

    /// All numbers in pairs, for products.
    pub(super) fn pairs(&self, tier: Tier) -> Cow<'_, Pairs> {
        match self {
            Self::Numbers(numbers) => Cow::Owned(numbers.pairs(tier)),
            Self::Pairs(pairs) => Cow::Borrowed(pairs),
        }
    }

    /// The numbers of a row between two columns, the first of which must be even.
    pub(super) fn read<E: Element>(
        &self,
        tier: Tier,
        row: usize,
        columns: Range<usize>,
        elements: &mut [E],
    ) {
        match self {
            Self::Numbers(numbers) => {
                E::fill(tier, &numbers.row(row)[columns.clone()], columns.len(), elements);
            }
            Self::Pairs(pairs) => {
                let columns = columns.start / Pair::WIDTH..columns.end.div_ceil(Pair::WIDTH);
                E::fill_from(&pairs.row(row)[columns], elements);
            }
        }
    }

    pub(super) fn into_numbers(self) -> Numbers {
        match self {
            Self::Numbers(numbers) => numbers,
            Self::Pairs(pairs) => pairs.numbers(),
        }
    }
}

impl From<Numbers> for CpuTensor {
    fn from(numbers: Numbers) -> Self {
        Self::Numbers(numbers)
    }
}

/// Activations in single precision.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    shape: Shape,
    values: Aligned<f32>,
}

/// Activations in pairs of bf16.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    shape: Shape,
    layout: Layout,
    pairs: Aligned<Pair>,
}

/// What tensors have left; for all of a process, since its networks take turns.
static NUMBERS: Spares<f32> = Spares::new();
static PAIRS: Spares<Pair> = Spares::new();

impl Drop for Numbers {
    fn drop(&mut self) {
        NUMBERS.keep(std::mem::take(&mut self.values).into_memory());
    }
}

impl Drop for Pairs {
    fn drop(&mut self) {
        PAIRS.keep(std::mem::take(&mut self.pairs).into_memory());
    }
}

/// Leaves memory in which `number` stands to the large tensors that come.
#[cfg(test)]
pub(super) fn leave(number: f32) {
    for count in [1 << 18, 1 << 19, 1 << 20, 1 << 18, 1 << 19, 1 << 20] {
        NUMBERS.keep(vec![number; count]);
        PAIRS.keep(vec![Pair::of(&[number; 2]); count]);
    }
}

/// How many numbers a task should at least have to do with.
pub(super) const TASK_VALUES: usize = 1 << 15;

/// How many rows of `channels` a task should have.
fn task_rows(channels: usize) -> usize {
    (TASK_VALUES / channels.max(1)).max(1)
}

impl Numbers {
    /// Takes in `values`, which must fill `shape`.
    pub(super) fn new(shape: Shape, values: &[f32]) -> Self {
        assert_eq!(shape.len(), values.len(), "{shape:?} is not filled");
        let mut numbers = Self::unwritten(shape);
        numbers.values.copy_from_slice(values);
        numbers
    }

    /// A tensor of any numbers, for operators that write them all.
    pub(super) fn unwritten(shape: Shape) -> Self {
        let room = Aligned::<f32>::room(shape.len());
        Self { shape, values: Aligned::within(NUMBERS.take(room)) }
    }

    /// The sides.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// All numbers.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The numbers at one place, counted over all pictures.
    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.shape.channels..][..self.shape.channels]
    }

    /// How many rows a task should have.
    pub(super) fn task_rows(&self) -> usize {
        task_rows(self.shape.channels)
    }

    /// The numbers in pairs; every row starts a new one.
    pub(super) fn pairs(&self, tier: Tier) -> Pairs {
        let channels = self.shape.channels;
        Pairs::filled(tier, self.shape, |rows, pairs| {
            let values = &self.values[rows.start * channels..rows.end * channels];
            Pair::fill(tier, values, channels, pairs);
        })
    }
}

impl Pairs {
    /// Pairs of which `fill(rows, pairs)` writes some rows.
    fn filled(tier: Tier, shape: Shape, fill: impl Fn(Range<usize>, &mut [Pair]) + Sync) -> Self {
        let layout = Layout::new(tier, shape);
        let Layout { line, gap, depth } = layout;
        let lines = shape.rows() / line.max(1);
        let room = Aligned::<Pair>::room((gap + lines * (line + gap)) * depth);
        let mut pairs = Aligned::within(PAIRS.take(room));
        let (before, all) = pairs.split_at_mut(gap * depth);
        before.fill(Pair::default());
        let rows = if gap == 0 { task_rows(shape.channels) } else { line };
        let some = all.par_chunks_mut(((rows + gap) * depth).max(1)).enumerate();
        some.for_each(|(at, pairs)| {
            let (pairs, after) = pairs.split_at_mut(pairs.len() - gap * depth);
            after.fill(Pair::default());
            let first = at * rows;
            fill(first..first + pairs.len() / depth, pairs);
        });
        Self { shape, layout, pairs }
    }

    /// Any pairs, one row after another, for operators that write them all.
    pub(super) fn unwritten(tier: Tier, shape: Shape) -> Self {
        let depth = Pair::depth(tier, shape.channels);
        let layout = Layout { depth, ..Layout::of_numbers(shape) };
        let room = Aligned::<Pair>::room(shape.rows() * depth);
        Self { shape, layout, pairs: Aligned::within(PAIRS.take(room)) }
    }

    /// All pairs of a tensor without gaps.
    pub(super) fn matrix(&mut self) -> &mut [Pair] {
        debug_assert_eq!(self.layout.gap, 0, "rows with gaps are no matrix");
        &mut self.pairs
    }

    /// Pairs of a row, and of that part of it which a panel's columns are.
    pub(super) fn sides(&self) -> (usize, usize) {
        (self.layout.depth, CHUNK_PAIRS)
    }

    /// The sides.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// The pairs at one place, counted over all pictures.
    fn row(&self, row: usize) -> &[Pair] {
        let Layout { line, gap, depth } = self.layout;
        let place = row + gap * (row / line.max(1) + 1);
        &self.pairs[place * depth..][..depth]
    }

    /// All pairs, and how they lie.
    pub(super) fn all(&self) -> (&[Pair], Layout) {
        (&self.pairs, self.layout)
    }

    /// The same in single precision.
    fn numbers(&self) -> Numbers {
        let Layout { line, gap, depth } = self.layout;
        let mut numbers = Numbers::unwritten(self.shape);
        let lines = numbers.values.par_chunks_mut((line * self.shape.channels).max(1));
        let pairs = self.pairs[gap * depth..].par_chunks(((line + gap) * depth).max(1));
        lines.zip(pairs).for_each(|(values, pairs)| {
            let rows = values.chunks_mut(self.shape.channels.max(1));
            for (values, pairs) in rows.zip(pairs.chunks(depth.max(1))) {
                let both = pairs.iter().flat_map(|pair| [pair.first(), pair.second()]);
                values.iter_mut().zip(both).for_each(|(value, number)| *value = number);
            }
        });
        numbers
    }
}

/// How the rows of a tensor lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Rows of a line.
    pub(super) line: usize,
    /// Rows of zeros before each line and after the last: one between the lines of pictures that
    /// are multiplied in tiles, so that windows at their edges lie as all others do.
    pub(super) gap: usize,
    /// Elements of a row.
    pub(super) depth: usize,
}

impl Layout {
    /// Pairs for products.
    fn new(tier: Tier, shape: Shape) -> Self {
        let depth = Pair::depth(tier, shape.channels);
        let is_in_lines = shape.height > 1 && tier.pair_sums() == PairSums::InTiles;
        match is_in_lines {
            true => Self { line: shape.width, gap: 1, depth },
            false => Self { depth, ..Self::of_numbers(shape) },
        }
    }

    /// Numbers as they are: all rows in one line.
    pub(super) fn of_numbers(shape: Shape) -> Self {
        Self { line: shape.rows(), gap: 0, depth: shape.channels }
    }
}

/// Rows that are written at a time before they are rounded: few enough to stay in the first cache.
const ROUNDED_VALUES: usize = 1 << 12;

/// A tensor for products, of which `write(row, values)` writes some rows, from `row` on: in pairs
/// if products are of pairs.
pub(super) fn for_products(
    cpu: Cpu,
    shape: Shape,
    write: impl Fn(usize, &mut [f32]) + Sync,
) -> CpuTensor {
    let channels = shape.channels.max(1);
    if cpu.precision == Precision::F32 {
        let mut numbers = Numbers::unwritten(shape);
        let task = task_rows(channels);
        let tasks = numbers.values.par_chunks_mut(task * channels).enumerate();
        tasks.for_each(|(at, values)| write(at * task, values));
        return numbers.into();
    }
    let depth = Pair::depth(cpu.tier, channels);
    let part = (ROUNDED_VALUES / channels).max(1);
    CpuTensor::Pairs(Pairs::filled(cpu.tier, shape, |rows, pairs| {
        let mut values = vec![0.0; part.min(rows.len()) * channels];
        for (first, pairs) in rows.step_by(part).zip(pairs.chunks_mut(part * depth)) {
            let values = &mut values[..pairs.len() / depth * channels];
            write(first, values);
            Pair::fill(cpu.tier, values, channels, pairs);
        }
    }))
}

/// Finds the row that is added to a row of the result: see [`crate::Backend`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Added<'a> {
    tensor: Option<&'a Numbers>,
    rows_each: usize,
}

impl<'a> Added<'a> {
    /// For results of the shape `result`.
    pub(super) fn new(tensor: Option<&'a Numbers>, result: Shape) -> Self {
        let Some(added) = tensor else { return Self { tensor: None, rows_each: 1 } };
        let shape = added.shape();
        assert_eq!(shape.channels, result.channels, "{shape:?} cannot be added to {result:?}");
        let per_batch = shape.rows() == result.batch;
        assert!(per_batch || shape.rows() == result.rows(), "{shape:?} cannot be added");
        let rows_each = if shape.rows() == result.rows() { 1 } else { result.places() };
        Self { tensor, rows_each }
    }

    /// What is added to `row`.
    pub(super) fn row(&self, row: usize) -> Option<&'a [f32]> {
        self.tensor.map(|tensor| tensor.row(row / self.rows_each))
    }

    /// How many rows from `row` on are added to in the same manner.
    pub(super) fn span(&self, row: usize) -> usize {
        if self.rows_each == 1 { usize::MAX } else { self.rows_each - row % self.rows_each }
    }

    /// What is added to the rows of [`Added::span`], from column `column` on.
    pub(super) fn strip(&self, row: usize, column: usize) -> Option<Strip<'a, f32>> {
        let tensor = self.tensor?;
        let channels = tensor.shape.channels;
        let first = row / self.rows_each * channels + column;
        let pitch = if self.rows_each == 1 { channels } else { 0 };
        Some(Strip::new(&tensor.values[first..], pitch))
    }
}

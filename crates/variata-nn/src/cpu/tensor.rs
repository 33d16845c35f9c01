//! Activations in memory.

use rayon::prelude::*;

use super::spares::Spares;
use crate::Shape;
use crate::kernels::{Aligned, Element, Pair, Tier};

/// Activations: rows of channels, place by place.
#[derive(Debug, Clone, PartialEq)]
pub struct CpuTensor {
    shape: Shape,
    values: Vec<f32>,
}

/// What tensors have left; for all of a process, since its networks take turns.
static NUMBERS: Spares<f32> = Spares::new();
static PAIRS: Spares<Pair> = Spares::new();

/// Elements of matrices that have spares.
pub(super) trait Spared: Element {
    /// Where the memory of such elements is kept.
    fn spares() -> &'static Spares<Self>;
}

impl Spared for f32 {
    fn spares() -> &'static Spares<Self> {
        &NUMBERS
    }
}

impl Spared for Pair {
    fn spares() -> &'static Spares<Self> {
        &PAIRS
    }
}

impl Drop for CpuTensor {
    fn drop(&mut self) {
        NUMBERS.keep(std::mem::take(&mut self.values));
    }
}

/// How many numbers a task should at least have to do with.
pub(super) const TASK_VALUES: usize = 1 << 15;

impl CpuTensor {
    /// Takes `values`, which must fill `shape`.
    pub(super) fn new(shape: Shape, values: Vec<f32>) -> Self {
        assert_eq!(shape.len(), values.len(), "{shape:?} is not filled");
        Self { shape, values }
    }

    /// A tensor of any numbers, for operators that write them all.
    pub(super) fn unwritten(shape: Shape) -> Self {
        Self { shape, values: NUMBERS.take(shape.len()) }
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
        (TASK_VALUES / self.shape.channels.max(1)).max(1)
    }

    /// The numbers as elements of matrices; each `group` of numbers starts a new row.
    pub(super) fn elements<E: Spared>(&self, tier: Tier, group: usize) -> Aligned<E> {
        let group = group.max(1);
        let depth = E::depth(tier, group);
        let room = Aligned::<E>::room(self.values.len() / group * depth);
        let mut elements = Aligned::within(E::spares().take(room));
        let task = (TASK_VALUES / group).max(1);
        let values = self.values.par_chunks(task * group);
        elements
            .par_chunks_mut(task * depth)
            .zip(values)
            .for_each(|(elements, values)| E::fill(tier, values, group, elements));
        elements
    }
}

/// Finds the row that is added to a row of the result: see [`crate::Backend`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Added<'a> {
    tensor: Option<&'a CpuTensor>,
    rows_each: usize,
}

impl<'a> Added<'a> {
    /// For results of the shape `result`.
    pub(super) fn new(tensor: Option<&'a CpuTensor>, result: Shape) -> Self {
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
}

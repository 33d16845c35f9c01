//! Activations in memory.

use rayon::prelude::*;

use crate::Shape;
use crate::kernels::Element;

/// Activations: rows of channels, place by place.
#[derive(Debug, Clone, PartialEq)]
pub struct CpuTensor {
    shape: Shape,
    values: Vec<f32>,
}

/// How many numbers a task should at least have to do with.
pub(super) const TASK_VALUES: usize = 1 << 15;

impl CpuTensor {
    /// Takes `values`, which must fill `shape`.
    pub(super) fn new(shape: Shape, values: Vec<f32>) -> Self {
        assert_eq!(shape.len(), values.len(), "{shape:?} is not filled");
        Self { shape, values }
    }

    pub(super) fn zeros(shape: Shape) -> Self {
        Self { shape, values: vec![0.0; shape.len()] }
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

    /// The numbers as elements of matrices; each `group` of numbers starts a new element.
    pub(super) fn elements<E: Element>(&self, group: usize) -> Vec<E> {
        let depth = group.div_ceil(E::WIDTH);
        let mut elements = vec![E::default(); self.values.len() / group.max(1) * depth];
        let groups = self.values.par_chunks_exact(group.max(1));
        elements.par_chunks_exact_mut(depth.max(1)).zip(groups).with_min_len(64).for_each(
            |(elements, group)| {
                for (element, values) in elements.iter_mut().zip(group.chunks(E::WIDTH)) {
                    *element = E::of(values);
                }
            },
        );
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

//! Functions of single numbers.

use rayon::prelude::*;

use super::tensor::{Added, CpuTensor, TASK_VALUES};
use crate::kernels::{self, Tier};
use crate::{Activation, Shape};

pub(super) fn activate(tier: Tier, mut input: CpuTensor, function: Activation) -> CpuTensor {
    input.values_mut().par_chunks_mut(TASK_VALUES).for_each(|values| match function {
        Activation::Silu => kernels::swish(tier, values, 1.0),
        Activation::QuickGelu => kernels::swish(tier, values, 1.702),
        Activation::Gelu => kernels::gelu(tier, values),
    });
    input
}

pub(super) fn geglu(tier: Tier, input: &CpuTensor) -> CpuTensor {
    let shape = input.shape();
    let width = shape.channels / 2;
    let mut output = CpuTensor::unwritten(Shape { channels: width, ..shape });
    let task = input.task_rows();
    let inputs = input.values().par_chunks(task * shape.channels);
    output.values_mut().par_chunks_mut(task * width).zip(inputs).for_each(|(output, input)| {
        for (output, row) in output.chunks_exact_mut(width).zip(input.chunks_exact(2 * width)) {
            let (left, right) = row.split_at(width);
            kernels::geglu(tier, left, right, output);
        }
    });
    output
}

pub(super) fn add(mut input: CpuTensor, added: &CpuTensor) -> CpuTensor {
    let (shape, task) = (input.shape(), input.task_rows());
    let added = Added::new(Some(added), shape);
    input.values_mut().par_chunks_mut(task * shape.channels).enumerate().for_each(|(at, rows)| {
        for (row, values) in rows.chunks_exact_mut(shape.channels).enumerate() {
            let added = added.row(at * task + row).unwrap_or_default();
            values.iter_mut().zip(added).for_each(|(value, added)| *value += added);
        }
    });
    input
}

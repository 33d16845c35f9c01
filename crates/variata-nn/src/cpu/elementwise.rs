//! Functions of single numbers.

use rayon::prelude::*;

use super::Cpu;
use super::tensor::{Added, CpuTensor, Numbers, TASK_VALUES, for_products};
use crate::kernels;
use crate::{Activation, Precision, Shape};

pub(super) fn activate(cpu: Cpu, mut input: Numbers, function: Activation) -> CpuTensor {
    let apply = |values: &mut [f32]| match function {
        Activation::Silu => kernels::swish(cpu.tier, values, 1.0),
        Activation::QuickGelu => kernels::swish(cpu.tier, values, 1.702),
        Activation::Gelu => kernels::gelu(cpu.tier, values),
    };
    if cpu.precision == Precision::F32 {
        input.values_mut().par_chunks_mut(TASK_VALUES).for_each(apply);
        return input.into();
    }
    let shape = input.shape();
    for_products(cpu, shape, |row, output| {
        output.copy_from_slice(&input.values()[row * shape.channels..][..output.len()]);
        apply(output);
    })
}

pub(super) fn geglu(cpu: Cpu, input: &Numbers) -> CpuTensor {
    let shape = input.shape();
    let width = shape.channels / 2;
    for_products(cpu, Shape { channels: width, ..shape }, |row, output| {
        for (at, output) in output.chunks_exact_mut(width).enumerate() {
            let (left, right) = input.row(row + at).split_at(width);
            kernels::geglu(cpu.tier, left, right, output);
        }
    })
}

pub(super) fn add(mut input: Numbers, added: &Numbers) -> Numbers {
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

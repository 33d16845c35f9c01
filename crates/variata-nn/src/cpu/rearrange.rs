//! Moving rows about.

use rayon::prelude::*;

use super::Cpu;
use super::tensor::{CpuTensor, Numbers, for_products};
use crate::Shape;

/// A tensor whose rows `fill(row, values)` writes.
fn by_row(shape: Shape, fill: impl Fn(usize, &mut [f32]) + Sync) -> Numbers {
    let mut output = Numbers::unwritten(shape);
    let rows = output.values_mut().par_chunks_exact_mut(shape.channels.max(1));
    rows.with_min_len(64).enumerate().for_each(|(row, values)| fill(row, values));
    output
}

/// The picture, row and column of a place.
fn place(shape: Shape, row: usize) -> (usize, usize, usize) {
    let (picture, place) = (row / shape.places(), row % shape.places());
    (picture, place / shape.width, place % shape.width)
}

pub(super) fn upsample_nearest(
    cpu: Cpu,
    input: &Numbers,
    (height, width): (usize, usize),
) -> CpuTensor {
    let from = input.shape();
    let shape = Shape { height, width, ..from };
    // A convolution follows, wherever there is one.
    for_products(cpu, shape, |first, values| {
        for (at, values) in values.chunks_exact_mut(shape.channels).enumerate() {
            let (picture, y, x) = place(shape, first + at);
            let (y, x) = (y * from.height / height, x * from.width / width);
            values.copy_from_slice(input.row((picture * from.height + y) * from.width + x));
        }
    })
}

pub(super) fn avg_pool(input: &Numbers) -> Numbers {
    let from = input.shape();
    let shape = Shape { height: from.height / 2, width: from.width / 2, ..from };
    by_row(shape, |row, values| {
        let (picture, y, x) = place(shape, row);
        let first = (picture * from.height + 2 * y) * from.width + 2 * x;
        values.fill(0.0);
        for place in [first, first + 1, first + from.width, first + from.width + 1] {
            values.iter_mut().zip(input.row(place)).for_each(|(sum, value)| *sum += value);
        }
        values.iter_mut().for_each(|sum| *sum *= 0.25);
    })
}

pub(super) fn concat(left: &Numbers, right: &Numbers) -> Numbers {
    let (shape, other) = (left.shape(), right.shape());
    assert_eq!(shape.rows(), other.rows(), "{shape:?} and {other:?} do not stand side by side");
    by_row(Shape { channels: shape.channels + other.channels, ..shape }, |row, values| {
        let (start, end) = values.split_at_mut(shape.channels);
        start.copy_from_slice(left.row(row));
        end.copy_from_slice(right.row(row));
    })
}

pub(super) fn embedding(table: &Numbers, ids: &[usize]) -> Numbers {
    let shape = Shape::tokens(1, ids.len(), table.shape().channels);
    by_row(shape, |row, values| values.copy_from_slice(table.row(ids[row])))
}

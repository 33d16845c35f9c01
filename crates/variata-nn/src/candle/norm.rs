//! Normalisation, in single precision whatever the tensors hold: sums of squares need it.

use candle_core::{D, DType, Tensor};

use super::tensor::{CandleTensor, Made};
use crate::GroupNorm;

/// With channels first.
pub(super) fn group_norm(
    input: &CandleTensor,
    scale_shift: (&CandleTensor, &CandleTensor),
    how: GroupNorm,
) -> Made {
    let planes = input.planes()?;
    let (batch, channels, height, width) = planes.dims4()?;
    let groups = planes.reshape((batch, how.groups, channels / how.groups * height * width))?;
    let normed = standard(&groups, how.epsilon)?.reshape(planes.shape())?;
    let normed = scaled(&normed, scale_shift, &[channels, 1, 1])?;
    let normed = if how.silu { normed.silu()? } else { normed };
    Ok(normed.to_dtype(planes.dtype())?)
}

/// With channels last.
pub(super) fn layer_norm(
    input: &CandleTensor,
    scale_shift: (&CandleTensor, &CandleTensor),
    epsilon: f32,
) -> Made {
    let rows = input.rows()?;
    let normed = standard(&rows, epsilon)?;
    let normed = scaled(&normed, scale_shift, &[input.shape().channels])?;
    Ok(normed.to_dtype(rows.dtype())?)
}

/// Mean 0 and variance 1 along the last side.
fn standard(numbers: &Tensor, epsilon: f32) -> Made {
    let numbers = numbers.to_dtype(DType::F32)?;
    let centred = numbers.broadcast_sub(&numbers.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    Ok(centred.broadcast_div(&(variance + f64::from(epsilon))?.sqrt()?)?)
}

/// Times a scale and plus a shift, both of which get these `sides`.
fn scaled(
    normed: &Tensor,
    (scale, shift): (&CandleTensor, &CandleTensor),
    sides: &[usize],
) -> Made {
    let row = |tensor: &CandleTensor| -> Made {
        Ok(tensor.rows()?.to_dtype(DType::F32)?.reshape(sides)?)
    };
    Ok(normed.broadcast_mul(&row(scale)?)?.broadcast_add(&row(shift)?)?)
}

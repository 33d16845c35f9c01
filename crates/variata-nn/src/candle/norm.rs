//! Normalisation, by candle's operator for rows: whatever they hold, it sums in single precision.

use candle_core::Tensor;
use candle_nn::ops;

use super::tensor::{CandleTensor, Made};
use crate::GroupNorm;

/// With channels first.
pub(super) fn group_norm(
    input: &CandleTensor,
    (scale, shift): (&CandleTensor, &CandleTensor),
    how: GroupNorm,
) -> Made {
    let planes = input.planes()?;
    let (batch, channels, height, width) = planes.dims4()?;
    let members = channels / how.groups * height * width;
    // The operator's scale and shift are those of a member, and a channel has many.
    let ones = Tensor::ones(members, planes.dtype(), planes.device())?;
    let groups = planes.reshape((batch, how.groups, members))?;
    let normed = ops::layer_norm(&groups, &ones, &ones.zeros_like()?, how.epsilon)?;
    let row = |tensor: &CandleTensor| -> Made { Ok(tensor.rows()?.reshape((channels, 1, 1))?) };
    let normed = normed.reshape(planes.shape())?.broadcast_mul(&row(scale)?)?;
    let normed = normed.broadcast_add(&row(shift)?)?;
    Ok(if how.silu { normed.silu()? } else { normed })
}

/// With channels last.
pub(super) fn layer_norm(
    input: &CandleTensor,
    (scale, shift): (&CandleTensor, &CandleTensor),
    epsilon: f32,
) -> Made {
    let row = |tensor: &CandleTensor| -> Made { Ok(tensor.rows()?.flatten_all()?) };
    Ok(ops::layer_norm(&input.rows()?, &row(scale)?, &row(shift)?, epsilon)?)
}

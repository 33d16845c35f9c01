//! Attention, some queries at a time: memory grows with the number of tokens, not with its square.

use candle_core::{Device, Tensor};
use candle_nn::ops;

use super::tensor::{CandleTensor, Made};
use crate::Attention;

/// Scores that are held at a time: 256 MiB in single precision.
const MAX_SCORES: usize = 1 << 26;

/// The result has pictures, tokens, heads, and each head's channels.
pub(super) fn attend([queries, keys, values]: [&CandleTensor; 3], how: Attention) -> Made {
    let (shape, seen) = (queries.shape(), keys.shape().places());
    let queries = (by_head(queries, how)? / ((shape.channels / how.heads) as f64).sqrt())?;
    let (keys, values) = (by_head(keys, how)?.t()?, by_head(values, how)?);
    let at_a_time = (MAX_SCORES / (shape.batch * how.heads * seen)).max(1);
    let look = |first: usize| -> Made {
        let queries = queries.narrow(2, first, at_a_time.min(shape.places() - first))?;
        let scores = queries.contiguous()?.matmul(&keys)?;
        let scores = if how.causal { hide_later_tokens(&scores, first)? } else { scores };
        Ok(ops::softmax_last_dim(&scores)?.matmul(&values)?)
    };
    let parts = (0..shape.places()).step_by(at_a_time).map(look).collect::<Result<Vec<_>, _>>()?;
    Ok(Tensor::cat(&parts, 2)?.transpose(1, 2)?)
}

/// Pictures, heads, tokens, and each head's channels.
fn by_head(tensor: &CandleTensor, how: Attention) -> Made {
    let shape = tensor.shape();
    let sides = (shape.batch, shape.places(), how.heads, shape.channels / how.heads);
    Ok(tensor.rows()?.reshape(sides)?.transpose(1, 2)?.contiguous()?)
}

/// −∞ where a key stands behind its query, the first of which is `first`.
fn hide_later_tokens(scores: &Tensor, first: usize) -> Made {
    let (_, _, queries, keys) = scores.dims4()?;
    let hidden = |at: usize| {
        let (query, key) = (first + at / keys, at % keys);
        if key > query { f32::NEG_INFINITY } else { 0.0 }
    };
    let mask: Vec<f32> = (0..queries * keys).map(hidden).collect();
    let mask = Tensor::from_vec(mask, (queries, keys), &Device::Cpu)?;
    let mask = mask.to_dtype(scores.dtype())?.to_device(scores.device())?;
    Ok(scores.broadcast_add(&mask)?)
}

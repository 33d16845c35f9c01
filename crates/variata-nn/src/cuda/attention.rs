//! Attention, in one kernel where there is one for it; else by products, some queries at a time, so
//! that memory grows with the number of tokens and not with its square.

use super::kernels::{Buffer, Card, Operand, Product};
use super::tensor::CudaTensor;
use crate::{Attention, DeviceError};

/// Scores that are held at a time: 128 MiB.
const MAX_SCORES: usize = 1 << 25;

pub(super) fn attend(
    card: &Card,
    [queries, keys, values]: [&CudaTensor; 3],
    how: Attention,
) -> Result<Buffer, DeviceError> {
    let shapes = (queries.shape(), keys.shape());
    assert_eq!(keys.shape(), values.shape(), "keys without values");
    assert!(shapes.0.channels == shapes.1.channels && shapes.0.batch == shapes.1.batch);
    let held = [queries.get()?, keys.get()?, values.get()?];
    if let Some(result) = card.attend(held, shapes, how) {
        return result;
    }
    let (asked, seen) = (shapes.0.places(), shapes.1.places());
    let result = card.numbers(shapes.0.len())?;
    let at_a_time = (MAX_SCORES / (how.heads * seen)).clamp(1, asked);
    for picture in 0..shapes.0.batch {
        for first in (0..asked).step_by(at_a_time) {
            let queries = (first, at_a_time.min(asked - first));
            Part { card, held, how, channels: shapes.0.channels, asked, seen, picture, queries }
                .attend(&result)?;
        }
    }
    Ok(result)
}

/// Some queries of one picture.
struct Part<'a> {
    card: &'a Card,
    held: [&'a Buffer; 3],
    how: Attention,
    channels: usize,
    asked: usize,
    seen: usize,
    picture: usize,
    /// The first, and how many.
    queries: (usize, usize),
}

impl Part<'_> {
    fn attend(&self, result: &Buffer) -> Result<(), DeviceError> {
        let &Self { card, how, channels, seen, queries: (first, count), .. } = self;
        let [queries, keys, values] = self.held;
        let width = channels / how.heads;
        // Heads lie side by side.
        let heads = |buffer, token: usize| Operand {
            buffer,
            first: token * channels,
            pitch: channels,
            step: width,
        };
        let (asking, seeing) = (self.picture * self.asked + first, self.picture * seen);
        let scores = card.scores(how.heads * count * seen)?;
        let matrix = |buffer| Operand { buffer, first: 0, pitch: seen, step: count * seen };
        card.multiply(&Product {
            count: how.heads,
            rows: count,
            columns: seen,
            depth: width,
            scale: 1.0 / (width as f32).sqrt(),
            left: heads(queries, asking),
            right: heads(keys, seeing),
            is_turned: true,
            bias: None,
            added: None,
            target: matrix(&scores),
            is_wide: true,
        })?;
        let rows = [how.heads * count, seen];
        let shares = card.softmax(&scores, rows, self.queries, how.causal)?;
        card.multiply(&Product {
            count: how.heads,
            rows: count,
            columns: width,
            depth: seen,
            scale: 1.0,
            left: matrix(&shares),
            right: heads(values, seeing),
            is_turned: false,
            bias: None,
            added: None,
            target: heads(result, asking),
            is_wide: false,
        })
    }
}

//! Attention in one kernel.

use super::functions::{Attend, Grid, launch};
use super::{Buffer, Card};
use crate::{Attention, DeviceError, Shape};

/// Threads of a block, which `attention.cu` counts on.
const THREADS: usize = 128;

impl Card {
    /// The result of attention, or nothing where no kernel takes heads of this width.
    pub(in crate::cuda) fn attend(
        &self,
        [queries, keys, values]: [&Buffer; 3],
        (asked, seen): (Shape, Shape),
        how: Attention,
    ) -> Option<Result<Buffer, DeviceError>> {
        let width = asked.channels / how.heads;
        // Keys and values come in pieces of 16 bytes.
        let fits = |kernel: &&Attend| width <= kernel.width && width.is_multiple_of(8);
        let Attend { queries: at_once, function, .. } = self.functions.attend.iter().find(fits)?;
        self.require(queries, asked.len());
        self.require(keys, seen.len());
        self.require(values, seen.len());
        let scale = std::f32::consts::LOG2_E / (width as f32).sqrt();
        let (pitch, blocks) = (asked.channels as u32, asked.places().div_ceil(*at_once));
        let blocks = [blocks, how.heads, asked.batch];
        let grid = Grid { blocks, threads: THREADS, shared: 0 };
        let attended = self.numbers(asked.len()).and_then(|result| {
            // SAFETY: rows of all four are `pitch` apart, and heads lie in them side by side; what
            // lies behind the last token, or behind a head's width, is neither read nor written.
            unsafe {
                launch!(self, function, grid;
                    queries, keys, values, &result, asked.places() as u32, seen.places() as u32,
                    width as u32, pitch, pitch, pitch, pitch, scale, u32::from(how.causal))?;
            }
            Ok(result)
        });
        Some(attended)
    }
}

//! What matrices are made of: single numbers, or pairs in half the space.

use super::{PANEL, TILE_ROWS, Tier, Tile, multiply_bf16, multiply_f32};

/// One step along the depth of a matrix product.
pub trait Element: Copy + Default + Send + Sync + 'static {
    /// How many numbers it holds.
    const WIDTH: usize;

    /// Holds the first [`Element::WIDTH`] of `values`; missing ones are zero.
    fn of(values: &[f32]) -> Self;

    /// Adds `rows · panel` to `sums`.
    fn multiply(tier: Tier, rows: &[&[Self]; TILE_ROWS], panel: &[[Self; PANEL]], sums: &mut Tile);
}

impl Element for f32 {
    const WIDTH: usize = 1;

    fn of(values: &[f32]) -> Self {
        values.first().copied().unwrap_or_default()
    }

    fn multiply(tier: Tier, rows: &[&[Self]; TILE_ROWS], panel: &[[Self; PANEL]], sums: &mut Tile) {
        multiply_f32(tier, rows, panel, sums);
    }
}

/// Two numbers in bf16: the upper half of a single-precision number, rounded to the nearest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Pair(u32);

impl Pair {
    /// The first number.
    pub fn first(self) -> f32 {
        f32::from_bits(self.0 << 16)
    }

    /// The second number.
    pub fn second(self) -> f32 {
        f32::from_bits(self.0 & 0xffff_0000)
    }
}

impl Element for Pair {
    const WIDTH: usize = 2;

    fn of(values: &[f32]) -> Self {
        let half = |at: usize| values.get(at).map_or(0, |&value| rounded(value) >> 16);
        Self(half(0) | half(1) << 16)
    }

    fn multiply(tier: Tier, rows: &[&[Self]; TILE_ROWS], panel: &[[Self; PANEL]], sums: &mut Tile) {
        multiply_bf16(tier, rows, panel, sums);
    }
}

/// Rounds to the nearest bf16, to even when in the middle; what would not be a normal number
/// becomes zero, as the instruction takes it.
fn rounded(value: f32) -> u32 {
    if value.abs() < f32::MIN_POSITIVE {
        return 0;
    }
    let bits = value.to_bits();
    if value.is_nan() { bits } else { bits.saturating_add(0x7fff + (bits >> 16 & 1)) }
}

//! What makes one match better than another of equal distance.

use super::padded::Padded;
use crate::kernels::{Offset, PATCH_PX};

/// Soft constraints on matches at coarse levels.
///
/// The cost of showing patch *k* of the source at *q* is
/// (d + λ (Δy² + Δx²/20)) / (α + m), where d is their distance, m the distance of *k* to the
/// nearest patch that the picture already has (Granot et al., "Drop the GAN", 2022, eq. 3) and Δ
/// the displacement as a share of the side: roofs stay above walls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preference {
    /// α: the smaller, the more each part of the source insists on being shown. `None`: not at
    /// all.
    pub completeness: Option<f32>,
    /// λ: how much patches keep their height in the picture.
    pub order: f32,
}

impl Preference {
    /// The distance alone.
    pub const NONE: Self = Self { completeness: None, order: 0.0 };

    /// Whether only distances count.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// What a unit of the kernels' integer distance is worth: the mean over 7 × 7 × 3 values in
    /// units of half the byte range squared.
    pub fn scale(self) -> f32 {
        1.0 / (3.0 * (PATCH_PX * PATCH_PX) as f32 * 127.5 * 127.5)
    }

    /// What an offset costs in a picture of `side_px` pixels.
    pub fn bias(self, offset: Offset, side_px: usize) -> f32 {
        let share = 1.0 / side_px as f32;
        let (dx, dy) = (offset.dx() as f32 * share, offset.dy() as f32 * share);
        self.order * (dy * dy + 0.05 * (dx * dx))
    }

    /// Turns the distances `missing` into factors of the cost.
    pub fn fill_reciprocals(self, missing: &Padded<i32>, reciprocal: &mut Padded<f32>) {
        reciprocal.reshape(missing.side());
        let Some(alpha) = self.completeness else {
            return reciprocal.fill(1.0);
        };
        for y in 0..missing.side() {
            for (factor, &distance) in reciprocal.row_mut(y).iter_mut().zip(missing.row(y)) {
                *factor = 1.0 / (alpha + distance as f32 * self.scale());
            }
        }
    }
}

//! What can be averaged: bytes, numbers, colours.

use super::{Border, sample_cubic};
use crate::color::Oklab;
use crate::grid::Grid;
use crate::kernels::{Pixels, Tier, sample_cubics, whole_byte};

/// A value that can be averaged with others: up to four numbers.
pub trait Blend: Copy + Send + Sync {
    /// The value as numbers; unused ones are zero.
    fn to_lanes(self) -> [f32; 4];
    /// The value of these numbers, rounded and clamped to what it can hold.
    fn from_lanes(lanes: [f32; 4]) -> Self;

    /// [`Blend::to_lanes`] of a whole row.
    #[inline(always)]
    fn load(row: &[Self], lanes: &mut [Lanes]) {
        lanes.iter_mut().zip(row).for_each(|(lanes, value)| *lanes = value.to_lanes());
    }

    /// [`Blend::from_lanes`] of a whole row.
    #[inline(always)]
    fn store(lanes: &[Lanes], row: &mut [Self]) {
        row.iter_mut().zip(lanes).for_each(|(value, &lanes)| *value = Self::from_lanes(lanes));
    }

    /// Sets `values` to those of `source` at as many `points`, which have pixels all around them.
    #[inline(always)]
    fn sample(source: &Grid<Self>, points: &[(f32, f32)], values: &mut [Self]) {
        let pairs = values.iter_mut().zip(points);
        pairs.for_each(|(value, &(x, y))| *value = sample_cubic(source, x, y, Border::Clamp));
    }
}

/// The numbers of a value.
pub type Lanes = [f32; 4];

impl Blend for f32 {
    fn to_lanes(self) -> [f32; 4] {
        [self, 0.0, 0.0, 0.0]
    }
    fn from_lanes(lanes: [f32; 4]) -> Self {
        lanes[0]
    }
}

impl Blend for [f32; 4] {
    fn to_lanes(self) -> [f32; 4] {
        self
    }
    fn from_lanes(lanes: [f32; 4]) -> Self {
        lanes
    }
}

impl Blend for [u8; 4] {
    #[inline(always)]
    fn to_lanes(self) -> [f32; 4] {
        self.map(f32::from)
    }

    /// Premultiplied colours may not exceed their alpha, which cubics would let them.
    #[inline(always)]
    fn from_lanes(lanes: [f32; 4]) -> Self {
        let [red, green, blue, alpha] = lanes.map(byte_of);
        [red.min(alpha), green.min(alpha), blue.min(alpha), alpha]
    }

    #[inline(always)]
    fn load(row: &[Self], lanes: &mut [Lanes]) {
        let pairs = lanes.as_flattened_mut().iter_mut().zip(row.as_flattened());
        pairs.for_each(|(lane, &byte)| *lane = f32::from(byte));
    }

    #[inline(always)]
    fn store(lanes: &[Lanes], row: &mut [Self]) {
        let pairs = row.as_flattened_mut().iter_mut().zip(lanes.as_flattened());
        pairs.for_each(|(byte, &lane)| *byte = byte_of(lane));
        if row.iter().any(|pixel| pixel[3] != u8::MAX) {
            for pixel in row {
                *pixel = pixel.map(|value| value.min(pixel[3]));
            }
        }
    }

    fn sample(source: &Grid<Self>, points: &[(f32, f32)], values: &mut [Self]) {
        if let Some(pixels) = Pixels::new(source.cells(), source.width()) {
            sample_cubics(Tier::detect(), pixels, points, values);
        }
    }
}

/// Rounded and clamped.
#[inline(always)]
fn byte_of(lane: f32) -> u8 {
    whole_byte(lane + 0.5)
}

impl Blend for Oklab {
    fn to_lanes(self) -> [f32; 4] {
        [self.l, self.a, self.b, 0.0]
    }
    fn from_lanes([l, a, b, _]: [f32; 4]) -> Self {
        Self { l, a, b }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn premultiplied_colours_never_exceed_alpha() {
        let pixel = <[u8; 4]>::from_lanes([260.0, 3.0, -4.0, 90.0]);
        assert_eq!(pixel, [90, 3, 0, 90]);
    }
}

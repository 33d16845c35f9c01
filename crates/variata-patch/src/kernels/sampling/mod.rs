//! Pixels between pixels: the inner loop of every change of perspective.
//!
//! Sixteen neighbours are mixed for each result, or four. Vectors hold the four channels of two or
//! four results, so that each adds its neighbours in the same order as plain Rust does.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(test)]
mod tests;

use super::{Pixel, Tier};
use crate::resample::{Blend, cubic_weights};

/// Pixels along each side of the square that cubics mix.
const REACH_PX: usize = 4;
/// The same of what is bilinear.
const NEAR_PX: usize = 2;

/// A picture without gaps between its rows, at least four pixels wide and high.
#[derive(Debug, Clone, Copy)]
pub struct Pixels<'a> {
    cells: &'a [Pixel],
    width: usize,
}

impl<'a> Pixels<'a> {
    /// The picture of these rows; `None` where it is too small or a row is not whole.
    pub fn new(cells: &'a [Pixel], width: usize) -> Option<Self> {
        let is_whole = width >= REACH_PX && cells.len().is_multiple_of(width);
        (is_whole && cells.len() / width >= REACH_PX).then_some(Self { cells, width })
    }

    fn height(&self) -> usize {
        self.cells.len() / self.width
    }
}

/// Sets `values` to what `source` shows at as many `points`, pixel centres being whole numbers, by
/// Catmull–Rom cubics. Points that are less than a pixel from the border, or beyond it, are read
/// as if they lay as far inside.
pub fn sample_cubics(tier: Tier, source: Pixels<'_>, points: &[(f32, f32)], values: &mut [Pixel]) {
    #[cfg(target_arch = "x86_64")]
    if tier == Tier::Avx512 && tier.is_available() {
        #[expect(unsafe_code, reason = "the processor has just been asked for AVX-512")]
        // SAFETY: the features were detected on the line above.
        return unsafe { avx512::sample_cubics(source, points, values) };
    }
    #[cfg(target_arch = "x86_64")]
    if tier >= Tier::Avx2 && Tier::Avx2.is_available() {
        #[expect(unsafe_code, reason = "the processor has just been asked for AVX2")]
        // SAFETY: the feature was detected on the line above.
        return unsafe { avx2::sample_cubics(source, points, values) };
    }
    let _ = tier;
    sample_cubics_plainly(source, points, values);
}

/// Sets `values` to what `source` shows at as many `points`, pixel centres being whole numbers, by
/// bilinear mixing. Points beyond the outermost pixels are read as if they lay as far inside.
pub fn sample_linears(tier: Tier, source: Pixels<'_>, points: &[(f32, f32)], values: &mut [Pixel]) {
    #[cfg(target_arch = "x86_64")]
    if tier >= Tier::Avx2 && Tier::Avx2.is_available() {
        #[expect(unsafe_code, reason = "the processor has just been asked for AVX2")]
        // SAFETY: the feature was detected on the line above.
        return unsafe { avx2::sample_linears(source, points, values) };
    }
    let _ = tier;
    sample_linears_plainly(source, points, values);
}

fn sample_linears_plainly(source: Pixels<'_>, points: &[(f32, f32)], values: &mut [Pixel]) {
    for (&(x, y), value) in points.iter().zip(values) {
        let (right, below) = (x - x.floor(), y - y.floor());
        let first = |at: f32, side: usize| (at.floor() as isize).clamp(0, side as isize - 2);
        let start =
            first(y, source.height()) as usize * source.width + first(x, source.width) as usize;
        let mut sum = [0.0f32; 4];
        for (row, down) in [1.0 - below, below].into_iter().enumerate() {
            let pixels = &source.cells[start + row * source.width..][..NEAR_PX];
            for (pixel, across) in pixels.iter().zip([1.0 - right, right]) {
                let lanes = pixel.to_lanes();
                sum.iter_mut().zip(lanes).for_each(|(sum, lane)| *sum += lane * (down * across));
            }
        }
        *value = Pixel::from_lanes(sum);
    }
}

fn sample_cubics_plainly(source: Pixels<'_>, points: &[(f32, f32)], values: &mut [Pixel]) {
    for (&(x, y), value) in points.iter().zip(values) {
        let (across, down) = (cubic_weights(x - x.floor()), cubic_weights(y - y.floor()));
        let first = |at: f32, side: usize| (at.floor() as isize - 1).clamp(0, side as isize - 4);
        let start =
            first(y, source.height()) as usize * source.width + first(x, source.width) as usize;
        let mut sum = [0.0f32; 4];
        for (row, down) in down.into_iter().enumerate() {
            let pixels = &source.cells[start + row * source.width..][..REACH_PX];
            for (pixel, across) in pixels.iter().zip(across) {
                let lanes = pixel.to_lanes();
                sum.iter_mut().zip(lanes).for_each(|(sum, lane)| *sum += lane * (down * across));
            }
        }
        *value = Pixel::from_lanes(sum);
    }
}

//! Smooth grounds, drawn small and enlarged while they are painted.
//!
//! A ground without detail needs few samples; what it needs is freedom from banding: it is kept
//! with fractions of a level and dithered once, in the last pass (triangular noise of one level:
//! Lipshitz, Wannamaker and Vanderkooy, "Quantization and Dither", 1992).

use crate::color::Oklab;
use crate::grid::{Grid, LabImage};
use crate::kernels::recompiled;
use crate::resample::cubic_weights;

/// A smooth picture without detail.
#[derive(Debug, Clone)]
pub(super) struct Backdrop {
    /// sRGB 0.0–255.0 with fractions.
    samples: Grid<[f32; 3]>,
}

impl Backdrop {
    /// Samples along each side: enough for the steepest horizon that is drawn.
    const SIDE: usize = 96;

    /// The backdrop whose colour is `color(x, y)`, both coordinates 0.0–1.0.
    pub(super) fn from_fn(color: impl Fn(f32, f32) -> Oklab + Sync) -> Self {
        let place = |at: usize| (at as f32 + 0.5) / Self::SIDE as f32;
        let samples = Grid::from_fn(Self::SIDE, Self::SIDE, |x, y| {
            color(place(x), place(y)).to_srgb_unrounded()
        });
        Self { samples }
    }

    /// A model of a ground.
    pub(super) fn from_surface(surface: &LabImage) -> Self {
        Self { samples: surface.map(Oklab::to_srgb_unrounded) }
    }

    /// Left and right exchanged.
    pub(super) fn mirrored(&self) -> Self {
        Self { samples: self.samples.mirrored() }
    }

    /// The same colour everywhere.
    pub(super) fn constant(color: Oklab) -> Self {
        Self { samples: Grid::new(1, 1, color.to_srgb().map(f32::from)) }
    }

    /// Whether it has the same colour everywhere and needs no dither.
    pub(super) fn is_constant(&self) -> bool {
        self.samples.cells().len() == 1
    }

    /// For painting pictures of `width` × `height` pixels.
    pub(super) fn painter(&self, width: usize, height: usize) -> Painter<'_> {
        let taps = |from: usize, to: usize| (0..to).map(|at| Tap::new(at, from, to)).collect();
        Painter {
            samples: &self.samples,
            across: taps(self.samples.width(), width),
            down: taps(self.samples.height(), height),
        }
    }
}

/// A backdrop made ready for one size.
pub(super) struct Painter<'a> {
    samples: &'a Grid<[f32; 3]>,
    across: Vec<Tap>,
    down: Vec<Tap>,
}

impl Painter<'_> {
    /// The colours of row `y`, sRGB 0.0–255.0 with fractions.
    pub(super) fn row(&self, y: usize) -> Vec<[f32; 3]> {
        if self.samples.cells().len() == 1 {
            return vec![self.samples.at(0, 0); self.across.len()];
        }
        gathered_row(&self.across, &self.line(y).narrow)
    }

    /// Row `y`, for those who want few of its colours.
    pub(super) fn line(&self, y: usize) -> Line<'_> {
        let down = self.down[y];
        let column = |x: usize| down.gather(|at| self.samples.at(x, at));
        Line { narrow: (0..self.samples.width()).map(column).collect(), across: &self.across }
    }
}

recompiled! {
    /// What each of `taps` gathers from a row of samples.
    fn gathered_row(taps: &[Tap], samples: &[[f32; 3]]) -> Vec<[f32; 3]> {
        taps.iter().map(|tap| tap.gather(|at| samples[at])).collect()
    }
}

/// One row of a backdrop.
pub(super) struct Line<'a> {
    narrow: Vec<[f32; 3]>,
    across: &'a [Tap],
}

impl Line<'_> {
    /// The colour at column `x`, sRGB 0.0–255.0 with fractions.
    pub(super) fn at(&self, x: usize) -> [f32; 3] {
        self.across[x].gather(|at| self.narrow[at])
    }
}

#[derive(Clone, Copy)]
struct Tap {
    places: [usize; 4],
    weights: [f32; 4],
}

impl Tap {
    fn new(at: usize, from: usize, to: usize) -> Self {
        let center = (at as f32 + 0.5) * from as f32 / to as f32 - 0.5;
        let whole = center.floor();
        let last = from as isize - 1;
        let place = |offset: usize| (whole as isize - 1 + offset as isize).clamp(0, last) as usize;
        Self { places: std::array::from_fn(place), weights: cubic_weights(center - whole) }
    }

    #[inline(always)]
    fn gather(&self, value: impl Fn(usize) -> [f32; 3]) -> [f32; 3] {
        let [a, b, c, d] = self.places.map(value);
        let [e, f, g, h] = self.weights;
        std::array::from_fn(|k| a[k] * e + b[k] * f + c[k] * g + d[k] * h)
    }
}

/// Noise that differs from pixel to pixel and is the same for the same seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise(u32);

impl Noise {
    /// The noise of one picture.
    pub(super) fn new(seed: u64) -> Self {
        Self((seed ^ (seed >> 32)) as u32)
    }

    #[inline(always)]
    fn bits(self, x: usize, y: usize) -> u32 {
        // Mixing after "hash prospector" (Wellons, 2018): every bit depends on every other.
        let mut bits =
            self.0 ^ (x as u32).wrapping_mul(0x9E37_79B1) ^ ((y as u32) << 16 | y as u32);
        bits = (bits ^ (bits >> 16)).wrapping_mul(0x7FEB_352D);
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x846C_A68B);
        bits ^ (bits >> 16)
    }

    /// A triangular number from −1.0 to 1.0, for dither.
    #[inline(always)]
    pub(super) fn dither(self, x: usize, y: usize) -> f32 {
        let bits = self.bits(x, y);
        ((bits & 0xFFFF) as f32 - (bits >> 16) as f32) / 65_536.0
    }

    /// A nearly normal number of deviation 1.0: the sum of four uniform ones.
    #[inline(always)]
    pub(super) fn grain(self, x: usize, y: usize) -> f32 {
        let sum: u32 = self.bits(x, y).to_le_bytes().into_iter().map(u32::from).sum();
        (sum as f32 - 510.0) / 147.8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_enlarged_without_steps() {
        let ramp = Backdrop::from_fn(|x, _| Oklab { l: 0.3 + 0.4 * x, a: 0.0, b: 0.0 });
        let row = ramp.painter(500, 500).row(250);
        let steps = row.windows(2).map(|pair| pair[1][0] - pair[0][0]);
        assert!(steps.skip(5).take(480).all(|step| (0.1..0.4).contains(&step)));
    }

    #[test]
    fn a_constant_backdrop_has_the_nearest_bytes() {
        let plain = Backdrop::constant(Oklab::from_srgb([12, 200, 99]));
        assert!(plain.is_constant());
        assert_eq!(plain.painter(3, 3).row(2), [[12.0, 200.0, 99.0]; 3]);
    }

    #[test]
    fn dither_and_grain_have_mean_zero_and_their_spread() {
        let noise = Noise::new(9);
        let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
        let places = (0..100).flat_map(|y| (0..100).map(move |x| (x, y)));
        let dither: Vec<f32> = places.clone().map(|(x, y)| noise.dither(x, y)).collect();
        let grain: Vec<f32> = places.map(|(x, y)| noise.grain(x, y)).collect();
        let variance = |values: &[f32]| mean(&values.iter().map(|v| v * v).collect::<Vec<_>>());
        assert!(mean(&dither).abs() < 0.02 && (variance(&dither) - 1.0 / 6.0).abs() < 0.01);
        assert!(mean(&grain).abs() < 0.04 && (variance(&grain) - 1.0).abs() < 0.05);
    }
}

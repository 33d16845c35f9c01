//! Light from another side on a cut-out subject.
//!
//! Its shape is guessed from its outline: a membrane blown up over the matte (a damped Poisson
//! equation) is round at the edge and flat in the middle, as most things are; fine relief comes
//! from the picture itself. The directional light that falls on it is added to lightness in
//! proportion to what the surface reflects.

use super::appearance::straight;
use super::cutout::{premultiplied, small_alpha};
use crate::color::Oklab;
use crate::filter::{gaussian_blur, gradient, weighted_mean};
use crate::grid::{Grid, Plane, Raster};
use crate::operations::Context;
use crate::operations::harmony::{radians, spread};
use crate::random::Random;
use crate::resample::{Border, resize, sample_linear};

/// A directional light.
#[derive(Debug, Clone, Copy)]
pub(super) struct Light {
    /// Where it comes from in the result: 0 is right, π/2 above.
    azimuth: f32,
    /// How strongly lightness follows it.
    amount: f32,
    /// How much warmer the lit side is.
    warmth: f32,
}

impl Light {
    /// Draws a direction for a light of this strength; turns go round the sides.
    pub(super) fn draw(
        amount: f32,
        warmth: f32,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Self {
        let side = if spread(context.seed) < 0.5 { 25.0 } else { 155.0 };
        let azimuth = radians(side + random.between(-12.0, 25.0));
        Self { azimuth, amount: amount * context.boldness, warmth: warmth * context.boldness }
    }

    /// −1.0 for light from the left to 1.0 for light from the right.
    pub(super) fn right_share(&self) -> f32 {
        libm::cosf(self.azimuth)
    }
}

/// How much lighter each part of a subject becomes.
pub(super) struct Shading {
    /// Difference of the light from its mean, about ±0.8.
    plane: Plane,
    light: Light,
}

/// The shape is guessed at this size and lit at [`FINE_PX`].
const COARSE_PX: usize = 128;
const FINE_PX: usize = 256;
/// The membrane continues beyond the frame, where the frame cuts the subject.
const PADDING_PX: usize = 24;
/// Height of the light above the horizon.
const ELEVATION: f32 = 0.6;
const RELIEF: f32 = 0.012;

impl Shading {
    /// The shading of the subject in `image` (premultiplied), which may be `mirrored` afterwards.
    pub(super) fn new(image: &Raster, light: Light, mirrored: bool) -> Self {
        let alpha = small_alpha(image, FINE_PX);
        let height = with_relief(&round_height(image), image);
        let (across, down) = gradient(&height);
        let azimuth = if mirrored { radians(180.0) - light.azimuth } else { light.azimuth };
        let level = libm::cosf(ELEVATION);
        let toward =
            [libm::cosf(azimuth) * level, -libm::sinf(azimuth) * level, libm::sinf(ELEVATION)];
        let lit = across.zip_map(&down, |x, y| {
            (toward[2] - x * toward[0] - y * toward[1]) / (x * x + y * y + 1.0).sqrt()
        });
        let mean = weighted_mean(&lit, &alpha);
        Self { plane: lit.map(|value| (value - mean).clamp(-0.8, 0.6)), light }
    }

    /// Lights the subject.
    pub(super) fn apply(&self, image: &mut Raster) {
        let scale = FINE_PX as f32 / image.width() as f32;
        let place = |at: usize| (at as f32 + 0.5) * scale - 0.5;
        image.par_rows(|y, row| {
            for (x, pixel) in row.iter_mut().enumerate().filter(|(_, pixel)| pixel[3] > 0) {
                let shade = sample_linear(&self.plane, place(x), place(y), Border::Clamp);
                let color = self.lit(Oklab::from_srgb(straight(*pixel)), shade);
                let opacity = f32::from(pixel[3]) / 255.0;
                *pixel = premultiplied(color.to_srgb().map(f32::from), opacity);
            }
        });
    }

    fn lit(&self, color: Oklab, shade: f32) -> Oklab {
        let reflected = (3.2 * color.l * (1.02 - color.l) + 0.12).clamp(0.0, 1.0);
        let warm = self.light.warmth * shade.clamp(-0.5, 0.5);
        Oklab {
            l: (color.l + 1.6 * self.light.amount * shade * reflected).clamp(0.0, 1.0),
            a: color.a + 0.3 * warm,
            b: color.b + warm,
        }
    }
}

/// The height of a membrane blown up over the outline, at [`FINE_PX`], in its pixels.
fn round_height(image: &Raster) -> Plane {
    let alpha = small_alpha(image, COARSE_PX);
    let solid = alpha.map(|alpha| if alpha > 0.5 { 1.0 } else { 0.0f32 });
    let area = solid.cells().iter().sum::<f32>() / solid.cells().len() as f32;
    let padding = PADDING_PX as isize;
    let side = COARSE_PX + 2 * PADDING_PX;
    let padded = solid.cropped(-padding, -padding, side, side);
    let blown = blown_up(&padded);
    let root = gaussian_blur(&blown, 2.0).map(|height| height.max(0.0).sqrt());
    let root = root.cropped(padding, padding, COARSE_PX, COARSE_PX);
    let highest = root.cells().iter().copied().fold(1e-6, f32::max);
    let scale = 0.5 * area.max(0.02).sqrt() * COARSE_PX as f32 / highest;
    let height = gaussian_blur(&root.map(|value| value * scale), 2.5);
    let ratio = FINE_PX as f32 / COARSE_PX as f32;
    let height = resize(&height, FINE_PX, FINE_PX).map(|value| value * ratio);
    gaussian_blur(&height, ratio)
}

/// Solves the damped Poisson equation Δh = −1 within `solid`, coarse to fine.
fn blown_up(solid: &Plane) -> Plane {
    let mut height = Plane::new(1, 1, 0.0);
    for shrink in [8, 4, 2] {
        let side = solid.width() / shrink;
        let inside = resize(solid, side, side);
        let force = 4.0 * (shrink * shrink) as f32 / (COARSE_PX * COARSE_PX) as f32;
        height = resize(&height, side, side);
        for _ in 0..120 {
            height = relaxed(&height, &inside, force);
        }
    }
    resize(&height, solid.width(), solid.height())
}

/// One damped Jacobi step; undamped ones leave a visible grid.
fn relaxed(height: &Plane, inside: &Plane, force: f32) -> Plane {
    Grid::from_fn(height.width(), height.height(), |x, y| {
        let (u, v) = (x as isize, y as isize);
        let around = height.clamped(u - 1, v)
            + height.clamped(u + 1, v)
            + height.clamped(u, v - 1)
            + height.clamped(u, v + 1);
        0.25 * height.at(x, y) + 0.75 * (0.25 * around + force) * inside.at(x, y)
    })
}

/// Adds the relief that shows in the picture's lightness.
fn with_relief(height: &Plane, image: &Raster) -> Plane {
    let small: Raster = resize(image, FINE_PX, FINE_PX);
    let lightness = small.map(|pixel| Oklab::from_srgb(straight(pixel)).l);
    let fine = gaussian_blur(&lightness, FINE_PX as f32 / 170.0);
    let coarse = gaussian_blur(&lightness, FINE_PX as f32 / 40.0);
    let relief = fine.zip_map(&coarse, |fine, coarse| (fine - coarse) * RELIEF * FINE_PX as f32);
    height.zip_map(&relief, |height, relief| height + relief)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::fixtures;

    #[test]
    fn the_side_towards_the_light_becomes_lighter() {
        let ball = Grid::from_fn(128, 128, |x, y| {
            let inside = fixtures::disc(x, y, (64.0, 64.0), 40.0);
            premultiplied([128.0; 3], inside)
        });
        let light = Light { azimuth: 0.0, amount: 0.3, warmth: 0.0 };
        for (mirrored, lighter, darker) in [(false, 95, 33), (true, 33, 95)] {
            let mut lit = ball.clone();
            Shading::new(&ball, light, mirrored).apply(&mut lit);
            assert!(lit.at(lighter, 64)[0] > lit.at(darker, 64)[0] + 20);
            assert_eq!(lit.at(64, 64)[3], ball.at(64, 64)[3]);
            assert_eq!(lit.at(2, 2), [0; 4]);
        }
    }
}

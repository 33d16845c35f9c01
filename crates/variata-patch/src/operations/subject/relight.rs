//! Light from another side on a cut-out subject.
//!
//! Its shape is guessed from its outline: a membrane blown up over the matte (a damped Poisson
//! equation) is round at the edge and flat in the middle, as most things are; fine relief comes
//! from the picture itself. The directional light that falls on it is added to lightness in
//! proportion to what the surface reflects.

use super::cutout::{SMALL_PX, rounded};
use crate::color::Oklab;
use crate::filter::{around, gaussian_blur, gradient, weighted_mean};
use crate::grid::{Plane, Raster};
use crate::kernels::recompiled;
use crate::operations::Context;
use crate::operations::exposure::brightened;
use crate::operations::harmony::{radians, spread};
use crate::operations::pixels::{
    ColorTable, Field, labs_of, mix_all, premultiplied, smoothstep, straight,
};
use crate::operations::skin::skin_likeness;
use crate::random::Random;
use crate::resample::resize;

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
    field: Field<1>,
    light: Light,
    /// How much of a person the subject is, 0.0–1.0.
    person: f32,
}

/// The skin of a subject that is a person, as a share of it: of less and of more.
const SKIN: (f32, f32) = (0.03, 0.10);

/// The shape is guessed at this size and lit at [`SMALL_PX`].
const COARSE_PX: usize = 128;
/// The membrane continues beyond the frame, where the frame cuts the subject.
const PADDING_PX: usize = 24;
/// Height of the light above the horizon.
const ELEVATION: f32 = 0.6;
/// Differences of light are limited, or highlights burn out.
const DARKEST: f32 = -0.8;
const BRIGHTEST: f32 = 0.6;
const RELIEF: f32 = 0.012;

impl Shading {
    /// The shading of the subject in `small` (premultiplied, [`SMALL_PX`] on each side), which
    /// may be `mirrored` afterwards.
    pub(super) fn new(small: &Raster, light: Light, mirrored: bool) -> Self {
        let alpha = small.map(|pixel| f32::from(pixel[3]) / 255.0);
        let colors = labs_of(small);
        let height = with_relief(&round_height(&alpha), &colors.map(|color| color.l));
        let (across, down) = gradient(&height);
        let azimuth = if mirrored { radians(180.0) - light.azimuth } else { light.azimuth };
        let level = libm::cosf(ELEVATION);
        let toward =
            [libm::cosf(azimuth) * level, -libm::sinf(azimuth) * level, libm::sinf(ELEVATION)];
        let lit = across.zip_map(&down, |x, y| {
            (toward[2] - x * toward[0] - y * toward[1]) / (x * x + y * y + 1.0).sqrt()
        });
        let mean = weighted_mean(&lit, &alpha);
        let shade = lit.map(|value| (value - mean).clamp(DARKEST, BRIGHTEST));
        let skin = colors.map(skin_likeness);
        let person = smoothstep(SKIN.0, SKIN.1, weighted_mean(&skin, &alpha));
        Self { field: Field::of_plane(&shade), light, person }
    }

    /// Lights the subject. Encoded light is so nearly proportional to lightness that the colours
    /// for full light and full shade, mixed, differ from those in between by a level or two.
    pub(super) fn apply(&self, image: &mut Raster) {
        let (width, height) = (image.width(), image.height());
        let [dark, bright] = ColorTable::all_of(image, |color| {
            [DARKEST, BRIGHTEST].map(|shade| self.lit(color, shade))
        });
        image.par_rows(|y, row| {
            if row.iter().all(|pixel| pixel[3] == 0) {
                return;
            }
            let shades = self.field.row(y, width, height);
            let seen = row.iter_mut().zip(shades).filter(|(pixel, _)| pixel[3] > 0);
            for (pixel, [shade]) in seen {
                let color = straight(*pixel);
                let (table, way) = if shade < 0.0 {
                    (&dark, shade / DARKEST)
                } else {
                    (&bright, shade / BRIGHTEST)
                };
                let lit = mix_all(color.map(f32::from), table.at(color), way);
                *pixel = premultiplied(rounded(lit), pixel[3]);
            }
        });
    }

    fn lit(&self, color: Oklab, shade: f32) -> Oklab {
        // Skin in full light turns to chalk long before porcelain does. In shade a cheek is as dark
        // as a beard: what is hardly skin by its colour would show as stains on it.
        let skin = if shade < 0.0 { self.person } else { skin_likeness(color) };
        let restraint = 1.0 - 0.45 * skin;
        let gain = 2.6 * self.light.amount * shade * restraint;
        let lit = brightened(color, gain.clamp(-0.8, 0.5));
        let warm = self.light.warmth * restraint * shade.clamp(-0.5, 0.5);
        Oklab { l: lit.l, a: lit.a + 0.3 * warm, b: lit.b + warm }
    }
}

/// The height of a membrane blown up over the outline, at [`SMALL_PX`], in its pixels.
fn round_height(alpha: &Plane) -> Plane {
    let solid =
        resize(alpha, COARSE_PX, COARSE_PX).map(|alpha| if alpha > 0.5 { 1.0 } else { 0.0f32 });
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
    let ratio = SMALL_PX as f32 / COARSE_PX as f32;
    let height = resize(&height, SMALL_PX, SMALL_PX).map(|value| value * ratio);
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

recompiled! {
    /// One damped Jacobi step; undamped ones leave a visible grid.
    fn relaxed(height: &Plane, inside: &Plane, force: f32) -> Plane {
        let last = height.height() - 1;
        let mut next = height.clone();
        for y in 0..=last {
            let (here, above, below) =
                (height.row(y), height.row(y.saturating_sub(1)), height.row((y + 1).min(last)));
            let step = |here: f32, beside: f32, (above, below, mask): (f32, f32, f32)| {
                let mean = 0.25 * (beside + above + below);
                0.25 * here + 0.75 * (mean + force) * mask
            };
            let beside = around(here, |left, _, right| left + right);
            let others = above.iter().zip(below).zip(inside.row(y));
            let cells = next.row_mut(y).iter_mut().zip(here.iter().zip(&beside)).zip(others);
            for ((cell, (&here, &beside)), ((&above, &below), &mask)) in cells {
                *cell = step(here, beside, (above, below, mask));
            }
        }
        next
    }
}

/// Adds the relief that shows in the picture's lightness.
fn with_relief(height: &Plane, lightness: &Plane) -> Plane {
    let fine = gaussian_blur(lightness, SMALL_PX as f32 / 170.0);
    let coarse = gaussian_blur(lightness, SMALL_PX as f32 / 40.0);
    let relief = fine.zip_map(&coarse, |fine, coarse| (fine - coarse) * RELIEF * SMALL_PX as f32);
    height.zip_map(&relief, |height, relief| height + relief)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;
    use crate::operations::testing;

    #[test]
    fn the_side_towards_the_light_becomes_lighter() {
        let ball = Grid::from_fn(128, 128, |x, y| {
            let inside = testing::disc(x, y, (64.0, 64.0), 40.0);
            premultiplied([128; 3], (inside * 255.0) as u8)
        });
        let light = Light { azimuth: 0.0, amount: 0.3, warmth: 0.0 };
        for (mirrored, lighter, darker) in [(false, 95, 33), (true, 33, 95)] {
            let mut lit = ball.clone();
            Shading::new(&resize(&ball, SMALL_PX, SMALL_PX), light, mirrored).apply(&mut lit);
            assert!(lit.at(lighter, 64)[0] > lit.at(darker, 64)[0] + 20);
            assert_eq!(lit.at(64, 64)[3], ball.at(64, 64)[3]);
            assert_eq!(lit.at(2, 2), [0; 4]);
        }
    }

    #[test]
    fn in_shade_a_beard_is_no_darker_against_a_cheek_than_it_was() {
        let [cheek, beard] =
            [[0.70, 0.05, 0.05], [0.60, 0.0, 0.0]].map(|[l, a, b]| Oklab { l, a, b });
        let [red, green, blue] = cheek.to_srgb();
        let face = Raster::new(SMALL_PX, SMALL_PX, [red, green, blue, 255]);
        let light = Light { azimuth: 0.0, amount: 0.3, warmth: 0.0 };
        let shading = Shading::new(&face, light, false);
        let darker = |color: Oklab| color.l / shading.lit(color, DARKEST).l;
        assert!((darker(cheek) / darker(beard) - 1.0).abs() < 0.05);
    }
}

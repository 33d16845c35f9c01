//! A little other light, for pictures whose composition already changed.
//!
//! Two photographs of one place never share exposure, white balance and the way light falls off.
//! Without that, a rearranged picture still reads as the same shot. The amounts are small enough
//! that nobody would call the picture edited.

use super::pixels::{ColorTable, Field, recolored_row, repainted_in_rows, with_picture};
use super::{Context, Frame, Operation, Stop};
use crate::color::Oklab;
use crate::grid::{Grid, Plane};
use crate::random::Random;
use crate::resample::resize;

/// Mildly other exposure, warmth, saturation and fall-off of light. Refused on graphics, whose
/// white would turn cream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Light;

impl Operation for Light {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        if context.analysis.features.is_graphic() {
            return Err(Stop::Refused);
        }
        // At strength zero the light is all that changes, so some of it always does.
        let amount = context.boldness.max(LEAST_BOLDNESS);
        let shift = Shift::draw(amount, random);
        let field = fall_off(amount, random);
        context.check_cancelled()?;
        let table = ColorTable::of(&frame.image, |color| shift.apply(color));
        let (width, height) = (frame.image.width(), frame.image.height());
        let image = repainted_in_rows(&frame.image, |y| {
            let mut colors = recolored_row(&table, frame.image.row(y));
            let gains = field.row(y, width, height);
            let pairs = colors.iter_mut().zip(gains);
            pairs.for_each(|(color, [gain])| *color = color.map(|value| value * gain));
            colors
        });
        Ok(with_picture(frame, image, "light"))
    }
}

const LEAST_BOLDNESS: f32 = 0.35;

/// One draw of the numbers that hold for the whole picture.
#[derive(Debug, Clone, Copy)]
struct Shift {
    gamma: f32,
    chroma: f32,
    /// Added along blue to yellow; a third of it along green to red.
    warmth: f32,
}

impl Shift {
    fn draw(amount: f32, random: &mut Random) -> Self {
        // Two deviations at most: beyond that a draw looks like a fault of the camera.
        let mut drawn =
            |deviation: f32| random.normal(deviation).clamp(-2.0 * deviation, 2.0 * deviation);
        Self {
            gamma: libm::expf(amount * drawn(0.08)),
            chroma: libm::expf(amount * drawn(0.07)),
            warmth: amount * drawn(0.010),
        }
    }

    fn apply(self, color: Oklab) -> Oklab {
        let l = libm::powf(color.l.clamp(0.0, 1.0), self.gamma);
        // Black and white hold their neutrality longest.
        let room = (4.0 * l * (1.02 - l)).clamp(0.0, 1.0);
        let warmth = self.warmth * room;
        Oklab { l, a: color.a * self.chroma + warmth / 3.0, b: color.b * self.chroma + warmth }
    }
}

/// Gains around 1.0 that vary over thirds of the picture.
fn fall_off(amount: f32, random: &mut Random) -> Field<1> {
    let nodes: Vec<f32> = (0..9).map(|_| random.between(-1.0, 1.0)).collect();
    let coarse = Grid::from_cells(3, 3, nodes).unwrap_or_else(|| Plane::new(3, 3, 0.0));
    let smooth = resize(&coarse, 24, 24);
    Field::of_plane(&smooth.map(|value| 1.0 + 0.06 * amount * value.clamp(-1.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Raster;
    use crate::operations::testing::{apply, check_withstands, photo, scene, shows_source};

    #[test]
    fn light_withstands_every_picture() {
        check_withstands(&Light);
    }

    #[test]
    fn even_strength_zero_is_lit_anew_but_never_by_much() {
        let analysis = photo(scene(64));
        for (boldness, limit) in [(0.0, 40), (1.43, 110)] {
            for seed in 0..20 {
                let frame = apply(&Light, &analysis, boldness, seed).unwrap();
                assert!(!shows_source(&frame, &analysis));
                let pairs = frame.image.cells().iter().zip(analysis.source.cells());
                for (after, before) in pairs {
                    assert!((0..3).all(|c| after[c].abs_diff(before[c]) < limit), "seed {seed}");
                }
            }
        }
    }

    #[test]
    fn white_paper_stays_white_enough() {
        let paper = photo(Raster::new(64, 64, [250, 250, 250, 255]));
        for seed in 0..20 {
            let frame = apply(&Light, &paper, 1.0, seed).unwrap();
            for [r, g, b, _] in frame.image.cells() {
                assert!(r.abs_diff(*b) < 10 && r.abs_diff(*g) < 8, "seed {seed}: {r} {g} {b}");
            }
        }
    }

    #[test]
    fn graphics_are_refused() {
        let mut logo = photo(scene(64));
        logo.features.common_colour_share = 0.9;
        logo.features.flat_share = 0.9;
        assert_eq!(apply(&Light, &logo, 1.0, 1).err(), Some(Stop::Refused));
    }
}

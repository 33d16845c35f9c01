//! A drawing in other colours: all its hues turned, as a child would take other crayons.
//!
//! A photograph turned so has green faces and violet grass. In a drawing colours are a choice, and
//! any other harmony of the same hues is one too; ink and paper stay, and so do skin and its blush.

use super::harmony::{muddiness, radians, spread};
use super::makeup;
use super::pixels::{
    ColorTable, lab_of, mix_all, recolored_row, repainted_in_rows, smoothstep, straight,
    with_picture,
};
use super::skin::{self, drawn_skin_likeness};
use super::{Context, Frame, Operation, Stop};
use crate::color::{HueRotation, Oklab};
use crate::random::Random;

/// Turns the hues of a drawing, with outlines or in flat shades. Refused for all other pictures, and where there are
/// hardly any hues to turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rehue {
    /// Which of the turns; recipes that name different ones give different colours.
    pub choice: u64,
}

impl Operation for Rehue {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        _random: &mut Random,
    ) -> Result<Frame, Stop> {
        let bold = context.boldness.min(1.0);
        if bold <= Context::LEAST_BOLDNESS || !context.analysis.features.is_drawn() {
            return Err(Stop::Refused);
        }
        let colors = lab_of(&frame.image, SIDE);
        let keeps_skin = context.analysis.transparent || !skin::is_haze(colors.cells());
        let crayon = |color| crayon_likeness(color, keeps_skin);
        let vivid: Vec<Oklab> =
            colors.cells().iter().copied().filter(|&color| crayon(color) > 0.5).collect();
        if (vivid.len() as f32) < LEAST_SHARE * colors.cells().len() as f32 {
            return Err(Stop::Refused);
        }
        let rotation = rotation(&vivid, self.choice + context.seed / 10, bold);
        let table =
            ColorTable::of(&frame.image, |color| color.lerp(rotation.apply(color), crayon(color)));
        context.check_cancelled()?;
        let (width, height) = (frame.image.width(), frame.image.height());
        let has_faces = keeps_skin && !context.analysis.features.is_abstract();
        let makeup = if has_faces { makeup::on_skin(&colors) } else { None };
        let image = repainted_in_rows(&frame.image, |y| {
            let pixels = frame.image.row(y);
            let turned = recolored_row(&table, pixels);
            let Some(makeup) = &makeup else { return turned };
            kept(pixels, turned, &makeup.row(y, width, height))
        });
        Ok(with_picture(frame, image, "recoloured"))
    }
}

/// Side at which the colours are looked at.
const SIDE: usize = 96;

/// Share of the picture that has a hue at least: to change less is hardly seen.
const LEAST_SHARE: f32 = 0.06;

/// The colours `turned`, and as they were in `pixels` as far as they are `makeup`.
fn kept(pixels: &[[u8; 4]], turned: Vec<[f32; 3]>, makeup: &[[f32; 1]]) -> Vec<[f32; 3]> {
    let kept = |((pixel, turned), &[share]): ((&[u8; 4], [f32; 3]), &[f32; 1])| {
        let old = straight(*pixel).map(f32::from);
        mix_all(turned, old, share)
    };
    pixels.iter().zip(turned).zip(makeup).map(kept).collect()
}

/// How much a colour is one that was chosen, 0.0–1.0: neither ink nor paper nor skin, if that is kept.
fn crayon_likeness(color: Oklab, keeps_skin: bool) -> f32 {
    let skin = if keeps_skin { drawn_skin_likeness(color) } else { 0.0 };
    smoothstep(0.03, 0.07, color.chroma()) * (1.0 - skin)
}

/// The turn with this number, or one of the next if it makes mud of the colours.
fn rotation(vivid: &[Oklab], choice: u64, bold: f32) -> HueRotation {
    let turned = |attempt: u64| {
        let degrees = 60.0 + 240.0 * spread(choice + attempt);
        let nearest = if degrees > 180.0 { degrees - 360.0 } else { degrees };
        HueRotation::new(bold * radians(nearest))
    };
    let mud = |attempt: u64| {
        let rotation = turned(attempt);
        vivid.iter().map(|color| muddiness(rotation.apply(*color))).sum::<f32>()
    };
    let limit = MOST_MUD * vivid.len() as f32;
    turned((0..MOST_TRIALS).find(|&attempt| mud(attempt) < limit).unwrap_or(0))
}

/// Turns that are tried.
const MOST_TRIALS: u64 = 4;

/// Mean of [`muddiness`] at most.
const MOST_MUD: f32 = 0.12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::grid::Raster;
    use crate::operations::testing::{apply, check_withstands, photo};

    /// A blue hill with an outline of ink on white paper, and a face.
    fn drawing() -> Analysis {
        let picture = Raster::from_fn(160, 160, |x, y| match (x, y) {
            (20..60, 20..60) => [214, 165, 140, 255],
            (_, 100..106) => [10, 10, 10, 255],
            (_, 106..) => [60, 170, 220, 255],
            _ => [255, 255, 255, 255],
        });
        let mut analysis = photo(picture);
        analysis.features.outline_share = 0.05;
        analysis
    }

    #[test]
    fn the_hill_takes_another_hue_and_ink_paper_and_skin_stay() {
        let analysis = drawing();
        for choice in 0..4 {
            let frame = apply(&Rehue { choice }, &analysis, 1.0, 0).unwrap();
            let before_and_after = |x: usize, y: usize| {
                [&frame.image.at(x, y), &analysis.source.at(x, y)]
                    .map(|&[r, g, b, _]| Oklab::from_srgb([r, g, b]))
            };
            let [after, before] = before_and_after(80, 150);
            assert!(after.distance(before) > 0.1, "{after:?}");
            for (x, y) in [(40, 40), (140, 40), (80, 102)] {
                let [after, before] = before_and_after(x, y);
                assert!(after.distance(before) < 0.02, "{x} {y} {after:?}");
            }
        }
    }

    #[test]
    fn photographs_are_refused() {
        let mut photo = drawing();
        photo.features.outline_share = 0.01;
        let refused = apply(&Rehue { choice: 0 }, &photo, 1.0, 0);
        assert_eq!(refused.err(), Some(Stop::Refused));
    }

    #[test]
    fn any_picture_is_withstood() {
        check_withstands(&Rehue { choice: 0 });
    }
}

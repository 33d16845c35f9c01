//! Other paper under whatever lies on white: writing, line drawings, products.
//!
//! White paper is a colour that can be taken out exactly (Thomas Porter and Tom Duff,
//! "Compositing Digital Images", 1984): with the smallest opacity that explains a pixel, what
//! remains is ink. The ink then lies on any light ground without a fringe, shadows of products
//! darken the new ground as they did the paper, and ink can change its colour together with its
//! anti-aliasing. Dark grounds are impossible: white highlights have become holes.

mod ink;

use self::ink::{Ink, Recolour, White};
use super::backdrop::{Backdrop, Noise};
use super::harmony::{Tones, clean_ground, partner, radians, spread};
use super::inset::{Inset, content_bounds};
use super::pixels::ColorTable;
use super::recoat::Surface;
use super::{Context, Frame, Operation, Stop};
use crate::grid::Raster;
use crate::random::Random;

/// The light that falls on the new paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaperKind {
    /// Even.
    Plain,
    /// Darker towards the bottom.
    Ramp,
    /// Darker towards the corners.
    Vignette,
    /// A pool of light.
    Spot,
}

/// What becomes of the ink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InkKind {
    /// It stays.
    Same,
    /// Coloured ink changes its hue, black stays black.
    Turned,
    /// Black ink becomes a deep colour, coloured ink stays.
    Deep,
}

/// Puts what lies on white paper on another, light ground, optionally in another ink.
#[derive(Debug, Clone, Copy)]
pub struct TintPaper {
    /// The light on the paper.
    pub paper: PaperKind,
    /// The colour of the ink.
    pub ink: InkKind,
}

impl TintPaper {
    /// The operation for one kind of paper and ink.
    pub const fn new(paper: PaperKind, ink: InkKind) -> Self {
        Self { paper, ink }
    }
}

impl Operation for TintPaper {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        let white = White::of(&frame.image).ok_or(Stop::Refused)?;
        if context.boldness <= Context::LEAST_BOLDNESS {
            return Ok(frame.clone());
        }
        let ink = Ink::of(&frame.image, &white);
        let free = clean_ground(radians(360.0 * spread(context.seed)));
        let hue = ink.mean.map_or(free, |mean| partner(mean.hue(), context.seed));
        let inked = |pixel| white.opacity(pixel) > 0.15;
        let coat = || Surface::new(&frame.image, inked).change(context);
        let recolour = Recolour::new(self.ink, ink, hue, context, coat)?;
        let sheet = sheet(self.paper, hue, context, random);
        let inset = draw_inset(&frame.image, &white, context, random);
        let placed = inset.apply(&frame.image, white.pixel());
        context.check_cancelled()?;
        let recolour = recolour.map(|change| ColorTable::new(|ink| change.apply(ink)));
        let image = printed(&placed, &white, &sheet, recolour.as_ref(), Noise::new(context.seed));
        let mut done = frame.done.clone();
        done.push("new paper".into());
        if self.ink != InkKind::Same {
            done.push("new ink".into());
        }
        Ok(Frame {
            image: image.into(),
            saliency: inset.apply_to_saliency(&frame.saliency),
            done,
            scores: frame.scores.clone(),
        })
    }
}

/// The new paper.
fn sheet(kind: PaperKind, hue: f32, context: &Context<'_>, random: &mut Random) -> Backdrop {
    let (cx, cy) = (random.between(0.3, 0.7), random.between(0.25, 0.5));
    let bold = context.boldness.min(1.2);
    let tones = Tones::new(hue);
    let tone = |l: f32, chroma: f32| tones.at(1.0 - (1.0 - l) * bold, chroma * bold);
    if kind == PaperKind::Plain {
        return Backdrop::constant(tone(0.93, 0.05));
    }
    Backdrop::from_fn(|x, y| {
        let from = |u: f32, v: f32| (x - u) * (x - u) + (y - v) * (y - v);
        match kind {
            PaperKind::Spot => {
                let light = libm::expf(-from(cx, cy) / 0.16);
                tone(0.86 + 0.115 * light, 0.064 - 0.045 * light)
            }
            PaperKind::Vignette => {
                let outside = from(0.5, 0.45);
                tone(0.955 - 0.20 * outside, 0.032 + 0.07 * outside)
            }
            PaperKind::Ramp | PaperKind::Plain => tone(0.96 - 0.07 * y, 0.022 + 0.04 * y),
        }
    })
}

/// A place for what is printed, if paper shows all around it. Pages of writing keep their size,
/// to be read.
fn draw_inset(image: &Raster, white: &White, context: &Context<'_>, random: &mut Random) -> Inset {
    let is_ink = |x: usize, y: usize| white.opacity(image.at(x, y)) > 0.025;
    let reading = context.analysis.features.text_chain >= 5;
    let boldness = if reading { 0.4 * context.boldness } else { context.boldness };
    content_bounds(image, is_ink)
        .map_or(Inset::NONE, |content| Inset::draw(content, context.seed, boldness, random))
}

/// The ink on its new paper.
fn printed(
    image: &Raster,
    white: &White,
    sheet: &Backdrop,
    recolour: Option<&ColorTable>,
    noise: Noise,
) -> Raster {
    let painter = sheet.painter(image.width(), image.height());
    let dithered = if sheet.is_constant() { 0.0 } else { 1.0 };
    let mut printed = image.clone();
    printed.par_rows(|y, row| {
        let paper = painter.row(y);
        for (x, (pixel, paper)) in row.iter_mut().zip(paper).enumerate() {
            let opacity = white.opacity(*pixel);
            let noise = 0.5 + dithered * noise.dither(x, y) * (1.0 - opacity);
            let clear = 1.0 - opacity;
            let mut change = [0.0; 3];
            if let Some(recolour) = recolour.filter(|_| opacity > 0.0) {
                let old = white.ink(*pixel, opacity);
                let new = recolour.at(old);
                change = std::array::from_fn(|c| opacity * (new[c] - f32::from(old[c])));
            }
            for c in 0..3 {
                let inked = f32::from(pixel[c]) - clear * white.0[c] + change[c];
                pixel[c] = (inked + clear * paper[c] + noise) as u8;
            }
        }
    });
    printed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Class;
    use crate::color::Oklab;
    use crate::grid::Grid;
    use crate::operations::testing;

    const ALL: [TintPaper; 4] = [
        TintPaper::new(PaperKind::Plain, InkKind::Same),
        TintPaper::new(PaperKind::Ramp, InkKind::Deep),
        TintPaper::new(PaperKind::Vignette, InkKind::Same),
        TintPaper::new(PaperKind::Spot, InkKind::Same),
    ];

    /// A black disc with smooth edges on white paper.
    fn page(ink: [u8; 3]) -> Raster {
        Grid::from_fn(128, 128, |x, y| {
            testing::mixed([255; 3], ink, testing::disc(x, y, (64.2, 60.0), 30.0))
        })
    }

    #[test]
    fn paper_becomes_light_and_coloured_and_never_dark() {
        let analysis = testing::analysis(page([0; 3]), Class::White);
        for operation in ALL {
            for seed in 0..12 {
                let frame = testing::apply(&operation, &analysis, 1.0, seed).unwrap();
                for corner in [(0, 0), (127, 0), (0, 127), (127, 127)] {
                    let [red, green, blue, _] = frame.image.at(corner.0, corner.1);
                    let color = Oklab::from_srgb([red, green, blue]);
                    assert!(color.l > 0.78, "{operation:?} {seed}: {color:?}");
                    assert!(color.chroma() > 0.015, "{operation:?} {seed}: {color:?}");
                }
            }
        }
    }

    #[test]
    fn edges_have_no_white_fringe() {
        let analysis = testing::analysis(page([0; 3]), Class::White);
        let operation = TintPaper::new(PaperKind::Plain, InkKind::Same);
        let frame = testing::apply(&operation, &analysis, 1.0, 2).unwrap();
        let paper = frame.image.at(0, 0);
        let brightest = |c: usize| frame.image.cells().iter().map(|pixel| pixel[c]).max();
        assert!((0..3).all(|c| brightest(c) == Some(paper[c])));
    }

    #[test]
    fn turned_ink_keeps_no_fringe_of_the_old_colour() {
        let analysis = testing::analysis(page([220, 30, 30]), Class::White);
        let operation = TintPaper::new(PaperKind::Plain, InkKind::Turned);
        let frame = testing::apply(&operation, &analysis, 1.0, 1).unwrap();
        let [red, green, blue, _] = frame.image.at(64, 60);
        let (ink, paper) = (Oklab::from_srgb([red, green, blue]), frame.image.at(0, 0));
        let paper = Oklab::from_srgb([paper[0], paper[1], paper[2]]);
        for &[red, green, blue, _] in frame.image.cells() {
            let color = Oklab::from_srgb([red, green, blue]);
            let along = ink.lerp(paper, (color.l - ink.l) / (paper.l - ink.l));
            assert!(color.distance(along) < 0.06, "{color:?} is between no ink and paper");
        }
    }

    #[test]
    fn dark_pictures_and_transparent_ones_are_refused() {
        let dark = page([0; 3]).map(|pixel| pixel.map(|c| if c == 255 { c } else { 90 }));
        let dark =
            testing::analysis(dark.map(|[r, g, b, a]| [r / 3, g / 3, b / 3, a]), Class::White);
        let clear = testing::analysis(testing::logo(None), Class::White);
        for analysis in [dark, clear] {
            assert_eq!(testing::apply(&ALL[0], &analysis, 1.0, 1).err(), Some(Stop::Refused));
        }
    }

    #[test]
    fn ink_without_colour_cannot_turn() {
        let analysis = testing::analysis(page([0; 3]), Class::White);
        let operation = TintPaper::new(PaperKind::Plain, InkKind::Turned);
        assert_eq!(testing::apply(&operation, &analysis, 1.0, 1).err(), Some(Stop::Refused));
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let analysis = testing::analysis(page([0; 3]), Class::White);
        let [one, two] = [1, 2].map(|n| testing::apply_on(n, &ALL[1], &analysis, 4).unwrap());
        assert_eq!(one.image, two.image);
    }
}

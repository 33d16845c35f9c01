//! Another animal of the same kind: a coat of another colour, and other eyes.
//!
//! Markings are lightness, and lightness keeps its order; what changes is the tone curve and the
//! chroma of the browns and greys that coats are made of. A face must not turn silver, so there
//! has to be a sign that this is a coat and no skin: eyes of an animal, or browns that no skin has.

mod change;
mod coat;
mod iris;

use super::grade::is_drawing;
use super::harmony::radians;
use super::pixels::{
    ColorTable, EdgeMask, guide_of, lab_of, partly_recolored_row, repainted_in_rows, with_picture,
};
use super::{Context, Frame, Operation, Stop};
use crate::analysis::Analysis;
use crate::color::Oklab;
use crate::grid::Plane;
use crate::random::Random;
pub(super) use change::{CoatChange, Surface};
use coat::Coat;
use iris::Irises;

/// The colours that coats have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CoatKind {
    /// Grey that keeps its lights.
    Silver,
    /// Deep brown.
    Brown,
    /// Orange-brown.
    Ginger,
    /// Nearly black.
    Black,
    /// Pale and warm.
    Cream,
}

impl CoatKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Silver, Self::Brown, Self::Ginger, Self::Black, Self::Cream];

    /// The name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silver => "in silver",
            Self::Brown => "in brown",
            Self::Ginger => "in ginger",
            Self::Black => "in black",
            Self::Cream => "in cream",
        }
    }

    fn look(self) -> Look {
        let look = |gamma, chroma, tint: f32, hue, eyes| Look {
            gamma,
            chroma,
            tint: Oklab::from_hue(0.0, tint, radians(hue)),
            eyes: radians(eyes),
        };
        match self {
            Self::Silver => look(0.92, 0.12, 0.006, 260.0, 140.0),
            Self::Brown => look(1.35, 0.80, 0.022, 45.0, 72.0),
            Self::Ginger => look(0.95, 1.25, 0.042, 58.0, 128.0),
            Self::Black => look(1.6, 0.25, 0.004, 280.0, 92.0),
            Self::Cream => look(0.66, 0.50, 0.014, 78.0, 235.0),
        }
    }
}

/// How a coat differs from the one that is there.
#[derive(Debug, Clone, Copy)]
struct Look {
    gamma: f32,
    /// Factor on chroma.
    chroma: f32,
    /// Added where the coat is neither black nor white.
    tint: Oklab,
    /// Hue of the eyes, in radians.
    eyes: f32,
}

impl Look {
    fn apply(&self, color: Oklab) -> Oklab {
        let l = libm::powf(color.l.clamp(0.0, 1.0), self.gamma);
        let room = (4.0 * l * (1.02 - l)).clamp(0.0, 1.0);
        Oklab {
            l,
            a: color.a * self.chroma + self.tint.a * room,
            b: color.b * self.chroma + self.tint.b * room,
        }
    }
}

/// Gives the animal another coat. Refused where no coat is found, where there are people or it could
/// be skin, and where it is of that colour already. Works on the source's geometry alone, before anything is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recoat {
    /// The new coat.
    pub kind: CoatKind,
}

impl Operation for Recoat {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        _random: &mut Random,
    ) -> Result<Frame, Stop> {
        let features = &context.analysis.features;
        let is_faint = context.boldness <= Context::LEAST_BOLDNESS;
        let is_person = context.analysis.has_people();
        if is_faint || is_person || is_drawing(features) || features.is_monochrome() {
            return Err(Stop::Refused);
        }
        let animal = context.shared.animal.of(frame, context.analysis, Animal::find);
        let Animal { coat, irises, extent } = (*animal).as_ref().ok_or(Stop::Refused)?;
        context.check_cancelled()?;
        if coat.is_already(self.kind) {
            return Err(Stop::Refused);
        }
        let strength = context.boldness.min(1.0);
        let change = CoatChange::new(*coat, self.kind, strength);
        let table = ColorTable::of(&frame.image, |color| change.apply(color));
        let hue = self.kind.look().eyes;
        let eyes = irises.as_ref().and_then(|irises| irises.recoloured(frame, hue, strength));
        context.check_cancelled()?;
        let guide = guide_of(&frame.image, SIDE);
        let mask = EdgeMask::new(&guide, extent, 3, 4e-4);
        let image = repainted_in_rows(&frame.image, |y| {
            let mask = mask.row(&frame.image, y);
            let mut colors = partly_recolored_row(&table, frame.image.row(y), &mask, [0.1, 0.7]);
            if let Some(eyes) = &eyes {
                eyes.paint(&frame.image, y, &mut colors);
            }
            colors
        });
        Ok(with_picture(frame, image, self.kind.name()))
    }
}

/// What is surely an animal, and where it is.
#[derive(Debug)]
pub(super) struct Animal {
    coat: Coat,
    irises: Option<Irises>,
    /// Where its coat may be, 0.0–1.0.
    extent: Plane,
}

impl Animal {
    /// The animal in `frame`; `None` where it could be a person, or anything.
    fn find(frame: &Frame, analysis: &Analysis) -> Option<Self> {
        let colors = lab_of(&frame.image, SIDE);
        let extent = coat::extent(frame, analysis);
        let coat = Coat::find(&colors, &extent)?;
        let irises = Irises::find(&colors, &extent, &coat);
        let sure = (irises.is_some() && coat.is_all_around()) || coat.is_no_skin(analysis);
        let extent = coat::unbroken(extent, &colors, &coat);
        let is_bounded = extent.cells().iter().any(|share| *share < 0.5);
        let fills_the_frame = irises.as_ref().is_some_and(Irises::are_close);
        (sure && (is_bounded || fills_the_frame)).then_some(Self { coat, irises, extent })
    }
}

/// Side at which coats and eyes are found.
const SIDE: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Analysis, Bounds};
    use crate::grid::{Plane, Raster};
    use crate::operations::testing::{apply, check_withstands, disc, photo};

    /// A striped brown face that fills the frame, with two green eyes that have pupils.
    fn cat() -> Analysis {
        let picture = Raster::from_fn(320, 320, |x, y| {
            let stripe = if (x / 8 + y / 20) % 3 == 0 { 0.45 } else { 0.62 };
            let fur = Oklab::from_hue(stripe, 0.06, radians(58.0));
            let at = |center, radius| disc(x, y, center, radius);
            let eye = at((95.0, 130.0), 26.0).max(at((225.0, 130.0), 26.0));
            let pupil = at((95.0, 130.0), 9.0).max(at((225.0, 130.0), 9.0));
            let iris = Oklab::from_hue(0.65, 0.11, radians(115.0));
            let color = fur.lerp(iris, eye).lerp(Oklab { l: 0.1, a: 0.0, b: 0.0 }, pupil);
            let [r, g, b] = color.to_srgb();
            [r, g, b, 255]
        });
        photo(picture)
    }

    fn color_at(image: &Raster, x: usize, y: usize) -> Oklab {
        let [r, g, b, _] = image.at(x, y);
        Oklab::from_srgb([r, g, b])
    }

    #[test]
    fn the_coat_turns_silver_and_the_eyes_keep_a_colour() {
        let analysis = cat();
        let frame = apply(&Recoat { kind: CoatKind::Silver }, &analysis, 1.0, 0).unwrap();
        let (fur, eye) = (color_at(&frame.image, 160, 260), color_at(&frame.image, 78, 130));
        assert!(fur.chroma() < 0.02, "{fur:?}");
        assert!(eye.chroma() > 0.06, "{eye:?}");
    }

    #[test]
    fn markings_stay() {
        let analysis = cat();
        for kind in CoatKind::ALL {
            let Ok(frame) = apply(&Recoat { kind }, &analysis, 1.0, 0) else { continue };
            let (dark, bright) =
                (color_at(&frame.image, 148, 300), color_at(&frame.image, 160, 300));
            assert!(bright.l > dark.l + 0.08, "{kind:?}: {dark:?} {bright:?}");
        }
    }

    #[test]
    fn a_face_without_an_animals_eyes_is_refused() {
        let skin = Oklab::from_srgb([214, 165, 140]);
        let face = Raster::from_fn(160, 160, |x, y| {
            let eyes = disc(x, y, (55.0, 60.0), 5.0).max(disc(x, y, (105.0, 60.0), 5.0));
            let [r, g, b] = skin.lerp(Oklab { l: 0.3, a: 0.01, b: 0.02 }, eyes).to_srgb();
            [r, g, b, 255]
        });
        let refused = apply(&Recoat { kind: CoatKind::Silver }, &photo(face), 1.0, 0);
        assert_eq!(refused.err(), Some(Stop::Refused));
    }

    #[test]
    fn one_eye_alone_needs_a_dark_pupil() {
        let with_pupil = |lightness: f32| {
            let one = |x, y, center, radius| disc(x, y, center, radius);
            let picture = Raster::from_fn(320, 320, |x, y| {
                let fur = Oklab::from_hue(0.55, 0.06, radians(58.0));
                let iris = Oklab::from_hue(0.62, 0.11, radians(115.0));
                let pupil = Oklab { l: lightness, a: 0.0, b: 0.0 };
                let color = fur.lerp(iris, one(x, y, (150.0, 130.0), 26.0));
                let [r, g, b] = color.lerp(pupil, one(x, y, (150.0, 130.0), 11.0)).to_srgb();
                [r, g, b, 255]
            });
            apply(&Recoat { kind: CoatKind::Silver }, &photo(picture), 1.0, 0)
        };
        assert!(with_pupil(0.1).is_ok());
        // The shadow on a bald head in yellow light.
        assert_eq!(with_pupil(0.4).err(), Some(Stop::Refused));
    }

    #[test]
    fn a_beak_is_no_second_eye() {
        let duck = |right: Oklab| {
            let picture = Raster::from_fn(320, 320, |x, y| {
                let fur = Oklab::from_hue(0.55, 0.06, radians(58.0));
                let one = |center, radius| disc(x, y, center, radius);
                let left = fur.lerp(GREEN, one((95.0, 130.0), 22.0));
                let pupil = Oklab { l: 0.1, a: 0.0, b: 0.0 };
                let eye = left.lerp(pupil, one((95.0, 130.0), 9.0));
                let [r, g, b] = eye.lerp(right, one((225.0, 130.0), 22.0)).to_srgb();
                [r, g, b, 255]
            });
            let frame = apply(&Recoat { kind: CoatKind::Cream }, &photo(picture), 1.0, 0).unwrap();
            color_at(&frame.image, 225, 130)
        };
        let beak = Oklab::from_hue(0.75, 0.19, radians(112.0));
        assert!(duck(beak).b > 0.08, "{:?}", duck(beak));
        assert!(duck(GREEN).b < 0.0, "{:?}", duck(GREEN));
    }

    const GREEN: Oklab = Oklab { l: 0.65, a: -0.046, b: 0.099 };

    #[test]
    fn drawings_and_people_are_refused() {
        let mut drawn = cat();
        drawn.features.outline_share = 0.05;
        let mut people = cat();
        people.faces = vec![Bounds { left: 0.3, top: 0.3, right: 0.7, bottom: 0.7 }];
        for analysis in [drawn, people] {
            let refused = apply(&Recoat { kind: CoatKind::Silver }, &analysis, 1.0, 0);
            assert_eq!(refused.err(), Some(Stop::Refused));
        }
    }

    #[test]
    fn an_outline_that_cuts_the_coat_is_not_used() {
        let colors = lab_of(&cat().source, SIDE);
        let half = Plane::from_fn(SIDE, SIDE, |x, _| if x < 80 { 1.0 } else { 0.0 });
        let coat = Coat::find(&colors, &half).unwrap();
        assert!(coat::unbroken(half, &colors, &coat).cells().iter().all(|share| *share == 1.0));
    }

    #[test]
    fn any_picture_is_withstood() {
        check_withstands(&Recoat { kind: CoatKind::Brown });
    }
}

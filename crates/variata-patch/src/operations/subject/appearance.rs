//! What a cut-out subject looks like: its hue, its glaze, its light.

use std::borrow::Cow;

use super::Appearance;
use super::cutout::{Cutout, rounded, solid_colors};
use super::relight::{Light, Shading};
use crate::color::{HueRotation, Oklab};
use crate::grid::Raster;
use crate::operations::Context;
use crate::operations::harmony::{muddiness, radians, spread};
use crate::operations::pixels::{ColorTable, premultiplied, straight};
use crate::operations::recoat::{CoatChange, Surface};
use crate::operations::recolour_region::HueChange;
use crate::operations::skin::{self, drawn_skin_likeness};
use crate::random::Random;

/// A drawn appearance.
pub(super) enum Look {
    /// As it was.
    Same,
    /// Another coat, where it has one: no animal is teal.
    Coated(CoatChange),
    /// Another main hue.
    Dyed(HueChange),
    /// Other hues, for graphics.
    Turned(Turn),
    /// A hue for a subject without one.
    Glazed(Glaze),
    /// Another light.
    Lit(Light),
}

impl Look {
    /// Subjects with less chroma are glazed.
    const ACHROMATIC: f32 = 0.045;
    /// Range of lightness that light alone gives to one material.
    const ONE_MATERIAL: f32 = 0.5;
    /// Rough subjects with less chroma are left as they are, unless they have a coat.
    const DULL: f32 = 0.07;
    /// People are not recoloured.
    const MOST_SKIN: f32 = 0.02;

    /// Draws a look of one kind; `None` where it would not look right. Graphics have no light.
    pub(super) fn draw(
        appearance: Appearance,
        cutout: &Cutout,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Option<Self> {
        match appearance {
            Appearance::SoftLight | Appearance::StrongLight if !cutout.takes_light() => {
                Some(Self::Same)
            }
            Appearance::Same => Some(Self::Same),
            Appearance::Recoloured => Self::recoloured(cutout, context),
            Appearance::SoftLight => Some(Self::Lit(Light::draw(0.18, 0.0, context, random))),
            Appearance::StrongLight => Some(Self::Lit(Light::draw(0.215, 0.045, context, random))),
        }
    }

    fn recoloured(cutout: &Cutout, context: &Context<'_>) -> Option<Self> {
        if context.analysis.features.skin_area > Self::MOST_SKIN {
            return None;
        }
        if !cutout.is_graphic() {
            let surface = Surface::new(&cutout.small, |[.., alpha]| alpha > 250);
            if let Some(change) = surface.change(context) {
                return Some(Self::Coated(change));
            }
            // Rough and dull: feathers and leaves, which no dye reaches.
            if cutout.chroma < Self::DULL && surface.is_rough() {
                return None;
            }
        }
        if cutout.chroma >= Self::ACHROMATIC {
            let turn = cutout.is_graphic().then(|| Turn::draw(cutout, context)).flatten();
            let choice = (CHOICES * spread(context.seed)) as u64;
            let amount = context.boldness.min(1.0);
            let dyed = || HueChange::of(&cutout.small, choice, amount).map(Self::Dyed);
            return turn.map(Self::Turned).or_else(dyed);
        }
        // Black and white side by side are a pattern: a penguin, a football.
        let one_material = cutout.lightness.range() < Self::ONE_MATERIAL;
        one_material.then(|| Self::Glazed(Glaze::draw(cutout, context)))
    }

    /// The word shown to users.
    pub(super) fn word(&self) -> Option<&'static str> {
        match self {
            Self::Same => None,
            Self::Coated(change) => Some(change.word()),
            Self::Dyed(_) | Self::Turned(_) => Some("recoloured"),
            Self::Glazed(_) => Some("glazed"),
            Self::Lit(_) => Some("relit"),
        }
    }

    /// Where the light comes from in the result, −1.0 (left) to 1.0 (right), if it is known.
    pub(super) fn light_side(&self) -> Option<f32> {
        match self {
            Self::Lit(light) => Some(light.right_share()),
            _ => None,
        }
    }

    /// The subject with this look. `mirrored` tells whether it will be mirrored afterwards.
    pub(super) fn of<'a>(
        &self,
        cutout: &'a Cutout,
        context: &Context<'_>,
        mirrored: bool,
    ) -> Cow<'a, Raster> {
        let image = &cutout.image;
        let table = match self {
            Self::Same => return Cow::Borrowed(image),
            Self::Lit(light) => {
                let shading = Shading::new(&cutout.small, *light, mirrored);
                let mut image = image.clone();
                shading.apply(&mut image);
                return Cow::Owned(image);
            }
            Self::Coated(change) => ColorTable::of(image, |color| change.apply(color)),
            Self::Dyed(change) => ColorTable::of(image, |color| change.apply(color)),
            Self::Turned(turn) => ColorTable::of(image, |color| turn.apply(color)),
            Self::Glazed(glaze) => {
                let bold = context.boldness.min(1.0);
                ColorTable::of(image, |color| color.lerp(glaze.apply(color), bold))
            }
        };
        let mut image = image.clone();
        image.par_rows(|_, row| {
            for pixel in row.iter_mut().filter(|pixel| pixel[3] > 0) {
                *pixel = premultiplied(rounded(table.at(straight(*pixel))), pixel[3]);
            }
        });
        Cow::Owned(image)
    }
}

/// A number that the counts of dyes divide, so that seeds spread evenly over them.
const CHOICES: f32 = 60.0;

/// Share of its chroma that a turned graphic keeps at least.
const LEAST_VIVID: f32 = 0.6;

/// Hues turned by one angle, but for skin.
pub(super) struct Turn {
    rotation: HueRotation,
    keeps_skin: bool,
}

impl Turn {
    /// A turn that leaves the subject clean and vivid: pale yellow has no blue of its lightness.
    fn draw(cutout: &Cutout, context: &Context<'_>) -> Option<Self> {
        let bold = context.boldness.min(1.0);
        let angle = |attempt: u64| {
            let angle = radians(55.0 + 250.0 * spread(context.seed.wrapping_add(attempt)));
            bold * if angle > radians(180.0) { angle - radians(360.0) } else { angle }
        };
        let colors = solid_colors(&cutout.small);
        let chroma = |colors: &mut dyn Iterator<Item = Oklab>| -> f32 {
            colors.map(|color| color.chroma()).sum()
        };
        let before = chroma(&mut colors.iter().copied());
        let suits = |rotation: &HueRotation| {
            let shown = |color: &Oklab| Oklab::from_srgb(rotation.apply(*color).to_srgb());
            muddiness(rotation.apply(cutout.mean)) < 0.1
                && chroma(&mut colors.iter().map(shown)) > LEAST_VIVID * before
        };
        let mut rotations = (0..6).map(|attempt| HueRotation::new(angle(attempt)));
        let keeps_skin = !skin::is_most(&colors);
        rotations.find(suits).map(|rotation| Self { rotation, keeps_skin })
    }

    fn apply(&self, color: Oklab) -> Oklab {
        let kept = if self.keeps_skin { drawn_skin_likeness(color) } else { 0.0 };
        self.rotation.apply(color).lerp(color, kept)
    }
}

/// A coloured glaze: the middle tones take a hue, highlights stay white.
pub(super) struct Glaze {
    hue: Oklab,
    /// How much of the lift of dark subjects is used, so that the hue can be seen at all.
    lift: f32,
    /// What is left of the lightness of bright ones, for the same reason.
    sink: f32,
    /// Lightness at which gleams begin.
    gleam: f32,
}

impl Glaze {
    fn draw(cutout: &Cutout, context: &Context<'_>) -> Self {
        let hue = radians(360.0 * spread(context.seed));
        let hue = [hue, hue + radians(70.0)]
            .into_iter()
            .find(|&hue| muddiness(Oklab::from_hue(cutout.mean.l, 0.1, hue)) < 0.1)
            .unwrap_or(hue + radians(180.0));
        let lift = ((0.40 - cutout.mean.l) / 0.1).clamp(0.0, 1.0);
        let body = cutout.lightness.median;
        let sink = 1.0 - 0.14 * ((body - 0.72) / 0.2).clamp(0.0, 1.0);
        Self {
            hue: Oklab::from_hue(0.0, 1.0, hue),
            lift,
            sink,
            gleam: (body * sink + 0.08).max(0.68),
        }
    }

    fn apply(&self, color: Oklab) -> Oklab {
        let l = color.l * self.sink;
        let middle = (4.0 * (l + 0.05) * (1.0 - l)).clamp(0.0, 1.0);
        let highlight = 1.0 - 0.85 * ((l - self.gleam) / 0.28).clamp(0.0, 1.0);
        let own = (1.0 - color.chroma() / 0.09).clamp(0.0, 1.0);
        let chroma = 0.115 * middle.sqrt() * middle.sqrt().sqrt() * highlight;
        let lift = self.lift * 0.16 * (4.0 * l * (1.0 - l)) * ((0.8 - l) / 0.3).clamp(0.0, 1.0);
        let glazed = Oklab { l: l + lift, a: self.hue.a * chroma, b: self.hue.b * chroma };
        color.lerp(glazed, own)
    }
}

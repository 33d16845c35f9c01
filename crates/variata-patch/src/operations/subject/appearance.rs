//! What a cut-out subject looks like: its hue, its glaze, its light.

use super::Appearance;
use super::cutout::{Cutout, premultiplied};
use super::relight::{Light, Shading};
use crate::color::{HueRotation, Oklab};
use crate::operations::Context;
use crate::operations::color_map::ColorMap;
use crate::operations::harmony::{muddiness, radians, spread};
use crate::random::Random;

/// A drawn appearance.
pub(super) enum Look {
    /// As it was.
    Same,
    /// Other hues.
    Turned(Turn),
    /// A hue for a subject without one.
    Glazed(Glaze),
    /// Another light.
    Lit(Light),
}

impl Look {
    /// Subjects with less chroma are glazed.
    const ACHROMATIC: f32 = 0.045;
    /// People are not recoloured.
    const MOST_SKIN: f32 = 0.02;

    /// Draws a look of one kind; `None` where it would not look right. Graphics have no light.
    pub(super) fn draw(
        appearance: Appearance,
        cutout: &Cutout,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Option<Self> {
        let graphic = context.analysis.features.is_graphic();
        match appearance {
            Appearance::SoftLight | Appearance::StrongLight if graphic => Some(Self::Same),
            Appearance::Same => Some(Self::Same),
            Appearance::Recoloured => Self::recoloured(cutout, context),
            Appearance::SoftLight => Some(Self::Lit(Light::draw(0.18, 0.0, context, random))),
            Appearance::StrongLight => Some(Self::Lit(Light::draw(0.27, 0.045, context, random))),
        }
    }

    fn recoloured(cutout: &Cutout, context: &Context<'_>) -> Option<Self> {
        if context.analysis.features.skin_area > Self::MOST_SKIN {
            return None;
        }
        Some(if cutout.chroma < Self::ACHROMATIC {
            Self::Glazed(Glaze::draw(cutout, context))
        } else {
            Self::Turned(Turn::draw(cutout, context))
        })
    }

    /// The word shown to users.
    pub(super) fn word(&self) -> Option<&'static str> {
        match self {
            Self::Same => None,
            Self::Turned(_) => Some("recoloured"),
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

    /// Gives the subject this look. `mirrored` tells whether it will be mirrored afterwards.
    pub(super) fn apply(&self, cutout: &mut Cutout, context: &Context<'_>, mirrored: bool) {
        let table = match self {
            Self::Same => return,
            Self::Lit(light) => {
                let shading = Shading::new(&cutout.image, *light, mirrored);
                return shading.apply(&mut cutout.image);
            }
            Self::Turned(turn) => ColorMap::new(|color| turn.apply(color)),
            Self::Glazed(glaze) => {
                ColorMap::new(|color| color.lerp(glaze.apply(color), context.boldness.min(1.0)))
            }
        };
        cutout.image.par_rows(|_, row| {
            for pixel in row.iter_mut().filter(|pixel| pixel[3] > 0) {
                let color = table.apply(straight(*pixel));
                *pixel = premultiplied(color, f32::from(pixel[3]) / 255.0);
            }
        });
    }
}

/// The colour of a premultiplied pixel that is not transparent.
pub(super) fn straight([red, green, blue, alpha]: [u8; 4]) -> [u8; 3] {
    if alpha == 255 {
        return [red, green, blue];
    }
    let alpha = u32::from(alpha.max(1));
    [red, green, blue].map(|c| ((u32::from(c) * 255 + alpha / 2) / alpha).min(255) as u8)
}

/// Hues turned by one angle, pale ones made a little more vivid so that the turn is seen.
pub(super) struct Turn {
    rotation: HueRotation,
    vividness: f32,
}

impl Turn {
    fn draw(cutout: &Cutout, context: &Context<'_>) -> Self {
        let bold = context.boldness.min(1.0);
        let angle = |attempt: u64| {
            let angle = radians(55.0 + 250.0 * spread(context.seed.wrapping_add(attempt)));
            bold * if angle > radians(180.0) { angle - radians(360.0) } else { angle }
        };
        let clean =
            |&attempt: &u64| muddiness(HueRotation::new(angle(attempt)).apply(cutout.mean)) < 0.1;
        let graphic = context.analysis.features.is_graphic();
        let vividness = if graphic { 1.0 } else { (0.09 / cutout.chroma).clamp(1.0, 1.7) };
        Self {
            rotation: HueRotation::new(angle((0..6).find(clean).unwrap_or(0))),
            vividness: 1.0 + (vividness - 1.0) * bold,
        }
    }

    fn apply(&self, color: Oklab) -> Oklab {
        self.rotation.apply(color).with_chroma_scaled(self.vividness)
    }
}

/// A coloured glaze: the middle tones take a hue, highlights stay white.
pub(super) struct Glaze {
    hue: Oklab,
    /// How much of the lift of dark subjects is used, so that the hue can be seen at all.
    lift: f32,
}

impl Glaze {
    fn draw(cutout: &Cutout, context: &Context<'_>) -> Self {
        let hue = radians(360.0 * spread(context.seed));
        let hue = [hue, hue + radians(70.0)]
            .into_iter()
            .find(|&hue| muddiness(Oklab::from_hue(cutout.mean.l, 0.1, hue)) < 0.1)
            .unwrap_or(hue + radians(180.0));
        let lift = ((0.40 - cutout.mean.l) / 0.1).clamp(0.0, 1.0);
        Self { hue: Oklab::from_hue(0.0, 1.0, hue), lift }
    }

    fn apply(&self, color: Oklab) -> Oklab {
        let l = color.l;
        let middle = (4.0 * (l + 0.05) * (1.0 - l)).clamp(0.0, 1.0);
        let highlight = 1.0 - 0.85 * ((l - 0.68) / 0.28).clamp(0.0, 1.0);
        let own = (1.0 - color.chroma() / 0.09).clamp(0.0, 1.0);
        let chroma = 0.115 * middle.sqrt() * middle.sqrt().sqrt() * highlight;
        let lift = self.lift * 0.16 * (4.0 * l * (1.0 - l)) * ((0.8 - l) / 0.3).clamp(0.0, 1.0);
        let glazed = Oklab { l: l + lift, a: self.hue.a * chroma, b: self.hue.b * chroma };
        color.lerp(glazed, own)
    }
}

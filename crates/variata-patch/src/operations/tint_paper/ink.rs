//! White paper taken out of a picture, and what is known of the ink that remains and may become of it.

use super::InkKind;
use crate::color::{HueRotation, Oklab};
use crate::grid::Raster;
use crate::operations::harmony::{Tones, muddiness, radians, spread};
use crate::operations::recoat::CoatChange;
use crate::operations::{Context, Stop};

/// The white of a sheet, as sRGB 0–255.
pub(super) struct White(pub(super) [f32; 3]);

impl White {
    /// Paper below this opacity of ink is only grain.
    const GRAIN: f32 = 0.02;
    const LEAST_LIGHTNESS: f32 = 0.93;
    const MOST_CHROMA: f32 = 0.025;
    /// Share of the border that must be paper: writing may run into the frame.
    const LEAST_BORDER: f32 = 0.7;

    /// The median of an opaque picture's border, if most of that is white paper.
    pub(super) fn of(image: &Raster) -> Option<Self> {
        let border = border(image);
        if border.iter().any(|pixel| pixel[3] != 255) {
            return None;
        }
        let median = |channel: usize| {
            let mut values: Vec<u8> = border.iter().map(|pixel| pixel[channel]).collect();
            values.sort_unstable();
            values.get(values.len() / 2).copied().unwrap_or(255)
        };
        let rgb = [median(0), median(1), median(2)];
        let color = Oklab::from_srgb(rgb);
        let white = Self(rgb.map(f32::from));
        let paper = border.iter().filter(|&&pixel| white.opacity(pixel) < 0.05).count();
        let is_white = color.l > Self::LEAST_LIGHTNESS && color.chroma() < Self::MOST_CHROMA;
        let covers = paper as f32 > Self::LEAST_BORDER * border.len() as f32;
        (is_white && covers).then_some(white)
    }

    /// The smallest opacity of any ink that explains a pixel, 0.0–1.0.
    pub(super) fn opacity(&self, pixel: [u8; 4]) -> f32 {
        let missing = |c: usize| (self.0[c] - f32::from(pixel[c])) / self.0[c];
        let least = missing(0).max(missing(1)).max(missing(2));
        ((least - Self::GRAIN) / (1.0 - Self::GRAIN)).clamp(0.0, 1.0)
    }

    /// The ink of a pixel, sRGB 0–255, where its opacity is not zero.
    pub(super) fn ink(&self, pixel: [u8; 4], opacity: f32) -> [u8; 3] {
        let opacity = opacity.max(1e-3);
        std::array::from_fn(|c| {
            ((f32::from(pixel[c]) - (1.0 - opacity) * self.0[c]) / opacity + 0.5) as u8
        })
    }

    pub(super) fn pixel(&self) -> [u8; 4] {
        let [red, green, blue] = self.0.map(|value| value as u8);
        [red, green, blue, 255]
    }
}

fn border(image: &Raster) -> Vec<[u8; 4]> {
    let thickness = (image.width() / 96).max(1);
    let (width, height) = (image.width(), image.height());
    let outer = |at: usize, side: usize| at < thickness || at + thickness >= side;
    let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    rows.filter(|&(x, y)| outer(x, width) || outer(y, height))
        .map(|(x, y)| image.at(x, y))
        .collect()
}

/// What is known of the ink.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    /// Its mean, if that has a hue.
    pub(super) mean: Option<Oklab>,
    /// Share of coloured ink, 0.0–1.0.
    coloured: f32,
    /// Share of dark grey ink, 0.0–1.0.
    black: f32,
}

impl Ink {
    pub(super) fn of(image: &Raster, white: &White) -> Self {
        let step = (image.width() / 128).max(1);
        let rows = (0..image.height()).step_by(step).map(|y| image.row(y));
        let (mut sum, mut coloured, mut black, mut all) = (Oklab::default(), 0.0, 0.0, 0.01);
        for &pixel in rows.flat_map(|row| row.iter().step_by(step)) {
            let opacity = white.opacity(pixel);
            if opacity < 0.15 {
                continue;
            }
            let color = Oklab::from_srgb(white.ink(pixel, opacity));
            sum.l += opacity * color.l;
            sum.a += opacity * color.a;
            sum.b += opacity * color.b;
            all += opacity;
            match color.chroma() {
                chroma if chroma > 0.06 => coloured += opacity,
                _ if color.l < 0.55 => black += opacity,
                _ => {}
            }
        }
        let mean = Oklab { l: sum.l / all, a: sum.a / all, b: sum.b / all };
        let mean = (mean.chroma() > 0.03).then_some(mean);
        Self { mean, coloured: coloured / all, black: black / all }
    }
}

/// How ink changes.
pub(super) enum Recolour {
    Turn(HueRotation),
    Coat(CoatChange),
    Deepen(Tones),
}

impl Recolour {
    /// The change of one kind; refused where the ink has nothing that could change.
    pub(super) fn new(
        kind: InkKind,
        ink: Ink,
        paper: f32,
        context: &Context<'_>,
        coat: impl FnOnce() -> Option<CoatChange>,
    ) -> Result<Option<Self>, Stop> {
        let (turn, bold) = (context.seed, context.boldness);
        match kind {
            InkKind::Same => Ok(None),
            InkKind::Turned if ink.coloured > 0.05 => {
                let turned = || HueRotation::new(turned_angle(ink.mean, turn) * bold.min(1.0));
                Ok(Some(coat().map_or_else(|| Self::Turn(turned()), Self::Coat)))
            }
            // On its own tint or on the opposite one: how stationery is printed.
            InkKind::Deep if ink.black > 0.5 && bold > 0.3 => {
                let opposite = if turn.is_multiple_of(2) { 0.0 } else { radians(180.0) };
                Ok(Some(Self::Deepen(Tones::new(paper + opposite))))
            }
            _ => Err(Stop::Refused),
        }
    }

    pub(super) fn apply(&self, ink: Oklab) -> Oklab {
        match self {
            Self::Turn(rotation) => {
                let coloured = ((ink.chroma() - 0.02) / 0.04).clamp(0.0, 1.0);
                ink.lerp(rotation.apply(ink), coloured)
            }
            Self::Coat(change) => change.apply(ink),
            Self::Deepen(tones) => {
                let grey = ((0.08 - ink.chroma()) / 0.05).clamp(0.0, 1.0);
                ink.lerp(tones.at(0.30 + 0.68 * ink.l, 0.11), grey)
            }
        }
    }
}

/// The turn of hues, −180° to 180° in radians, that gives the cleanest colour out of a few.
fn turned_angle(mean: Option<Oklab>, turn: u64) -> f32 {
    let angle = |attempt: u64| {
        let angle = radians(60.0 + 240.0 * spread(turn.wrapping_add(attempt)));
        if angle > radians(180.0) { angle - radians(360.0) } else { angle }
    };
    let mud = |attempt: u64| {
        mean.map_or(0.0, |mean| muddiness(HueRotation::new(angle(attempt)).apply(mean)))
    };
    let clean = (0..6).find(|&attempt| mud(attempt) < 0.1);
    angle(clean.unwrap_or(0))
}

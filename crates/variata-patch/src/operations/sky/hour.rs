//! The colours of the sky by hour and weather.
//!
//! A clear sky is deepest overhead and pales towards the horizon; the lower the sun, the warmer the
//! horizon and the stronger the glow on the sun's side (Minnaert, "The Nature of Light and Colour
//! in the Open Air", 1937).

use crate::color::Oklab;
use crate::operations::GradeKind;
use crate::operations::pixels::smoothstep;
use crate::random::Random;

/// An hour or a weather.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkyKind {
    /// A clear day.
    Clear,
    /// The last hour of light: pale blue over gold.
    Golden,
    /// Sunset: violet over rose over amber.
    Sunset,
    /// After sunset: deep blue over violet and a last red.
    Dusk,
    /// Clouds from end to end: slate over pale grey.
    Overcast,
}

impl SkyKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Clear, Self::Golden, Self::Sunset, Self::Dusk, Self::Overcast];

    /// The name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear sky",
            Self::Golden => "golden sky",
            Self::Sunset => "sunset sky",
            Self::Dusk => "evening sky",
            Self::Overcast => "overcast sky",
        }
    }

    /// The grade of the land under it.
    pub(super) fn grade(self) -> GradeKind {
        match self {
            Self::Clear | Self::Golden | Self::Sunset => GradeKind::Golden,
            Self::Dusk => GradeKind::Dusk,
            Self::Overcast => GradeKind::Cool,
        }
    }

    /// By how much the land is darker than by day, as a share of its bytes.
    pub(super) fn shade(self) -> f32 {
        match self {
            Self::Clear | Self::Golden | Self::Overcast => 0.0,
            Self::Sunset => 0.08,
            Self::Dusk => 0.24,
        }
    }

    /// This sky with the sun to the right or left, in tones that differ a little each time.
    pub(super) fn hour(self, right: bool, random: &mut Random) -> Hour {
        let ([zenith, middle, horizon], glow) = match self {
            Self::Clear => ([[84, 142, 209], [140, 184, 229], [212, 231, 243]], 0.2),
            Self::Golden => ([[140, 172, 206], [206, 210, 206], [252, 226, 176]], 0.8),
            Self::Sunset => ([[104, 118, 166], [206, 160, 172], [250, 196, 142]], 1.0),
            Self::Dusk => ([[52, 66, 116], [122, 104, 150], [226, 152, 128]], 0.7),
            Self::Overcast => ([[134, 145, 158], [172, 180, 187], [216, 219, 221]], 0.0),
        };
        let turn = random.between(-0.08, 0.08);
        let tone = |color: [u8; 3]| {
            let color = Oklab::from_srgb(color);
            Oklab::from_hue(color.l, color.chroma(), color.hue() + turn)
        };
        let aside = random.between(0.25, 0.5);
        let sun = if right { 0.5 + aside } else { 0.5 - aside };
        Hour { zenith: tone(zenith), middle: tone(middle), horizon: tone(horizon), sun, glow }
    }
}

/// The sky of one picture.
pub(super) struct Hour {
    zenith: Oklab,
    middle: Oklab,
    horizon: Oklab,
    /// Where the sun stands on the horizon, in picture widths from the left.
    sun: f32,
    /// How strong the glow around it is, 0.0–1.0.
    glow: f32,
}

impl Hour {
    /// The colour at `across` picture widths from the left and at `height`, from 0.0 at the horizon
    /// to 1.0 at the upper edge.
    pub(super) fn color(&self, across: f32, height: f32) -> Oklab {
        // Haze is a matter of a few degrees: most of the change is near the horizon.
        let high = smoothstep(0.0, 1.0, height.clamp(0.0, 1.0).sqrt());
        let tone = if high < 0.5 {
            self.horizon.lerp(self.middle, 2.0 * high)
        } else {
            self.middle.lerp(self.zenith, 2.0 * high - 1.0)
        };
        let (u, v) = (across - self.sun, 0.8 * height);
        let glow = self.glow * libm::expf(-(u * u + v * v) / 0.16);
        Oklab { l: tone.l + 0.05 * glow, a: tone.a + 0.006 * glow, b: tone.b + 0.035 * glow }
    }
}

//! Which colours go together, and which nobody would choose.
//!
//! New colours are derived from those of the picture: turned hues keep their vividness, not their
//! bare chroma, since sRGB's yellow is light and its blue is dark; partners stand at the angles of
//! classical colour harmony (Itten, "Kunst der Farbe", 1961); olive and mud are avoided.

use crate::color::Oklab;

/// Degrees as radians.
pub(super) const fn radians(degrees: f32) -> f32 {
    degrees * (std::f32::consts::PI / 180.0)
}

/// A number from 0.0 to 1.0 for each `turn`. Consecutive turns lie far apart, and so do turns at
/// any stride up to 10, since recipes come round to the same operation after a few seeds; only
/// every eleventh comes near an earlier one, shifted by multiples of the golden ratio.
pub(super) fn spread(turn: u64) -> f32 {
    let place = (turn % 11 * 6 % 11) as f32;
    let shift = (turn / 11).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    (place + shift as f32 / (1u32 << 24) as f32) / 11.0
}

/// The largest chroma that sRGB has at this lightness and hue.
pub(super) fn most_chroma(l: f32, hue: f32) -> f32 {
    Oklab::from_srgb(Oklab::from_hue(l, 0.4, hue).to_srgb()).chroma()
}

/// The lightness at which `hue` is most vivid: 0.45 for blue, 0.97 for yellow.
pub(super) fn vivid_lightness(hue: f32) -> f32 {
    let steps = (6..=19).map(|step| step as f32 * 0.05);
    steps.max_by(|&a, &b| most_chroma(a, hue).total_cmp(&most_chroma(b, hue))).unwrap_or(0.6)
}

/// The counterpart of `color` at another hue: as vivid for that hue as `color` is for its own,
/// its lightness moved `shift` (0.0–1.0) of the way that vividness suggests.
pub(super) fn at_hue(color: Oklab, hue: f32, shift: f32) -> Oklab {
    let chroma = color.chroma();
    if chroma < 0.02 {
        return color;
    }
    let vividness = (chroma / most_chroma(color.l, color.hue()).max(0.01)).min(1.0);
    let way = vivid_lightness(hue) - vivid_lightness(color.hue());
    let l = (color.l + shift * vividness * way).clamp(0.12, 0.97);
    let wanted = vividness * most_chroma(l, hue);
    Oklab::from_hue(l, wanted.clamp(0.7 * chroma, 1.15 * chroma + 0.02), hue)
}

/// A colour of this lightness and hue with as much of `chroma` as sRGB has.
pub(super) fn toned(l: f32, chroma: f32, hue: f32) -> Oklab {
    Oklab::from_hue(l, chroma.min(0.95 * most_chroma(l, hue)), hue)
}

/// All colours of one hue, quick to look up.
pub(super) struct Tones {
    hue: Oklab,
    /// The most chroma at lightness 0, 1/16, 2/16, … 1.
    limits: [f32; 17],
}

impl Tones {
    /// The colours of `hue` (radians).
    pub(super) fn new(hue: f32) -> Self {
        let limits = std::array::from_fn(|step| 0.95 * most_chroma(step as f32 / 16.0, hue));
        Self { hue: Oklab::from_hue(0.0, 1.0, hue), limits }
    }

    /// The colour of this lightness with as much of `chroma` as sRGB has.
    pub(super) fn at(&self, l: f32, chroma: f32) -> Oklab {
        let place = l.clamp(0.0, 1.0) * 16.0;
        let step = (place as usize).min(15);
        let limit =
            self.limits[step] + (self.limits[step + 1] - self.limits[step]) * (place - step as f32);
        let chroma = chroma.clamp(0.0, limit.max(0.0));
        Oklab { l: l.clamp(0.0, 1.0), a: self.hue.a * chroma, b: self.hue.b * chroma }
    }
}

/// How much a colour looks like mud, 0.0–1.0: dark yellow (olive), dull dark orange.
pub(super) fn muddiness(color: Oklab) -> f32 {
    let degrees = color.hue() / radians(1.0);
    let bump = |value: f32, center: f32, width: f32| {
        let distance = (value - center) / width;
        (1.0 - distance * distance).max(0.0)
    };
    bump(degrees, 100.0, 34.0)
        * bump(color.l, 0.48, 0.34)
        * ((color.chroma() - 0.03) / 0.05).clamp(0.0, 1.0)
}

/// Lightness limited to what a hue looks clean at: dark yellows are lifted out of the mud.
pub(super) fn cleaned(color: Oklab) -> Oklab {
    let mud = muddiness(color);
    if mud < 0.05 {
        return color;
    }
    let calmer = color.with_chroma_scaled(1.0 - 0.55 * mud);
    Oklab { l: color.l + 0.10 * mud, ..calmer }
}

/// The angles, in degrees, at which a ground stands to its subject: tone in tone, complementary,
/// analogous, split-complementary.
const PARTNERS: [f32; 5] = [0.0, 180.0, 32.0, -150.0, -32.0];

/// The hue of a partner of `hue`; turns go through all kinds of harmony.
pub(super) fn partner(hue: f32, turn: u64) -> f32 {
    clean_ground(hue + radians(PARTNERS[(turn % PARTNERS.len() as u64) as usize]))
}

/// Grounds between yellow and green look like khaki: they become cream or mint.
pub(super) fn clean_ground(hue: f32) -> f32 {
    let degrees = (hue / radians(1.0)).rem_euclid(360.0);
    match degrees {
        96.0..116.0 => radians(90.0),
        116.0..148.0 => radians(152.0),
        _ => radians(degrees),
    }
}

/// The contrast of two colours as WCAG 2 counts it, 1.0 to 21.0.
pub(super) fn contrast(one: Oklab, other: Oklab) -> f32 {
    let luminance = |color: Oklab| {
        let [red, green, blue] = color.to_linear();
        (0.2126 * red + 0.7152 * green + 0.0722 * blue).max(0.0) + 0.05
    };
    let (one, other) = (luminance(one), luminance(other));
    one.max(other) / one.min(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_hues_stay_vivid() {
        let red = Oklab::from_srgb([230, 40, 40]);
        for step in 0..12 {
            let hue = radians(30.0 * step as f32);
            let turned = Oklab::from_srgb(at_hue(red, hue, 0.45).to_srgb());
            assert!(turned.chroma() > 0.6 * red.chroma().min(most_chroma(turned.l, hue)));
        }
    }

    #[test]
    fn olive_is_mud_and_navy_is_not() {
        assert!(muddiness(Oklab::from_srgb([110, 100, 20])) > 0.4);
        assert_eq!(muddiness(Oklab::from_srgb([20, 30, 100])), 0.0);
        assert_eq!(muddiness(Oklab::from_srgb([90, 90, 90])), 0.0);
    }

    #[test]
    fn turns_spread_for_every_stride() {
        for stride in 1..=10 {
            let mut seen: Vec<f32> = (0..5).map(|turn| spread(turn * stride)).collect();
            seen.sort_by(f32::total_cmp);
            assert!(seen.windows(2).all(|pair| pair[1] - pair[0] > 0.02), "{stride}: {seen:?}");
        }
    }
}

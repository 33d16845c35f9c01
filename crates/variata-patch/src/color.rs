//! Colour as people see it: OKLab, and the way there and back.
//!
//! Recolouring and relighting in sRGB shifts hues and muddies shadows; in OKLab (Björn Ottosson,
//! "A perceptual color space for image processing", 2020) lightness, chroma and hue can be
//! changed apart. All arithmetic here is plain IEEE additions and multiplications, so that the
//! same picture comes out on every machine.

use std::sync::LazyLock;

use crate::kernels::recompiled;

/// A colour in OKLab: `l` 0.0 (black) to 1.0 (white); `a` green to red and `b` blue to yellow,
/// within about ±0.33 for sRGB colours.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Oklab {
    /// Lightness.
    pub l: f32,
    /// Green (negative) to red (positive).
    pub a: f32,
    /// Blue (negative) to yellow (positive).
    pub b: f32,
}

impl Oklab {
    /// A colour by its lightness, chroma and hue angle in radians.
    pub fn from_hue(l: f32, chroma: f32, hue: f32) -> Self {
        Self { l, a: chroma * libm::cosf(hue), b: chroma * libm::sinf(hue) }
    }

    /// The colour of three sRGB bytes.
    #[inline]
    pub fn from_srgb([red, green, blue]: [u8; 3]) -> Self {
        let table = &*LINEAR_OF_BYTE;
        Self::from_linear([table[red as usize], table[green as usize], table[blue as usize]])
    }

    /// The colour of three linear-light sRGB values, 0.0–1.0.
    #[inline]
    pub fn from_linear(color: [f32; 3]) -> Self {
        let [long, medium, short] = cones_of(color);
        let [long, medium, short, _] = cube_roots([long, medium, short, 1.0]);
        Self::from_roots([long, medium, short])
    }

    /// The colours of many triples of sRGB bytes, each as [`Oklab::from_srgb`] has it. One by one they
    /// take four times as long.
    pub fn all_from_srgb(colors: &[[u8; 3]]) -> Vec<Self> {
        labs_of(colors, &LINEAR_OF_BYTE)
    }

    /// The colour for which eyes' receptors see the cubes of these.
    #[inline(always)]
    fn from_roots([long, medium, short]: [f32; 3]) -> Self {
        Self {
            l: 0.210_454_26 * long + 0.793_617_8 * medium - 0.004_072_047 * short,
            a: 1.977_998_5 * long - 2.428_592_2 * medium + 0.450_593_7 * short,
            b: 0.025_904_037 * long + 0.782_771_77 * medium - 0.808_675_77 * short,
        }
    }

    /// The linear-light sRGB values of this colour; outside 0.0–1.0 where sRGB cannot show it.
    pub fn to_linear(self) -> [f32; 3] {
        let cube = |value: f32| value * value * value;
        let long = cube(self.l + 0.396_337_78 * self.a + 0.215_803_76 * self.b);
        let medium = cube(self.l - 0.105_561_346 * self.a - 0.063_854_17 * self.b);
        let short = cube(self.l - 0.089_484_18 * self.a - 1.291_485_5 * self.b);
        [
            4.076_741_7 * long - 3.307_711_6 * medium + 0.230_969_94 * short,
            -1.268_438 * long + 2.609_757_4 * medium - 0.341_319_4 * short,
            -0.004_196_086_3 * long - 0.703_418_6 * medium + 1.707_614_7 * short,
        ]
    }

    /// The nearest sRGB bytes of the same lightness and hue: chroma is reduced until sRGB can
    /// show the colour, which keeps gradients free of hue shifts.
    pub fn to_srgb(self) -> [u8; 3] {
        let linear = self.to_linear();
        if in_gamut(linear) {
            return linear.map(byte_of_linear);
        }
        self.fitted().to_linear().map(byte_of_linear)
    }

    /// The same as [`Oklab::to_srgb`] before rounding, 0.0–255.0, for gradients that are dithered;
    /// the colour must be one that sRGB can show.
    pub fn to_srgb_unrounded(self) -> [f32; 3] {
        self.to_linear().map(|value| {
            let value = value.clamp(0.0, 1.0);
            let low = 12.92 * value;
            let high = 1.055 * libm::powf(value, 1.0 / 2.4) - 0.055;
            255.0 * if value <= 0.003_130_8 { low } else { high }
        })
    }

    /// Distance from grey, 0.0 to about 0.33.
    pub fn chroma(self) -> f32 {
        (self.a * self.a + self.b * self.b).sqrt()
    }

    /// Hue angle in radians, −π to π.
    pub fn hue(self) -> f32 {
        libm::atan2f(self.b, self.a)
    }

    /// Squared distance to another colour; 0.02² is about the smallest difference one notices.
    pub fn distance_squared(self, other: Self) -> f32 {
        let (l, a, b) = (self.l - other.l, self.a - other.a, self.b - other.b);
        l * l + a * a + b * b
    }

    /// Distance to another colour.
    pub fn distance(self, other: Self) -> f32 {
        self.distance_squared(other).sqrt()
    }

    /// The way from this colour (`t` = 0.0) to another (`t` = 1.0).
    #[must_use]
    pub fn lerp(self, other: Self, t: f32) -> Self {
        let mix = |from: f32, to: f32| from + (to - from) * t;
        Self { l: mix(self.l, other.l), a: mix(self.a, other.a), b: mix(self.b, other.b) }
    }

    /// The same lightness with chroma multiplied by `factor`.
    #[must_use]
    pub fn with_chroma_scaled(self, factor: f32) -> Self {
        Self { a: self.a * factor, b: self.b * factor, ..self }
    }

    fn fitted(self) -> Self {
        let base = Self { l: self.l.clamp(0.0, 1.0), ..self };
        let (mut inside, mut outside) = (0.0, 1.0);
        for _ in 0..7 {
            let middle = 0.5 * (inside + outside);
            if in_gamut(base.with_chroma_scaled(middle).to_linear()) {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        base.with_chroma_scaled(inside)
    }
}

/// A rotation of hues, its sine and cosine computed once for many pixels.
#[derive(Debug, Clone, Copy)]
pub struct HueRotation {
    sine: f32,
    cosine: f32,
}

impl HueRotation {
    /// A rotation by `angle` radians.
    pub fn new(angle: f32) -> Self {
        Self { sine: libm::sinf(angle), cosine: libm::cosf(angle) }
    }

    /// The rotated colour; lightness and chroma stay.
    pub fn apply(self, color: Oklab) -> Oklab {
        Oklab {
            l: color.l,
            a: self.cosine * color.a - self.sine * color.b,
            b: self.sine * color.a + self.cosine * color.b,
        }
    }
}

/// Linear light, 0.0–1.0, of an sRGB byte.
pub fn linear_of_byte(byte: u8) -> f32 {
    LINEAR_OF_BYTE[byte as usize]
}

/// The sRGB byte of linear light; values outside 0.0–1.0 are clamped.
pub fn byte_of_linear(value: f32) -> u8 {
    BYTE_OF_LINEAR[(value.clamp(0.0, 1.0) * LINEAR_STEPS as f32 + 0.5) as usize]
}

/// Steps of the table that encodes linear light. At 16,384 the steepest part of the sRGB curve
/// moves by 0.2 of a byte per step.
const LINEAR_STEPS: usize = 16_384;

static LINEAR_OF_BYTE: LazyLock<[f32; 256]> =
    LazyLock::new(|| std::array::from_fn(|byte| decode_srgb(byte as f64 / 255.0) as f32));

static BYTE_OF_LINEAR: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let encode = |step| encode_srgb(f64::from(step) / LINEAR_STEPS as f64);
    (0..=LINEAR_STEPS as u32).map(|step| (encode(step) * 255.0 + 0.5) as u8).collect()
});

/// IEC 61966-2-1, from encoded to linear light.
fn decode_srgb(encoded: f64) -> f64 {
    if encoded <= 0.040_45 { encoded / 12.92 } else { libm::pow((encoded + 0.055) / 1.055, 2.4) }
}

/// IEC 61966-2-1, from linear light to encoded.
fn encode_srgb(linear: f64) -> f64 {
    if linear <= 0.003_130_8 {
        linear * 12.92
    } else {
        1.055 * libm::pow(linear, 1.0 / 2.4) - 0.055
    }
}

/// Small excursions are rounding, not colours that sRGB cannot show.
fn in_gamut(linear: [f32; 3]) -> bool {
    linear.iter().all(|value| (-0.001..=1.001).contains(value))
}

recompiled! {
    fn labs_of(colors: &[[u8; 3]], linear_of_byte: &[f32; 256]) -> Vec<Oklab> {
        let channel = |at: usize| -> Vec<f32> {
            colors.iter().map(|color| linear_of_byte[usize::from(color[at])]).collect()
        };
        let [mut long, mut medium, mut short] = [0, 1, 2].map(channel);
        // Loops of their own, each of one kind of numbers: eight at once.
        for ((red, green), blue) in long.iter_mut().zip(&mut medium).zip(&mut short) {
            [*red, *green, *blue] = cones_of([*red, *green, *blue]);
        }
        for cones in [&mut long, &mut medium, &mut short] {
            cones.iter_mut().for_each(|cone| [*cone] = cube_roots([*cone]));
        }
        let roots = long.iter().zip(&medium).zip(&short);
        roots.map(|((&long, &medium), &short)| Oklab::from_roots([long, medium, short])).collect()
    }
}

/// What the receptors for long, medium and short waves see of linear light.
#[inline(always)]
fn cones_of([red, green, blue]: [f32; 3]) -> [f32; 3] {
    [
        0.412_221_46 * red + 0.536_332_55 * green + 0.051_445_995 * blue,
        0.211_903_5 * red + 0.680_699_5 * green + 0.107_396_96 * blue,
        0.088_302_46 * red + 0.281_718_85 * green + 0.629_978_7 * blue,
    ]
}

/// Light that is none.
const BLACK: f32 = 1e-30;

/// The cube roots of values from 0.0 up: an exponent division and two steps of Halley's method,
/// exact to one unit in the last place or two, without a call into a mathematical library. Four at
/// once, or more, fill vectors. That of black is a little more than nothing: cubes of the guess for it would
/// be denormal numbers, with which processors take a hundred times as long.
#[inline(always)]
fn cube_roots<const N: usize>(values: [f32; N]) -> [f32; N] {
    let values = values.map(|value| value.max(BLACK));
    let mut roots = values.map(|value| f32::from_bits(value.to_bits() / 3 + 709_921_077));
    for _ in 0..2 {
        for (root, value) in roots.iter_mut().zip(values) {
            let cube = *root * *root * *root;
            *root *= (cube + 2.0 * value) / (2.0 * cube + value);
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grey_and_every_corner_of_srgb_survives_the_round_trip() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let rgb = [red, green, blue];
                    assert_eq!(Oklab::from_srgb(rgb).to_srgb(), rgb);
                }
            }
        }
    }

    #[test]
    fn many_colours_are_what_each_of_them_is() {
        let level = |at: usize| (at * 37 % 256) as u8;
        for count in [0, 1, 16, 77, 4000] {
            let colors: Vec<[u8; 3]> =
                (0..count).map(|at| [level(at), level(at / 7), level(at / 49)]).collect();
            let each: Vec<Oklab> = colors.iter().map(|&color| Oklab::from_srgb(color)).collect();
            assert_eq!(Oklab::all_from_srgb(&colors), each);
        }
    }

    #[test]
    fn the_cube_root_is_exact_to_a_millionth() {
        for step in 1..=1000 {
            let value = step as f32 / 1000.0;
            let exact = libm::cbrt(f64::from(value)) as f32;
            let roots = cube_roots([value, 1.0, 0.0, value]);
            assert!((roots[0] - exact).abs() < 1e-6 && roots[3] == roots[0], "{value}");
            assert!(roots[1] == 1.0 && roots[2] < 1e-6);
        }
    }

    #[test]
    fn white_has_lightness_one_and_no_chroma() {
        let white = Oklab::from_srgb([255; 3]);
        assert!((white.l - 1.0).abs() < 1e-4 && white.chroma() < 1e-3);
    }

    #[test]
    fn colours_outside_srgb_keep_their_hue() {
        let vivid = Oklab::from_hue(0.6, 0.4, 1.0);
        let shown = Oklab::from_srgb(vivid.to_srgb());
        assert!((shown.hue() - 1.0).abs() < 0.05 && shown.chroma() < 0.3);
    }
}

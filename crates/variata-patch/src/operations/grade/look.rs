//! What a grade does to a colour, in numbers.

use super::GradeKind;
use crate::color::Oklab;
use crate::operations::pixels::smoothstep;
use crate::operations::skin::skin_likeness;

/// The numbers of a look; colours are (a, b) pairs in OKLab.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) gamma: f32,
    /// Share of an S-curve mixed in.
    pub(super) contrast: f32,
    /// Lightness of black.
    pub(super) floor: f32,
    /// Lightness of white.
    pub(super) ceiling: f32,
    pub(super) chroma: f32,
    /// Added to shadows.
    pub(super) shadow: [f32; 2],
    /// Added to lights.
    pub(super) light: [f32; 2],
    /// How much brighter one side is than the other.
    pub(super) side_light: f32,
    pub(super) subject_gain: f32,
    pub(super) ground_gain: f32,
    /// Chroma of the light on the ground.
    pub(super) ground_chroma: f32,
    /// Amplitude of the grain, in lightness.
    pub(super) grain: f32,
}

impl Look {
    const PLAIN: Self = Self {
        gamma: 1.0,
        contrast: 0.0,
        floor: 0.0,
        ceiling: 1.0,
        chroma: 1.0,
        shadow: [0.0; 2],
        light: [0.0; 2],
        side_light: 0.0,
        subject_gain: 1.0,
        ground_gain: 1.0,
        ground_chroma: 0.0,
        grain: 0.0,
    };

    /// The look of a grade.
    pub(super) fn of(kind: GradeKind) -> Self {
        match kind {
            GradeKind::Dusk => Self {
                gamma: 1.15,
                contrast: 0.18,
                shadow: [0.012, -0.028],
                light: [0.026, 0.034],
                side_light: 0.14,
                ..Self::PLAIN
            },
            GradeKind::Golden => Self {
                gamma: 0.96,
                contrast: 0.10,
                chroma: 1.08,
                shadow: [0.012, 0.006],
                light: [0.017, 0.042],
                side_light: 0.12,
                ..Self::PLAIN
            },
            GradeKind::Cool => Self {
                gamma: 1.03,
                contrast: 0.12,
                chroma: 0.80,
                shadow: [-0.006, -0.024],
                light: [-0.006, -0.012],
                ..Self::PLAIN
            },
            GradeKind::Night => Self {
                gamma: 1.12,
                contrast: 0.26,
                chroma: 0.58,
                shadow: [-0.004, -0.064],
                light: [-0.012, -0.040],
                subject_gain: 0.80,
                ground_gain: 0.62,
                ..Self::PLAIN
            },
            GradeKind::High => Self {
                gamma: 0.78,
                contrast: 0.06,
                floor: 0.05,
                chroma: 0.86,
                light: [0.001, 0.006],
                ..Self::PLAIN
            },
            GradeKind::Mono => {
                Self { contrast: 0.45, chroma: 0.0, grain: 0.014, floor: 0.02, ..Self::PLAIN }
            }
            GradeKind::Sepia => Self {
                contrast: 0.16,
                floor: 0.06,
                ceiling: 0.97,
                chroma: 0.0,
                shadow: [0.022, 0.034],
                light: [0.014, 0.046],
                grain: 0.012,
                ..Self::PLAIN
            },
            GradeKind::Selenium => Self {
                gamma: 1.18,
                contrast: 0.36,
                chroma: 0.0,
                shadow: [0.026, -0.002],
                light: [0.008, 0.016],
                grain: 0.010,
                ..Self::PLAIN
            },
            GradeKind::Cyanotype => Self {
                gamma: 1.05,
                contrast: 0.20,
                floor: 0.10,
                chroma: 0.0,
                shadow: [-0.022, -0.088],
                light: [-0.020, -0.040],
                ..Self::PLAIN
            },
            GradeKind::Film => Self {
                contrast: 0.22,
                floor: 0.09,
                ceiling: 0.955,
                chroma: 0.84,
                shadow: [-0.012, -0.006],
                light: [0.004, 0.020],
                grain: 0.012,
                ..Self::PLAIN
            },
            GradeKind::Rim => {
                Self { contrast: 0.08, ground_gain: 0.46, ground_chroma: 0.035, ..Self::PLAIN }
            }
        }
    }

    pub(super) fn parts_subject_from_ground(&self) -> bool {
        self.subject_gain != self.ground_gain
    }

    pub(super) fn curve(&self) -> Curve {
        Curve::new(|l| {
            let toned = libm::powf(l, self.gamma);
            let toned = toned + self.contrast * (smoothstep(0.0, 1.0, toned) - toned);
            self.floor + (self.ceiling - self.floor) * toned
        })
    }
}

/// `color` at lightness `l` with the look's chroma and tints; skin takes less of them.
pub(super) fn tinted(color: Oklab, l: f32, look: &Look, ground_tint: [f32; 2]) -> Oklab {
    let restraint = 1.0 - 0.4 * skin_likeness(color);
    // Black stays black and white nearly white: a yellow cloud is a stain, not a sunset.
    let room = (6.0 * l * (1.05 - l)).clamp(0.05, 1.0) * (1.0 - 0.7 * smoothstep(0.80, 0.97, l));
    let (dark, bright) = ((1.0 - l) * (1.0 - l), l * l);
    let chroma = if look.chroma == 0.0 { 0.0 } else { 1.0 + (look.chroma - 1.0) * restraint };
    let tint = |c: usize| {
        let split = look.shadow[c] * dark + look.light[c] * bright;
        room * (split * restraint * 1.6 + ground_tint[c])
    };
    Oklab { l, a: color.a * chroma + tint(0), b: color.b * chroma + tint(1) }
}

/// A function of lightness as a table.
pub(super) struct Curve {
    table: Vec<f32>,
}

impl Curve {
    const STEPS: usize = 1024;

    fn new(value: impl Fn(f32) -> f32) -> Self {
        let at = |step: usize| value(step as f32 / Self::STEPS as f32);
        Self { table: (0..=Self::STEPS + 1).map(at).collect() }
    }

    pub(super) fn at(&self, l: f32) -> f32 {
        let place = l.clamp(0.0, 1.0) * Self::STEPS as f32;
        let step = place as usize;
        let (low, high) = (self.table[step], self.table[step + 1]);
        low + (high - low) * (place - step as f32)
    }
}

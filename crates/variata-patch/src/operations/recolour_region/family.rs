//! Families of hues: what a painter would call the colours of a picture.
//!
//! Hues are counted around the circle, and a family reaches from one valley of the count to the
//! next. A change of colour that fades out in a valley meets hardly any pixel half way, which is
//! where blotches and fringes come from.

use std::f32::consts::PI;

use crate::color::Oklab;
use crate::filter::percentile;
use crate::grid::{LabImage, Mask};
use crate::operations::grade::skin_likeness;
use crate::operations::pixels::smoothstep;

/// Colours that share a hue, between two valleys of the circle of hues.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Family {
    /// The commonest hue, in radians.
    pub(super) hue: f32,
    /// How far the family reaches below and above it, in radians.
    pub(super) reach: (f32, f32),
    /// How much farther than that it fades out, in radians: 0 where it ends in a valley.
    pub(super) fade: f32,
    /// Median chroma.
    pub(super) chroma: f32,
    /// Median lightness.
    pub(super) lightness: f32,
}

impl Family {
    /// How far a colour belongs to the family, 0.0–1.0. Colours of skin belong to none.
    pub(super) fn membership(&self, color: Oklab) -> f32 {
        let apart = turn_between(self.hue, color.hue());
        let reach = if apart < 0.0 { self.reach.0 } else { self.reach.1 };
        let hue = 1.0 - smoothstep(0.75 * reach, 1.1 * reach + self.fade, apart.abs());
        let vivid = smoothstep(0.02, 0.02 + 0.4 * self.chroma, color.chroma());
        hue * vivid * (1.0 - skin_likeness(color))
    }

    /// The family as one part of a picture has it: around its own hue, and no wider than its shades
    /// need. The wood under a red cup is then no part of the cup.
    pub(super) fn narrowed(self, colors: &LabImage, part: &Mask) -> Self {
        let inside = colors.cells().iter().zip(part.cells()).filter(|(_, inside)| **inside);
        let turns: Vec<f32> =
            inside.map(|(color, _)| turn_between(self.hue, color.hue())).collect();
        let middle = percentile(&turns, 0.5);
        let side = |sign: f32, most: f32| {
            let apart: Vec<f32> = turns
                .iter()
                .map(|turn| sign * (turn - middle))
                .filter(|turn| *turn > 0.0)
                .collect();
            (3.0 * percentile(&apart, 0.5)).min(most).max(LEAST_REACH)
        };
        let reach = (side(-1.0, self.reach.0 + middle), side(1.0, self.reach.1 - middle));
        Self { hue: self.hue + middle, reach, ..self }
    }

    /// The family where it passes into others without an edge: what is next to it goes part of the
    /// way, or it would stay behind as blotches.
    pub(super) fn fading(self) -> Self {
        Self { fade: FADE, ..self }
    }

    fn with_medians(self, colors: &LabImage) -> Self {
        let members = colors.cells().iter().filter(|color| self.membership(**color) > 0.5);
        let (chroma, lightness): (Vec<f32>, Vec<f32>) =
            members.map(|color| (color.chroma(), color.l)).unzip();
        Self { chroma: percentile(&chroma, 0.5), lightness: percentile(&lightness, 0.5), ..self }
    }
}

/// Every family reaches this far, in radians: 12°.
const LEAST_REACH: f32 = 0.21;

/// How far the colours of petals and of a glow fade out, in radians: 29°, more than they turn at most
/// times, so that the order of the hues stays.
const FADE: f32 = 0.5;

/// What is fainter than this on the whole has no hue to speak of.
const LEAST_CHROMA: f32 = 0.055;

/// The turn from one hue to another, −π to π.
pub(super) fn turn_between(from: f32, to: f32) -> f32 {
    (to - from + 5.0 * PI) % (2.0 * PI) - PI
}

/// The families of the picture, in no particular order.
pub(super) fn families(colors: &LabImage) -> Vec<Family> {
    let counts = counted(colors);
    let at = |bin: isize| counts[bin.rem_euclid(BINS as isize) as usize];
    let is_peak =
        |bin: &isize| at(*bin) > LEAST_PEAK && at(*bin) > at(bin - 1) && at(*bin) >= at(bin + 1);
    let family = |peak: isize| {
        let (below, above) = (valley(peak, -1, &at), valley(peak, 1, &at));
        // A peak on another's shoulder is a shade of that one.
        let highest_pass = at(peak - below).max(at(peak + above));
        let family = Family {
            hue: (peak as f32 + 0.5) * BIN_RADIANS,
            reach: (below as f32 * BIN_RADIANS, above as f32 * BIN_RADIANS),
            fade: 0.0,
            chroma: 0.1,
            lightness: 0.5,
        };
        (highest_pass < 0.8 * at(peak)).then(|| family.with_medians(colors))
    };
    let found = (0..BINS as isize).filter(is_peak).filter_map(family);
    found.filter(|family| family.chroma > LEAST_CHROMA).collect()
}

/// Counters around the circle of hues.
const BINS: usize = 72;
const BIN_RADIANS: f32 = 2.0 * PI / BINS as f32;

/// What a peak counts at least: less than one percent of the picture in vivid colours.
const LEAST_PEAK: f32 = 0.003;

/// How much of each hue there is, vivid colours counting more, smoothed over 10°.
fn counted(colors: &LabImage) -> Vec<f32> {
    let mut counts = vec![0.0f32; BINS];
    for color in colors.cells() {
        let chroma = color.chroma();
        let weight = ((chroma - 0.035) / 0.05).clamp(0.0, 1.0) * (10.0 * chroma).min(1.5);
        let bin = (color.hue() + 2.0 * PI) / BIN_RADIANS;
        counts[bin as usize % BINS] += weight / colors.cells().len() as f32;
    }
    let weights: Vec<f32> = (-6..=6i32).map(|d| libm::expf(-(d * d) as f32 / 8.0)).collect();
    let total: f32 = weights.iter().sum();
    let smooth = |bin: usize| {
        let near = weights.iter().enumerate();
        near.map(|(d, weight)| weight * counts[(bin + BINS + d - 6) % BINS]).sum::<f32>() / total
    };
    (0..BINS).map(smooth).collect()
}

/// How many bins from `peak` in steps of `step` the count is lowest before it rises again.
fn valley(peak: isize, step: isize, at: &impl Fn(isize) -> f32) -> isize {
    let mut lowest = 1;
    for distance in 1..FARTHEST {
        let here = at(peak + step * distance);
        let low = at(peak + step * lowest);
        if here < low {
            lowest = distance;
        }
        let ended = here < 0.06 * at(peak);
        let rises = here > 1.6 * low && low < 0.5 * at(peak);
        if ended || rises || here > at(peak) {
            break;
        }
    }
    lowest
}

/// No family reaches farther than 75° to either side.
const FARTHEST: isize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;

    #[test]
    fn two_hues_are_two_families_that_meet_in_the_valley() {
        let colors = Grid::from_fn(64, 64, |x, y| {
            let wobble = 0.1 * ((x * 7 + y * 3) % 11) as f32 / 11.0;
            let hue = if x < 40 { 0.4 } else { 2.4 } + wobble;
            Oklab::from_hue(0.6, 0.15, hue)
        });
        let found = families(&colors);
        assert_eq!(found.len(), 2, "{found:?}");
        for (family, own, other) in [(found[0], 0.45, 2.45), (found[1], 2.45, 0.45)] {
            assert!(family.membership(Oklab::from_hue(0.5, 0.12, own)) > 0.9);
            assert_eq!(family.membership(Oklab::from_hue(0.5, 0.12, other)), 0.0);
        }
    }

    #[test]
    fn what_is_next_to_a_fading_family_goes_part_of_the_way() {
        let hues = Grid::from_fn(64, 64, |x, _| Oklab::from_hue(0.7, 0.15, 1.2 + x as f32 / 800.0));
        let family = families(&hues)[0];
        let beside = Oklab::from_hue(0.7, 0.15, family.hue - 1.2 * family.reach.0);
        assert_eq!(family.membership(beside), 0.0);
        assert!((0.1..0.9).contains(&family.fading().membership(beside)));
    }

    #[test]
    fn grey_pictures_and_skin_have_no_family() {
        assert!(families(&Grid::new(8, 8, Oklab { l: 0.5, a: 0.01, b: 0.0 })).is_empty());
        let red = families(&Grid::new(8, 8, Oklab::from_srgb([190, 40, 45])))[0];
        assert!(red.membership(Oklab::from_srgb([214, 165, 140])) < 0.1);
    }
}

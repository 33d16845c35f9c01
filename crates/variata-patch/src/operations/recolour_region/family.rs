//! Families of hues: what a painter would call the colours of a picture.
//!
//! Hues are counted around the circle, and a family reaches from one valley of the count to the
//! next. A change of colour that fades out in a valley meets hardly any pixel half way, which is
//! where blotches and fringes come from.

use std::f32::consts::PI;
use std::ops::Range;

use crate::color::Oklab;
use crate::filter::percentile;
use crate::grid::{LabImage, Mask};
use crate::operations::pixels::smoothstep;
use crate::operations::skin::skin_likeness;

/// Colours that share a hue, between two valleys of the circle of hues.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Family {
    /// The commonest hue, in radians.
    pub(super) hue: f32,
    /// How far the family reaches below and above it, in radians.
    pub(super) reach: (f32, f32),
    /// How much farther than that it fades out, in radians: 0 where it ends in a valley.
    pub(super) fade: f32,
    /// Whether another family is so near that a valley between them was looked for and found.
    pub(super) is_parted: bool,
    /// Median chroma.
    pub(super) chroma: f32,
    /// Median lightness.
    pub(super) lightness: f32,
}

impl Family {
    /// How far a colour belongs to the family, 0.0–1.0. Colours of skin belong to none.
    pub(super) fn membership(&self, color: Oklab) -> f32 {
        let vivid = smoothstep(0.02, 0.02 + 0.4 * self.chroma, color.chroma());
        if vivid <= 0.0 {
            return 0.0;
        }
        let apart = turn_between(self.hue, color.hue());
        let reach = if apart < 0.0 { self.reach.0 } else { self.reach.1 };
        let hue = 1.0 - smoothstep(0.75 * reach, 1.1 * reach + self.fade, apart.abs());
        if hue <= 0.0 { 0.0 } else { hue * vivid * (1.0 - skin_likeness(color)) }
    }

    /// The family as one part of a picture has it: around its own hue, and no wider than its shades
    /// need. The wood under a red cup is then no part of the cup.
    pub(super) fn narrowed(self, colors: &LabImage, part: &Mask) -> Self {
        let inside = colors.cells().iter().zip(part.cells()).filter(|(_, inside)| **inside);
        let mut turns: Vec<f32> =
            inside.map(|(color, _)| turn_between(self.hue, color.hue())).collect();
        let shades = commonest_shades(&turns);
        turns.retain(|turn| shades.contains(turn));
        let middle = percentile(&turns, 0.5);
        let side = |sign: f32, most: f32| {
            let apart: Vec<f32> = turns
                .iter()
                .map(|turn| sign * (turn - middle))
                .filter(|turn| *turn > 0.0)
                .collect();
            let valley = if sign < 0.0 { middle - shades.start } else { shades.end - middle };
            (3.0 * percentile(&apart, 0.5)).min(most).max(LEAST_REACH).min(valley)
        };
        let reach = (side(-1.0, self.reach.0 + middle), side(1.0, self.reach.1 - middle));
        let is_parted = shades.start.is_finite() || shades.end.is_finite();
        Self { hue: self.hue + middle, reach, is_parted, ..self }
    }

    /// The family where it passes into others without an edge: what is next to it goes part of the
    /// way, or it would stay behind as blotches.
    pub(super) fn fading(self) -> Self {
        Self { fade: FADE, ..self }
    }

    /// The family for single pixels, whose noise and clipped lights have hues that no thing at this
    /// place has; where there is such a thing, it is the family itself.
    pub(super) fn tolerant(self) -> Self {
        let fade = if self.is_parted { self.fade } else { self.fade.max(NOISE) };
        Self { fade, ..self }
    }

    /// The family deep inside a thing, where a gleam, a reflection or a shadow of another hue is still
    /// the thing.
    pub(super) fn inner(self) -> Self {
        Self { fade: self.fade.max(FADE), ..self }
    }

    fn with_medians(self, colors: &LabImage) -> Self {
        let members = colors.cells().iter().filter(|color| self.membership(**color) > 0.5);
        let (chroma, lightness): (Vec<f32>, Vec<f32>) =
            members.map(|color| (color.chroma(), color.l)).unzip();
        Self { chroma: percentile(&chroma, 0.5), lightness: percentile(&lightness, 0.5), ..self }
    }
}

/// The shades among `turns` (radians) up to the valleys to both sides of the commonest; without end
/// where there is no valley. It is sharper than the valleys of the whole picture: 14° part a red
/// saucer from the wood that it stands on.
fn commonest_shades(turns: &[f32]) -> Range<f32> {
    let mut counts = [0u32; SHADES];
    let middle = SHADES / 2;
    for turn in turns {
        let at = middle as f32 + turn / SHADE_RADIANS;
        counts[(at.max(0.0) as usize).min(SHADES - 1)] += 1;
    }
    let smooth: Vec<u32> = (0..SHADES)
        .map(|at| {
            let near = at.saturating_sub(1)..=(at + 1).min(SHADES - 1);
            near.map(|at| counts[at]).sum()
        })
        .collect();
    let peak = (0..SHADES).max_by_key(|&at| smooth[at]).unwrap_or(middle);
    let below = deep_valley(smooth[..=peak].iter().rev());
    let above = deep_valley(smooth[peak..].iter());
    let turn = |at: usize| (at as f32 + 0.5 - middle as f32) * SHADE_RADIANS;
    let start = below.map_or(f32::NEG_INFINITY, |steps| turn(peak - steps));
    start..above.map_or(f32::INFINITY, |steps| turn(peak + steps))
}

/// Shades that are counted apart, 2° each.
const SHADES: usize = 90;
const SHADE_RADIANS: f32 = PI / SHADES as f32;

/// How many steps from a peak, which `counts` begin with, a valley lies that another peak follows.
fn deep_valley<'a>(mut counts: impl Iterator<Item = &'a u32>) -> Option<usize> {
    let peak = *counts.next()?;
    let mut lowest = (0, peak);
    for (steps, &count) in (1..).zip(counts) {
        if count < lowest.1 {
            lowest = (steps, count);
        } else if count > peak / 4 && 2 * lowest.1 < count {
            return Some(lowest.0);
        }
    }
    None
}

/// Every family reaches this far, in radians: 12°.
const LEAST_REACH: f32 = 0.21;

/// How far the colours of petals and of a glow fade out, in radians: 29°, more than they turn at most
/// times, so that the order of the hues stays.
const FADE: f32 = 0.5;

/// How much farther the hues of single pixels go than those of a small picture, in radians: 11°.
const NOISE: f32 = 0.2;

/// What is fainter than this on the whole has no hue to speak of.
const LEAST_CHROMA: f32 = 0.055;

/// The turn from one hue to another, −π to π.
pub(super) fn turn_between(from: f32, to: f32) -> f32 {
    const WHOLE: f32 = 2.0 * PI;
    let turns = to - from + 5.0 * PI;
    // The remainder, which is exact, by subtractions that are: it is asked for hundreds of thousands of
    // times a picture, and a call takes longer than all that is done with it.
    let rest = if turns >= 2.0 * WHOLE { turns - 2.0 * WHOLE } else { turns };
    let rest = if rest >= WHOLE { rest - WHOLE } else { rest };
    if (0.0..WHOLE).contains(&rest) { rest - PI } else { turns % WHOLE - PI }
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
            is_parted: false,
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
    fn a_turn_is_the_remainder_of_whole_turns() {
        for step in -4000..4000 {
            let (from, to) = (0.7, 0.7 + step as f32 * 0.009);
            assert_eq!(turn_between(from, to), (to - from + 5.0 * PI) % (2.0 * PI) - PI, "{step}");
        }
    }

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
    fn a_saucer_is_parted_from_the_wood_below_it_and_a_rose_is_whole() {
        // 32° for most of it and 46° for a third, each give or take 2°.
        let wobble = |x: usize, y: usize| ((x * 7 + y * 3) % 9) as f32 - 4.0;
        let shade = |x: f32, degrees: f32| Oklab::from_hue(0.5, 0.14, (degrees + x).to_radians());
        let everywhere = Mask::new(60, 60, true);
        let saucer = Grid::from_fn(60, 60, |x, y| {
            shade(0.5 * wobble(x, y), if x < 40 { 32.0 } else { 46.0 })
        });
        let family = families(&saucer)[0].narrowed(&saucer, &everywhere);
        let wood = Oklab::from_hue(0.55, 0.13, 46f32.to_radians());
        assert!(family.is_parted && family.membership(wood) < 0.1, "{family:?}");
        let rose = Grid::from_fn(60, 60, |x, y| shade(wobble(x, y), 30.0 + x as f32 / 4.0));
        assert!(!families(&rose)[0].narrowed(&rose, &everywhere).is_parted);
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

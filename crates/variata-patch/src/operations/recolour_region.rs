//! One thing in another colour: a jumper, a hat, a house front, the sky.
//!
//! No outline of the thing is known, only that its colour is its own. Colours are grouped; a group
//! becomes a region where it is solid, ends at an edge and does not go on outside as something
//! similar. What is left in doubt is refused, since a blotch is seen at once and a picture without
//! this operation is missed by nobody. Skin is never recoloured.

use std::f32::consts::{PI, TAU};

use super::grade::skin_likeness;
use super::pixels::{
    ColorTable, EdgeMask, guide_of, lab_of, mix_all, repainted, smoothstep, with_picture,
};
use super::{Context, Frame, Operation, Stop};
use crate::color::{HueRotation, Oklab};
use crate::filter::{components, distance_to, eroded, largest_components, opened, percentile};
use crate::grid::{LabImage, Mask, Plane};
use crate::random::Random;

/// Turns the hue of the most suitable region (rank 0) or of one of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecolourRegion {
    /// Which of the regions that pass the gates.
    pub rank: usize,
}

impl Operation for RecolourRegion {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        let colors = lab_of(&frame.image, SIDE);
        let region = regions(&colors).into_iter().nth(self.rank).ok_or(Stop::Refused)?;
        context.check_cancelled()?;
        let turn = region.turn(random) * context.boldness.min(1.2);
        let (rotation, family) = (HueRotation::new(turn), region.family);
        let table = ColorTable::new(|color| {
            let share = family.wider().membership(color) * (1.0 - skin_likeness(color));
            color.lerp(rotation.apply(color).with_chroma_scaled(0.94), share)
        });
        let guide = guide_of(&frame.image, SIDE);
        let weight = region.mask.map(|set| if set { 1.0 } else { 0.0 });
        let mask = EdgeMask::new(&guide, &weight, 2, 4e-4);
        context.check_cancelled()?;
        let image = repainted(
            &frame.image,
            |y| mask.row(&frame.image, y),
            |mask, x, color| {
                let share = smoothstep(0.08, 0.5, mask[x]);
                if share <= 0.0 {
                    return color.map(f32::from);
                }
                mix_all(color.map(f32::from), table.at(color), share)
            },
        );
        Ok(with_picture(frame, image, "recoloured"))
    }
}

/// Side at which regions are found.
const SIDE: usize = 160;

/// Colours below this chroma have no hue to speak of.
const LEAST_CHROMA: f32 = 0.045;

/// Colours that share a hue.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Family {
    /// Middle of the hues, in radians.
    hue: f32,
    /// Half the width of the band of hues, in radians.
    half_width: f32,
    chroma: f32,
}

impl Family {
    /// How far a colour belongs to the family, 0.0–1.0.
    fn membership(&self, color: Oklab) -> f32 {
        let apart = angle_between(color.hue(), self.hue);
        let hue = 1.0 - smoothstep(0.6 * self.half_width, self.half_width, apart);
        hue * smoothstep(0.022, 0.022 + 0.4 * self.chroma, color.chroma())
    }

    /// The family as the solid part of a picture has it: its own mean, and a band no wider than its
    /// own spread. A red flag beside an orange suit is then no part of the suit.
    fn narrowed(self, colors: &LabImage, solid: &Mask) -> Option<Self> {
        let members: Vec<Oklab> = colors
            .cells()
            .iter()
            .zip(solid.cells())
            .filter_map(|(color, set)| set.then_some(*color))
            .collect();
        if members.is_empty() {
            return None;
        }
        let sum = members.iter().fold((0.0f64, 0.0f64), |(a, b), color| {
            (a + f64::from(color.a), b + f64::from(color.b))
        });
        let hue = libm::atan2(sum.1, sum.0) as f32;
        let spread: Vec<f32> =
            members.iter().map(|color| angle_between(color.hue(), hue)).collect();
        let chroma: Vec<f32> = members.iter().map(|color| color.chroma()).collect();
        let half_width = (2.2 * percentile(&spread, 0.85)).clamp(0.22, self.half_width.max(0.22));
        Some(Self { hue, half_width, chroma: percentile(&chroma, 0.5) })
    }

    /// The family with room for the shades that a mixture with its surroundings has.
    fn wider(self) -> Self {
        Self { half_width: (1.35 * self.half_width).min(1.1), ..self }
    }
}

fn angle_between(a: f32, b: f32) -> f32 {
    let apart = (a - b).abs() % TAU;
    apart.min(TAU - apart)
}

/// A part of the picture in colours of its own.
struct Region {
    family: Family,
    mask: Mask,
    /// Share of the picture, 0.0–1.0.
    share: f32,
}

impl Region {
    /// How much there is to see of it; one hue counts more than a mixture of two.
    fn conspicuity(&self) -> f32 {
        self.share * self.family.chroma / self.family.half_width
    }

    /// By which angle to turn its hue.
    ///
    /// Warm hues and greens are those of fruit, petals, fur, wood and leaves: they take hues that
    /// these have too. A sky takes other blues. What else is blue, violet or pink is made by people
    /// and may have any hue.
    fn turn(&self, random: &mut Random) -> f32 {
        let degrees = self.family.hue.to_degrees().rem_euclid(360.0);
        let turn: f32 = match degrees {
            0.0..50.0 => random.choose([38.0, 52.0, -32.0]),
            50.0..85.0 => random.choose([-34.0, 32.0, -48.0]),
            85.0..115.0 => random.choose([-34.0, -52.0, -66.0]),
            115.0..165.0 => random.choose([-38.0, -55.0, 16.0]),
            180.0..290.0 if self.share > 0.25 => random.choose([32.0, 44.0, -26.0]),
            _ => random.choose([110.0, -110.0, 150.0, 75.0, -75.0]),
        };
        turn.to_radians()
    }
}

/// The regions that pass the gates, the most conspicuous first, of clearly different hues.
fn regions(colors: &LabImage) -> Vec<Region> {
    let centers = families(colors);
    let mut found: Vec<Region> =
        centers.iter().filter_map(|&family| region(colors, family)).collect();
    found.sort_by(|a, b| b.conspicuity().total_cmp(&a.conspicuity()));
    let mut distinct: Vec<Region> = Vec::new();
    for candidate in found {
        let apart = |other: &Region| angle_between(other.family.hue, candidate.family.hue) > 0.7;
        if distinct.iter().all(apart) {
            distinct.push(candidate);
        }
    }
    distinct
}

/// The colour groups of the picture as families of hues.
fn families(colors: &LabImage) -> Vec<Family> {
    let vivid: Vec<Oklab> =
        colors.cells().iter().copied().filter(|color| color.chroma() > LEAST_CHROMA).collect();
    if vivid.len() * 40 < colors.cells().len() {
        return Vec::new();
    }
    let centers = clusters(&vivid, 5);
    let hues: Vec<(f32, f32)> = centers.iter().map(|c| (c.hue(), c.chroma())).collect();
    hues.iter()
        .filter(|(_, chroma)| *chroma > 0.05)
        .map(|&(hue, chroma)| {
            // Six tenths of the way to the next hue that is not a shade of this one.
            let gaps = hues.iter().map(|&(other, _)| angle_between(hue, other));
            let gap = gaps.filter(|gap| *gap > 0.21).fold(PI, f32::min);
            Family { hue, half_width: (0.6 * gap).clamp(0.31, 0.78), chroma }
        })
        .collect()
}

/// The means of `count` groups of colours (Lloyd, 1982), lightness counting a third. The first
/// means are the most vivid colour and then always the one farthest from those before.
fn clusters(colors: &[Oklab], count: usize) -> Vec<Oklab> {
    let scaled: Vec<Oklab> =
        colors.iter().map(|color| Oklab { l: 0.35 * color.l, ..*color }).collect();
    let mut centers: Vec<Oklab> = Vec::new();
    let mut far: Vec<f32> = scaled.iter().map(|color| color.chroma()).collect();
    for _ in 0..count {
        let farthest = far.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let Some((at, _)) = farthest else { break };
        let center = scaled[at];
        let fresh = centers.is_empty();
        for (distance, color) in far.iter_mut().zip(&scaled) {
            let apart = color.distance_squared(center);
            *distance = if fresh { apart } else { distance.min(apart) };
        }
        centers.push(center);
    }
    for _ in 0..12 {
        centers = means(&scaled, &centers);
    }
    centers
}

fn means(colors: &[Oklab], centers: &[Oklab]) -> Vec<Oklab> {
    let mut sums = vec![([0.0f64; 3], 0usize); centers.len()];
    for color in colors {
        let apart = |center: &Oklab| color.distance_squared(*center);
        let nearest = (0..centers.len())
            .min_by(|&a, &b| apart(&centers[a]).total_cmp(&apart(&centers[b])))
            .unwrap_or(0);
        let (sum, count) = &mut sums[nearest];
        for (total, value) in sum.iter_mut().zip([color.l, color.a, color.b]) {
            *total += f64::from(value);
        }
        *count += 1;
    }
    let mean = |((sum, count), old): (&([f64; 3], usize), &Oklab)| match count {
        0 => *old,
        _ => {
            let [l, a, b] = sum.map(|total| (total / *count as f64) as f32);
            Oklab { l, a, b }
        }
    };
    sums.iter().zip(centers).map(mean).collect()
}

/// The region of a family, if it is one that can be recoloured unseen.
fn region(colors: &LabImage, family: Family) -> Option<Region> {
    let rough = opened(&colors.map(|color| family.membership(color) > 0.45), 2);
    let family = family.narrowed(colors, &largest_components(&rough, 0.3))?;
    let membership = colors.map(|color| family.membership(color));
    let raw = membership.map(|value| value > 0.45);
    let mask = without_lips(&largest_components(&opened(&raw, 1), 0.02), colors);
    let (raw_count, count) = (set_count(&raw), set_count(&mask));
    let share = count / mask.cells().len() as f32;
    let sound = (0.03..0.45).contains(&share)
        && count > SOLIDITY * raw_count
        && skin_share(colors, &mask) < 0.3
        && doubtful_share(&membership) < MOST_DOUBT
        && ends_at_edges(colors, &membership, &mask);
    let grown = regrown(&mask, &membership);
    sound.then_some(Region { family, mask: grown, share })
}

/// The mask without its smaller parts that lie amid skin: lips, and blushes.
fn without_lips(mask: &Mask, colors: &LabImage) -> Mask {
    let (labels, parts) = components(mask);
    let largest = parts.iter().map(|part| part.area).max().unwrap_or(0);
    let mut kept = mask.clone();
    for (index, part) in parts.iter().enumerate() {
        if part.area * 3 > largest {
            continue;
        }
        let own = labels.map(|label| label == index as u32 + 1);
        let ring = distance_to(&own).map(|distance| distance > 2.5 && distance < 5.5);
        if skin_share(colors, &ring) > 0.3 {
            kept = kept.zip_map(&own, |set, own| set && !own);
        }
    }
    kept
}

/// The mask with what the opening took away: whatever belongs to the family, is near and hangs
/// together with it.
fn regrown(mask: &Mask, membership: &Plane) -> Mask {
    let near =
        distance_to(mask).zip_map(membership, |distance, value| distance < 8.5 && value > 0.2);
    let (labels, parts) = components(&near);
    let mut touched = vec![false; parts.len() + 1];
    for (label, set) in labels.cells().iter().zip(mask.cells()) {
        touched[*label as usize] |= *set;
    }
    labels.map(|label| label > 0 && touched[label as usize])
}

/// Share of a family's pixels that must lie in its solid parts: speckles are refused.
const SOLIDITY: f32 = 0.72;

/// Share of the family's pixels that may belong to it by half.
const MOST_DOUBT: f32 = 0.23;

fn set_count(mask: &Mask) -> f32 {
    mask.cells().iter().filter(|&&set| set).count() as f32
}

fn skin_share(colors: &LabImage, mask: &Mask) -> f32 {
    let skin = colors.zip_map(mask, |color, set| if set { skin_likeness(color) } else { 0.0 });
    skin.cells().iter().sum::<f32>() / set_count(mask).max(1.0)
}

fn doubtful_share(membership: &Plane) -> f32 {
    let count = |from: f32, to: f32| {
        membership.cells().iter().filter(|value| (from..to).contains(*value)).count() as f32
    };
    count(0.15, 0.85) / count(0.15, 2.0).max(1.0)
}

/// Whether the region stops where something else begins: just outside hardly anything may belong
/// to its family, and colours have to differ across most of the border.
fn ends_at_edges(colors: &LabImage, membership: &Plane, mask: &Mask) -> bool {
    let ring = distance_to(mask).map(|distance| distance > 3.5 && distance < 9.5);
    let outside = membership.zip_map(&ring, |value, set| if set { value } else { 0.0 });
    let similar = outside.cells().iter().sum::<f32>() / set_count(&ring).max(1.0);
    let core = eroded(mask, 1);
    let (mut border, mut clear) = (0, 0);
    let side = mask.width() as isize;
    for y in 4..side - 4 {
        for x in 4..side - 4 {
            if !mask.at(x as usize, y as usize) || core.at(x as usize, y as usize) {
                continue;
            }
            border += 1;
            let inside = colors.at(x as usize, y as usize);
            let steps = [(4, 0), (-4, 0), (0, 4), (0, -4), (3, 3), (-3, 3), (3, -3), (-3, -3)];
            let most = steps
                .into_iter()
                .map(|(dx, dy)| color_distance(inside, colors.clamped(x + dx, y + dy)))
                .fold(0.0, f32::max);
            clear += usize::from(most > 0.055);
        }
    }
    similar < 0.09 && clear as f32 > 0.66 * border as f32
}

/// Distance in hue and chroma, lightness counting little: a shadow is no edge of a thing.
fn color_distance(a: Oklab, b: Oklab) -> f32 {
    let (l, u, v) = (0.3 * (a.l - b.l), a.a - b.a, a.b - b.b);
    (l * l + u * u + v * v).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{Grid, Raster};
    use crate::operations::testing::{apply, check_withstands, degenerate, photo};

    /// A disc of one colour on a ground of another.
    fn disc(inside: [u8; 3], outside: [u8; 3]) -> Raster {
        Raster::from_fn(200, 200, |x, y| {
            let (u, v) = (x as f32 - 99.5, y as f32 - 99.5);
            let [r, g, b] = if u * u + v * v < 2500.0 { inside } else { outside };
            [r, g, b, 255]
        })
    }

    #[test]
    fn a_thing_changes_its_hue_and_its_surroundings_stay() {
        let analysis = photo(disc([190, 40, 45], [150, 150, 145]));
        let frame = apply(&RecolourRegion { rank: 0 }, &analysis, 1.0, 3).unwrap();
        let lab = |raster: &Raster, x: usize| {
            let [r, g, b, _] = raster.at(x, 100);
            Oklab::from_srgb([r, g, b])
        };
        let (before, after) = (lab(&analysis.source, 100), lab(&frame.image, 100));
        assert!(angle_between(before.hue(), after.hue()) > 0.4);
        assert!((before.l - after.l).abs() < 0.03);
        for x in (0..44).chain(156..200) {
            assert!(lab(&analysis.source, x).distance(lab(&frame.image, x)) < 0.02, "{x}");
        }
    }

    #[test]
    fn skin_gradients_and_speckles_are_refused() {
        let face = disc([214, 165, 140], [90, 100, 120]);
        let gradient = Raster::from_fn(200, 200, |x, _| {
            let color = Oklab::from_hue(0.6, 0.1, x as f32 / 50.0).to_srgb();
            [color[0], color[1], color[2], 255]
        });
        let speckles = Raster::from_fn(200, 200, |x, y| {
            if (x / 2 * 7 + y / 2 * 11) % 5 == 0 {
                [200, 40, 40, 255]
            } else {
                [140, 140, 140, 255]
            }
        });
        for picture in [face, gradient, speckles] {
            let refused = apply(&RecolourRegion { rank: 0 }, &photo(picture), 1.0, 3);
            assert_eq!(refused.err(), Some(Stop::Refused));
        }
    }

    #[test]
    fn lips_are_no_part_of_a_red_hat() {
        let mask = Grid::from_fn(96, 96, |x, y| {
            y < 20 || ((40..52).contains(&x) && (60..66).contains(&y))
        });
        let skin = Oklab::from_srgb([214, 165, 140]);
        let red = Oklab::from_srgb([190, 40, 45]);
        let colors = mask.map(|set| if set { red } else { skin });
        let kept = without_lips(&mask, &colors);
        assert!(kept.at(50, 5) && !kept.at(45, 62));
    }

    #[test]
    fn any_picture_is_withstood_and_plain_ones_are_refused() {
        check_withstands(&RecolourRegion { rank: 0 });
        for (name, picture) in degenerate() {
            let frame = apply(&RecolourRegion { rank: 0 }, &photo(picture), 1.0, 3);
            assert!(frame.is_err() || !["black", "white", "transparent"].contains(&name), "{name}");
        }
    }
}

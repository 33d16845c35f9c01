//! One thing in another colour: petals, a jumper, a cup, a house front, the sky.
//!
//! No outline of the thing is known, only that its hue is its own. All of a family of hues changes
//! that hangs together, by a smooth change of colours alone: soft borders stay soft, and there is
//! nothing to fringe. What that makes is looked at before it is used: where a border appears that
//! the picture did not have, the colour does not belong to one thing, and is left alone. Skin
//! never changes.

mod extent;
mod family;
mod fringe;
mod paint;
mod subject;
mod target;

pub(super) use subject::HueChange;

use super::pixels::{ColorTable, lab_of, with_picture};
use super::{Context, Frame, Operation, Stop};
use crate::analysis::Analysis;
use crate::color::Oklab;
use crate::filter::{box_mean, eroded, largest_components, weighted_mean};
use crate::grid::{LabImage, Mask, Plane, Raster};
use crate::random::Random;
use crate::resample::resize;
use extent::{depth_in, hue_edges, parted, regrown, with_gleams, without_lips};
use family::{Family, families};
use paint::Painter;
use target::{Dye, Place, Turn};

/// Gives another hue to the most conspicuous region (rank 0) or to one of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecolourRegion {
    /// Which of the regions that pass the gates.
    pub rank: usize,
    /// Which of the hues that suit it; recipes that name different ones give different colours.
    pub choice: u64,
}

impl Operation for RecolourRegion {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        _random: &mut Random,
    ) -> Result<Frame, Stop> {
        let regions = context.shared.regions.of(frame, context.analysis, Regions::of);
        let region = regions.region(self.rank).ok_or(Stop::Refused)?;
        context.check_cancelled()?;
        // Each time the recipes come round, all hues move on by one.
        let choice = self.choice + context.seed / 10;
        let turn = (0..MOST_TRIALS)
            .filter_map(|trial| region.dye(choice + trial))
            .map(|dye| region.turn(dye, context.boldness.min(1.0)))
            .find(|turn| region.changes_unseen(&regions.colors, turn))
            .ok_or(Stop::Refused)?;
        let painter = region.painter(&frame.image, &turn);
        context.check_cancelled()?;
        Ok(with_picture(frame, painter.painted(&frame.image), "recoloured"))
    }
}

/// Side at which regions are found.
const SIDE: usize = 160;

/// Dyes that are tried before a region is left alone.
const MOST_TRIALS: u64 = 3;

/// A part of the picture in colours of its own.
struct Region {
    family: Family,
    mask: Mask,
    /// How far inside the region a place is, from 0.0 along its border to 1.0.
    depth: Plane,
    place: Place,
}

impl Region {
    /// What it becomes.
    fn dye(&self, choice: u64) -> Option<Dye> {
        target::dye_for(&self.family, self.place, choice)
    }

    /// The way there.
    fn turn(&self, dye: Dye, amount: f32) -> Turn {
        Turn::new(&self.family, dye, amount, self.place.lift())
    }

    /// The families that change: along the region's border, and deep inside it, where also gleams and
    /// shadows are the thing's own.
    fn families(&self) -> [Family; 2] {
        [self.family, self.family.inner()]
    }

    /// The picture with the region changed.
    fn after(&self, colors: &LabImage, turn: &Turn) -> LabImage {
        let [border, inner] = &self.families();
        let places = self.mask.zip_map(&self.depth, |set, depth| set.then_some(depth));
        colors.zip_map(&places, |color, place| match place {
            None => color,
            Some(depth) if depth <= 0.0 => turn.of_member(border, color),
            Some(depth) if depth >= 1.0 => turn.of_member(inner, color),
            Some(depth) => {
                let [border, inner] = turn.of_members([border, inner], color);
                border.lerp(inner, depth)
            }
        })
    }

    /// What paints the region at full size.
    fn painter(&self, image: &Raster, turn: &Turn) -> Painter {
        let [border, inner] = &self.families().map(Family::tolerant);
        let tables = ColorTable::all_of(image, |color| turn.of_members([border, inner], color));
        Painter::new(image, tables, &self.mask, &self.depth)
    }

    /// Whether hardly a border appears where the picture had none.
    fn changes_unseen(&self, colors: &LabImage, turn: &Turn) -> bool {
        let after = self.after(colors, turn);
        let ends_at_edges = self.place.is_thing && !target::is_sky(&self.family, self.place);
        fringe::torn_share(&self.mask, colors, &after) < MOST_TORN
            && fringe::strain(&self.mask, colors, &after) < MOST_STRAIN
            && fringe::contrast_kept(&self.mask, colors, &after) > LEAST_KEPT
            && fringe::seam_share(&self.mask, colors, &after) < MOST_SEAM
            && (ends_at_edges || fringe::new_border_share(&self.mask, colors, &after) < MOST_NEW)
    }
}

/// Share of a region's neighbours that may come apart.
const MOST_TORN: f32 = 0.012;

/// How much contrast may appear: outlines around clouds make 0.2, petals that turned as a whole 0.08.
const MOST_STRAIN: f32 = 0.11;

/// Share of the contrast that has to be left: pale print on a red shirt keeps 0.44 on a yellow one and is
/// gone, petals and folds keep 0.65 and more.
const LEAST_KEPT: f32 = 0.6;

/// Share of the border along which the new colour may end where there is no edge: where a ribbon passes
/// from crimson into coral it has 0.02 and more, elsewhere a region has 0.009 and less.
const MOST_SEAM: f32 = 0.012;

/// Share of the border of a glow or a sky that may show where it did not: half an apple that
/// turned red, with 0.8, is seen; a sky at dusk has 0.4 and less.
const MOST_NEW: f32 = 0.45;

/// What may take another colour in a picture.
#[derive(Debug)]
pub(super) struct Regions {
    colors: LabImage,
    /// The most conspicuous first.
    found: Vec<Rough>,
}

impl Regions {
    /// The regions of `frame` that pass the gates.
    fn of(frame: &Frame, _: &Analysis) -> Self {
        let colors = lab_of(&frame.image, SIDE);
        let saliency = resize(&frame.saliency, SIDE, SIDE);
        let edges = hue_edges(&colors);
        let families = families(&colors).into_iter();
        let found = families.filter_map(|family| Rough::of(&colors, &edges, &saliency, family));
        let mut found: Vec<Rough> = found.collect();
        found.sort_by(|a, b| b.conspicuity.total_cmp(&a.conspicuity));
        Self { colors, found }
    }

    /// One of them, worked out; rank 0 is the most conspicuous.
    fn region(&self, rank: usize) -> Option<Region> {
        self.found.get(rank).map(|rough| rough.refined(&self.colors))
    }
}

/// A region before its border is looked at.
#[derive(Debug)]
struct Rough {
    family: Family,
    membership: Plane,
    mask: Mask,
    /// What is near the family's colours and another thing.
    others: Mask,
    /// Share of the picture.
    share: f32,
    /// How much there is to see of it.
    conspicuity: f32,
}

impl Rough {
    /// The region of a family, if there is enough of it in solid parts.
    fn of(colors: &LabImage, edges: &Mask, saliency: &Plane, family: Family) -> Option<Self> {
        let rough = solid(&colors.map(|color| family.membership(color)));
        let family = family.narrowed(colors, &largest_components(&rough, 0.3));
        let membership = colors.map(|color| family.membership(color));
        let total: f32 = membership.cells().iter().sum();
        let inside = |mask: &Mask| {
            let inside = membership.zip_map(mask, |value, set| if set { value } else { 0.0 });
            let covered: f32 = inside.cells().iter().sum();
            let share = covered / mask.cells().len() as f32;
            (share >= LEAST_SHARE && covered >= SOLIDITY * total).then_some((inside, share))
        };
        let solid = solid(&membership);
        // What is too little as a whole is too little in part.
        inside(&solid)?;
        let (thing, others) = parted(&solid, edges, colors);
        let mask = without_lips(&thing, colors);
        let (inside, share) = inside(&mask)?;
        let conspicuity = share * family.chroma * (0.15 + weighted_mean(saliency, &inside));
        Some(Self { family, membership, mask, others, share, conspicuity })
    }

    /// The region with all that belongs to it.
    fn refined(&self, colors: &LabImage) -> Region {
        let Self { family, others, share, .. } = self;
        let mask = regrown(&self.mask, others, &self.membership);
        let step = if family.is_parted { 0.5 * CLEAR_STEP } else { CLEAR_STEP };
        let is_thing = clear_border(colors, &mask, step) > LEAST_CLEAR;
        let may_be_sky = !is_thing || *share > MOST_BLUE_THING || is_overhead(colors, &mask);
        let place = Place { share: *share, is_thing, may_be_sky };
        let (family, mask) = if is_thing || target::is_sky(family, place) {
            (*family, mask)
        } else {
            let fading = family.fading();
            (fading, regrown(&mask, others, &colors.map(|color| fading.membership(color))))
        };
        let mask = with_gleams(&mask, others);
        let depth = depth_in(&mask);
        Region { family, mask, depth, place }
    }
}

/// Where most of a neighbourhood belongs to a family: nets and leaves have holes.
fn solid(membership: &Plane) -> Mask {
    box_mean(membership, 2).map(|share| share > 0.45)
}

/// Share of a region's border, 0.0–1.0, at which the colour changes by `step` and more; the frame
/// does not count.
fn clear_border(colors: &LabImage, mask: &Mask, step: f32) -> f32 {
    let core = eroded(mask, 1);
    let (mut border, mut clear) = (0u32, 0u32);
    let steps = [(4, 0), (-4, 0), (0, 4), (0, -4), (3, 3), (-3, 3), (3, -3), (-3, -3)];
    for y in 4..mask.height() - 4 {
        for x in 4..mask.width() - 4 {
            if !mask.at(x, y) || core.at(x, y) {
                continue;
            }
            let beside =
                |(dx, dy): (isize, isize)| colors.clamped(x as isize + dx, y as isize + dy);
            let far = steps.map(|step| hue_distance(colors.at(x, y), beside(step)));
            border += 1;
            clear += u32::from(far.into_iter().fold(0.0, f32::max) > step);
        }
    }
    clear as f32 / border.max(1) as f32
}

/// A step in hue and chroma that is clear; half of it is where a valley parts both.
const CLEAR_STEP: f32 = 0.06;

/// A thing's border is clear almost all around; that of a glow is not.
const LEAST_CLEAR: f32 = 0.8;

/// What is blue and covers more of the picture than this may be the sky, whatever it looks like.
const MOST_BLUE_THING: f32 = 0.25;

/// Whether a region is smooth and meets the upper edge of the picture, as the sky does, also between
/// leaves.
fn is_overhead(colors: &LabImage, mask: &Mask) -> bool {
    let above = mask.row(0).iter().filter(|&&set| set).count();
    let (mut steps, mut pairs) = (0.0, 0u32);
    for y in 0..mask.height() - 1 {
        for x in 0..mask.width() {
            if mask.at(x, y) && mask.at(x, y + 1) {
                steps += (colors.at(x, y).l - colors.at(x, y + 1).l).abs();
                pairs += 1;
            }
        }
    }
    above as f32 > LEAST_ABOVE * mask.width() as f32 && steps < MOST_ROUGH * pairs as f32
}

/// Share of the upper edge that a sky covers at least.
const LEAST_ABOVE: f32 = 0.06;
/// Mean step in lightness from pixel to pixel in a sky, at most.
const MOST_ROUGH: f32 = 0.02;

/// Distance in hue and chroma, lightness counting little: a shadow is no edge of a thing.
fn hue_distance(a: Oklab, b: Oklab) -> f32 {
    let (l, u, v) = (0.3 * (a.l - b.l), a.a - b.a, a.b - b.b);
    (l * l + u * u + v * v).sqrt()
}

/// Share of the picture that a region covers at least.
const LEAST_SHARE: f32 = 0.03;

/// Share of a family's pixels that must lie in its solid parts: speckles are refused.
const SOLIDITY: f32 = 0.55;

#[cfg(test)]
mod tests {
    use super::family::turn_between;
    use super::*;
    use crate::grid::Raster;
    use crate::operations::testing::{apply, check_withstands, degenerate, photo};

    const FIRST: RecolourRegion = RecolourRegion { rank: 0, choice: 0 };

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
        let frame = apply(&FIRST, &analysis, 1.0, 3).unwrap();
        let lab = |raster: &Raster, x: usize| {
            let [r, g, b, _] = raster.at(x, 100);
            Oklab::from_srgb([r, g, b])
        };
        let (before, after) = (lab(&analysis.source, 100), lab(&frame.image, 100));
        assert!(turn_between(before.hue(), after.hue()).abs() > 0.4);
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
            let refused = apply(&FIRST, &photo(picture), 1.0, 3);
            assert_eq!(refused.err(), Some(Stop::Refused));
        }
    }

    #[test]
    fn any_picture_is_withstood_and_plain_ones_are_refused() {
        check_withstands(&FIRST);
        for (name, picture) in degenerate() {
            let frame = apply(&FIRST, &photo(picture), 1.0, 3);
            assert!(frame.is_err() || !["black", "white", "transparent"].contains(&name), "{name}");
        }
    }
}

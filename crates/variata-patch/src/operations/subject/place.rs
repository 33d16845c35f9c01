//! Where a cut-out subject may stand, and how it is turned.
//!
//! Three rules keep it believable: a side on which the frame cuts the subject stays on that side
//! of the frame; whatever is not cut stays inside; writing is neither turned nor mirrored.

use super::Placement;
use crate::analysis::{Analysis, Bounds, Matte, Sides};
use crate::geometry::Projective;
use crate::operations::Context;
use crate::random::Random;

/// How far to one side of the middle of its room a subject stands that became smaller: about on a third
/// of the picture.
const ASIDE: f32 = 0.32;
/// How much of the height that it lost is left free below it.
const RAISED: f32 = 0.2;

/// Below this scale the subject is shrunk by areas first, or fine detail would alias.
pub(in crate::operations) const SHRINK_BELOW: f32 = 0.85;

/// What decides where a subject may go.
#[derive(Debug, Clone, Copy)]
pub(in crate::operations) struct Stance {
    /// The box around it, as shares of the side.
    pub(in crate::operations) bounds: Bounds,
    /// On which sides the frame cuts it.
    pub(in crate::operations) cut: Cut,
    /// Whether it may be mirrored, turned and doubled.
    free: bool,
    /// Whether it consists of few flat colours, or of outlines filled with them.
    pub(in crate::operations) graphic: bool,
}

/// The sides on which the frame cuts a subject.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::operations) struct Cut {
    pub(in crate::operations) top: bool,
    pub(in crate::operations) bottom: bool,
    pub(in crate::operations) left: bool,
    pub(in crate::operations) right: bool,
}

impl Cut {
    fn of(sides: Sides) -> Self {
        Self {
            top: sides.top > 0.03,
            bottom: sides.bottom > 0.05,
            left: sides.left > 0.03,
            right: sides.right > 0.03,
        }
    }

    fn anywhere(self) -> bool {
        self != Self::default()
    }

    /// Whether the frame cuts two opposite sides, so that the subject cannot become smaller.
    fn spans(self) -> bool {
        (self.left && self.right) || (self.top && self.bottom)
    }
}

/// The least confidence of a matte that may be cut along.
const LEAST_CONFIDENCE: f32 = 0.6;
const AREA: std::ops::Range<f32> = 0.04..0.65;
/// What is not cut by the frame keeps this distance from it.
const MARGIN: f32 = 0.025;
/// What is cut by the frame reaches this far beyond it, against a seam.
const OVERLAP: f32 = 0.005;

impl Stance {
    /// The stance of a subject that can be cut out cleanly; `None` for any other picture.
    pub(in crate::operations) fn of(analysis: &Analysis) -> Option<Self> {
        let plain = analysis.ground.as_ref().is_some_and(|ground| ground.plain);
        let trusted =
            |matte: &&Matte| matte.confidence > LEAST_CONFIDENCE && AREA.contains(&matte.area);
        let matte =
            analysis.matte.as_ref().filter(trusted).filter(|_| plain || analysis.transparent)?;
        let graphic = analysis.features.is_graphic()
            && (analysis.features.is_drawing() || matte.is_flat(&analysis.source));
        let free = analysis.may_mirror;
        Some(Self { bounds: matte.bounds, cut: Cut::of(matte.on_side), free, graphic })
    }

    /// The stance of the subject of any matte, whatever lies around it: a subject that only just
    /// touches a side counts as cut by it.
    pub(in crate::operations) fn of_matte(matte: &Matte, free: bool) -> Self {
        let Sides { top, bottom, left, right } = matte.on_side;
        let cut = Cut {
            top: top > 0.01,
            bottom: bottom > 0.01,
            left: left > 0.025,
            right: right > 0.025,
        };
        Self { bounds: matte.bounds, cut, free, graphic: false }
    }

    /// Whether the frame cuts two opposite sides: such a subject can go nowhere.
    pub(in crate::operations) fn is_stuck(&self) -> bool {
        self.cut.spans()
    }

    /// Whether the frame cuts the subject at all.
    pub(in crate::operations) fn is_cut(&self) -> bool {
        self.cut.anywhere()
    }

    /// Where between the left and the right end of its room the subject is, 0.0–1.0.
    pub(in crate::operations) fn across(&self) -> f32 {
        let room = 1.0 - 2.0 * MARGIN - self.width();
        if room < 0.01 { 0.5 } else { ((self.bounds.left - MARGIN) / room).clamp(0.0, 1.0) }
    }

    fn width(&self) -> f32 {
        (self.bounds.right - self.bounds.left).max(0.02)
    }

    fn height(&self) -> f32 {
        (self.bounds.bottom - self.bounds.top).max(0.02)
    }
}

/// One instance of the subject.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::operations) struct Pose {
    /// From places in the source to places in the result, both in shares of the side.
    pub(in crate::operations) map: Projective,
    /// Its size over its old one.
    pub(in crate::operations) scale: f32,
    /// Whether left and right are exchanged.
    pub(in crate::operations) mirrored: bool,
    /// The box around it in the result.
    pub(in crate::operations) bounds: Bounds,
}

impl Pose {
    /// Everything where it was.
    pub(in crate::operations) const IDENTITY: Self = Self {
        map: Projective::IDENTITY,
        scale: 1.0,
        mirrored: false,
        bounds: Bounds { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 },
    };
}

/// How an instance is to stand, before it is fitted into the frame.
#[derive(Debug, Clone, Copy)]
pub(in crate::operations) struct Wish {
    /// Its size over its old one.
    pub(in crate::operations) scale: f32,
    /// Centre of the subject, as a share of the room from left to right.
    pub(in crate::operations) across: f32,
    /// Its base line, as a share of the side.
    pub(in crate::operations) base: f32,
    /// Whether left and right are exchanged.
    pub(in crate::operations) mirrored: bool,
    /// Radians.
    pub(in crate::operations) angle: f32,
    /// Half the difference in size between its left and its right.
    pub(in crate::operations) keystone: f32,
}

/// The instances for one placement, those behind first; `None` where it is impossible.
pub(in crate::operations) fn poses(
    placement: Placement,
    stance: &Stance,
    context: &Context<'_>,
    random: &mut Random,
) -> Option<Vec<Pose>> {
    let wishes = match placement {
        Placement::Pair => pair(stance, context, random)?,
        Placement::Small => vec![small(stance, context, random)?],
        Placement::Level => vec![level(stance, context, random)],
        Placement::Close => vec![close(stance, context, random)],
    };
    Some(wishes.into_iter().map(|wish| fitted(stance, wish)).collect())
}

/// The largest scale at which the subject fits.
pub(in crate::operations) fn largest_scale(stance: &Stance) -> f32 {
    let (cut, free) = (stance.cut, 1.0 - 2.0 * MARGIN);
    let across = if cut.left || cut.right { 1.0 - MARGIN } else { free } / stance.width();
    let down = if cut.top || cut.bottom { 1.0 - MARGIN } else { free } / stance.height();
    let limit = |fits: f32, spans: bool| if spans { f32::MAX } else { fits };
    limit(across, cut.left && cut.right).min(limit(down, cut.top && cut.bottom)).min(1.35)
}

/// A scale drawn for boldness 1.0, for the boldness asked for.
fn emboldened(scale: f32, context: &Context<'_>) -> f32 {
    (1.0 + (scale - 1.0) * context.boldness).max(0.42)
}

fn wish(stance: &Stance, scale: f32, context: &Context<'_>, random: &mut Random) -> Wish {
    let turn = if stance.free && !stance.cut.anywhere() { context.boldness.min(1.2) } else { 0.0 };
    let mirrored = stance.free && context.boldness > 0.3 && random.coin();
    let base = stance.bounds.bottom + context.boldness * random.between(-0.03, 0.04);
    Wish {
        scale,
        across: 0.5 + 0.5 * context.boldness.min(1.0) * random.between(-0.7, 0.7),
        base,
        mirrored,
        angle: turn * random.between(-0.024, 0.024),
        keystone: turn * random.between(-0.05, 0.05),
    }
}

fn small(stance: &Stance, context: &Context<'_>, random: &mut Random) -> Option<Wish> {
    if stance.cut.top || stance.cut.spans() {
        return None;
    }
    let scale = emboldened(random.between(0.58, 0.70), context).min(largest_scale(stance));
    let aside = ASIDE * random.sign() * context.boldness.min(1.0);
    let wish = wish(stance, scale, context, random);
    let raised = RAISED * (1.0 - scale) * stance.height();
    Some(Wish { across: 0.5 + aside, base: wish.base - raised, ..wish })
}

fn level(stance: &Stance, context: &Context<'_>, random: &mut Random) -> Wish {
    let range = if stance.cut.top { (0.86, 1.05) } else { (0.78, 0.96) };
    let scale = emboldened(random.between(range.0, range.1), context).min(largest_scale(stance));
    wish(stance, scale, context, random)
}

fn close(stance: &Stance, context: &Context<'_>, random: &mut Random) -> Wish {
    let largest = largest_scale(stance).min(if stance.free { 1.30 } else { 1.12 });
    let scale = 1.0 + (largest - 1.0) * context.boldness.min(1.0);
    wish(stance, scale, context, random)
}

/// Two of them; `None` for busts and all else that the frame cuts: they are mostly people.
fn pair(stance: &Stance, context: &Context<'_>, random: &mut Random) -> Option<Vec<Wish>> {
    if !stance.free || stance.is_cut() || context.boldness < 0.4 {
        return None;
    }
    let scale = (0.56 / stance.width()).min(0.72);
    if stance.width() > 0.96 || scale < 0.4 {
        return None;
    }
    let front = Wish { scale, keystone: 0.0, ..wish(stance, scale, context, random) };
    let right = random.coin();
    let behind = scale * random.between(0.58, 0.72);
    // Side by side as a group in the middle, closer where there is no room for a gap.
    let (near, far) = (scale * stance.width(), behind * stance.width());
    let edge = (0.5 * (1.0 - near - far - random.between(0.03, 0.09))).max(MARGIN);
    let across = |from_left: bool, width: f32| {
        let share = (edge - MARGIN) / (1.0 - 2.0 * MARGIN - width).max(0.01);
        if from_left { share } else { 1.0 - share }
    };
    let base = front.base.clamp(0.5, 0.95);
    Some(vec![
        Wish {
            scale: behind,
            across: across(right, far),
            base: base - 0.065,
            mirrored: !front.mirrored,
            ..front
        },
        Wish { across: across(!right, near), base, ..front },
    ])
}

/// The pose nearest to a wish that keeps the rules.
pub(in crate::operations) fn fitted(stance: &Stance, mut wish: Wish) -> Pose {
    let cut = stance.cut;
    if cut.spans() {
        // Smaller, it would end within the frame where the frame of the source cut it.
        return posed(stance, Wish { scale: wish.scale.max(1.0 + 2.0 * OVERLAP), ..wish });
    }
    for _ in 0..8 {
        let pose = posed(stance, wish);
        let (width, height) =
            (pose.bounds.right - pose.bounds.left, pose.bounds.bottom - pose.bounds.top);
        let too_wide = !cut.left && !cut.right && width > 1.0 - 2.0 * MARGIN + 1e-3;
        let too_high = !cut.top && !cut.bottom && height > 1.0 - 2.0 * MARGIN + 1e-3;
        if !too_wide && !too_high {
            return pose;
        }
        wish.scale *= 0.96;
    }
    posed(stance, wish)
}

/// The pose of a wish, moved so that cut sides lie on the frame and all others inside it.
fn posed(stance: &Stance, wish: Wish) -> Pose {
    let bounds = stance.bounds;
    let foot = (0.5 * (bounds.left + bounds.right), bounds.bottom);
    let mirror = if wish.mirrored { -1.0 } else { 1.0 };
    let local = Projective::translation(-foot.0, -foot.1)
        .then(Projective::scaling(mirror * wish.scale, wish.scale))
        .then(Projective::rotation(wish.angle))
        .then(Projective::keystone(wish.keystone, 0.0));
    let spread = mapped_bounds(&local, bounds);
    let cut = if wish.mirrored {
        Cut { left: stance.cut.right, right: stance.cut.left, ..stance.cut }
    } else {
        stance.cut
    };
    let room = (MARGIN - spread.left, 1.0 - MARGIN - spread.right);
    let free = if room.1 > room.0 {
        room.0 + (room.1 - room.0) * wish.across.clamp(0.0, 1.0)
    } else {
        0.5 * (room.0 + room.1)
    };
    let x = along(cut.left, cut.right, (spread.left, spread.right), free);
    let room = (MARGIN - spread.top, 1.0 - MARGIN - spread.bottom);
    let base =
        if room.1 > room.0 { wish.base.clamp(room.0, room.1) } else { 0.5 * (room.0 + room.1) };
    let y = along(cut.top, cut.bottom, (spread.top, spread.bottom), base);
    let map = local.then(Projective::translation(x, y));
    Pose { map, scale: wish.scale, mirrored: wish.mirrored, bounds: mapped_bounds(&map, bounds) }
}

/// The shift along one axis: to the side that the frame cuts, centred between two, else `free`.
fn along(low_cut: bool, high_cut: bool, (low, high): (f32, f32), free: f32) -> f32 {
    match (low_cut, high_cut) {
        (true, true) => 0.5 - 0.5 * (low + high),
        (true, false) => -OVERLAP - low,
        (false, true) => 1.0 + OVERLAP - high,
        (false, false) => free,
    }
}

/// The box around a mapped box.
pub(in crate::operations) fn mapped_bounds(map: &Projective, bounds: Bounds) -> Bounds {
    let Bounds { left, top, right, bottom } = bounds;
    let corners =
        [(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| map.apply(x, y));
    let least =
        |value: fn((f32, f32)) -> f32| corners.map(value).into_iter().fold(f32::MAX, f32::min);
    let most =
        |value: fn((f32, f32)) -> f32| corners.map(value).into_iter().fold(f32::MIN, f32::max);
    Bounds {
        left: least(|corner| corner.0),
        top: least(|corner| corner.1),
        right: most(|corner| corner.0),
        bottom: most(|corner| corner.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_from_side_to_side_ends_at_no_frame_of_its_own() {
        let boot = Stance {
            bounds: Bounds { left: 0.0, top: 0.0, right: 1.0, bottom: 0.99 },
            cut: Cut { left: true, right: true, ..Cut::default() },
            free: true,
            graphic: false,
        };
        for (scale, mirrored) in [(0.6, false), (0.9, true), (1.2, false)] {
            let wish = Wish { scale, across: 0.2, base: 0.9, mirrored, angle: 0.0, keystone: 0.0 };
            let Bounds { left, right, .. } = fitted(&boot, wish).bounds;
            assert!(left <= 0.0 && right >= 1.0, "{scale}: {left} to {right}");
        }
    }
}

//! Where a cut-out subject may stand, and how it is turned.
//!
//! Three rules keep it believable: a side on which the frame cuts the subject stays on that side
//! of the frame; whatever is not cut stays inside; writing is neither turned nor mirrored.

use super::Placement;
use crate::analysis::{Analysis, Bounds, Matte, Sides};
use crate::filter::largest_components;
use crate::geometry::Projective;
use crate::grid::Mask;
use crate::operations::Context;
use crate::random::Random;

/// What decides where a subject may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stance {
    /// The box around it, as shares of the side.
    pub(super) bounds: Bounds,
    /// On which sides the frame cuts it.
    cut: Cut,
    /// Whether it may be mirrored, turned and doubled.
    free: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cut {
    top: bool,
    bottom: bool,
    left: bool,
    right: bool,
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
    pub(super) fn of(context: &Context<'_>) -> Option<Self> {
        let analysis = context.analysis;
        let free = analysis.may_mirror && !analysis.features.is_graphic();
        if analysis.transparent {
            let (bounds, sides) = opacity_bounds(analysis)?;
            return Some(Self { bounds, cut: Cut::of(sides), free });
        }
        let plain = analysis.ground.as_ref().is_some_and(|ground| ground.plain);
        let trusted =
            |matte: &&Matte| matte.confidence > LEAST_CONFIDENCE && AREA.contains(&matte.area);
        let matte = analysis.matte.as_ref().filter(trusted).filter(|_| plain)?;
        Some(Self { bounds: matte.bounds, cut: Cut::of(matte.on_side), free })
    }

    fn width(&self) -> f32 {
        (self.bounds.right - self.bounds.left).max(0.02)
    }

    fn height(&self) -> f32 {
        (self.bounds.bottom - self.bounds.top).max(0.02)
    }
}

/// The box around what is not transparent, and how much of each side it covers.
fn opacity_bounds(analysis: &Analysis) -> Option<(Bounds, Sides)> {
    let source = &analysis.source;
    let seen: Mask = largest_components(&source.map(|pixel| pixel[3] > 25), 0.02);
    let (width, height) = (seen.width(), seen.height());
    let column = |x: usize| (0..height).any(|y| seen.at(x, y));
    let row = |y: usize| seen.row(y).iter().any(|&set| set);
    let share = |at: usize, side: usize| at as f32 / side as f32;
    let bounds = Bounds {
        left: share((0..width).find(|&x| column(x))?, width),
        right: share((0..width).rfind(|&x| column(x))? + 1, width),
        top: share((0..height).find(|&y| row(y))?, height),
        bottom: share((0..height).rfind(|&y| row(y))? + 1, height),
    };
    let mean = |count: usize, side: usize| count as f32 / side as f32;
    let on_row = |y: usize| mean(seen.row(y).iter().filter(|&&set| set).count(), width);
    let on_column = |x: usize| mean((0..height).filter(|&y| seen.at(x, y)).count(), height);
    let sides = Sides {
        top: on_row(0),
        bottom: on_row(height - 1),
        left: on_column(0),
        right: on_column(width - 1),
    };
    Some((bounds, sides))
}

/// One instance of the subject.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pose {
    /// From places in the source to places in the result, both in shares of the side.
    pub(super) map: Projective,
    /// Its size over its old one.
    pub(super) scale: f32,
    /// Whether left and right are exchanged.
    pub(super) mirrored: bool,
    /// The box around it in the result.
    pub(super) bounds: Bounds,
}

impl Pose {
    /// Everything where it was.
    pub(super) const IDENTITY: Self = Self {
        map: Projective::IDENTITY,
        scale: 1.0,
        mirrored: false,
        bounds: Bounds { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 },
    };
}

/// How an instance is to stand, before it is fitted into the frame.
#[derive(Debug, Clone, Copy)]
struct Wish {
    scale: f32,
    /// Centre of the subject, as a share of the room from left to right.
    across: f32,
    /// Its base line, as a share of the side.
    base: f32,
    mirrored: bool,
    /// Radians.
    angle: f32,
    keystone: f32,
}

/// The instances for one placement, those behind first; `None` where it is impossible.
pub(super) fn poses(
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
fn largest_scale(stance: &Stance) -> f32 {
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
        angle: turn * random.between(-0.045, 0.045),
        keystone: turn * random.between(-0.09, 0.09),
    }
}

fn small(stance: &Stance, context: &Context<'_>, random: &mut Random) -> Option<Wish> {
    if stance.cut.top || stance.cut.spans() {
        return None;
    }
    let scale = emboldened(random.between(0.58, 0.70), context).min(largest_scale(stance));
    let aside = 0.40 * random.sign() * context.boldness.min(1.0);
    Some(Wish { across: 0.5 + aside, ..wish(stance, scale, context, random) })
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

fn pair(stance: &Stance, context: &Context<'_>, random: &mut Random) -> Option<Vec<Wish>> {
    let cut = stance.cut;
    if !stance.free || cut.top || cut.left || cut.right || context.boldness < 0.4 {
        return None;
    }
    let scale = (0.56 / stance.width()).min(0.72);
    if stance.width() > 0.9 || scale < 0.4 {
        return None;
    }
    let front = Wish { scale, keystone: 0.0, ..wish(stance, scale, context, random) };
    let right = random.coin();
    let behind = scale * random.between(0.58, 0.72);
    let place = |aside: f32| if right { 1.0 - aside } else { aside };
    let base = front.base.clamp(0.5, 0.95);
    Some(vec![
        Wish {
            scale: behind,
            across: place(0.92),
            base: base - 0.065,
            mirrored: !front.mirrored,
            ..front
        },
        Wish { across: place(0.08), base, ..front },
    ])
}

/// The pose nearest to a wish that keeps the rules.
fn fitted(stance: &Stance, mut wish: Wish) -> Pose {
    let cut = stance.cut;
    if cut.left && cut.right || cut.top && cut.bottom {
        wish.scale = wish.scale.max(1.0 + 2.0 * OVERLAP);
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
    let lowest = (MARGIN - spread.top).min(1.0 - MARGIN - spread.bottom);
    let base = wish.base.clamp(lowest, (1.0 - MARGIN - spread.bottom).max(lowest));
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
fn mapped_bounds(map: &Projective, bounds: Bounds) -> Bounds {
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

//! Where the subject goes: many places are tried, and those are taken whose surroundings are like
//! those that it comes from.
//!
//! The subject brings a margin of its surroundings along. Where these are like the new ones, no
//! fault of the outline shows, a tree keeps standing on its meadow, and a head is not parted from
//! the body that the outline missed: that body is part of what the head must stand amid.

use super::Relocation;
use super::around::{Neighbour, SIDE};
use super::membrane::Smooth;
use super::surroundings::Surroundings;
use crate::filter::percentile;
use crate::geometry::Projective;
use crate::grid::Grid;
use crate::operations::Context;
use crate::operations::subject::place::{Pose, Stance, Wish, fitted, largest_scale};
use crate::random::Random;
use crate::resample::{Blend, Border, Warp, sample_linear, warp};

/// A new composition.
pub(super) struct Plan {
    /// How the surroundings are seen.
    pub(super) view: View,
    /// The instances of the subject, those behind first.
    pub(super) poses: Vec<Pose>,
    /// How unlike the old surroundings the new ones are.
    pub(super) mismatch: f32,
}

/// A part of the plate, maybe mirrored: the left and top edge and the side, in shares.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) mirrored: bool,
    left: f32,
    top: f32,
    side: f32,
}

/// Compositions that are tried.
const CANDIDATES: usize = 160;
/// The largest difference from the old surroundings, in OKLab.
const MOST_MISMATCH: f32 = 0.09;
/// The same for a subject that stands by itself, with an outline beyond doubt.
const MOST_MISMATCH_ALONE: f32 = 0.14;
/// The confidence of an outline beyond doubt.
const BEYOND_DOUBT: f32 = 0.95;
/// The largest difference at the few places where it is largest: a horizon that is broken.
const WORST_MISMATCH: f32 = 0.24;
/// The least change of composition.
const LEAST_NEWS: f32 = 0.16;

impl Plan {
    /// The best of many compositions; `None` where none is both new and believable.
    pub(super) fn best(
        how: Relocation,
        surroundings: &Surroundings,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Option<Self> {
        let stance = &surroundings.stance;
        let alone = !stance.is_cut() && surroundings.matte.confidence > BEYOND_DOUBT;
        let most = if alone { MOST_MISMATCH_ALONE } else { MOST_MISMATCH };
        let mut best: Option<(f32, Self)> = None;
        for number in 0..CANDIDATES {
            let mut random = Random::new(u64::from(random.bits()), number as u64);
            let Some(plan) = Self::draw(how, surroundings, context, &mut random) else { continue };
            let news = plan.news(stance);
            let value = news.min(0.7) - 3.0 * plan.mismatch + random.between(0.0, 0.12);
            let fits = plan.mismatch < most && news > LEAST_NEWS * context.boldness;
            if fits && best.as_ref().is_none_or(|(best, _)| value > *best) {
                best = Some((value, plan));
            }
        }
        best.map(|(_, plan)| plan)
    }

    fn draw(
        how: Relocation,
        surroundings: &Surroundings,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Option<Self> {
        let stance = &surroundings.stance;
        let view = View::draw(context, random);
        let first = wish(how, stance, &view, context, random)?;
        let mut poses = vec![fitted(stance, first)];
        if how == Relocation::Pair {
            let behind = Wish {
                scale: first.scale * random.between(0.62, 0.85),
                across: 1.0 - first.across,
                base: first.base - random.between(-0.02, 0.1),
                mirrored: first.mirrored != random.coin(),
                ..first
            };
            poses.insert(0, fitted(stance, behind));
            if overlap(&poses[0], &poses[1]) {
                return None;
            }
        }
        let mismatch = |pose: &Pose| mismatch(surroundings, &view, pose);
        let mismatch = poses.iter().map(mismatch).fold(0.0, f32::max);
        Some(Self { view, poses, mismatch })
    }

    /// How far the composition is from the source and from its mirror image, whichever is nearer.
    fn news(&self, stance: &Stance) -> f32 {
        let pose = self.poses[self.poses.len() - 1];
        let middle = |low: f32, high: f32| 0.5 * (low + high);
        let (old, new) = (stance.bounds, pose.bounds);
        let (x, y) = (middle(new.left, new.right), middle(new.top, new.bottom));
        let from = |mirrored: bool| {
            let across = middle(old.left, old.right);
            let across = if mirrored { 1.0 - across } else { across };
            let turned = |is: bool| f32::from(u8::from(is != mirrored));
            (x - across).abs()
                + (y - middle(old.top, old.bottom)).abs()
                + 0.6 * libm::logf(pose.scale).abs()
                + 0.12 * turned(pose.mirrored)
                + 0.08 * turned(self.view.mirrored)
        };
        from(false).min(from(true)) + if self.poses.len() > 1 { 0.4 } else { 0.0 }
    }
}

/// How an instance is to stand.
fn wish(
    how: Relocation,
    stance: &Stance,
    view: &View,
    context: &Context<'_>,
    random: &mut Random,
) -> Option<Wish> {
    let bold = context.boldness;
    let (least, most) = match how {
        Relocation::Aside => (0.78, 1.08),
        Relocation::Small => (0.52, 0.74),
        Relocation::Large => (1.14, 1.42),
        Relocation::Pair => (0.5, 0.82),
    };
    let scale = 1.0 + (random.between(least, most) - 1.0) * bold.min(1.2);
    let scale = scale.min(largest_scale(stance));
    if how == Relocation::Large && scale < 1.0 + 0.12 * bold {
        return None;
    }
    let may_mirror = context.analysis.may_mirror && bold > 0.3;
    let mirrored = may_mirror && context.analysis.features.text_chain < 3 && random.coin();
    let old = if mirrored { 1.0 - stance.across() } else { stance.across() };
    let lift =
        if random.coin() { random.between(-0.24, 0.16) } else { random.between(-0.03, 0.03) };
    let turn = if stance.is_cut() { 0.0 } else { bold.min(1.2) * random.between(-0.05, 0.05) };
    Some(Wish {
        scale,
        across: old + (random.between(0.0, 1.0) - old) * bold.min(1.0),
        base: view.down(stance.bounds.bottom) + bold * lift,
        mirrored,
        angle: turn,
        keystone: 0.0,
    })
}

/// Whether two instances touch.
fn overlap(one: &Pose, other: &Pose) -> bool {
    let gap = 0.03;
    let (a, b) = (one.bounds, other.bounds);
    a.left < b.right + gap
        && b.left < a.right + gap
        && a.top < b.bottom + gap
        && b.top < a.bottom + gap
}

/// How unlike the subject's new surroundings are to its old ones, where they differ most;
/// [`f32::MAX`] where they are unlike beyond belief.
fn mismatch(surroundings: &Surroundings, view: &View, pose: &Pose) -> f32 {
    let inside = 0.0..1.0;
    let to_plate = view.map();
    let apart = |beside: &Neighbour| {
        let (x, y) = pose.map.apply(beside.place.0, beside.place.1);
        if !inside.contains(&x) || !inside.contains(&y) {
            return None;
        }
        let (u, v) = to_plate.apply(x, y);
        let at = |share: f32| (share * SIDE as f32) as isize;
        Some(surroundings.colors.clamped(at(u), at(v)).distance(beside.color))
    };
    let apart: Vec<f32> = surroundings.ring.iter().filter_map(apart).collect();
    let worst = percentile(&apart, 0.96);
    if worst > WORST_MISMATCH { f32::MAX } else { percentile(&apart, 0.85) }
}

impl View {
    fn draw(context: &Context<'_>, random: &mut Random) -> Self {
        let bold = context.boldness;
        let mirrored = context.analysis.may_mirror && bold > 0.3 && random.coin();
        let cut = if random.coin() { bold.min(1.2) * random.between(0.0, 0.22) } else { 0.0 };
        let (left, top) = (cut * random.unit(), cut * random.unit());
        Self { mirrored, left, top, side: 1.0 - cut }
    }

    /// Whether all of the plate is seen.
    pub(super) fn is_whole(&self) -> bool {
        self.side >= 1.0
    }

    /// From places in the view to places in the plate.
    fn map(&self) -> Projective {
        let map = Projective::scaling(self.side, self.side)
            .then(Projective::translation(self.left, self.top));
        let mirror = Projective::scaling(-1.0, 1.0).then(Projective::translation(1.0, 0.0));
        if self.mirrored { map.then(mirror) } else { map }
    }

    /// Where in the view a height of the plate is seen.
    fn down(&self, height: f32) -> f32 {
        (height - self.top) / self.side
    }

    /// `picture` as this view shows it.
    pub(super) fn of<T: Blend>(&self, picture: &Grid<T>) -> Grid<T> {
        let (map, side) = (self.map(), picture.width() as f32);
        let how = Warp {
            width: picture.width(),
            height: picture.height(),
            border: Border::Clamp,
            samples: 1,
        };
        warp(picture, how, |x, y| {
            let (u, v) = map.apply((x + 0.5) / side, (y + 0.5) / side);
            (u * side - 0.5, v * side - 0.5)
        })
    }

    /// The plate's colours, which need no care.
    pub(super) fn of_smooth(&self, smooth: &Smooth) -> Smooth {
        let (map, side) = (self.map(), smooth.width() as f32);
        Smooth::from_fn(smooth.width(), smooth.height(), |x, y| {
            let (u, v) = map.apply((x as f32 + 0.5) / side, (y as f32 + 0.5) / side);
            sample_linear(smooth, u * side - 0.5, v * side - 0.5, Border::Clamp)
        })
    }
}

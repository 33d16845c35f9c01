//! Where a photograph's subject may be, and what else in it may not be torn.

use super::canvas::SIDE;
use super::detail::{attached, detail};
use super::kin::with_kin;
use crate::analysis::{Analysis, Bounds, figures};
use crate::filter::{Component, components, dilated, opened};
use crate::grid::{Mask, Plane, Raster};
use crate::operations::pixels::labs_of;
use crate::resample::resize;
use crate::synthesis::Things;

/// Side of the view from which compositions are made.
const VIEW_PX: usize = 192;
/// Side of the view in which things are found.
const THINGS_PX: usize = 128;
/// The most straight lines, in sides of the picture: parts of a machine would be seen again, and
/// what is drawn beside it would end anywhere.
const MOST_LINES: f32 = 14.0;
/// How much of the picture the subject may cover.
const MOST_AREA: f32 = 0.66;
/// Outlines less sure than this say nothing of where the subject is.
const LEAST_CONFIDENCE: f32 = 0.15;
/// Opacity from which on a pixel may be the subject's.
const OPAQUE: f32 = 0.15;
/// Share of the threshold of saliency from which on a pixel may be the subject's.
const SALIENT: f32 = 0.85;
/// Pixels of the subject on a side of the frame that make it cut there.
const LEAST_CUT_PX: usize = 2;
/// The smallest source that is worth it, in pixels.
const MIN_SIDE_PX: usize = 64;
/// Rows explain so much of a picture that lies in layers.
const LAYERED: f32 = 0.4;
/// From this separability on, something stands out, outlined or not: mountains 0.73, a ball 0.76.
const CLEAR: f32 = 0.745;
/// Where more of the picture than this is unlike the rest, it is something and no land: lands up to
/// 0.27, a dog from tail to head 0.53.
const MOST_UNLIKE: f32 = 0.45;
/// Share of a pixel from which on a mask fills it.
const LEAST_SHARE: f32 = 0.15;

/// A photograph and where its subject may be.
#[derive(Debug)]
pub struct Scenery {
    /// The photograph, small.
    pub(super) view: Raster,
    /// Whatever may belong to the subject.
    pub(super) subject: Mask,
    /// What stands out from the ground around it.
    pub(super) things: Mask,
    pub(super) saliency: Plane,
    /// The box that has to stay in view, in shares of the side: around the subject or, in a land
    /// without one, around its most conspicuous thing.
    pub(super) bounds: Bounds,
    /// The sides on which the frame cuts the subject.
    pub(super) cut: Edges,
    /// Whether the picture lies in layers, which may not be shown at another height.
    pub(super) layered: bool,
}

/// One answer for each side of the frame.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Edges {
    pub(super) left: bool,
    pub(super) top: bool,
    pub(super) right: bool,
    pub(super) bottom: bool,
}

impl Scenery {
    /// Looks at `analysis`; `None` where the subject leaves too little or is not to be told, and
    /// for drawings.
    pub fn of(analysis: &Analysis) -> Option<Self> {
        let features = &analysis.features;
        let unfit = analysis.transparent
            || features.is_drawing()
            || features.is_graphic()
            || features.line_length > MOST_LINES
            || analysis.source.width() < MIN_SIDE_PX;
        if unfit {
            return None;
        }
        let view = resize(&analysis.view, VIEW_PX, VIEW_PX);
        let things = Things::find(&resize(&view, THINGS_PX, THINGS_PX)).mask(0);
        let things = resized(&things, SIDE);
        let layered = features.block_variance_in_rows < LAYERED * features.block_variance;
        let subject = match outlined(analysis) {
            Some(subject) => joined(&whole(&subject, &view), &things),
            // A land without a subject may go on as it likes.
            None if layered && is_land(analysis) => Mask::new(SIDE, SIDE, false),
            None => return None,
        };
        if count(&subject) as f32 > MOST_AREA * subject.cells().len() as f32 {
            return None;
        }
        let saliency = analysis.saliency.map.clone();
        let bounds = bounds(&subject).or_else(|| conspicuous(&saliency)).unwrap_or(MIDDLE);
        let cut = cut(&subject);
        Some(Self { view, subject, things, saliency, bounds, cut, layered })
    }
}

impl Scenery {
    /// Whether a subject is known.
    pub(super) fn has_subject(&self) -> bool {
        self.subject.cells().contains(&true)
    }
}

/// Whether nothing stands out of a picture without an outlined subject, and nothing can be read.
fn is_land(analysis: &Analysis) -> bool {
    let features = &analysis.features;
    let stands_out = analysis.saliency.separability >= CLEAR || features.unique_area >= MOST_UNLIKE;
    !stands_out && !features.has_writing()
}

/// What may belong to the subject by its outline, by saliency or by where faces are; `None` without an
/// outline.
fn outlined(analysis: &Analysis) -> Option<Mask> {
    let matte = analysis.matte.as_ref().filter(|matte| matte.confidence > LEAST_CONFIDENCE)?;
    let limit = SALIENT * analysis.saliency.threshold;
    let salient = resize(&analysis.saliency.map, SIDE, SIDE);
    let opaque = resize(&matte.view, SIDE, SIDE);
    let seen = salient.zip_map(&opaque, |salient, opaque| salient > limit || opaque > OPAQUE);
    Some(seen.zip_map(&figures(&analysis.faces, SIDE), |seen, figure| seen || figure))
}

/// The subject with the detail of the view and the colours that are attached to it.
fn whole(subject: &Mask, view: &Raster) -> Mask {
    let core = resized(subject, VIEW_PX);
    let colors = labs_of(view);
    let attached = attached(&core, &detail(&colors));
    let added = attached.zip_map(&core, |attached, own| attached && !own);
    let whole = subject.zip_map(&resized(&added, SIDE), |own, added| own || added);
    with_kin(&whole, &resize(&colors, SIDE, SIDE))
}

/// The subject with those things that are attached to it: a beak, a wing. What leads on to the
/// frame as a line, as a horizon does, is none of it.
fn joined(subject: &Mask, things: &Mask) -> Mask {
    let beside = things.zip_map(subject, |thing, own| thing && !own);
    let (labels, parts) = components(&beside);
    let of_each = |mask: &Mask| {
        let mut counts = vec![0usize; parts.len() + 1];
        let pixels = labels.cells().iter().zip(mask.cells());
        pixels.filter(|(_, set)| **set).for_each(|(&label, _)| counts[label as usize] += 1);
        counts
    };
    let touching = of_each(&dilated(subject, 1));
    let thick = of_each(&opened(&beside, 2));
    let (last, whole) = (SIDE - 1, count(subject));
    let is_own = |label: usize| {
        let Some(part) = label.checked_sub(1).map(|at| parts[at]) else { return false };
        let sides = [part.left == 0, part.top == 0, part.right == last, part.bottom == last];
        let free = match sides.into_iter().filter(|&touched| touched).count() {
            0 => true,
            1 => 2 * thick[label] > part.area,
            _ => false,
        };
        free && touching[label] > 0 && part.area < whole
    };
    subject.zip_map(&labels, |own, label| own || is_own(label as usize))
}

/// `mask` at another size; what has a part in a pixel fills it.
pub(super) fn resized(mask: &Mask, side: usize) -> Mask {
    let shares = resize(&mask.map(|set| if set { 1.0 } else { 0.0f32 }), side, side);
    shares.map(|share| share > LEAST_SHARE)
}

fn count(mask: &Mask) -> usize {
    mask.cells().iter().filter(|&&set| set).count()
}

/// What has to stay in view where nothing stands out.
const MIDDLE: Bounds = Bounds { left: 0.35, top: 0.35, right: 0.65, bottom: 0.65 };

/// The box around the subject; `None` where there is none.
fn bounds(subject: &Mask) -> Option<Bounds> {
    let (_, parts) = components(subject);
    let around = |a: Bounds, b: Bounds| Bounds {
        left: a.left.min(b.left),
        top: a.top.min(b.top),
        right: a.right.max(b.right),
        bottom: a.bottom.max(b.bottom),
    };
    parts.iter().map(box_of).reduce(around)
}

/// The box around what is most salient, if the frame does not cut that: a kite in the sky.
fn conspicuous(saliency: &Plane) -> Option<Bounds> {
    let saliency = resize(saliency, SIDE, SIDE);
    let most = saliency.cells().iter().copied().fold(0.0, f32::max);
    let (labels, parts) = components(&saliency.map(|value| value > NEAR_PEAK * most));
    let peak = saliency.cells().iter().position(|&value| value >= most)?;
    let label = labels.cells().get(peak)?.checked_sub(1)?;
    let part = parts.get(label as usize)?;
    let whole = part.left > 0 && part.top > 0 && part.right + 1 < SIDE && part.bottom + 1 < SIDE;
    whole.then(|| box_of(part))
}

/// Share of the highest saliency that what is most salient has all over.
const NEAR_PEAK: f32 = 0.6;

fn box_of(part: &Component) -> Bounds {
    let share = |at: usize| at as f32 / SIDE as f32;
    Bounds {
        left: share(part.left),
        top: share(part.top),
        right: share(part.right + 1),
        bottom: share(part.bottom + 1),
    }
}

fn cut(subject: &Mask) -> Edges {
    let last = SIDE - 1;
    let cut = |own: &dyn Fn(usize) -> bool| (0..SIDE).filter(|&at| own(at)).count() >= LEAST_CUT_PX;
    Edges {
        left: cut(&|at| subject.at(0, at)),
        top: cut(&|at| subject.at(at, 0)),
        right: cut(&|at| subject.at(last, at)),
        bottom: cut(&|at| subject.at(at, last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_most_salient_has_to_stay_in_view_unless_the_frame_cuts_it() {
        let blob = |at: usize| {
            Plane::from_fn(SIDE, SIDE, |x, y| {
                let inside = (at..at + 10).contains(&x) && (20..30).contains(&y);
                if inside { 0.9 } else { 0.3 * x as f32 / SIDE as f32 }
            })
        };
        let share = |at: usize| at as f32 / SIDE as f32;
        let found = conspicuous(&blob(60)).unwrap();
        assert!((found.left - share(60)).abs() < 0.02 && (found.right - share(70)).abs() < 0.02);
        assert!(conspicuous(&blob(0)).is_none());
    }
}

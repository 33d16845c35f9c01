//! The outline of what is moved, mended where the surroundings tell more than the matte knows.

use super::around::{SIDE, lab};
use super::membrane::Smooth;
use crate::analysis::{Ground, Matte, described};
use crate::filter::{closed, components, dilated, gaussian_blur, largest_components, opened};
use crate::grid::{Mask, Plane};
use crate::operations::pixels::Field;
use crate::resample::resize;

/// Share of the ground that its model may leave unexplained for the model to be a judge.
const EXPLAINED: f32 = 0.15;
/// The least distance from the model, in OKLab, of what is no ground.
const LEAST_STRANGE: f32 = 0.03;
/// The same in medians of the ground's own distance.
const STRANGE_MEDIANS: f32 = 6.0;

/// The matte with what is attached to the subject and plainly no part of a smooth ground: a wing
/// in motion, a beak. `None` where the ground is not smooth enough to tell.
pub(super) fn joined(matte: &Matte, ground: Option<&Ground>, colors: &Smooth) -> Option<Matte> {
    let ground = ground.filter(|ground| ground.unexplained < EXPLAINED)?;
    let limit = (STRANGE_MEDIANS * ground.median_residual).max(LEAST_STRANGE);
    let subject = solid(matte);
    let surface = resize(&ground.surface, SIDE, SIDE);
    let strange = colors.zip_map(&surface, |color, ground| lab(color).distance(ground) > limit);
    let beside = closed(&strange, 1).zip_map(&subject, |strange, own| strange && !own);
    let (largest, near) = (count(&subject), dilated(&subject, 2));
    let attached = parts_of(&beside, |part, sides| {
        let touches = part.zip_map(&near, |part, near| part && near).cells().contains(&true);
        let thick = || 2 * count(&opened(part, 2)) > count(part);
        touches && count(part) < largest && (sides == 0 || sides == 1 && thick())
    });
    Some(changed(matte, &attached, |opacity, attached| opacity.max(attached)))
}

/// The matte without strips that lead from the subject to a side of the frame: a hedge behind a
/// tree.
pub(super) fn trimmed(matte: &Matte) -> Matte {
    let subject = solid(matte);
    let body = largest_components(&opened(&subject, 2), 0.08);
    if count(&body) == 0 {
        return matte.clone();
    }
    let near = dilated(&body, 3);
    let thin = subject.zip_map(&near, |own, near| own && !near);
    let strips = parts_of(&thin, |_, sides| sides > 0);
    if count(&strips) == 0 {
        return matte.clone();
    }
    let strips = dilated(&strips, 2).zip_map(&near, |strip, near| strip && !near);
    changed(matte, &strips, |opacity, strip| opacity * (1.0 - strip))
}

fn solid(matte: &Matte) -> Mask {
    resize(&matte.view, SIDE, SIDE).map(|opacity| opacity > 0.5)
}

fn count(mask: &Mask) -> usize {
    mask.cells().iter().filter(|&&set| set).count()
}

/// Those components of `mask` that are `wanted`, going by their pixels and by how many sides of
/// the frame they touch.
fn parts_of(mask: &Mask, wanted: impl Fn(&Mask, usize) -> bool) -> Mask {
    let (labels, parts) = components(mask);
    let mut all = mask.map(|_| false);
    for (number, part) in parts.iter().enumerate() {
        let last = SIDE - 1;
        let touched = [part.left == 0, part.top == 0, part.right == last, part.bottom == last];
        let sides = touched.into_iter().filter(|&touched| touched).count();
        let own = labels.map(|label| label as usize == number + 1);
        if wanted(&own, sides) {
            all = all.zip_map(&own, |a, b| a || b);
        }
    }
    all
}

/// The matte with its opacity changed by a mask with soft edges.
fn changed(matte: &Matte, mask: &Mask, change: impl Fn(f32, f32) -> f32 + Sync) -> Matte {
    let soft: Plane = gaussian_blur(&mask.map(|set| if set { 1.0 } else { 0.0f32 }), 0.7);
    let soft = Field::of_plane(&soft);
    let changed = |old: &Plane| {
        let mut alpha = old.clone();
        let (width, height) = (alpha.width(), alpha.height());
        alpha.par_rows(|y, row| {
            for (value, [soft]) in row.iter_mut().zip(soft.row(y, width, height)) {
                *value = change(*value, soft);
            }
        });
        alpha
    };
    described(changed(&matte.alpha), changed(&matte.view), matte.confidence)
}

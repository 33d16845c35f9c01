//! Detail: what a calm ground does not have, and what therefore gives away where a thing ends.
//!
//! Saliency and outlines go by colour, and miss dark fur before a dark wall. Where the ground is
//! calm, fur is told by its texture, whiskers and wires by their edges.

use crate::color::Oklab;
use crate::filter::{box_mean, closed, components, fill_holes, percentile};
use crate::grid::{LabImage, Mask, Plane};

/// The share of a picture that is ground in most; its busiest pixel is measured.
const CALMEST: f32 = 0.25;
/// How many times busier than that detail is.
const TIMES: f32 = 3.0;
/// The least busyness of detail, in OKLab from pixel to pixel.
const LEAST: f32 = 0.03;
/// Holes up to this share of the picture are inside of what encloses them.
const LARGEST_HOLE: f32 = 0.25;

/// The pixels that are busier than most of the ground.
pub(super) fn detail(colors: &LabImage) -> Mask {
    let busy = busyness(colors);
    let limit = (TIMES * percentile(busy.cells(), CALMEST)).max(LEAST);
    busy.map(|busy| busy > limit)
}

/// How far pixels are from their neighbours.
fn busyness(colors: &LabImage) -> Plane {
    let step = |x: usize, y: usize| {
        let own = colors.at(x, y);
        let to =
            |near: Oklab| (near.l - own.l).abs() + (near.a - own.a).abs() + (near.b - own.b).abs();
        let (u, v) = (x as isize, y as isize);
        to(colors.clamped(u + 1, v)) + to(colors.clamped(u, v + 1))
    };
    box_mean(&Plane::from_fn(colors.width(), colors.height(), step), 1)
}

/// `subject` with the detail that is attached to it and with what that encloses. Detail that leads
/// on across the picture, as horizons and meadows do, is none of it.
pub(super) fn attached(subject: &Mask, detail: &Mask) -> Mask {
    let all = closed(detail, 1).zip_map(subject, |detail, own| detail || own);
    let hole = (LARGEST_HOLE * all.cells().len() as f32) as usize;
    let (labels, parts) = components(&all);
    let mut touching = vec![false; parts.len() + 1];
    for (&label, &own) in labels.cells().iter().zip(subject.cells()) {
        touching[label as usize] |= own;
    }
    let last = subject.width() - 1;
    let free = parts.iter().map(|part| {
        let across = part.left == 0 && part.right == last;
        let down = part.top == 0 && part.bottom == last;
        !across && !down
    });
    let own: Vec<bool> =
        std::iter::once(false).chain(free).zip(touching).map(|(free, own)| free && own).collect();
    let attached = labels.map(|label| own[label as usize]);
    fill_holes(&attached, hole).zip_map(subject, |attached, own| attached || own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::pixels::hash;

    /// A calm ground; `busy` says where there is fur.
    fn picture(busy: fn(usize, usize) -> bool) -> LabImage {
        LabImage::from_fn(96, 96, |x, y| {
            let grain = (hash(x as u32, y as u32) >> 28) as f32;
            let l = if busy(x, y) { 0.1 + 0.02 * grain } else { 0.2 + 0.0002 * grain };
            Oklab { l, a: 0.0, b: 0.0 }
        })
    }

    fn head(x: usize, y: usize) -> bool {
        (40..60).contains(&x) && (30..50).contains(&y)
    }

    #[test]
    fn fur_below_a_head_belongs_to_it_and_a_tuft_elsewhere_does_not() {
        let fur = |x: usize, y: usize| {
            (40..96).contains(&x) && y >= 50 || (8..20).contains(&x) && (8..20).contains(&y)
        };
        let whole = attached(&Mask::from_fn(96, 96, head), &detail(&picture(fur)));
        assert!(whole.at(50, 40) && whole.at(80, 80) && whole.at(50, 90));
        assert!(!whole.at(14, 14) && !whole.at(20, 80));
    }

    #[test]
    fn a_meadow_that_leads_across_does_not_belong_to_what_stands_on_it() {
        let meadow = |_: usize, y: usize| y >= 50;
        let subject = Mask::from_fn(96, 96, head);
        assert!(attached(&subject, &detail(&picture(meadow))) == subject);
    }

    #[test]
    fn amid_detail_everywhere_none_is_told() {
        let found = detail(&picture(|_, _| true));
        assert!(found.cells().iter().filter(|&&set| set).count() < 96);
    }
}

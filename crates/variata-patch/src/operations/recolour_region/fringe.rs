//! Whether a change of colour shows where it ends.

use crate::color::Oklab;
use crate::filter::eroded;
use crate::grid::{LabImage, Mask};

/// Share of the neighbours within `mask` that come apart, 0.0–1.0.
pub(super) fn torn_share(mask: &Mask, before: &LabImage, after: &LabImage) -> f32 {
    let (mut pairs, mut torn) = (0u32, 0u32);
    for y in 0..before.height() - 1 {
        for x in 0..before.width() - 1 {
            if !mask.at(x, y) {
                continue;
            }
            for (u, v) in [(x + 1, y), (x, y + 1)] {
                let apart = |colors: &LabImage| colors.at(x, y).distance(colors.at(u, v));
                pairs += 1;
                torn += u32::from(apart(after) > 2.5 * apart(before) + NEW_STEP);
            }
        }
    }
    torn as f32 / pairs.max(1) as f32
}

/// The contrast that appears at and in `mask` beyond what a more vivid hue brings with it, as a share
/// of what was there: blotches and outlines that are too soft to be torn.
pub(super) fn strain(mask: &Mask, before: &LabImage, after: &LabImage) -> f32 {
    share_of_contrast(mask, before, after, |before, after| (after - 1.3 * before).max(0.0))
}

/// Share of the contrast at and in `mask` that is left, 0.0–1.0: print on cloth, patterns, folds.
pub(super) fn contrast_kept(mask: &Mask, before: &LabImage, after: &LabImage) -> f32 {
    share_of_contrast(mask, before, after, f32::min)
}

/// The sum of what `part` makes of the contrasts at and in `mask`, before and after, over the sum of
/// those before.
fn share_of_contrast(
    mask: &Mask,
    before: &LabImage,
    after: &LabImage,
    part: impl Fn(f32, f32) -> f32,
) -> f32 {
    let (mut parts, mut present) = (0.0f64, 0.0f64);
    for y in 0..before.height().saturating_sub(2) {
        for x in 0..before.width().saturating_sub(2) {
            for (u, v) in [(x + 2, y), (x, y + 2)] {
                if mask.at(x, y) || mask.at(u, v) {
                    let apart = |colors: &LabImage| colors.at(x, y).distance(colors.at(u, v));
                    let (before, after) = (apart(before), apart(after));
                    present += f64::from(before);
                    parts += f64::from(part(before, after));
                }
            }
        }
    }
    (parts / present.max(1e-6)) as f32
}

/// A step between neighbours that one notices where there was none.
const NEW_STEP: f32 = 0.045;

/// Share of the border of `mask`, the frame aside, along which the colours inside and outside differ
/// clearly more in hue and chroma than they did, 0.0–1.0.
pub(super) fn new_border_share(mask: &Mask, before: &LabImage, after: &LabImage) -> f32 {
    share_of_border(mask, before, after, |before, after| after > before + NEW_TINT)
}

/// Share of the border of `mask`, the frame aside, along which there was hardly any step in hue and
/// chroma and is a clear one now, 0.0–1.0.
pub(super) fn seam_share(mask: &Mask, before: &LabImage, after: &LabImage) -> f32 {
    share_of_border(mask, before, after, |before, after| {
        before < NEW_TINT && after > 2.5 * NEW_TINT
    })
}

/// Share of the border of `mask`, the frame aside, at which `shows` is true of the steps in hue and
/// chroma across it, before and after.
fn share_of_border(
    mask: &Mask,
    before: &LabImage,
    after: &LabImage,
    shows: impl Fn(f32, f32) -> bool,
) -> f32 {
    let core = eroded(mask, 1);
    let (mut border, mut shown) = (0u32, 0u32);
    for y in REACH_PX..before.height() - REACH_PX {
        for x in REACH_PX..before.width() - REACH_PX {
            if !mask.at(x, y) || core.at(x, y) {
                continue;
            }
            for (inside, outside) in across((x, y)) {
                if !mask.at(inside.0, inside.1) || mask.at(outside.0, outside.1) {
                    continue;
                }
                let apart = |colors: &LabImage| {
                    tint_distance(colors.at(inside.0, inside.1), colors.at(outside.0, outside.1))
                };
                border += 1;
                shown += u32::from(shows(apart(before), apart(after)));
            }
        }
    }
    shown as f32 / border.max(1) as f32
}

/// How far to both sides of a border colours are compared.
const REACH_PX: usize = 4;

/// A step in hue and chroma across a border that one notices where it was smaller.
const NEW_TINT: f32 = 0.03;

/// The pairs of places to both sides of `(x, y)`, in the four directions.
fn across((x, y): (usize, usize)) -> [((usize, usize), (usize, usize)); 4] {
    let (left, right) = ((x - REACH_PX, y), (x + REACH_PX, y));
    let (above, below) = ((x, y - REACH_PX), (x, y + REACH_PX));
    [(left, right), (right, left), (above, below), (below, above)]
}

/// Distance in hue and chroma alone.
fn tint_distance(a: Oklab, b: Oklab) -> f32 {
    let (u, v) = (a.a - b.a, a.b - b.b);
    (u * u + v * v).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;

    #[test]
    fn a_soft_outline_that_appears_strains_and_another_hue_throughout_does_not() {
        let sky = |x: usize| Oklab::from_hue(0.8, 0.12, 0.8 + x as f32 / 64.0);
        let before = Grid::from_fn(64, 64, |x, _| sky(x));
        let everywhere = Grid::new(64, 64, true);
        let turned = before.map(|color| Oklab::from_hue(color.l, 0.12, color.hue() + 0.3));
        assert!(strain(&everywhere, &before, &turned) < 0.01);
        let outlined = Grid::from_fn(64, 64, |x, _| {
            let near = (1.0 - (x as f32 - 30.0).abs() / 6.0).max(0.0);
            Oklab { l: 0.8 - 0.15 * near, ..sky(x) }
        });
        assert!(strain(&everywhere, &before, &outlined) > 0.2);
    }

    #[test]
    fn print_that_nears_the_cloths_colour_loses_its_contrast() {
        let print = |x: usize| x.is_multiple_of(8);
        let shirt = |l: f32| {
            Grid::from_fn(64, 64, |x, _| Oklab {
                l: if print(x) { 0.9 } else { l },
                a: 0.0,
                b: 0.0,
            })
        };
        let everywhere = Grid::new(64, 64, true);
        assert!((contrast_kept(&everywhere, &shirt(0.6), &shirt(0.8)) - 1.0 / 3.0).abs() < 0.01);
        assert!(contrast_kept(&everywhere, &shirt(0.6), &shirt(0.4)) > 0.99);
    }

    #[test]
    fn a_ribbon_that_changes_half_way_has_a_seam_and_one_that_changes_up_to_its_edge_has_none() {
        let ground = Oklab::from_hue(0.7, 0.1, 3.5);
        let before = Grid::from_fn(64, 64, |x, y| {
            let on_ribbon = (20..44).contains(&y);
            if on_ribbon { Oklab::from_hue(0.6, 0.15, 0.3 + x as f32 / 320.0) } else { ground }
        });
        let seams = |end: usize| {
            let mask = Grid::from_fn(64, 64, |x, y| x < end && (20..44).contains(&y));
            let turned = |color: Oklab| Oklab::from_hue(color.l, 0.15, color.hue() + 0.9);
            let after = before.zip_map(&mask, |color, set| if set { turned(color) } else { color });
            seam_share(&mask, &before, &after)
        };
        assert!(seams(40) > 0.2);
        assert_eq!(seams(64), 0.0);
    }

    #[test]
    fn half_an_apple_in_another_hue_shows_and_the_whole_does_not() {
        let red = |lightness: f32| Oklab::from_hue(lightness, 0.12, 0.8);
        let before = Grid::from_fn(64, 64, |x, _| red(0.3 + x as f32 / 160.0));
        let turned = |color: Oklab| Oklab::from_hue(color.l, 0.12, 0.3);
        let half = Grid::from_fn(64, 64, |x, y| x > 30 && x < 56 && (8..56).contains(&y));
        let after = before.zip_map(&half, |color, set| if set { turned(color) } else { color });
        assert!(new_border_share(&half, &before, &after) > 0.9);
        assert_eq!(new_border_share(&half, &before, &before), 0.0);
        let apart =
            before.zip_map(
                &half,
                |color, set| {
                    if set { color } else { Oklab::from_hue(color.l, 0.12, 2.0) }
                },
            );
        let after = apart.zip_map(&half, |color, set| if set { turned(color) } else { color });
        assert!(new_border_share(&half, &apart, &after) > 0.9);
        let towards =
            apart.zip_map(
                &half,
                |color, set| {
                    if set { Oklab::from_hue(color.l, 0.12, 1.2) } else { color }
                },
            );
        assert_eq!(new_border_share(&half, &apart, &towards), 0.0);
    }
}

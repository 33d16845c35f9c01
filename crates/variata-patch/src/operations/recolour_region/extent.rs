//! Where a region is: what is one thing, what is another of nearly its colour, and what is a gleam on it.

use super::family::turn_between;
use crate::color::Oklab;
use crate::filter::{Component, closed, components, distance_to, fill_holes};
use crate::grid::{Grid, LabImage, Mask, Plane};
use crate::operations::pixels::smoothstep;
use crate::operations::skin::skin_likeness;

/// The mask without specks and without what is only near the colour of the largest part, and that
/// apart: a flag beside an orange suit, also where it touches it and only `edges` of hue part them.
pub(super) fn parted(mask: &Mask, edges: &Mask, colors: &LabImage) -> (Mask, Mask) {
    let even = mask.zip_map(edges, |set, edge| set && !edge);
    let (labels, parts) = components(&even);
    let mut sums = vec![(0.0f64, 0.0f64); parts.len() + 1];
    for (label, color) in labels.cells().iter().zip(colors.cells()) {
        let (a, b) = &mut sums[*label as usize];
        *a += f64::from(color.a);
        *b += f64::from(color.b);
    }
    let mean = |index: usize| {
        let ((a, b), area) = (sums[index + 1], parts[index].area as f64);
        Oklab { l: 0.0, a: (a / area) as f32, b: (b / area) as f32 }
    };
    let Some(largest) = (0..parts.len()).max_by_key(|&index| parts[index].area) else {
        return (mask.clone(), Mask::new(mask.width(), mask.height(), false));
    };
    let is_speck = |index: usize| parts[index].area * 100 < parts[largest].area;
    let is_other = |index: usize| {
        let (own, main) = (mean(index), mean(largest));
        let turn = turn_between(main.hue(), own.hue()).abs();
        if parts[index].area * 8 < parts[largest].area {
            own.distance(main) > ANOTHER_TINT
                || (main.chroma() > VIVID && turn > ANOTHER_SPOTS_TURN)
        } else {
            turn * main.chroma() > ANOTHER_TINT
        }
    };
    let chosen = |choose: &dyn Fn(usize) -> bool| {
        let chosen: Vec<bool> = (0..parts.len()).map(choose).collect();
        labels.map(|label| label > 0 && chosen[label as usize - 1])
    };
    let thing = chosen(&|index| !is_speck(index) && !is_other(index));
    let others = chosen(&|index| !is_speck(index) && is_other(index));
    let nearer = nearer_to(&thing, &others);
    (mask.zip_map(&nearer, |set, nearer| set && nearer), others)
}

/// Where `thing` is no farther away than `others`.
fn nearer_to(thing: &Mask, others: &Mask) -> Mask {
    if !others.cells().contains(&true) {
        return Mask::new(thing.width(), thing.height(), true);
    }
    distance_to(thing).zip_map(&distance_to(others), |own, other| own <= other)
}

/// Where vivid colours change their hue from one cell to the next but one.
pub(super) fn hue_edges(colors: &LabImage) -> Mask {
    let hues = colors.map(|color| (color.chroma() > LEAST_EDGE_CHROMA).then(|| color.hue()));
    let turn = |a: Option<f32>, b: Option<f32>| match (a, b) {
        (Some(a), Some(b)) => turn_between(a, b).abs(),
        _ => 0.0,
    };
    Mask::from_fn(colors.width(), colors.height(), |x, y| {
        let at = |dx, dy| hues.clamped(x as isize + dx, y as isize + dy);
        turn(at(-1, 0), at(1, 0)).max(turn(at(0, -1), at(0, 1))) > EDGE_TURN
    })
}

/// Hues of fainter colours are noise.
const LEAST_EDGE_CHROMA: f32 = 0.06;
/// A turn of hue, in radians, that parts a flag from a suit: 8°; folds and shadows make 4°.
const EDGE_TURN: f32 = 0.14;

/// Parts that differ this much are different things: small ones in hue and chroma, large ones in hue
/// alone, a saucer's shadow being less vivid than its lit side.
const ANOTHER_TINT: f32 = 0.032;
/// How vivid things are to have an exact hue, and by how much that of a spot differs which is another
/// thing, in radians: the crema in a red cup, 5°.
const VIVID: f32 = 0.09;
const ANOTHER_SPOTS_TURN: f32 = 0.08;

/// The mask without its smaller parts that lie amid skin: lips, and blushes. What the frame cuts is the
/// brim of a hat.
pub(super) fn without_lips(mask: &Mask, colors: &LabImage) -> Mask {
    let (labels, parts) = components(mask);
    let largest = parts.iter().map(|part| part.area).max().unwrap_or(0);
    let is_amid_skin = |(label, part): (u32, &Component)| {
        let is_framed = part.left == 0
            || part.top == 0
            || part.right + 1 == mask.width()
            || part.bottom + 1 == mask.height();
        if part.area * 3 > largest || is_framed {
            return false;
        }
        let (own, near) = (around(&labels, part), around(colors, part));
        let far = distance_to(&own.map(|other| other == label));
        skin_share(&near, &far.map(|far| far > 2.5 && far < RING_PX as f32 - 0.5)) > 0.3
    };
    let lips: Vec<bool> = (1..).zip(&parts).map(is_amid_skin).collect();
    labels.map(|label| label > 0 && !lips[label as usize - 1])
}

/// How far around a part of a mask is looked for skin.
const RING_PX: usize = 6;

/// What lies at a part of a mask and around it.
fn around<T: Copy + Send + Sync>(grid: &Grid<T>, part: &Component) -> Grid<T> {
    let (left, top) = (part.left.saturating_sub(RING_PX), part.top.saturating_sub(RING_PX));
    let right = (part.right + RING_PX).min(grid.width() - 1);
    let bottom = (part.bottom + RING_PX).min(grid.height() - 1);
    grid.cropped(left as isize, top as isize, right - left + 1, bottom - top + 1)
}

/// The mask with what the opening took away: whatever belongs to the family, is near, hangs together
/// with it, and is no part of `others`.
pub(super) fn regrown(mask: &Mask, others: &Mask, membership: &Plane) -> Mask {
    let near =
        distance_to(mask).zip_map(membership, |distance, value| distance < 8.5 && value > 0.2);
    let near = near.zip_map(&nearer_to(mask, others), |near, nearer| near && nearer);
    let (labels, parts) = components(&near);
    let mut touched = vec![false; parts.len() + 1];
    for (label, set) in labels.cells().iter().zip(mask.cells()) {
        touched[*label as usize] |= *set;
    }
    labels.map(|label| label > 0 && touched[label as usize])
}

/// The mask with what it all but encloses: gleams and reflections in a glaze.
pub(super) fn with_gleams(mask: &Mask, others: &Mask) -> Mask {
    let whole = closed(mask, GLEAM_RADIUS).zip_map(mask, |filled, set| filled || set);
    let whole = whole.zip_map(&nearer_to(mask, others), |set, nearer| set && nearer);
    let area = set_count(&whole);
    fill_holes(&whole, (MOST_HOLE * area) as usize)
}

/// Half the width, in cells, of what a region may all but enclose.
const GLEAM_RADIUS: usize = 3;
/// Share of a region that a hole in it has at most to be a gleam.
const MOST_HOLE: f32 = 1.0 / 100.0;

/// How far inside `mask` a place is, from 0.0 along its border to 1.0.
pub(super) fn depth_in(mask: &Mask) -> Plane {
    distance_to(&mask.map(|set| !set)).map(|far| smoothstep(1.5, 5.0, far))
}

pub(super) fn set_count(mask: &Mask) -> f32 {
    mask.cells().iter().filter(|&&set| set).count() as f32
}

fn skin_share(colors: &LabImage, mask: &Mask) -> f32 {
    let skin = colors.zip_map(mask, |color, set| if set { skin_likeness(color) } else { 0.0 });
    skin.cells().iter().sum::<f32>() / set_count(mask).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 96;

    /// A colour of this hue, in degrees.
    fn vivid(degrees: f32) -> Oklab {
        Oklab::from_hue(0.6, 0.15, degrees.to_radians())
    }

    #[test]
    fn lips_are_no_part_of_a_red_hat() {
        let mask = Mask::from_fn(96, 96, |x, y| {
            let (lips, brim) = ((40..52).contains(&x), x > 90);
            y < 20 || (60..66).contains(&y) && (lips || brim)
        });
        let skin = Oklab::from_srgb([214, 165, 140]);
        let red = Oklab::from_srgb([190, 40, 45]);
        let colors = mask.map(|set| if set { red } else { skin });
        let kept = without_lips(&mask, &colors);
        assert!(kept.at(50, 5) && !kept.at(45, 62) && kept.at(93, 62));
    }

    #[test]
    fn a_flag_is_no_part_of_the_suit_that_it_touches_and_a_fold_is() {
        let beside = |degrees: f32, chroma: f32| {
            let colors = LabImage::from_fn(SIDE, SIDE, |x, _| {
                if x < 30 {
                    Oklab::from_hue(0.5, chroma, degrees.to_radians())
                } else {
                    vivid(38.0)
                }
            });
            parted(&Mask::new(SIDE, SIDE, true), &hue_edges(&colors), &colors)
        };
        let (suit, flag) = beside(22.0, 0.14);
        assert!(suit.at(60, 50) && !suit.at(10, 50) && flag.at(10, 50));
        let (whole, others) = beside(35.0, 0.09);
        assert!(whole.at(60, 50) && whole.at(10, 50) && !others.at(10, 50));
        let fold = regrown(&suit, &flag, &Plane::new(SIDE, SIDE, 1.0));
        assert!(!fold.at(25, 50), "what is the flag's does not grow back");
    }

    #[test]
    fn what_a_thing_all_but_encloses_is_a_gleam_and_deep_inside() {
        let mask = Mask::from_fn(SIDE, SIDE, |x, y| {
            let gleam = x < 50 && (40..45).contains(&y);
            let hole = (60..66).contains(&x) && (60..66).contains(&y);
            let window = x > 60 && (10..35).contains(&y);
            y > 8 && !gleam && !hole && !window
        });
        let whole = with_gleams(&mask, &Mask::new(SIDE, SIDE, false));
        assert!(whole.at(20, 42) && whole.at(63, 63) && !whole.at(80, 22));
        let depth = depth_in(&whole);
        assert!(depth.at(20, 42) == 1.0 && depth.at(20, 9) < 0.1);
    }
}

//! On a ground that is not plain, colours decide what the outline has lost.
//!
//! Saliency finds the bulk of a subject and often not its legs, ears or horns, which are thin or of
//! another colour than the rest. No surface explains grass or stones, but their colours are known
//! from everywhere else in the picture: what is attached to the subject and has a colour that the
//! ground has nowhere is the subject's.

use super::Ground;
use super::matte::Outline;
use super::reclaim::{beyond_rim, is_shadow};
use super::views::{COARSE_PX, Views};
use crate::color::Oklab;
use crate::filter::{closed, components, distance_to, percentile, touching};
use crate::grid::{LabImage, Mask, Plane};
use crate::resample::resize;

/// Outlines less sure than this may be around anything.
const LEAST_CONFIDENCE: f32 = 0.3;
/// From this distance on, in pixels of the coarse view, everything is ground.
const FAR_PX: f32 = 12.0;
/// Share of the picture that has to be that far away for its colours to be known.
const LEAST_FAR: f32 = 0.2;
/// The rank, as a share, of the ground's rarer colours.
const LEAST_COMMON: f32 = 0.1;
/// Share of the places that have such a colour below which one is foreign: grass 0.8 of all places
/// around a sheep, its legs 0.1 to 0.3.
const RARE: f32 = 0.4;
/// Lightness, as a share of the ground's, below which a colour is no shadow on it.
const DEEPEST_SHADOW: f32 = 0.2;
/// What is attached is smaller than this share of the subject, part by part.
const LARGEST_PART: f32 = 0.2;

/// The outline whose opacity is `alpha` in the middle view, with what is attached to its subject and
/// foreign to the `ground`; `None` where that is nothing, or where too little is known of the ground.
pub(super) fn joined(
    views: &Views,
    alpha: &Plane,
    confidence: f32,
    ground: &Ground,
) -> Option<Outline> {
    if confidence < LEAST_CONFIDENCE {
        return None;
    }
    let subject = resize(alpha, COARSE_PX, COARSE_PX).map(|value| value > 0.5);
    let foreign = foreign(&views.colors, &subject, ground)?;
    let beside = closed(&foreign, 1).zip_map(&subject, |foreign, own| foreign && !own);
    let lost = small_parts(&beyond_rim(&beside, &subject), &subject);
    let joined = closed(&subject.zip_map(&lost, |own, lost| own || lost), 1);
    let whole = touching(&joined, &subject);
    (whole != subject).then(|| Outline::around(views, &whole, confidence))
}

/// Where a colour is that the ground far from the subject has nowhere, and no shadow on it; `None`
/// where there is too little ground.
fn foreign(colors: &LabImage, subject: &Mask, ground: &Ground) -> Option<Mask> {
    let far = distance_to(subject).map(|distance| distance > FAR_PX);
    let known = Places::of(colors, &far)?;
    let counts = colors.map(|color| f32::from(known.with(color)));
    let ground_counts = counts.cells().iter().zip(far.cells()).filter(|(_, far)| **far);
    let ground_counts: Vec<f32> = ground_counts.map(|(&count, _)| count).collect();
    let limit = RARE * percentile(&ground_counts, LEAST_COMMON);
    let surface = resize(&ground.surface, COARSE_PX, COARSE_PX);
    let shadow = colors.zip_map(&surface, |color, ground| is_shadow(color, ground, DEEPEST_SHADOW));
    Some(counts.zip_map(&shadow, |count, shadow| count < limit && !shadow))
}

/// Those parts of `lost` that are small beside the subject and do not lead to the frame.
fn small_parts(lost: &Mask, subject: &Mask) -> Mask {
    let (labels, found) = components(lost);
    let most = LARGEST_PART * subject.cells().iter().filter(|&&own| own).count() as f32;
    let last = COARSE_PX - 1;
    labels.map(|label| {
        let part = (label as usize).checked_sub(1).and_then(|at| found.get(at));
        part.is_some_and(|part| {
            let inside = part.left > 0 && part.top > 0 && part.right < last && part.bottom < last;
            inside && (part.area as f32) < most
        })
    })
}

/// Side of a place, in pixels of the coarse view.
const PLACE_PX: usize = 8;
/// Width of a cell of the histogram, in OKLab.
const LIGHTNESS_CELL: f32 = 0.08;
const TINT_CELL: f32 = 0.02;
/// Cells of lightness, and of a and b.
const LIGHTNESS_CELLS: usize = 13;
const TINT_CELLS: usize = 40;

/// In how many places of a picture colours occur. Legs have many pixels and are in few places.
struct Places {
    /// Cells of lightness, each with its cells of a, each with its cells of b.
    counts: Vec<u16>,
}

impl Places {
    /// The places where `mask` is set; `None` where that is too little of the picture.
    fn of(colors: &LabImage, mask: &Mask) -> Option<Self> {
        let set = mask.cells().iter().filter(|&&set| set).count();
        if (set as f32) < LEAST_FAR * mask.cells().len() as f32 {
            return None;
        }
        let mut counts = vec![0; LIGHTNESS_CELLS * TINT_CELLS * TINT_CELLS];
        // The last place, from 1 on, in which a cell was seen.
        let mut seen = vec![0; counts.len()];
        let columns = mask.width() / PLACE_PX;
        for place in 0..columns * (mask.height() / PLACE_PX) {
            let (left, top) = (place % columns * PLACE_PX, place / columns * PLACE_PX);
            let pixels = (0..PLACE_PX * PLACE_PX)
                .map(|at| (left + at % PLACE_PX, top + at / PLACE_PX))
                .filter(|&(x, y)| mask.at(x, y));
            for at in pixels.flat_map(|(x, y)| like(colors.at(x, y))) {
                counts[at] += u16::from(seen[at] != place + 1);
                seen[at] = place + 1;
            }
        }
        Some(Self { counts })
    }

    /// How many places have about this colour.
    fn with(&self, color: Oklab) -> u16 {
        let [l, a, b] = cell(color);
        self.counts[index(l, a, b)]
    }
}

/// The cell of a colour: its lightness, a and b.
fn cell(Oklab { l, a, b }: Oklab) -> [usize; 3] {
    let at = |value: f32, cells: usize| value.clamp(0.0, cells as f32 - 1.0) as usize;
    let tint = |value: f32| at(value / TINT_CELL + TINT_CELLS as f32 / 2.0, TINT_CELLS);
    [at(l / LIGHTNESS_CELL, LIGHTNESS_CELLS), tint(a), tint(b)]
}

fn index(l: usize, a: usize, b: usize) -> usize {
    (l * TINT_CELLS + a) * TINT_CELLS + b
}

/// The cells of a colour and of those next to it.
fn like(color: Oklab) -> impl Iterator<Item = usize> {
    let [l, a, b] = cell(color);
    let near = |at: usize, cells: usize| at.saturating_sub(1)..(at + 2).min(cells);
    near(l, LIGHTNESS_CELLS).flat_map(move |l| {
        near(a, TINT_CELLS).flat_map(move |a| near(b, TINT_CELLS).map(move |b| index(l, a, b)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::ground::ground;
    use super::super::matte::matte_of_opacity;
    use super::*;
    use crate::grid::Raster;

    /// A sheep on a meadow: a pale body with pale legs on green of many shades, with a bush of
    /// another green beside it and a pale path that leads to the frame, of which a matte knows the
    /// body alone.
    #[test]
    fn legs_are_the_subjects_and_what_the_ground_has_elsewhere_is_not() {
        let body = |x: usize, y: usize| (80..180).contains(&x) && (70..140).contains(&y);
        let leg = |x: usize, y: usize| {
            [90, 165].iter().any(|left| x.abs_diff(*left) < 7) && (140..200).contains(&y)
        };
        let path = |x: usize, y: usize| x >= 180 && (100..112).contains(&y);
        let full = Raster::from_fn(256, 256, |x, y| match () {
            () if body(x, y) || leg(x, y) => [225, 205, 200, 255],
            () if path(x, y) => [205, 190, 120, 255],
            () => [60, 100 + ((7 * x + 13 * y) % 64) as u8, 40, 255],
        });
        let known = Raster::from_fn(256, 256, |x, y| [[0; 4], [255; 4]][usize::from(body(x, y))]);
        let views = Views::new(&full);
        let matte = matte_of_opacity(&known, &Views::new(&known));
        let ground = ground(&full, &views, &matte.view).unwrap();
        let whole = joined(&views, &matte.view, 1.0, &ground).unwrap().drawn_in(&full);
        for (x, y) in [(90, 180), (165, 190), (130, 100)] {
            assert!(whole.alpha.at(x, y) > 0.8, "{x} {y}: {}", whole.alpha.at(x, y));
        }
        for (x, y) in [(128, 180), (220, 106), (40, 40)] {
            assert!(whole.alpha.at(x, y) < 0.1, "{x} {y}: {}", whole.alpha.at(x, y));
        }
    }
}

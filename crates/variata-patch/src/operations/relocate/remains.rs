//! What would stay behind when the subject goes: feathers at the tip of a wing, an end of a rope.
//!
//! An outline loses what is fine and apart from the body. Beyond the margin that goes along with the
//! subject, such pieces stand out from what is around them and have colours that the subject has and
//! the ground has not.

use super::around::{FAR, SIDE, lab};
use super::membrane::Smooth;
use crate::color::Oklab;
use crate::filter::gaussian_blur;
use crate::grid::{LabImage, Plane};

/// How far from the subject its pieces are looked for.
const REACH: std::ops::Range<f32> = FAR - 2.0..FAR + 14.0;
/// From this distance on, everything is ground.
const SURELY_GROUND: f32 = 30.0;
/// The width of what a piece is compared with.
const AROUND: f32 = 5.0;
/// How far from the mean around it a piece is, at least, in OKLab.
const STANDS_OUT: f32 = 0.12;
/// How far from the nearest colour of the subject it is, at most.
const ALIKE: f32 = 0.05;
/// Colours that the subject and the ground are known by, at most.
const SAMPLES: usize = 400;

/// The area of the pieces, as a share of the subject's; `far` is the distance from the subject.
pub(super) fn share_of(colors: &Smooth, far: &Plane) -> f32 {
    let labs = colors.map(lab);
    let own = sampled(&labs, far, |distance| distance <= 0.0);
    let ground = sampled(&labs, far, |distance| distance > SURELY_GROUND);
    let around = means_around(&labs, far);
    let nearest = |colors: &[Oklab], color: Oklab| {
        colors.iter().map(|other| other.distance(color)).fold(f32::INFINITY, f32::min)
    };
    let is_piece = |at: usize| {
        let color = labs.cells()[at];
        let apart = nearest(&own, color);
        REACH.contains(&far.cells()[at])
            && color.distance(around.cells()[at]) > STANDS_OUT
            && apart < ALIKE
            && apart < nearest(&ground, color)
    };
    let pieces = (0..SIDE * SIDE).filter(|&at| is_piece(at)).count();
    let area = far.cells().iter().filter(|&&distance| distance <= 0.0).count();
    pieces as f32 / area.max(1) as f32
}

/// Some of the colours at the distances that are `wanted`, spread evenly.
fn sampled(labs: &LabImage, far: &Plane, wanted: impl Fn(f32) -> bool) -> Vec<Oklab> {
    let cells = far.cells().iter().zip(labs.cells());
    let all: Vec<Oklab> = cells.filter(|&(&far, _)| wanted(far)).map(|(_, &lab)| lab).collect();
    all.iter().step_by(all.len() / SAMPLES + 1).copied().collect()
}

/// The mean colour around each place, without the subject and what goes along with it.
fn means_around(labs: &LabImage, far: &Plane) -> LabImage {
    let open = far.map(|distance| if distance < FAR { 0.0 } else { 1.0 });
    let total = gaussian_blur(&open, AROUND);
    let mean = |lane: fn(Oklab) -> f32| {
        let sum = gaussian_blur(&labs.zip_map(&open, |color, open| open * lane(color)), AROUND);
        sum.zip_map(&total, |sum, total| sum / total.max(1e-4))
    };
    let (l, a, b) = (mean(|color| color.l), mean(|color| color.a), mean(|color| color.b));
    LabImage::from_fn(SIDE, SIDE, |x, y| Oklab { l: l.at(x, y), a: a.at(x, y), b: b.at(x, y) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::distance_to;
    use crate::grid::Mask;

    /// A dark square on a green ground, with three dark bars beside it.
    fn bird(bars: [f32; 4], elsewhere: bool) -> f32 {
        let body = |x: usize, y: usize| (50..80).contains(&x) && (50..80).contains(&y);
        let bar = |x: usize, y: usize| (90..98).contains(&x) && (50..70).contains(&y) && y % 6 < 2;
        let colors = Smooth::from_fn(SIDE, SIDE, |x, y| match () {
            () if body(x, y) || elsewhere && x < 8 => [40.0, 40.0, 45.0, 255.0],
            () if bar(x, y) => bars,
            () => [120.0, 150.0, 90.0, 255.0],
        });
        share_of(&colors, &distance_to(&Mask::from_fn(SIDE, SIDE, body)))
    }

    #[test]
    fn feathers_apart_from_the_wing_are_pieces_of_the_bird() {
        assert!(bird([42.0, 40.0, 44.0, 255.0], false) > 0.03);
    }

    #[test]
    fn flowers_of_another_colour_are_none_and_neither_is_what_the_ground_shows_elsewhere() {
        assert_eq!(bird([230.0, 60.0, 60.0, 255.0], false), 0.0);
        assert_eq!(bird([40.0, 40.0, 45.0, 255.0], true), 0.0);
    }
}

//! What is measured beside a subject, and what of it forbids to take the subject away.
//!
//! A subject that leaves something behind, or whose place cannot be filled, is better left where it
//! is: each test here has a picture in which it showed.

use super::membrane::Smooth;
use super::remains;
use crate::analysis::{Ground, Matte};
use crate::color::Oklab;
use crate::filter::{distance_to, gaussian_blur, gradient, percentile, weighted_mean};
use crate::grid::{Mask, Plane};
use crate::operations::paint::Flow;
use crate::operations::skin::skin_likeness;
use crate::resample::resize;

/// Side at which surroundings are measured, in pixels.
pub(super) const SIDE: usize = 128;
/// From this distance of the subject on, in those pixels, its surroundings do not go along with it.
pub(super) const FAR: f32 = 9.0;
/// The deviation that parts colours from texture.
const SMOOTHING: f32 = 1.6;
/// Share of the surroundings close by that their smooth model may leave unexplained.
const MOST_UNEXPLAINED: f32 = 0.145;
/// Share of what lies around an uncut subject that may be unlike the rest.
const MOST_STRANGE: f32 = 0.14;
/// The distance from the middle of their colours, in OKLab, at which surroundings are unlike it.
const STRANGE: f32 = 0.2;
/// The share of what lies around the subject that looks like skin, if it is a hand that the outline
/// left out; more is a ground of that colour.
const HAND: std::ops::Range<f32> = 0.008..0.25;
/// Texture, in bytes, that may run in parallel lines, and how parallel it may be where there is more:
/// boards and frames, which no quilt continues, have 3.8 bytes and 0.68, plaster 4.5 and 0.35.
const MOST_ROUGH_LINES: f32 = 3.3;
const MOST_PARALLEL: f32 = 0.55;
/// The deviation of the window within which edges are parallel or not.
const EDGES_TOGETHER: f32 = 4.0;
/// What would stay behind of the subject, as a share of it: feathers beside a wing 0.041, anything else
/// 0.021 and less.
const MOST_REMAINS: f32 = 0.03;
/// A step of the smooth colours, in OKLab over two pixels, that is an edge: a horizon 0.13, a table's
/// border 0.05.
const EDGE: f32 = 0.1;
/// The share of what lies around the hole that edges may be: what enters the hole would fade there.
const MOST_EDGES: f32 = 0.004;

/// What lies around a subject.
pub(super) struct Around {
    /// The picture.
    pub(super) colors: Smooth,
    /// The distance from the subject.
    pub(super) far: Plane,
    /// How much texture there is beside it, in bytes.
    pub(super) rough: f32,
    /// What it stands amid.
    pub(super) ring: Vec<Neighbour>,
}

/// A place beside the subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neighbour {
    /// In shares of the side.
    pub(super) place: (f32, f32),
    pub(super) color: Oklab,
}

impl Around {
    /// Measures what lies around the subject of `matte` in `colors`, bytes at [`SIDE`].
    pub(super) fn of(matte: &Matte, colors: Smooth) -> Self {
        let subject = resize(&matte.view, SIDE, SIDE).map(|opacity| opacity > 0.15);
        let far = distance_to(&subject);
        let (ring, rough) = (ring(&colors, &far), roughness(&colors, &far));
        Self { colors, far, rough, ring }
    }

    /// Whether the smooth model of the `ground` tells of nearly everything close by, so that the
    /// outline has lost nothing.
    pub(super) fn is_explained(&self, ground: Option<&Ground>) -> bool {
        ground.is_some_and(|ground| ground.unexplained_nearby <= MOST_UNEXPLAINED)
    }

    /// Whether nearly all that the subject stands amid is of one kind. Where much is not, the subject
    /// goes on there as something else, as a head does as a body.
    pub(super) fn is_all_alike(&self) -> bool {
        strange_share(&self.ring) < MOST_STRANGE
    }

    /// Whether a hand is there that the outline left out.
    pub(super) fn shows_hand(&self) -> bool {
        let skin = self.ring.iter().map(|beside| skin_likeness(beside.color)).sum::<f32>();
        HAND.contains(&(skin / self.ring.len().max(1) as f32))
    }

    /// Whether pieces of the subject would stay behind.
    pub(super) fn keeps_remains(&self) -> bool {
        remains::share_of(&self.colors, &self.far) > MOST_REMAINS
    }

    /// Whether coarse parallel lines would have to go on where the subject was.
    pub(super) fn is_lined(&self) -> bool {
        self.rough > MOST_ROUGH_LINES && parallel(&self.colors, &self.far) > MOST_PARALLEL
    }

    /// Whether an edge leads to where the subject was.
    pub(super) fn has_edges(&self) -> bool {
        edges(&self.colors, &self.far) > MOST_EDGES
    }
}

/// What lies close beside the subject.
fn ring(colors: &Smooth, far: &Plane) -> Vec<Neighbour> {
    let beside = smoothed(colors, &far.map(|distance| distance < 1.5));
    let place = |at: usize| (at as f32 + 0.5) / SIDE as f32;
    (0..SIDE * SIDE)
        .map(|at| (at % SIDE, at / SIDE))
        .filter(|&(x, y)| (x + y) % 2 == 0 && (2.0..7.0).contains(&far.at(x, y)))
        .map(|(x, y)| Neighbour { place: (place(x), place(y)), color: lab(beside.at(x, y)) })
        .collect()
}

/// The share of a ring that is unlike most of it.
fn strange_share(ring: &[Neighbour]) -> f32 {
    let lane = |value: fn(&Neighbour) -> f32| {
        let values: Vec<f32> = ring.iter().map(value).collect();
        percentile(&values, 0.5)
    };
    let l = lane(|beside| beside.color.l);
    let middle = Oklab { l, a: lane(|beside| beside.color.a), b: lane(|beside| beside.color.b) };
    let strange = ring.iter().filter(|beside| beside.color.distance(middle) > STRANGE).count();
    strange as f32 / ring.len().max(1) as f32
}

/// The share of what lies around the hole that is an edge and no texture.
fn edges(colors: &Smooth, far: &Plane) -> f32 {
    let labs = smoothed(colors, &far.map(|distance| distance < 1.5)).map(lab);
    let is_edge = |x: usize, y: usize| {
        let (u, v) = (x as isize, y as isize);
        let across = labs.clamped(u - 1, v).distance_squared(labs.clamped(u + 1, v));
        let down = labs.clamped(u, v - 1).distance_squared(labs.clamped(u, v + 1));
        across + down > EDGE * EDGE
    };
    let cells = (0..SIDE * SIDE).map(|at| (at % SIDE, at / SIDE));
    let around = cells.filter(|&(x, y)| (FAR..FAR + 4.0).contains(&far.at(x, y)));
    let (mut count, mut found) = (0usize, 0usize);
    for (x, y) in around {
        count += 1;
        found += usize::from(is_edge(x, y));
    }
    found as f32 / count.max(1) as f32
}

/// How much texture there is beside the subject, in bytes.
fn roughness(colors: &Smooth, far: &Plane) -> f32 {
    let smooth = smoothed(colors, &far.map(|distance| distance < FAR));
    let beside = far.map(|distance| if (FAR..2.5 * FAR).contains(&distance) { 1.0 } else { 0.0 });
    weighted_mean(&texture_of(colors, &smooth), &beside)
}

/// How parallel the edges beside the subject are where they are, 0.0 (all around) to 1.0.
fn parallel(colors: &Smooth, far: &Plane) -> f32 {
    let lightness = colors.map(|color| lab(color).l);
    let (across, down) = gradient(&lightness);
    let slopes = across.zip_map(&down, |u, v| (u * u + v * v).sqrt());
    let is_beside = |distance: f32| (FAR..2.5 * FAR).contains(&distance);
    let beside =
        slopes.zip_map(far, |slope, distance| if is_beside(distance) { slope } else { 0.0 });
    let flow = Flow::new(&lightness, EDGES_TOGETHER);
    weighted_mean(&flow.cells().map(|direction| direction.anisotropy), &beside)
}

/// How far the greens of a picture are from its smooth ones, in bytes.
pub(super) fn texture_of(colors: &Smooth, smooth: &Smooth) -> Plane {
    colors.zip_map(smooth, |color, smooth| (color[1] - smooth[1]).abs())
}

/// Local means of what lies outside `hole`; anything within.
pub(super) fn smoothed(colors: &Smooth, hole: &Mask) -> Smooth {
    let open = hole.map(|missing| if missing { 0.0 } else { 1.0 });
    let total = gaussian_blur(&open, SMOOTHING);
    let lane = |lane: usize| {
        let weighted = colors.zip_map(&open, |color, open| color[lane] * open);
        gaussian_blur(&weighted, SMOOTHING).zip_map(&total, |sum, total| sum / total.max(1e-4))
    };
    let [red, green, blue] = [0, 1, 2].map(lane);
    Smooth::from_fn(SIDE, SIDE, |x, y| [red.at(x, y), green.at(x, y), blue.at(x, y), 0.0])
}

/// The colour of smooth bytes.
pub(super) fn lab([red, green, blue, _]: [f32; 4]) -> Oklab {
    Oklab::from_srgb([red, green, blue].map(|value| (value + 0.5) as u8))
}

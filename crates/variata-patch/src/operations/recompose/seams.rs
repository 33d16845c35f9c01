//! What can be seen of a composition's seams.

use std::ops::Add;

use super::canvas::{Canvas, SIDE};
use crate::filter::box_mean;
use crate::grid::Plane;

/// Two neighbours on the canvas and the labels of what they show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seam {
    pub(super) labels: [u8; 2],
    pub(super) cells: [(usize, usize); 2],
}

/// What it costs to tear a thing.
const TEAR_WEIGHT: f32 = 12.0;

impl Seam {
    /// What the seam costs: what can be seen of it, and what it tears.
    pub(super) fn cost(self, canvas: &Canvas) -> f32 {
        if self.labels[0] == self.labels[1] { 0.0 } else { self.difference(canvas).cost() }
    }

    /// How the two sheets differ at both pixels (Kwatra et al., "Graphcut Textures", 2003).
    fn difference(self, canvas: &Canvas) -> Difference {
        let [first, second] =
            self.cells.map(|(x, y)| Difference::between(canvas, self.labels, x, y));
        first + second
    }
}

/// How visible a seam is, and how much of a thing it tears.
#[derive(Debug, Clone, Copy)]
pub(super) struct Difference {
    seen: f32,
    torn: f32,
}

impl Difference {
    /// That of two sheets that are alike.
    pub(super) const NONE: Self = Self { seen: 0.0, torn: 0.0 };

    /// What one of a seam's two pixels has to do with it.
    pub(super) fn between(canvas: &Canvas, labels: [u8; 2], x: usize, y: usize) -> Self {
        let [one, other] = labels.map(|label| canvas.sheets[usize::from(label)].looks.at(x, y));
        Self { seen: 0.5 * one.apart(&other), torn: 0.5 * one.torn(&other) }
    }

    pub(super) fn cost(self) -> f32 {
        self.seen + TEAR_WEIGHT * self.torn
    }
}

impl Add for Difference {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { seen: self.seen + other.seen, torn: self.torn + other.torn }
    }
}

/// How visible the seams of a composition are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visibility {
    /// Mean over all seams.
    pub(super) mean: f32,
    /// The same where they are most visible.
    pub(super) worst: f32,
    /// How much of things is torn where most is.
    pub(super) torn: f32,
    /// How much is seen twice, once in a mirror, along the folds.
    pub(super) folded: f32,
}

/// The most that may be seen: 0.1–0.6 on pictures where nobody finds a seam.
const MOST_MEAN: f32 = 0.68;
/// The most that may be seen in one place: beyond, horizons were broken and masts torn.
const MOST_WORST: f32 = 1.8;
/// The same where the picture lies in layers, in which a seam has nowhere to hide.
const MOST_WORST_IN_LAYERS: f32 = 1.7;
/// The most that may be torn.
const MOST_TORN: f32 = 2.4;
/// The most that may be folded: walls, meadows and skies up to 0.046, a canyon whose rocks become the
/// wings of butterflies 0.050 to 0.139, legs that end in pebbles 0.077.
const MOST_FOLDED: f32 = 0.048;
/// Half the side of a place, in pixels.
const NEAR_PX: usize = 3;

impl Visibility {
    /// Whether the seams are hard to see.
    pub(super) fn is_low(self, layered: bool) -> bool {
        let most = if layered { MOST_WORST_IN_LAYERS } else { MOST_WORST };
        self.mean < MOST_MEAN
            && self.worst < most
            && self.torn < MOST_TORN
            && self.folded < MOST_FOLDED
    }
}

/// Measures the seams of a composition.
pub(super) fn visibility(canvas: &Canvas) -> Visibility {
    let plane = || Plane::new(SIDE, SIDE, 0.0f32);
    let mut folded = 0.0;
    let (mut seen, mut torn, mut seams) = (plane(), plane(), plane());
    for (x, y) in (0..SIDE * SIDE).map(|at| (at % SIDE, at / SIDE)) {
        for (u, v) in [(x + 1, y), (x, y + 1)] {
            if u < SIDE && v < SIDE && canvas.labels.at(u, v) != canvas.labels.at(x, y) {
                let labels = [canvas.labels.at(x, y), canvas.labels.at(u, v)];
                folded += canvas.folded(labels, x, y);
                let here = Seam { labels, cells: [(x, y), (u, v)] }.difference(canvas);
                let found = [(&mut seen, here.seen), (&mut torn, here.torn), (&mut seams, 1.0)];
                for (plane, value) in found {
                    plane.set(x, y, plane.at(x, y) + value);
                }
            }
        }
    }
    let sum = |plane: &Plane| plane.cells().iter().sum::<f32>();
    let most = |plane: &Plane| plane.cells().iter().copied().fold(0.0, f32::max);
    let window = (2 * NEAR_PX + 1) as f32;
    let near = |plane: &Plane| box_mean(plane, NEAR_PX).map(|mean| mean * window * window);
    // A seam that only just begins in a window counts as if it crossed it.
    let around = near(&seen).zip_map(&near(&seams), |seen, seams| seen / seams.max(window));
    Visibility {
        mean: sum(&seen) / sum(&seams).max(1.0),
        worst: most(&around),
        torn: most(&near(&torn)),
        folded: folded / SIDE as f32,
    }
}

//! Colours matched across seams: what has to be added to each pixel so that steps on seams vanish.
//!
//! A screened Poisson equation (Bhat et al., "GradientShop", 2010): slopes are those of what is
//! shown, on seams the mean of both sides', and colours stay near their own, so that a difference
//! fades within a tenth of the picture.

use super::canvas::{Canvas, SIDE};
use crate::grid::Grid;

type Colors = Grid<[f32; 3]>;

/// Sweeps of relaxation.
const SWEEPS: usize = 60;
/// Over-relaxation: how far beyond the mean of its neighbours a value goes.
const EAGERNESS: f32 = 1.6;
/// How much a pixel's own colour counts against one neighbour's.
const LOYALTY: f32 = 0.006;
/// The largest correction, in bytes.
const MOST: f32 = 48.0;

/// What is added to red, green and blue at each pixel, in bytes.
pub(super) fn corrections(canvas: &Canvas) -> Colors {
    let shown = Grid::from_fn(SIDE, SIDE, |x, y| canvas.color(canvas.labels.at(x, y), x, y));
    let mut colors = shown.clone();
    let equation =
        Equation { shown: &shown, across: steps(canvas, 1, 0), down: steps(canvas, 0, 1) };
    for _ in 0..SWEEPS {
        for (x, y) in (0..SIDE * SIDE).map(|at| (at % SIDE, at / SIDE)) {
            if canvas.open.at(x, y) {
                let (old, wanted) = (colors.at(x, y), equation.wanted(&colors, x, y));
                let new = |lane: usize| old[lane] + EAGERNESS * (wanted[lane] - old[lane]);
                colors.set(x, y, std::array::from_fn(new));
            }
        }
    }
    colors.zip_map(&shown, |color, shown| {
        std::array::from_fn(|lane| (color[lane] - shown[lane]).clamp(-MOST, MOST))
    })
}

/// What is asked of the corrected colours.
struct Equation<'a> {
    shown: &'a Colors,
    /// Wanted steps to the pixels to the right and below.
    across: Colors,
    down: Colors,
}

impl Equation<'_> {
    /// The colour of a pixel that suits its neighbours' best.
    fn wanted(&self, colors: &Colors, x: usize, y: usize) -> [f32; 3] {
        let (mut sum, mut count) = (self.shown.at(x, y).map(|lane| lane * LOYALTY), LOYALTY);
        let mut add = |(u, v): (usize, usize), step: [f32; 3], sign: f32| {
            let near = colors.at(u, v);
            (0..3).for_each(|lane| sum[lane] += near[lane] + sign * step[lane]);
            count += 1.0;
        };
        if x > 0 {
            add((x - 1, y), self.across.at(x - 1, y), 1.0);
        }
        if x + 1 < SIDE {
            add((x + 1, y), self.across.at(x, y), -1.0);
        }
        if y > 0 {
            add((x, y - 1), self.down.at(x, y - 1), 1.0);
        }
        if y + 1 < SIDE {
            add((x, y + 1), self.down.at(x, y), -1.0);
        }
        sum.map(|lane| lane / count)
    }
}

/// The step from each pixel to the one `(dx, dy)` further: that of its label, and on seams the mean
/// of both labels' steps.
fn steps(canvas: &Canvas, dx: usize, dy: usize) -> Colors {
    Grid::from_fn(SIDE, SIDE, |x, y| {
        let (u, v) = ((x + dx).min(SIDE - 1), (y + dy).min(SIDE - 1));
        let step = |label: u8| {
            let (from, to) = (canvas.color(label, x, y), canvas.color(label, u, v));
            [0, 1, 2].map(|lane: usize| to[lane] - from[lane])
        };
        let (one, other) = (step(canvas.labels.at(x, y)), step(canvas.labels.at(u, v)));
        std::array::from_fn(|lane| 0.5 * (one[lane] + other[lane]))
    })
}

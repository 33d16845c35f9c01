//! Which shifts of a picture against itself leave no seam.
//!
//! For each offset the cheapest seam along which a picture and its shifted self agree is found at
//! 128 px; a shift to the left and the one back to the right have the same seam, so half of the
//! offsets suffice. The few best are then aligned to the pixel at 256 and 512 px, within narrow
//! bands around the seam of the level before.

use rayon::prelude::*;

use super::seam::{Seam, cheapest_seam};
use crate::color::Oklab;
use crate::filter::gradient;
use crate::grid::{Grid, Plane, Raster};
use crate::operations::pixels::labs_of;
use crate::resample::resize;

/// A shift of a picture against itself, its lengths in shares of the picture's side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shift {
    /// How far right of the target the right part comes from: what lies between is removed, or
    /// shown twice where this is negative.
    pub dx: f32,
    /// How far below the target the right part comes from.
    pub dy: f32,
    /// Columns of the seam in the target, for rows spread evenly over those that both parts have.
    pub seam: Vec<f32>,
    /// Mean cost of the seam at 128 px.
    pub cost: f32,
}

/// What may not be cut or repeated, and how far apart the shifts must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits<'a> {
    /// Saliency that repels the seam, if any.
    pub(super) saliency: Option<&'a Plane>,
    /// The largest mean cost of a seam.
    pub(super) cost: f32,
    /// The largest mean over an eighth of its rows.
    pub(super) worst: f32,
}

/// The best shifts of `image`, best first, all of them at least [`DISTINCT`] apart.
pub(super) fn shifts(image: &Raster, limits: Limits<'_>) -> Vec<Shift> {
    let small = resize(image, COARSE, COARSE);
    let level = Level::new(&small, limits.saliency);
    let tried: Vec<Option<Pair>> =
        offsets().collect::<Vec<_>>().into_par_iter().map(|(dx, dy)| level.best(dx, dy)).collect();
    let mut pairs: Vec<Pair> = tried.into_iter().flatten().collect();
    pairs.retain(|pair| {
        let is_even = pair.seam.worst(BREAK_ROWS) < MOST_UNEVEN * pair.cost;
        pair.cost < limits.cost && pair.worst < limits.worst && is_even
    });
    pairs.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let mut distinct: Vec<Pair> = Vec::new();
    for pair in pairs {
        let apart = |other: &Pair| (other.dx - pair.dx).abs() >= DISTINCT;
        if distinct.len() < MOST_PAIRS && distinct.iter().all(apart) {
            distinct.push(pair);
        }
    }
    if distinct.is_empty() {
        return Vec::new();
    }
    for side in [256, 512] {
        if image.width() < side {
            break;
        }
        let level = Level::new(&resize(image, side, side), limits.saliency);
        let refined: Vec<Option<Pair>> =
            distinct.par_iter().map(|pair| level.refined(pair)).collect();
        distinct = refined.into_iter().flatten().collect();
    }
    distinct.iter().flat_map(Pair::both_ways).collect()
}

/// Rows of a seam, at [`COARSE`], within which a cable or the edge of a road breaks.
const BREAK_ROWS: usize = 3;

/// How many times its mean a seam may cost there. Amid the timbers of old houses nobody sees what
/// breaks, with 5 times; a cable before the sky has 7 and more.
const MOST_UNEVEN: f32 = 6.0;

/// Side at which all offsets are tried.
const COARSE: usize = 128;

/// Offsets nearer than this look alike.
const DISTINCT: isize = 10;

/// Offsets that are followed to the fine levels.
const MOST_PAIRS: usize = 4;

/// Columns next to the frame that a seam stays away from.
const MARGIN: isize = 8;

fn offsets() -> impl Iterator<Item = (isize, isize)> {
    (16..=52).step_by(2).flat_map(|dx| (-6..=6).step_by(2).map(move |dy| (dx, dy)))
}

/// The picture at one size, as a seam sees it.
struct Level {
    features: Grid<[f32; 6]>,
}

impl Level {
    /// OKLab, half the slopes of lightness and what saliency costs.
    fn new(small: &Raster, saliency: Option<&Plane>) -> Self {
        let (width, height) = (small.width(), small.height());
        let colors = labs_of(small);
        let (across, down) = gradient(&colors.map(|color| color.l));
        let salient = saliency.map(|plane| resize(plane, width, height));
        let features = Grid::from_fn(width, height, |x, y| {
            let Oklab { l, a, b } = colors.at(x, y);
            let slopes = [SLOPE * across.at(x, y), SLOPE * down.at(x, y)];
            let z = salient.as_ref().map_or(0.0, |plane| plane.at(x, y));
            [l, a, b, slopes[0], slopes[1], 0.25 * z * z]
        });
        Self { features }
    }

    fn side(&self) -> isize {
        self.features.width() as isize
    }

    /// The cheapest seam for one offset.
    fn best(&self, dx: isize, dy: isize) -> Option<Pair> {
        let (first, last) = self.rows(dy);
        let width = self.side() - dx - 2 * MARGIN;
        let starts = vec![MARGIN; usize::try_from(last - first).ok()?];
        let seam = self.seam(dx, dy, &starts, usize::try_from(width).ok()?)?;
        let (cost, worst) = (seam.mean(), seam.worst(seam.costs.len() / 8));
        Some(Pair { dx, dy, seam, side: self.side(), cost, worst })
    }

    /// The same seam at this level, with the offset aligned to its pixels.
    fn refined(&self, pair: &Pair) -> Option<Pair> {
        let scale = self.side() / pair.side;
        let tries = (-1..=1).flat_map(|i| (-1..=1).map(move |j| (i, j)));
        let candidates = tries.filter_map(|(i, j)| {
            let (dx, dy) = (scale * pair.dx + i, scale * pair.dy + j);
            let (first, last) = self.rows(dy);
            let starts: Vec<isize> = (first..last)
                .map(|row| {
                    let above = (row / scale - pair.first_row()).clamp(0, pair.rows() - 1);
                    let column = scale * pair.seam.columns[above as usize] + scale / 2;
                    (column - BAND).clamp(1, (self.side() - dx - 2 * BAND - 2).max(1))
                })
                .collect();
            let seam = self.seam(dx, dy, &starts, 2 * BAND as usize + 1)?;
            Some(Pair { dx, dy, seam, side: self.side(), cost: pair.cost, worst: pair.worst })
        });
        candidates.min_by(|a, b| a.seam.mean().total_cmp(&b.seam.mean()))
    }

    fn seam(&self, dx: isize, dy: isize, starts: &[isize], width: usize) -> Option<Seam> {
        let (first, _) = self.rows(dy);
        cheapest_seam(starts, width, |row, x| {
            let y = first + row as isize;
            match (self.feature(x, y), self.feature(x + dx, y + dy)) {
                (Some(here), Some(there)) => cost(here, there),
                _ => f32::INFINITY,
            }
        })
    }

    fn feature(&self, x: isize, y: isize) -> Option<[f32; 6]> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        let inside = y < self.features.height();
        if inside { self.features.row(y).get(x).copied() } else { None }
    }

    /// Rows that the picture and its shifted self both have.
    fn rows(&self, dy: isize) -> (isize, isize) {
        ((-dy).max(0), (self.side() - dy).min(self.side()))
    }
}

/// Weight of slopes against colours: half of Sobel's sums.
const SLOPE: f32 = 4.0;

/// Columns to each side of the coarser level's seam.
const BAND: isize = 7;

/// How much a change from one place to the other shows.
fn cost(here: [f32; 6], there: [f32; 6]) -> f32 {
    let mut sum = here[5].max(there[5]);
    for lane in 0..5 {
        let apart = here[lane] - there[lane];
        sum += apart * apart + 0.035 * apart.abs();
    }
    sum
}

/// An offset to the right and its seam on the left of the two places, in pixels of a level.
struct Pair {
    dx: isize,
    dy: isize,
    seam: Seam,
    side: isize,
    /// Of the seam at 128 px, where the gates were set: finer levels have steeper slopes.
    cost: f32,
    worst: f32,
}

impl Pair {
    fn first_row(&self) -> isize {
        (-self.dy).max(0)
    }

    fn rows(&self) -> isize {
        self.seam.columns.len() as isize
    }

    /// The shift that repeats what lies between the two places, and the one that removes it.
    fn both_ways(&self) -> [Shift; 2] {
        let share = |px: isize| px as f32 / self.side as f32;
        let shift = |dx: isize, dy: isize, offset: isize| Shift {
            dx: share(dx),
            dy: share(dy),
            seam: self.seam.columns.iter().map(|&x| share(x + offset)).collect(),
            cost: self.cost,
        };
        [shift(-self.dx, -self.dy, self.dx), shift(self.dx, self.dy, 0)]
    }
}

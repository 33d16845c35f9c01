//! Which pixels are the subject: colours and edges decide, saliency only starts it.
//!
//! The method of GrabCut (Rother, Kolmogorov and Blake, 2004): colour mixtures of subject and
//! ground are fitted to the present split, a minimum cut makes the next one.

use std::sync::{Mutex, PoisonError};

use super::mincut::{CERTAIN, Flow, min_cut_after};
use super::mixture::ColorMixture;
use crate::color::Oklab;
use crate::filter::{dilated, eroded};
use crate::grid::{Grid, LabImage, Mask, Plane};

/// Rounds of fitting and cutting; the split hardly changes after three.
const ROUNDS: usize = 3;
/// Costs are counted in these parts of a natural unit, so that they are whole numbers.
const UNIT: f32 = 64.0;
/// No colour says more than this, in natural units.
const MOST_PULL: f32 = 60.0;
/// Pixels of each side that must be certain before a split is tried.
const LEAST_SEEDS: usize = 6;

/// Saliency below which a pixel is surely ground, and above which it is probably subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seeds {
    /// Below this a pixel is ground for good.
    pub(super) ground: f32,
    /// Above this a pixel starts as subject; well above this it is subject for good.
    pub(super) subject: f32,
}

/// What colours and neighbours cost; made once for several splits of the same picture.
pub(super) struct Segmenter {
    colors: LabImage,
    bonds: Grid<[i32; 4]>,
    /// That of the latest cut: where the next one starts, whichever it is.
    flow: Mutex<Flow>,
}

impl Segmenter {
    /// Measures the edges of a picture; `edge_weight` is what they count against the colours
    /// (GrabCut has 50 for pictures of several hundred pixels; a contour's length grows with the
    /// picture's side but areas with its square, so smaller pictures need less).
    pub(super) fn new(colors: LabImage, edge_weight: f32) -> Self {
        let bonds = bonds(&colors, edge_weight);
        Self { colors, bonds, flow: Mutex::default() }
    }

    /// The subject of the picture, or `None` where `saliency` (of the same size) is too faint to
    /// start from.
    pub(super) fn split(&self, saliency: &Plane, seeds: Seeds) -> Option<Mask> {
        let sure = (seeds.subject + 0.5 * (1.0 - seeds.subject)).min(0.97);
        let subject = eroded(&saliency.map(|value| value > sure), 1);
        let ground = saliency.map(|value| value < seeds.ground);
        let count = |mask: &Mask| mask.cells().iter().filter(|&&set| set).count();
        if count(&subject) < LEAST_SEEDS || count(&ground) < LEAST_SEEDS {
            return None;
        }
        let certain = subject.zip_map(&ground, |subject, ground| match (subject, ground) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        });
        let mut split = saliency.map(|value| value > seeds.subject);
        for _ in 0..ROUNDS {
            let next = self.cut(&split, &certain)?;
            if next == split {
                break;
            }
            split = next;
        }
        Some(split)
    }

    /// A better split near the contour of one that was made at a smaller size.
    pub(super) fn refined(&self, split: &Mask, reach_px: usize) -> Option<Mask> {
        let inside = eroded(split, reach_px);
        let around = dilated(split, reach_px);
        let certain =
            inside.zip_map(&around, |inside, around| (inside || !around).then_some(inside));
        self.cut(split, &certain)
    }

    /// Fits colours to a split and cuts anew where nothing is certain.
    fn cut(&self, split: &Mask, certain: &Grid<Option<bool>>) -> Option<Mask> {
        // Four thousand colours are enough to know a mixture.
        let step = (self.colors.width() / 64).max(1);
        let colors_where = |wanted: bool| -> Vec<Oklab> {
            let pixels = self.colors.cells().iter().zip(split.cells());
            let rows = pixels
                .enumerate()
                .filter(|(at, _)| at % step == 0 && (at / split.width()).is_multiple_of(step));
            rows.map(|(_, pixel)| pixel)
                .filter(|&(_, &set)| set == wanted)
                .map(|(&color, _)| color)
                .collect()
        };
        let inside = ColorMixture::fit(&colors_where(true))?;
        let outside = ColorMixture::fit(&colors_where(false))?;
        let costs = |mixture: &ColorMixture, y: usize| mixture.costs(self.colors.row(y));
        let pull = Grid::from_rows(certain.width(), certain.height(), |y| {
            let pulls = costs(&outside, y).zip(costs(&inside, y)).map(|(out, own)| out - own);
            let pixels = certain.row(y).iter().zip(pulls);
            pixels.map(|(certain, pull)| match certain {
                Some(true) => CERTAIN,
                Some(false) => -CERTAIN,
                None => (pull.clamp(-MOST_PULL, MOST_PULL) * UNIT) as i32,
            })
        });
        let latest = || self.flow.lock().unwrap_or_else(PoisonError::into_inner);
        let before = latest().clone();
        let (split, flow) = min_cut_after(&before, &pull, &self.bonds);
        *latest() = flow;
        Some(split)
    }
}

/// What it costs to part each pixel from four neighbours: much within a colour, little at edges.
fn bonds(colors: &LabImage, edge_weight: f32) -> Grid<[i32; 4]> {
    const STEPS: [(isize, isize); 4] = [(1, 0), (-1, 1), (0, 1), (1, 1)];
    let differences = Grid::from_fn(colors.width(), colors.height(), |x, y| {
        let color = colors.at(x, y);
        STEPS.map(|(dx, dy)| {
            color.distance_squared(colors.clamped(x as isize + dx, y as isize + dy))
        })
    });
    let total: f64 = differences.cells().iter().flatten().map(|&value| f64::from(value)).sum();
    let mean = (total / (4 * differences.cells().len()) as f64) as f32;
    let falloff = 1.0 / (2.0 * mean.max(1e-5));
    let lengths = [1.0, std::f32::consts::SQRT_2, 1.0, std::f32::consts::SQRT_2];
    differences.map(|differences| {
        std::array::from_fn(|arc| {
            let bond = edge_weight * libm::expf(-falloff * differences[arc]) / lengths[arc];
            (bond * UNIT) as i32
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rough_hint_becomes_the_exact_shape() {
        let inside = |x: usize, y: usize| (20..44).contains(&x) && (12..50).contains(&y);
        let colors = LabImage::from_fn(64, 64, |x, y| {
            let grain = ((x * 7 + y * 13) % 5) as f32 * 0.01;
            if inside(x, y) {
                Oklab { l: 0.5 + grain, a: 0.1, b: 0.05 }
            } else {
                Oklab { l: 0.6 + grain, a: -0.02, b: -0.05 }
            }
        });
        let hint = Plane::from_fn(64, 64, |x, y| {
            let (dx, dy) = (x as f32 - 32.0, y as f32 - 30.0);
            (1.0 - (dx * dx + dy * dy).sqrt() / 34.0).max(0.0)
        });
        let seeds = Seeds { ground: 0.15, subject: 0.5 };
        let split = Segmenter::new(colors, 40.0).split(&hint, seeds).unwrap();
        let wrong = (0..4096).filter(|&at| split.cells()[at] != inside(at % 64, at / 64)).count();
        assert!(wrong < 10, "{wrong}");
    }

    #[test]
    fn without_certainty_there_is_no_split() {
        let colors = LabImage::new(32, 32, Oklab { l: 0.5, a: 0.0, b: 0.0 });
        let seeds = Seeds { ground: 0.1, subject: 0.4 };
        assert!(Segmenter::new(colors, 40.0).split(&Plane::new(32, 32, 0.0), seeds).is_none());
    }
}

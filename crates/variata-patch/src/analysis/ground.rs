//! What lies behind the subject, where it is plain enough to be modelled.
//!
//! A ground that a smooth surface explains can be continued behind the subject, recoloured and
//! relit without a seam. Whether it does is also the best test of a matte: hair or limbs that the
//! matte lost stay in the ground, where they do not fit the surface.

use super::Ground;
use super::views::{SALIENCY_PX, Views};
use crate::color::Oklab;
use crate::filter::{dilated, distance_to, gaussian_blur, percentile};
use crate::grid::{LabImage, Mask, Plane, Raster};
use crate::kernels::recompiled;
use crate::resample::resize;

/// The surface is made of these functions of x and y (−1 to 1): a cubic and the fourth power of y,
/// since light usually falls from above.
const TERMS: usize = 11;
/// Rounds of reweighting by residuals.
const ROUNDS: usize = 8;
/// Cells of ground below which nothing can be said of it.
const LEAST_CELLS: usize = 300;
/// Residual beyond which a cell is no part of the model, in OKLab.
const STRANGE: f32 = 0.06;
/// The same right beside the subject, where its soft edge and shadow lie.
const STRANGE_NEARBY: f32 = 0.08;
/// Cells beside the subject that are looked at most closely.
const NEARBY_PX: f32 = 6.0;

/// A plain ground explains more than this leaves, and has less grain than this. Grounds that were
/// judged plain by eye have up to 0.06, 0.08 and 0.006; the next ones, with towers or limbs left
/// in them, begin at 0.08, 0.11 and 0.009.
const MOST_UNEXPLAINED: f32 = 0.07;
/// The same beside the subject.
const MOST_UNEXPLAINED_NEARBY: f32 = 0.09;
/// The same for the median distance.
const MOST_RESIDUAL: f32 = 0.009;

/// Median distance to the surface below which a ground is even all over.
const EVEN: f32 = 0.002;

/// The same below which it is smooth, and what of it may be unexplained then.
const SMOOTH: f32 = 0.006;
const MOST_UNEXPLAINED_OF_SMOOTH: f32 = 0.03;

impl Ground {
    /// Whether it is as even as a studio's or a catalogue's, so that whatever is not on its surface
    /// is the subject's.
    pub(super) fn is_even(&self) -> bool {
        self.median_residual < EVEN && self.unexplained < MOST_UNEXPLAINED
    }

    /// Whether it is smooth enough, as a sky or a blurred meadow is, for what is thin and attached to
    /// the subject to tell.
    pub(super) fn is_smooth(&self) -> bool {
        self.median_residual < SMOOTH && self.unexplained < MOST_UNEXPLAINED_OF_SMOOTH
    }
}

/// The model of what a subject leaves of an opaque source, `alpha` being its opacity in the middle view;
/// `None` where too little is left.
pub(super) fn ground(full: &Raster, views: &Views, alpha: &Plane) -> Option<Ground> {
    let alpha = dilated(&resize(alpha, SALIENCY_PX, SALIENCY_PX), 2);
    let subject = alpha.map(|value| value >= 0.02);
    let cells: Vec<(usize, usize)> = (0..SALIENCY_PX * SALIENCY_PX)
        .map(|at| (at % SALIENCY_PX, at / SALIENCY_PX))
        .filter(|&(x, y)| !subject.at(x, y))
        .collect();
    if cells.len() < LEAST_CELLS {
        return None;
    }
    let surface = robust_surface(&views.saliency, &cells);
    let residuals = surface.zip_map(&views.saliency, Oklab::distance);
    let of_cells: Vec<f32> = cells.iter().map(|&(x, y)| residuals.at(x, y)).collect();
    let median_residual = percentile(&of_cells, 0.5);
    let unexplained = share_above(&of_cells, STRANGE);
    let distance = distance_to(&subject);
    let nearby = cells.iter().filter(|&&(x, y)| distance.at(x, y) < NEARBY_PX);
    let nearby: Vec<f32> = nearby.map(|&(x, y)| residuals.at(x, y)).collect();
    let unexplained_nearby = share_above(&nearby, STRANGE_NEARBY);
    let plain = unexplained < MOST_UNEXPLAINED
        && unexplained_nearby < MOST_UNEXPLAINED_NEARBY
        && median_residual < MOST_RESIDUAL;
    let grain = grain(full, &subject);
    Some(Ground { surface, plain, unexplained, unexplained_nearby, median_residual, grain })
}

fn share_above(values: &[f32], limit: f32) -> f32 {
    values.iter().filter(|&&value| value > limit).count() as f32 / values.len().max(1) as f32
}

/// The polynomial surface that most of `cells` lie on: least squares, reweighted so that what
/// does not fit loses its say (Tukey's biweight in a form without a cut-off).
fn robust_surface(colors: &LabImage, cells: &[(usize, usize)]) -> LabImage {
    let terms: Vec<[f64; TERMS]> = cells.iter().map(|&(x, y)| terms(x, y)).collect();
    let mut weights = vec![1.0f64; cells.len()];
    let mut coefficients = [[0.0; TERMS]; 3];
    for _ in 0..ROUNDS {
        coefficients = fit(colors, cells, &terms, &weights);
        let residuals: Vec<f32> = cells
            .iter()
            .zip(&terms)
            .map(|(&(x, y), terms)| evaluate(&coefficients, terms).distance(colors.at(x, y)))
            .collect();
        let scale = 2.0 * f64::from((1.48 * percentile(&residuals, 0.5)).max(0.008));
        for (weight, residual) in weights.iter_mut().zip(residuals) {
            let ratio = f64::from(residual) / scale;
            let closeness = 1.0 + ratio * ratio;
            *weight = 1.0 / (closeness * closeness);
        }
    }
    LabImage::from_fn(SALIENCY_PX, SALIENCY_PX, |x, y| evaluate(&coefficients, &self::terms(x, y)))
}

fn terms(x: usize, y: usize) -> [f64; TERMS] {
    let unit = |at: usize| (2 * at + 1) as f64 / SALIENCY_PX as f64 - 1.0;
    let (x, y) = (unit(x), unit(y));
    let (xx, yy) = (x * x, y * y);
    [1.0, x, y, xx, x * y, yy, xx * x, xx * y, x * yy, yy * y, yy * yy]
}

fn evaluate(coefficients: &[[f64; TERMS]; 3], terms: &[f64; TERMS]) -> Oklab {
    let [l, a, b] = coefficients
        .map(|channel| channel.iter().zip(terms).map(|(c, term)| c * term).sum::<f64>() as f32);
    Oklab { l, a, b }
}

recompiled! {
    /// Weighted least squares by the normal equations; the small ridge keeps terms that the cells do
    /// not determine at zero.
    fn fit(
        colors: &LabImage,
        cells: &[(usize, usize)],
        terms: &[[f64; TERMS]],
        weights: &[f64],
    ) -> [[f64; TERMS]; 3] {
        let mut matrix = [[0.0; TERMS]; TERMS];
        let mut right = [[0.0; TERMS]; 3];
        for ((&(x, y), terms), weight) in cells.iter().zip(terms).zip(weights) {
            let Oklab { l, a, b } = colors.at(x, y);
            let weighted = terms.map(|term| weight * term);
            // Whole rows, of which half are not needed: their length is known, so that they are
            // added as vectors.
            for (row, weighted) in matrix.iter_mut().zip(weighted) {
                row.iter_mut().zip(terms).for_each(|(sum, term)| *sum += weighted * term);
            }
            for (sums, value) in right.iter_mut().zip([l, a, b]) {
                let value = f64::from(value);
                sums.iter_mut().zip(weighted).for_each(|(sum, weighted)| *sum += weighted * value);
            }
        }
        for (i, row) in matrix.iter_mut().enumerate() {
            row[i] += 1e-2;
        }
        solve(matrix, right)
    }
}

/// Solves a symmetric, positive definite system, given by its lower half (Cholesky).
fn solve(mut matrix: [[f64; TERMS]; TERMS], mut right: [[f64; TERMS]; 3]) -> [[f64; TERMS]; 3] {
    for i in 0..TERMS {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let rest = matrix[i][j] - known;
            matrix[i][j] = if i == j { rest.max(1e-12).sqrt() } else { rest / matrix[j][j] };
        }
    }
    for column in &mut right {
        for i in 0..TERMS {
            let known: f64 = (0..i).map(|k| matrix[i][k] * column[k]).sum();
            column[i] = (column[i] - known) / matrix[i][i];
        }
        for i in (0..TERMS).rev() {
            let known: f64 = (i + 1..TERMS).map(|k| matrix[k][i] * column[k]).sum();
            column[i] = (column[i] - known) / matrix[i][i];
        }
    }
    right
}

/// Deviation of the ground's grain: what a blur of two pixels takes away, in lightness. Measured
/// on a part of the full-size source in the middle of the ground.
fn grain(full: &Raster, subject: &Mask) -> f32 {
    const WINDOW_PX: usize = 96;
    let Some((cx, cy)) = emptiest(subject) else { return 0.0 };
    let at = |center: usize, side: usize| {
        (center * side / SALIENCY_PX) as isize - WINDOW_PX as isize / 2
    };
    let window = full.cropped(at(cx, full.width()), at(cy, full.height()), WINDOW_PX, WINDOW_PX);
    let lightness: Plane = window.map(|pixel| super::views::lab_of(pixel).l);
    let smooth = gaussian_blur(&lightness, 2.0);
    let grain: Vec<f32> =
        lightness.zip_map(&smooth, |value, smooth| (value - smooth).abs()).cells().to_vec();
    1.48 * percentile(&grain, 0.5)
}

/// The cell farthest from the subject and from the border.
fn emptiest(subject: &Mask) -> Option<(usize, usize)> {
    let last = SALIENCY_PX - 1;
    let closed = Mask::from_fn(SALIENCY_PX, SALIENCY_PX, |x, y| {
        subject.at(x, y) || x == 0 || y == 0 || x == last || y == last
    });
    let distance = distance_to(&closed);
    let farthest = (0..distance.cells().len())
        .max_by(|&a, &b| distance.cells()[a].total_cmp(&distance.cells()[b]))?;
    Some((farthest % SALIENCY_PX, farthest / SALIENCY_PX))
}

#[cfg(test)]
mod tests {
    use super::super::matte::matte_of_opacity;
    use super::*;

    /// A ground with a disc that the matte knows and, perhaps, one that it lost.
    fn of(lost: bool) -> Ground {
        let inside = |x: usize, y: usize, cx: usize, radius: usize| {
            x.abs_diff(cx).pow(2) + y.abs_diff(150).pow(2) < radius * radius
        };
        let full = Raster::from_fn(256, 256, |x, y| match () {
            () if inside(x, y, 110, 50) => [200, 40, 30, 255],
            () if lost && inside(x, y, 175, 30) => [200, 40, 30, 255],
            () => [80, 100 + (y / 4) as u8, 140 + (x / 6) as u8, 255],
        });
        let known = Raster::from_fn(256, 256, |x, y| {
            [[0; 4], [255; 4]][usize::from(inside(x, y, 110, 50))]
        });
        let matte = matte_of_opacity(&known, &Views::new(&known));
        ground(&full, &Views::new(&full), &matte.view).unwrap()
    }

    #[test]
    fn a_gradient_is_plain_and_continues_behind_the_subject() {
        let found = of(false);
        assert!(found.plain && found.median_residual < 0.003);
        let behind = found.surface.at(110 * 96 / 256, 150 * 96 / 256);
        assert!(behind.distance(Oklab::from_srgb([80, 137, 158])) < 0.01);
    }

    #[test]
    fn what_the_matte_lost_makes_the_ground_uneven() {
        assert!(!of(true).plain);
    }
}

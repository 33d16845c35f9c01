//! Neighbourhood operations on planes and masks: the vocabulary of every analysis.

mod blur;
mod components;
mod distance;
mod guided;
mod lanes;
mod morphology;

pub use blur::{box_mean, gaussian_blur, smooth_sequence};
pub use components::{Component, components, fill_holes, largest_components, touching};
pub use distance::distance_to;
pub use guided::{apply_model, guided_filter, guided_models};
pub use lanes::box_mean_lanes;
pub use morphology::{closed, dilated, eroded, opened};

use crate::grid::Plane;
use crate::kernels::recompiled;

/// The value below which `share` (0.0–1.0) of `values` lie; 0.0 for none.
pub fn percentile(values: &[f32], share: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let mut values = values.to_vec();
    let rank = (share.clamp(0.0, 1.0) * (values.len() - 1) as f32 + 0.5) as usize;
    *values.select_nth_unstable_by(rank, f32::total_cmp).1
}

/// Horizontal and vertical differences (Sobel, scaled to a slope per pixel).
pub fn gradient(plane: &Plane) -> (Plane, Plane) {
    let (width, last) = (plane.width(), plane.height() - 1);
    let lines = |y: usize| [y.saturating_sub(1), y, (y + 1).min(last)].map(|y| plane.row(y));
    let across = Plane::from_rows(width, plane.height(), |y| slopes_across(lines(y)));
    let down = Plane::from_rows(width, plane.height(), |y| slopes_down(lines(y)));
    (across, down)
}

recompiled! {
    /// Horizontal slopes along the middle of three rows.
    fn slopes_across(lines: [&[f32]; 3]) -> Vec<f32> {
        let rows = lines[0].iter().zip(lines[1]).zip(lines[2]);
        let sums: Vec<f32> = rows.map(|((a, b), c)| a + 2.0 * b + c).collect();
        around(&sums, |left, _, right| (right - left) / 8.0)
    }
}

recompiled! {
    /// Vertical slopes along the middle of three rows.
    fn slopes_down(lines: [&[f32]; 3]) -> Vec<f32> {
        let smooth = |line: &[f32]| around(line, |a, b, c| a + 2.0 * b + c);
        let (above, below) = (smooth(lines[0]), smooth(lines[2]));
        below.iter().zip(&above).map(|(below, above)| (below - above) / 8.0).collect()
    }
}

/// What `join` makes of each value of a row and the two beside it, the ends being repeated.
#[inline(always)]
pub fn around(row: &[f32], join: impl Fn(f32, f32, f32) -> f32) -> Vec<f32> {
    let (&[first, ..], &[.., last]) = (row, row) else { return Vec::new() };
    let mut joined = Vec::with_capacity(row.len());
    joined.push(join(first, first, row.get(1).copied().unwrap_or(last)));
    joined.extend(row.windows(3).map(|beside| join(beside[0], beside[1], beside[2])));
    if let [.., before, last] = *row {
        joined.push(join(before, last, last));
    }
    joined
}

/// The mean of `plane` where `weight` counts; 0.0 where nothing does.
pub fn weighted_mean(plane: &Plane, weight: &Plane) -> f32 {
    let (mut sum, mut total) = (0.0f64, 0.0f64);
    for (&value, &weight) in plane.cells().iter().zip(weight.cells()) {
        sum += f64::from(value * weight);
        total += f64::from(weight);
    }
    if total > 0.0 { (sum / total) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks() {
        let values: Vec<f32> = (0..=100).rev().map(|value| value as f32).collect();
        assert_eq!(percentile(&values, 0.25), 25.0);
        assert_eq!(percentile(&values, 1.0), 100.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }

    #[test]
    fn the_gradient_of_a_ramp_is_its_slope() {
        let ramp = Plane::from_fn(6, 6, |x, y| 2.0 * x as f32 - 3.0 * y as f32);
        let (across, down) = gradient(&ramp);
        assert_eq!((across.at(3, 3), down.at(3, 3)), (2.0, -3.0));
    }
}

//! Neighbourhood operations on planes and masks: the vocabulary of every analysis.

mod blur;
mod components;
mod distance;
mod guided;
mod lanes;
mod morphology;

pub use blur::{box_mean, gaussian_blur, smooth_sequence};
pub use components::{Component, components, fill_holes, largest_components};
pub use distance::distance_to;
pub use guided::{apply_model, guided_filter, guided_models};
pub use lanes::box_mean_lanes;
pub use morphology::{closed, dilated, eroded, opened};

use crate::grid::Plane;

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
    let slope = |across: bool| {
        Plane::from_fn(plane.width(), plane.height(), |x, y| {
            let (x, y) = (x as isize, y as isize);
            let at = |u: isize, v: isize| {
                if across { plane.clamped(x + u, y + v) } else { plane.clamped(x + v, y + u) }
            };
            let side = |u: isize| at(u, -1) + 2.0 * at(u, 0) + at(u, 1);
            (side(1) - side(-1)) / 8.0
        })
    };
    (slope(true), slope(false))
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

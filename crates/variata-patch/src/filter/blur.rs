//! Smoothing: exact box means and Gaussians made of them.

use crate::grid::{Plane, reflect};
use crate::kernels::{recompiled, with_wide_vectors};

/// The mean over the square of side `2 * radius + 1` around each pixel; beyond the edge the plane
/// is mirrored. Time does not depend on the radius.
pub fn box_mean(plane: &Plane, radius: usize) -> Plane {
    if radius == 0 {
        return plane.clone();
    }
    box_columns(&box_rows(plane, radius), radius)
}

/// A Gaussian blur of deviation `sigma` pixels; exact below 2 pixels, three box means above
/// (within 3 % of a Gaussian: Wells, 1986).
pub fn gaussian_blur(plane: &Plane, sigma: f32) -> Plane {
    if sigma <= 0.0 {
        return plane.clone();
    }
    if sigma < 2.0 {
        let kernel = gaussian_kernel(sigma);
        return convolve_columns(&convolve_rows(plane, &kernel), &kernel);
    }
    box_radii(sigma).into_iter().fold(plane.clone(), |blurred, radius| box_mean(&blurred, radius))
}

/// A Gaussian blur of a sequence, its ends repeated.
pub fn smooth_sequence(values: &[f32], sigma: f32) -> Vec<f32> {
    let kernel = gaussian_kernel(sigma.max(0.01));
    let reach = (kernel.len() / 2) as isize;
    let last = values.len() as isize - 1;
    let at = |position: isize| values[position.clamp(0, last) as usize];
    let smoothed = |center: isize| -> f32 {
        kernel.iter().zip(center - reach..).map(|(weight, position)| weight * at(position)).sum()
    };
    (0..values.len() as isize).map(smoothed).collect()
}

/// Radii of three boxes whose variances add up to `sigma` squared as nearly as whole numbers can.
fn box_radii(sigma: f32) -> [usize; 3] {
    let ideal = (4.0 * sigma * sigma + 1.0).sqrt();
    let small = ((ideal - 1.0) / 2.0) as usize;
    let variance = |radius: usize| ((2 * radius + 1) * (2 * radius + 1) - 1) as f32 / 12.0;
    let wanted = sigma * sigma;
    let error = |large: usize| {
        (large as f32 * variance(small + 1) + (3 - large) as f32 * variance(small) - wanted).abs()
    };
    let large = (0..=3).min_by(|&a, &b| error(a).total_cmp(&error(b))).unwrap_or(0);
    std::array::from_fn(|index| small + usize::from(index < large))
}

fn box_rows(plane: &Plane, radius: usize) -> Plane {
    let share = 1.0 / (2 * radius + 1) as f64;
    Plane::from_rows(plane.width(), plane.height(), |y| {
        // Mirroring once per row instead of once per access is four times as fast.
        let padded = mirrored_ends(plane.row(y), radius);
        let mut sum: f64 = padded[..2 * radius + 1].iter().map(|&value| f64::from(value)).sum();
        (0..plane.width()).map(move |x| {
            let mean = (sum * share) as f32;
            let next = padded.get(x + 2 * radius + 1).copied().unwrap_or_default();
            sum += f64::from(next) - f64::from(padded[x]);
            mean
        })
    })
}

/// One running sum for each column, all of them moved down together.
fn box_columns(plane: &Plane, radius: usize) -> Plane {
    let (width, share) = (plane.width(), 1.0 / (2 * radius + 1) as f64);
    let line = |y: isize| plane.row(reflect(y, plane.height()));
    let reach = radius as isize;
    let mut sums = vec![0.0; width];
    for y in -reach..=reach {
        sums.iter_mut().zip(line(y)).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    let mut cells = Vec::with_capacity(plane.cells().len());
    for y in 0..plane.height() as isize {
        with_wide_vectors(|| {
            cells.extend(sums.iter().map(|sum| (sum * share) as f32));
            let moved = line(y + reach + 1).iter().zip(line(y - reach));
            sums.iter_mut()
                .zip(moved)
                .for_each(|(sum, (&next, &last))| *sum += f64::from(next) - f64::from(last));
        });
    }
    Plane::from_cells(width, plane.height(), cells).unwrap_or_else(|| plane.clone())
}

/// A row with `reach` values before and behind it, mirrored at its ends.
pub(super) fn mirrored_ends<T: Copy>(row: &[T], reach: usize) -> Vec<T> {
    let at = |x: isize| row[reflect(x, row.len())];
    let (before, behind) = (-(reach as isize)..0, row.len() as isize..);
    before.map(at).chain(row.iter().copied()).chain(behind.take(reach).map(at)).collect()
}

fn gaussian_kernel(sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as i32;
    let weight = |offset: i32| libm::expf(-((offset * offset) as f32) / (2.0 * sigma * sigma));
    let total: f32 = (-reach..=reach).map(weight).sum();
    (-reach..=reach).map(|offset| weight(offset) / total).collect()
}

fn convolve_rows(plane: &Plane, kernel: &[f32]) -> Plane {
    Plane::from_rows(plane.width(), plane.height(), |y| {
        let padded = mirrored_ends(plane.row(y), kernel.len() / 2);
        weighted_sum((0..kernel.len()).map(|at| &padded[at..]), kernel, plane.width())
    })
}

fn convolve_columns(plane: &Plane, kernel: &[f32]) -> Plane {
    let reach = (kernel.len() / 2) as isize;
    Plane::from_rows(plane.width(), plane.height(), |y| {
        let around = y as isize - reach..;
        let lines = around.map(|y| plane.row(reflect(y, plane.height())));
        weighted_sum(lines, kernel, plane.width())
    })
}

/// Adds up rows of at least `width` values, each times its weight, in their order.
fn weighted_sum<'a>(
    lines: impl Iterator<Item = &'a [f32]>,
    weights: &[f32],
    width: usize,
) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    lines.zip(weights).for_each(|(line, &weight)| add_weighted(&mut sum, line, weight));
    sum
}

recompiled! {
    fn add_weighted(sum: &mut [f32], line: &[f32], weight: f32) {
        sum.iter_mut().zip(line).for_each(|(sum, value)| *sum += weight * value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blurs_keep_a_constant_and_spread_a_point() {
        for sigma in [0.7, 1.9, 2.0, 6.0] {
            let flat = gaussian_blur(&Plane::new(40, 30, 0.5), sigma);
            assert!(flat.cells().iter().all(|value| (value - 0.5).abs() < 1e-4));
            let mut point = Plane::new(61, 61, 0.0);
            point.set(30, 30, 1.0);
            let spread = gaussian_blur(&point, sigma);
            let peak = 1.0 / (std::f32::consts::TAU * sigma * sigma);
            assert!((spread.at(30, 30) / peak - 1.0).abs() < 0.15, "sigma {sigma}");
        }
    }

    #[test]
    fn a_smoothed_sequence_keeps_its_ends() {
        assert!(smooth_sequence(&[2.0; 9], 1.5).iter().all(|value| (value - 2.0).abs() < 1e-5));
    }
}

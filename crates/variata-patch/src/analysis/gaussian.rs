//! Normal distributions of colours: what a border or a subject usually looks like.

use crate::color::Oklab;

/// A normal distribution of colours in OKLab.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColorGaussian {
    mean: [f32; 3],
    /// The inverse covariance: xx, xy, xz, yy, yz, zz.
    inverse: [f32; 6],
    /// Logarithm of the covariance's determinant.
    log_determinant: f32,
}

impl ColorGaussian {
    /// The distribution of these colours, each counted `weight` times; `floor` is added to the
    /// variances, since few or equal colours say little about their spread.
    ///
    /// `None` where the weights add up to nothing.
    pub(super) fn fit(
        colors: impl Iterator<Item = (Oklab, f32)> + Clone,
        floor: f32,
    ) -> Option<Self> {
        let mut total = 0.0f64;
        let mut sum = [0.0f64; 3];
        for (color, weight) in colors.clone() {
            total += f64::from(weight);
            for (sum, value) in sum.iter_mut().zip(coordinates(color)) {
                *sum += f64::from(weight * value);
            }
        }
        if total <= 0.0 {
            return None;
        }
        let mean = sum.map(|value| (value / total) as f32);
        let mut spread = [0.0f64; 6];
        for (color, weight) in colors {
            let [x, y, z] = offsets(color, mean);
            for (sum, value) in spread.iter_mut().zip([x * x, x * y, x * z, y * y, y * z, z * z]) {
                *sum += f64::from(weight * value);
            }
        }
        let mut covariance = spread.map(|value| value / total);
        for diagonal in [0, 3, 5] {
            covariance[diagonal] += f64::from(floor);
        }
        Some(Self::from_covariance(mean, covariance))
    }

    /// Squared distance of a colour in units of the deviation (Mahalanobis).
    #[inline(always)]
    pub(super) fn distance_squared(&self, color: Oklab) -> f32 {
        let [x, y, z] = offsets(color, self.mean);
        let [xx, xy, xz, yy, yz, zz] = self.inverse;
        xx * x * x + yy * y * y + zz * z * z + 2.0 * (xy * x * y + xz * x * z + yz * y * z)
    }

    /// Minus the logarithm of the density, up to a constant.
    #[inline(always)]
    pub(super) fn cost(&self, color: Oklab) -> f32 {
        0.5 * (self.distance_squared(color) + self.log_determinant)
    }

    fn from_covariance(mean: [f32; 3], [xx, xy, xz, yy, yz, zz]: [f64; 6]) -> Self {
        let minors = [
            yy * zz - yz * yz,
            xz * yz - xy * zz,
            xy * yz - xz * yy,
            xx * zz - xz * xz,
            xy * xz - xx * yz,
            xx * yy - xy * xy,
        ];
        let determinant = (xx * minors[0] + xy * minors[1] + xz * minors[2]).max(1e-30);
        let inverse = minors.map(|minor| (minor / determinant) as f32);
        Self { mean, inverse, log_determinant: libm::log(determinant) as f32 }
    }
}

#[inline(always)]
fn coordinates(color: Oklab) -> [f32; 3] {
    [color.l, color.a, color.b]
}

#[inline(always)]
fn offsets(color: Oklab, mean: [f32; 3]) -> [f32; 3] {
    let [l, a, b] = coordinates(color);
    [l - mean[0], a - mean[1], b - mean[2]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_in_deviations_along_each_axis() {
        let colors = [-0.2f32, 0.2].into_iter().flat_map(|l| {
            [-0.01f32, 0.01].into_iter().map(move |a| (Oklab { l: 0.5 + l, a, b: 0.0 }, 1.0))
        });
        let gaussian = ColorGaussian::fit(colors, 1e-6).unwrap();
        let along_l = gaussian.distance_squared(Oklab { l: 0.9, a: 0.0, b: 0.0 });
        let along_a = gaussian.distance_squared(Oklab { l: 0.5, a: 0.02, b: 0.0 });
        assert!((along_l - 4.0).abs() < 0.1, "{along_l}");
        assert!((along_a - 4.0).abs() < 0.1, "{along_a}");
        assert!(
            gaussian.cost(Oklab { l: 0.5, a: 0.0, b: 0.0 })
                < gaussian.cost(Oklab { l: 0.9, a: 0.0, b: 0.0 })
        );
    }

    #[test]
    fn equal_colours_and_no_colours_are_no_accident() {
        let same = std::iter::repeat_n((Oklab { l: 0.5, a: 0.1, b: 0.1 }, 1.0), 9);
        assert!(
            ColorGaussian::fit(same, 1e-4).unwrap().distance_squared(Oklab::default()).is_finite()
        );
        assert!(ColorGaussian::fit(std::iter::empty(), 1e-4).is_none());
    }
}

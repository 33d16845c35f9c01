//! Edges borrowed from a picture: the guided filter.

use super::blur::box_mean;
use crate::grid::{Grid, Plane};

/// Smooths `plane` so that its edges follow those of `guide` (three channels, 0.0–1.0, of the same
/// size), clamped to 0.0–1.0 (He, Sun and Tang, "Guided Image Filtering", 2013, eq. 19).
///
/// `radius` is the window's in pixels; `epsilon` the variance below which the guide counts as
/// flat.
pub fn guided_filter(guide: &Grid<[f32; 3]>, plane: &Plane, radius: usize, epsilon: f32) -> Plane {
    let coefficients = guided_coefficients(guide, plane, radius, epsilon);
    coefficients.zip_map(guide, |[red, green, blue, offset], [r, g, b]| {
        (red * r + green * g + blue * b + offset).clamp(0.0, 1.0)
    })
}

/// The [`guided_filter`] before its last step: at each pixel the shares of the guide's channels
/// and an offset, whose sum is the filtered value. They vary slowly, so that they may be found on
/// a coarse grid and applied to the full-size guide.
pub fn guided_coefficients(
    guide: &Grid<[f32; 3]>,
    plane: &Plane,
    radius: usize,
    epsilon: f32,
) -> Grid<[f32; 4]> {
    let mean = |values: &Plane| box_mean(values, radius);
    let channels: [Plane; 3] = std::array::from_fn(|c| guide.map(|pixel| pixel[c]));
    let means: [Plane; 3] = std::array::from_fn(|c| mean(&channels[c]));
    let plane_mean = mean(plane);
    let product_mean = |a: &Plane, b: &Plane| mean(&a.zip_map(b, |u, v| u * v));
    let covariances: [Plane; 3] = std::array::from_fn(|c| {
        let product = product_mean(&channels[c], plane);
        let square = means[c].zip_map(&plane_mean, |u, v| u * v);
        product.zip_map(&square, |u, v| u - v)
    });
    let pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
    let variances = pairs.map(|(i, j)| {
        let product = product_mean(&channels[i], &channels[j]);
        let square = means[i].zip_map(&means[j], |u, v| u * v);
        product.zip_map(&square, |u, v| u - v)
    });
    let slopes = Grid::from_fn(plane.width(), plane.height(), |x, y| {
        let variance = std::array::from_fn(|k| variances[k].at(x, y));
        solve(variance, epsilon, std::array::from_fn(|c| covariances[c].at(x, y)))
    });
    let slope_means: [Plane; 3] = std::array::from_fn(|c| mean(&slopes.map(|slope| slope[c])));
    let offsets = Grid::from_fn(plane.width(), plane.height(), |x, y| {
        let slope = slopes.at(x, y);
        let share: f32 = (0..3).map(|c| slope[c] * means[c].at(x, y)).sum();
        plane_mean.at(x, y) - share
    });
    let offset_means = mean(&offsets);
    Grid::from_fn(plane.width(), plane.height(), |x, y| {
        let [red, green, blue] = std::array::from_fn(|c| slope_means[c].at(x, y));
        [red, green, blue, offset_means.at(x, y)]
    })
}

/// Solves (V + εI) s = c for the symmetric V given as xx, xy, xz, yy, yz, zz.
fn solve([xx, xy, xz, yy, yz, zz]: [f32; 6], epsilon: f32, c: [f32; 3]) -> [f32; 3] {
    let (xx, yy, zz) = (xx + epsilon, yy + epsilon, zz + epsilon);
    let (a, b, d) = (yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy);
    let determinant = xx * a + xy * b + xz * d;
    if determinant.abs() < 1e-20 {
        return [0.0; 3];
    }
    let (e, f, g) = (xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy);
    [
        (a * c[0] + b * c[1] + d * c[2]) / determinant,
        (b * c[0] + e * c[1] + f * c[2]) / determinant,
        (d * c[0] + f * c[1] + g * c[2]) / determinant,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blurred_mask_regains_the_edge_of_its_guide() {
        let guide = Grid::from_fn(40, 40, |x, _| if x < 20 { [0.1; 3] } else { [0.8; 3] });
        let soft = Plane::from_fn(40, 40, |x, _| ((x as f32 - 12.0) / 16.0).clamp(0.0, 1.0));
        let sharp = guided_filter(&guide, &soft, 6, 1e-4);
        let step = |plane: &Plane| plane.at(20, 20) - plane.at(19, 20);
        assert!(step(&sharp) > 4.0 * step(&soft), "{} {}", step(&sharp), step(&soft));
    }
}

//! Edges borrowed from a picture: the guided filter.

use super::lanes::{box_mean_lanes, box_means_of};
use crate::grid::{Grid, Plane};
use crate::kernels::recompiled;

/// Smooths `plane` so that its edges follow those of `guide` (three channels, 0.0–1.0, of the same
/// size), clamped to 0.0–1.0 (He, Sun and Tang, "Guided Image Filtering", 2013, eq. 19).
///
/// `radius` is the window's in pixels; `epsilon` the variance below which the guide counts as
/// flat.
pub fn guided_filter(guide: &Grid<[f32; 3]>, plane: &Plane, radius: usize, epsilon: f32) -> Plane {
    guided_models(guide, plane, radius, epsilon).zip_map(guide, apply_model)
}

/// The linear models by which the guided filter makes its result from the guide's three channels:
/// three slopes and an offset for each pixel. Enlarged and applied to a larger guide they give a
/// result of that size at little cost (He and Sun, "Fast Guided Filter", 2015).
pub fn guided_models(
    guide: &Grid<[f32; 3]>,
    plane: &Plane,
    radius: usize,
    epsilon: f32,
) -> Grid<[f32; 4]> {
    let products = |y| products_along(guide.row(y), plane.row(y));
    let size = (guide.width(), guide.height());
    let models = box_means_of(size, radius, products, |means| model_of(means, epsilon));
    box_mean_lanes(&models, radius)
}

recompiled! {
    /// What the regression needs the means of, along a row.
    fn products_along(guide: &[[f32; 3]], plane: &[f32]) -> Vec<[f32; 13]> {
        let products = |(&[r, g, b], &p): (&[f32; 3], &f32)| {
            [r, g, b, p, r * p, g * p, b * p, r * r, r * g, r * b, g * g, g * b, b * b]
        };
        guide.iter().zip(plane).map(products).collect()
    }
}

/// The regression of the plane on the guide within one window, from the means of their products.
#[inline(always)]
fn model_of(means: [f32; 13], epsilon: f32) -> [f32; 4] {
    let [r, g, b, p, rp, gp, bp, rr, rg, rb, gg, gb, bb] = means;
    let variance = [rr - r * r, rg - r * g, rb - r * b, gg - g * g, gb - g * b, bb - b * b];
    let [x, y, z] = solve(variance, epsilon, [rp - r * p, gp - g * p, bp - b * p]);
    [x, y, z, p - (x * r + y * g + z * b)]
}

/// What a model makes of a guide's pixel, clamped to 0.0–1.0.
pub fn apply_model(model: [f32; 4], guide: [f32; 3]) -> f32 {
    let share: f32 = guide.iter().zip(model).map(|(value, slope)| slope * value).sum();
    (share + model[3]).clamp(0.0, 1.0)
}

/// Solves (V + εI) s = c for the symmetric V given as xx, xy, xz, yy, yz, zz.
#[inline(always)]
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

//! Small sources, enlarged so that they do not look it.
//!
//! A 250-pixel picture shown at 1024 pixels is soft with any interpolation, since its edges
//! become ramps several pixels wide. Each doubling here is a cubic enlargement whose ramps are
//! then narrowed: every pixel fetches its colour from a little further away from the nearest
//! edge's centre, along the slope of the edge strength (the idea of warp sharpening). Unlike an
//! unsharp mask this makes edges thinner without bright and dark rims, and flat parts stay as
//! they are.

use std::ops::Range;

use crate::filter::{gaussian_blur, gradient};
use crate::grid::{Plane, Raster};
use crate::kernels::{Pixels, Tier, positions, recompiled, sample_linears};
use crate::resample::{Border, Rows, resize, resize_rows, sample_linear};

/// Resizes a square `source` to `side_px`: area averages where it shrinks, edge-sharpened
/// doublings where it grows by more than a quarter.
pub fn fit_to_side(source: &impl Rows<Cell = [u8; 4]>, side_px: usize) -> Raster {
    let mut side = source.width();
    let mut enlarged: Option<Raster> = None;
    while side_px * 4 > side * 5 {
        let growth = (2 * side).min(side_px) as f32 / side as f32;
        side = (2 * side).min(side_px);
        enlarged = Some(narrow_edges(&resized(enlarged.as_ref(), source, side), growth - 1.0));
    }
    match enlarged {
        Some(image) if side == side_px => image,
        image => resized(image.as_ref(), source, side_px),
    }
}

/// `image` at another size, or `source` where there is no image yet.
fn resized(image: Option<&Raster>, source: &impl Rows<Cell = [u8; 4]>, side: usize) -> Raster {
    match image {
        Some(image) => resize(image, side, side),
        None => resize_rows(source, side, side),
    }
}

/// How far a pixel beside a strong edge reaches, in pixels of the enlarged picture.
const REACH_PX: f32 = 0.8;
/// Edge strength (0–255 levels per pixel) from which the full reach is used.
const FULL_STRENGTH: f32 = 45.0;

/// Narrows the ramps that an enlargement by `1.0 + amount` has made of edges.
///
/// Works in bands of rows, whose planes stay in the cache; each is measured with as many rows
/// around it as its slopes depend on.
fn narrow_edges(image: &Raster, amount: f32) -> Raster {
    let reach = REACH_PX * amount.clamp(0.0, 1.0);
    let (width, height) = (image.width(), image.height());
    let mut result = Raster::new(width, height, [0; 4]);
    result.par_bands(BAND_ROWS, |top, rows| {
        let first = top.saturating_sub(MARGIN_ROWS);
        let end = (top + rows.len() / width + MARGIN_ROWS).min(height);
        let band = image.cropped(0, first as isize, width, end - first);
        let strength = gaussian_blur(&edge_strength(&band), BLUR_PX);
        let (across, down) = gradient(&strength);
        for (y, row) in (top..).zip(rows.chunks_exact_mut(width)) {
            narrow_row(image, (across.row(y - first), down.row(y - first)), reach, y, row);
        }
    });
    result
}

/// Deviation of the smoothing of edge strengths.
const BLUR_PX: f32 = 1.0;
/// Rows that are narrowed together.
const BAND_ROWS: usize = 32;
/// A slope of strengths takes one row, the smoothing three, and a strength one more.
const MARGIN_ROWS: usize = 5;

recompiled! {
    /// Row `y` of the narrowed picture, `slopes` being those of the edge strength.
    fn narrow_row(
        image: &Raster,
        slopes: (&[f32], &[f32]),
        reach: f32,
        y: usize,
        row: &mut [[u8; 4]],
    ) {
        // All the points first: fetching pixels leaves no room for vectors.
        let slopes = slopes.0.iter().zip(slopes.1);
        let points = positions(0..row.len()).zip(slopes).map(|(x, (&dx, &dy))| {
            let slope = (dx * dx + dy * dy).sqrt();
            let push = reach * (slope / SLOPE_OF_FULL_REACH).min(1.0) / slope.max(1e-6);
            (x - dx * push, y as f32 - dy * push)
        });
        let points: Vec<(f32, f32)> = points.collect();
        sample_row(image, &points, y, row);
    }
}

/// The colours at `points`, each less than a pixel from its own place in row `y`. Linear sampling: a
/// second cubic would add its overshoot to the enlargement's.
fn sample_row(image: &Raster, points: &[(f32, f32)], y: usize, row: &mut [[u8; 4]]) {
    let (width, last) = (image.width(), image.height() - 1);
    let plainly = |columns: Range<usize>, row: &mut [[u8; 4]]| {
        for (pixel, &(u, v)) in row[columns.clone()].iter_mut().zip(&points[columns]) {
            *pixel = sample_linear(image, u, v, Border::Clamp);
        }
    };
    match Pixels::new(image.cells(), width) {
        // All but the outermost pixels have neighbours wherever they reach.
        Some(pixels) if 0 < y && y < last => {
            let inner = 1..width - 1;
            sample_linears(Tier::detect(), pixels, &points[inner.clone()], &mut row[inner]);
            plainly(0..1, row);
            plainly(width - 1..width, row);
        }
        _ => plainly(0..width, row),
    }
}

/// Slope of the edge strength from which the full reach is used.
const SLOPE_OF_FULL_REACH: f32 = 0.14;

/// How strongly each pixel belongs to an edge, 0.0–1.0, from the luma's gradient.
fn edge_strength(image: &Raster) -> Plane {
    let luma = image.map(|[red, green, blue, alpha]| {
        let color = 0.3 * f32::from(red) + 0.59 * f32::from(green) + 0.11 * f32::from(blue);
        color + 0.25 * f32::from(alpha)
    });
    let (across, down) = gradient(&luma);
    across.zip_map(&down, |dx, dy| ((dx * dx + dy * dy).sqrt() / FULL_STRENGTH).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(side: usize) -> Raster {
        Raster::from_fn(side, side, |x, _| {
            if x < side / 2 { [20, 20, 20, 255] } else { [220, 220, 220, 255] }
        })
    }

    /// Pixels of a row that are neither dark nor bright.
    fn ramp_px(image: &Raster) -> usize {
        let middle = image.row(image.height() / 2);
        middle.iter().filter(|pixel| (40..200).contains(&pixel[0])).count()
    }

    #[test]
    fn an_enlarged_edge_is_narrower_than_an_interpolated_one_and_has_no_rim() {
        let soft = resize(&edge(32), 256, 256);
        let crisp = fit_to_side(&edge(32), 256);
        assert!(ramp_px(&crisp) < ramp_px(&soft), "{} {}", ramp_px(&crisp), ramp_px(&soft));
        assert!(crisp.cells().iter().all(|pixel| (2..=240).contains(&pixel[0])));
    }

    #[test]
    fn a_picture_is_narrowed_in_bands_as_it_would_be_whole() {
        let image = Raster::from_fn(90, 90, |x, y| {
            let value = ((x * 31 + y * y * 7) % 251) as u8;
            [value, value / 2, 90, 255]
        });
        let strength = gaussian_blur(&edge_strength(&image), BLUR_PX);
        let (across, down) = gradient(&strength);
        let mut whole = image.clone();
        whole.par_rows(|y, row| narrow_row(&image, (across.row(y), down.row(y)), REACH_PX, y, row));
        assert_eq!(narrow_edges(&image, 1.0), whole);
    }

    #[test]
    fn the_side_is_met_from_any_start() {
        for start in [1, 2, 3, 141, 256, 300, 1024] {
            assert_eq!(fit_to_side(&edge(start), 256).width(), 256);
        }
    }
}

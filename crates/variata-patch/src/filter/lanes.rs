//! Box means of several numbers a pixel at once.
//!
//! Filters that need the means of a dozen products are bound by memory traffic, not by sums; one
//! pass over all of them is several times as fast as one pass each.

use super::blur::mirrored_ends;
use crate::grid::{Grid, reflect};
use crate::kernels::recompiled;

/// Rows that share one running sum. Fixed, so that sums do not depend on the number of threads.
const BAND_ROWS: usize = 64;

/// The mean of each of `N` numbers over the square of side `2 * radius + 1` around each pixel;
/// beyond the edge the grid is mirrored. Time does not depend on the radius.
pub fn box_mean_lanes<const N: usize>(grid: &Grid<[f32; N]>, radius: usize) -> Grid<[f32; N]> {
    if radius == 0 {
        return grid.clone();
    }
    box_means_of((grid.width(), grid.height()), radius, |y| grid.row(y), |means| means)
}

/// What `finish` makes of such means of numbers that are nowhere as a whole, `row(y)` being those of
/// a row: a dozen numbers a pixel take more memory than caches hold.
///
/// Works in bands of rows; a row within reach of two bands is asked for by each.
pub(super) fn box_means_of<const N: usize, const M: usize, R: AsRef<[[f32; N]]>>(
    (width, height): (usize, usize),
    radius: usize,
    row: impl Fn(usize) -> R + Sync,
    finish: impl Fn([f32; N]) -> [f32; M] + Sync,
) -> Grid<[f32; M]> {
    let mut result = Grid::new(width, height, [0.0; M]);
    result.par_bands(BAND_ROWS, |top, cells| {
        let reach = (top..top + cells.len() / width + 2 * radius + 1).map(|y| y as isize);
        let inside = reach.map(|y| reflect(y - radius as isize, height));
        let lines: Vec<_> = inside.map(|y| means_along(row(y).as_ref(), radius)).collect();
        means_down(&lines, radius, &finish, cells);
    });
    result
}

recompiled! {
    /// The means along a row.
    fn means_along[const N: usize](row: &[[f32; N]], radius: usize) -> Vec<[f32; N]> {
        let padded = mirrored_ends(row, radius);
        let (first, next) = padded.split_at(2 * radius + 1);
        let mut sums = [0.0; N];
        first.iter().for_each(|values| add(&mut sums, values));
        let mut means = Vec::with_capacity(row.len());
        for (last, next) in padded.iter().zip(next) {
            means.push(mean(&sums, radius));
            step(&mut sums, last, next);
        }
        means.push(mean(&sums, radius));
        means
    }
}

recompiled! {
    /// What `finish` makes of the means down the columns of a band, all columns moved together;
    /// `lines` begins `radius` rows above it.
    fn means_down[const N: usize, const M: usize, F: Fn([f32; N]) -> [f32; M]](
        lines: &[Vec<[f32; N]>],
        radius: usize,
        finish: &F,
        cells: &mut [[f32; M]],
    ) {
        let mut sums = vec![[0.0; N]; lines[0].len()];
        let (first, next) = lines.split_at(2 * radius + 1);
        for line in first {
            sums.iter_mut().zip(line).for_each(|(sums, values)| add(sums, values));
        }
        let moves = lines.iter().zip(next);
        for (cells, (last, next)) in cells.chunks_exact_mut(sums.len()).zip(moves) {
            let moved = last.iter().zip(next);
            for ((sums, cell), (last, next)) in sums.iter_mut().zip(cells).zip(moved) {
                *cell = finish(mean(sums, radius));
                step(sums, last, next);
            }
        }
    }
}

// Running sums are in double precision, or what is taken away would not cancel what was added.

#[inline(always)]
fn add<const N: usize>(sums: &mut [f64; N], values: &[f32; N]) {
    sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += f64::from(value));
}

/// Takes away the values that leave the window and adds those that come.
#[inline(always)]
fn step<const N: usize>(sums: &mut [f64; N], last: &[f32; N], next: &[f32; N]) {
    for (sum, (&last, &next)) in sums.iter_mut().zip(last.iter().zip(next)) {
        *sum = *sum - f64::from(last) + f64::from(next);
    }
}

#[inline(always)]
fn mean<const N: usize>(sums: &[f64; N], radius: usize) -> [f32; N] {
    let share = 1.0 / (2 * radius + 1) as f64;
    sums.map(|sum| (sum * share) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::box_mean;

    #[test]
    fn each_lane_has_the_mean_of_its_own_plane() {
        let grid = Grid::from_fn(150, 131, |x, y| [(x * 7 + y * y) as f32 % 11.0, y as f32]);
        for radius in [0, 1, 5, 40] {
            let means = box_mean_lanes(&grid, radius);
            for lane in 0..2 {
                let expected = box_mean(&grid.map(|values| values[lane]), radius);
                let pairs = means.cells().iter().zip(expected.cells());
                assert!(pairs.into_iter().all(|(mean, value)| (mean[lane] - value).abs() < 1e-3));
            }
        }
    }
}

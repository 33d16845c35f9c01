//! Box means of several numbers a pixel at once.
//!
//! Filters that need the means of a dozen products are bound by memory traffic, not by sums; one
//! pass over all of them is several times as fast as one pass each.

use rayon::prelude::*;

use crate::grid::{Grid, reflect};

/// Rows that share one running sum. Fixed, so that sums do not depend on the number of threads.
const BAND_ROWS: usize = 64;

/// The mean of each of `N` numbers over the square of side `2 * radius + 1` around each pixel;
/// beyond the edge the grid is mirrored. Time does not depend on the radius.
pub fn box_mean_lanes<const N: usize>(grid: &Grid<[f32; N]>, radius: usize) -> Grid<[f32; N]> {
    if radius == 0 {
        return grid.clone();
    }
    box_columns(&box_rows(grid, radius), radius)
}

fn box_rows<const N: usize>(grid: &Grid<[f32; N]>, radius: usize) -> Grid<[f32; N]> {
    let mut result = grid.clone();
    result.par_rows(|y, means| {
        let row = grid.row(y);
        let at = |x: isize| &row[reflect(x, row.len())];
        let mut window = Window::new(radius);
        (-(radius as isize)..=radius as isize).for_each(|x| window.add(at(x)));
        for (x, mean) in (0..).zip(means) {
            *mean = window.mean();
            window.remove(at(x - radius as isize));
            window.add(at(x + radius as isize + 1));
        }
    });
    result
}

fn box_columns<const N: usize>(grid: &Grid<[f32; N]>, radius: usize) -> Grid<[f32; N]> {
    let width = grid.width();
    let mut result = grid.clone();
    let row = |y: isize| grid.row(reflect(y, grid.height()));
    let reach = radius as isize;
    let bands = result.cells_mut().par_chunks_mut(BAND_ROWS * width).enumerate();
    bands.for_each(|(band, cells)| {
        let first = (band * BAND_ROWS) as isize;
        let mut windows = vec![Window::new(radius); width];
        let for_each =
            |windows: &mut [Window<N>], y: isize, change: fn(&mut Window<N>, &[f32; N])| {
                windows.iter_mut().zip(row(y)).for_each(|(window, values)| change(window, values));
            };
        for y in first - reach..=first + reach {
            for_each(&mut windows, y, Window::add);
        }
        for (y, means) in (first..).zip(cells.chunks_mut(width)) {
            means.iter_mut().zip(&windows).for_each(|(mean, window)| *mean = window.mean());
            for_each(&mut windows, y - reach, Window::remove);
            for_each(&mut windows, y + reach + 1, Window::add);
        }
    });
    result
}

/// A running sum; in double precision, or what is taken away would not cancel what was added.
#[derive(Clone, Copy)]
struct Window<const N: usize> {
    sums: [f64; N],
    share: f64,
}

impl<const N: usize> Window<N> {
    fn new(radius: usize) -> Self {
        Self { sums: [0.0; N], share: 1.0 / (2 * radius + 1) as f64 }
    }

    fn add(&mut self, values: &[f32; N]) {
        self.sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += f64::from(value));
    }

    fn remove(&mut self, values: &[f32; N]) {
        self.sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum -= f64::from(value));
    }

    fn mean(&self) -> [f32; N] {
        self.sums.map(|sum| (sum * self.share) as f32)
    }
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

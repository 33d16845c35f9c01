//! Other sizes of the same picture, across and down in turn.

use std::borrow::Cow;

use super::{Blend, Lanes, add, cubic_weights};
use crate::grid::Grid;
use crate::kernels::recompiled;

/// A rectangle of which a row at a time is asked for, so that it need not be anywhere as a whole.
pub trait Rows: Sync {
    /// What it consists of.
    type Cell: Copy;

    /// The number of columns, at least 1.
    fn width(&self) -> usize;

    /// The number of rows, at least 1.
    fn height(&self) -> usize;

    /// The [`Rows::width`] values of row `y`.
    fn row(&self, y: usize) -> Cow<'_, [Self::Cell]>;

    /// All of it.
    fn to_grid(&self) -> Grid<Self::Cell>;
}

impl<T: Copy + Send + Sync> Rows for Grid<T> {
    type Cell = T;

    fn width(&self) -> usize {
        self.width()
    }

    fn height(&self) -> usize {
        self.height()
    }

    fn row(&self, y: usize) -> Cow<'_, [T]> {
        Cow::Borrowed(self.row(y))
    }

    fn to_grid(&self) -> Self {
        self.clone()
    }
}

/// Resizes to `width` × `height`: area averages where it shrinks, cubics where it grows.
///
/// Works in bands of rows, so that what is resized across stays in the cache until it is resized
/// down.
pub fn resize<T: Blend>(source: &Grid<T>, width: usize, height: usize) -> Grid<T> {
    resize_rows(source, width, height)
}

/// The same of anything that gives its rows.
pub fn resize_rows<S: Rows<Cell: Blend>>(source: &S, width: usize, height: usize) -> Grid<S::Cell> {
    if (source.width(), source.height()) == (width, height) {
        return source.to_grid();
    }
    let across = Taps::new(source.width(), width);
    let down = Taps::new(source.height(), height);
    let mut result = Grid::new(width, height, S::Cell::from_lanes([0.0; 4]));
    let band = |top: usize, rows: &mut [S::Cell]| resize_band(source, (&across, &down), top, rows);
    // As many rows of the source for each band, or of a large one a band would take megabytes.
    let band_rows = (BAND_ROWS * height / source.height().max(height)).max(1);
    result.par_bands(band_rows, band);
    result
}

/// Rows that are made, or resized across, together.
const BAND_ROWS: usize = 32;

recompiled! {
    /// Makes the rows of a resized picture from row `top` on.
    fn resize_band[T: Blend, S: Rows<Cell = T>](
        source: &S,
        taps: (&Taps, &Taps),
        top: usize,
        rows: &mut [T],
    ) {
        let (across, down) = taps;
        let width = across.starts.len();
        let (first, end) = (down.starts[top], down.end(top + rows.len() / width - 1));
        let mut line = vec![[0.0; 4]; source.width()];
        let mut lines = vec![[0.0; 4]; width * (end - first)];
        for (y, resized) in (first..end).zip(lines.chunks_exact_mut(width)) {
            T::load(&source.row(y), &mut line);
            across.gather(&line, resized);
        }
        let mut sum = vec![[0.0; 4]; width];
        for (y, row) in (top..).zip(rows.chunks_exact_mut(width)) {
            let (start, weights) = down.at(y);
            add_lines(&lines[(start - first) * width..], weights, &mut sum);
            T::store(&sum, row);
        }
    }
}

/// Makes `sum` that of as many of the first `lines`, which are as long, as there are `weights`.
#[inline(always)]
fn add_lines(lines: &[Lanes], weights: &[f32], sum: &mut [Lanes]) {
    let width = sum.len();
    let sum = sum.as_flattened_mut();
    // What grows has four weights nearly everywhere: one pass over all of them writes each sum once.
    if let &[a, b, c, d] = weights {
        let line = |at: usize| lines[at * width..(at + 1) * width].as_flattened();
        let lines = line(0).iter().zip(line(1)).zip(line(2).iter().zip(line(3)));
        for (sum, ((p, q), (r, s))) in sum.iter_mut().zip(lines) {
            *sum = 0.0 + p * a + q * b + r * c + s * d;
        }
        return;
    }
    sum.fill(0.0);
    for (line, &weight) in lines.chunks_exact(width).zip(weights) {
        let lanes = sum.iter_mut().zip(line.as_flattened());
        lanes.for_each(|(sum, lane)| *sum += lane * weight);
    }
}

/// For each position along one side of the result, which source positions count and how much.
struct Taps {
    starts: Vec<usize>,
    weights: Vec<f32>,
    /// Where the weights of each position begin, and where the last ones end.
    bounds: Vec<usize>,
    /// The same with four weights everywhere, some of them zero: no loop is faster than a short one.
    /// Nothing where a position has more weights, or the source has fewer positions.
    fours: Vec<(usize, [f32; 4])>,
}

impl Taps {
    fn new(from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        let make = if to < from { Self::area } else { Self::cubic };
        let mut taps = Self {
            starts: Vec::with_capacity(to),
            weights: Vec::new(),
            bounds: vec![0],
            fours: Vec::new(),
        };
        for position in 0..to {
            let (start, weights) = make(position, scale, from);
            taps.starts.push(start);
            taps.weights.extend(weights);
            taps.bounds.push(taps.weights.len());
        }
        taps.fours = taps.in_fours(from).unwrap_or_default();
        taps
    }

    /// Each position's first source position and four weights from there on, all of them inside.
    fn in_fours(&self, from: usize) -> Option<Vec<(usize, [f32; 4])>> {
        let last = from.checked_sub(4)?;
        let four = |position: usize| {
            let (first, weights) = self.at(position);
            let start = first.min(last);
            let mut four = [0.0; 4];
            four.get_mut(first - start..first - start + weights.len())?.copy_from_slice(weights);
            Some((start, four))
        };
        (0..self.starts.len()).map(four).collect()
    }

    /// The shares of the source pixels that the result's pixel covers.
    fn area(position: usize, scale: f64, from: usize) -> (usize, Vec<f32>) {
        let (begin, end) = (position as f64 * scale, (position + 1) as f64 * scale);
        let first = begin as usize;
        let last = (end.ceil() as usize).min(from).max(first + 1);
        let covered = |at: usize| (end.min((at + 1) as f64) - begin.max(at as f64)) / scale;
        (first, (first..last).map(|at| covered(at) as f32).collect())
    }

    /// Four cubic weights, those beyond the edge given to the outermost pixels.
    fn cubic(position: usize, scale: f64, from: usize) -> (usize, Vec<f32>) {
        let center = (position as f64 + 0.5) * scale - 0.5;
        let whole = center.floor();
        let inside = |at: isize| at.clamp(0, from as isize - 1) as usize;
        let first = inside(whole as isize - 1);
        let last = inside(whole as isize + 2);
        let mut weights = vec![0.0; last - first + 1];
        for (tap, weight) in cubic_weights((center - whole) as f32).into_iter().enumerate() {
            weights[inside(whole as isize - 1 + tap as isize) - first] += weight;
        }
        (first, weights)
    }

    /// The first source position that counts at `position`, and the weights from there on.
    #[inline(always)]
    fn at(&self, position: usize) -> (usize, &[f32]) {
        let weights = &self.weights[self.bounds[position]..self.bounds[position + 1]];
        (self.starts[position], weights)
    }

    /// One past the last source position that counts at `position`.
    fn end(&self, position: usize) -> usize {
        let (start, weights) = self.at(position);
        start + weights.len()
    }

    /// Makes a row of the source as long as the result.
    #[inline(always)]
    fn gather(&self, row: &[Lanes], resized: &mut [Lanes]) {
        if !self.fours.is_empty() {
            for (&(start, weights), resized) in self.fours.iter().zip(resized) {
                let mut sum = [0.0; 4];
                let taps = row[start..start + 4].iter().zip(weights);
                taps.for_each(|(&lanes, weight)| add(&mut sum, lanes, weight));
                *resized = sum;
            }
            return;
        }
        for (position, resized) in resized.iter_mut().enumerate() {
            let (start, weights) = self.at(position);
            let mut sum = [0.0; 4];
            for (&lanes, &weight) in row[start..start + weights.len()].iter().zip(weights) {
                add(&mut sum, lanes, weight);
            }
            *resized = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resizing_keeps_a_constant_picture_constant() {
        let grid = Grid::new(7, 5, [10u8, 20, 30, 255]);
        for (width, height) in [(3, 2), (14, 10), (7, 2), (1, 1), (31, 3)] {
            let resized = resize(&grid, width, height);
            assert!(resized.cells().iter().all(|&pixel| pixel == [10, 20, 30, 255]));
        }
    }

    #[test]
    fn shrinking_by_two_averages_four_pixels() {
        let grid = Grid::from_cells(2, 2, vec![0.0f32, 1.0, 2.0, 5.0]).unwrap();
        assert_eq!(resize(&grid, 1, 1).cells(), [2.0]);
    }
}

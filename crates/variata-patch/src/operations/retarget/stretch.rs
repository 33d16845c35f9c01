//! Pictures whose columns and rows have scales of their own: across and then down, a row at a time.

use crate::grid::Grid;
use crate::kernels::recompiled;
use crate::resample::{Blend, Lanes, cubic_weights};

/// Which source pixels a result pixel is made of.
pub(super) struct Taps {
    first: isize,
    weights: Vec<f32>,
}

impl Taps {
    /// Cubics where the source is enlarged, cubics widened to the covered length where it shrinks.
    pub(super) fn new(begin: f32, end: f32, length: usize) -> Self {
        let center = 0.5 * (begin + end) - 0.5;
        let covered = (end - begin).clamp(1.0, 4.0);
        if covered <= 1.0 {
            let whole = center.floor();
            return Self {
                first: whole as isize - 1,
                weights: cubic_weights(center - whole).to_vec(),
            };
        }
        let reach = 2.0 * covered;
        let first = (center - reach).ceil() as isize;
        let last = ((center + reach).floor() as isize).min(length as isize + 8);
        let weight = |at: isize| cubic((at as f32 - center).abs() / covered);
        let weights: Vec<f32> = (first..=last).map(weight).collect();
        let total: f32 = weights.iter().sum();
        Self { first, weights: weights.iter().map(|weight| weight / total).collect() }
    }

    /// The places of `0..length` that count, those beyond its ends being its ends, with their
    /// weights.
    #[inline(always)]
    fn within(&self, length: usize) -> impl Iterator<Item = (usize, f32)> {
        let last = length as isize - 1;
        let weights = self.weights.iter().zip(self.first..);
        weights.map(move |(&weight, at)| (at.clamp(0, last) as usize, weight))
    }
}

/// Catmull and Rom's cubic at a distance from its middle.
fn cubic(distance: f32) -> f32 {
    match distance {
        d if d < 1.0 => cubic_weights(d)[1],
        d if d < 2.0 => cubic_weights(d - 1.0)[0],
        _ => 0.0,
    }
}

/// `source` with a column for each of `columns` and a row for each of `rows`.
pub(super) fn stretched<T: Blend>(source: &Grid<T>, columns: &[Taps], rows: &[Taps]) -> Grid<T> {
    let across = |y| stretched_across(source.row(y), columns);
    let wide = Grid::from_rows(columns.len(), source.height(), across);
    let mut result = Grid::new(columns.len(), rows.len(), T::from_lanes([0.0; 4]));
    result.par_rows(|y, row| stretched_down(&wide, &rows[y], row));
    result
}

recompiled! {
    /// A row of the source, as long as the result.
    fn stretched_across[T: Blend](row: &[T], columns: &[Taps]) -> Vec<Lanes> {
        let mut source = vec![[0.0; 4]; row.len()];
        T::load(row, &mut source);
        let mut sums = vec![[0.0; 4]; columns.len()];
        for (sum, taps) in sums.iter_mut().zip(columns) {
            for (at, weight) in taps.within(source.len()) {
                add(sum, &source[at], weight);
            }
        }
        sums
    }
}

recompiled! {
    /// A row of the result, of rows that are as long.
    fn stretched_down[T: Blend](wide: &Grid<Lanes>, taps: &Taps, row: &mut [T]) {
        let mut sums = vec![[0.0; 4]; row.len()];
        for (at, weight) in taps.within(wide.height()) {
            let pairs = sums.iter_mut().zip(wide.row(at));
            pairs.for_each(|(sum, lanes)| add(sum, lanes, weight));
        }
        T::store(&sums, row);
    }
}

#[inline(always)]
fn add(sum: &mut Lanes, lanes: &Lanes, weight: f32) {
    sum.iter_mut().zip(lanes).for_each(|(sum, lane)| *sum += weight * lane);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Plane;

    #[test]
    fn nothing_changes_at_a_scale_of_one_and_edges_are_repeated() {
        let plane = Plane::from_fn(9, 7, |x, y| (x * 3 + y * y) as f32);
        let taps = |length: usize, by: f32| -> Vec<Taps> {
            (0..length).map(|at| Taps::new(at as f32 + by, at as f32 + 1.0 + by, length)).collect()
        };
        assert_eq!(stretched(&plane, &taps(9, 0.0), &taps(7, 0.0)), plane);
        let moved = stretched(&plane, &taps(9, 20.0), &taps(7, 0.0));
        assert_eq!(moved, Plane::from_fn(9, 7, |_, y| plane.at(8, y)));
    }
}

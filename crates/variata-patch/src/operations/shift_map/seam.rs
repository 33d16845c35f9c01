//! The cheapest seam from top to bottom, by dynamic programming.

/// A seam: a column for each row, neighbouring rows at most one column apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seam {
    pub(super) columns: Vec<isize>,
    pub(super) costs: Vec<f32>,
}

impl Seam {
    /// Mean cost of a row.
    pub(super) fn mean(&self) -> f32 {
        self.costs.iter().sum::<f32>() / self.costs.len().max(1) as f32
    }

    /// The largest mean over any `rows` neighbouring rows: a seam that is invisible but for one
    /// place has a small mean and is still a bad one.
    pub(super) fn worst(&self, rows: usize) -> f32 {
        let rows = rows.clamp(1, self.costs.len().max(1));
        let mean = |window: &[f32]| window.iter().sum::<f32>() / rows as f32;
        self.costs.windows(rows).map(mean).fold(0.0, f32::max)
    }
}

/// The cheapest seam through bands of `width` columns, one band a row from the column that
/// `starts` names. Neighbouring bands have to overlap.
///
/// `None` for no rows, no columns, or bands that no seam can follow.
pub(super) fn cheapest_seam(
    starts: &[isize],
    width: usize,
    cost: impl Fn(usize, isize) -> f32,
) -> Option<Seam> {
    if starts.is_empty() || width == 0 {
        return None;
    }
    let row_costs: Vec<Vec<f32>> = (0..starts.len())
        .map(|row| (0..width).map(|at| cost(row, starts[row] + at as isize)).collect())
        .collect();
    let mut totals = row_costs[0].clone();
    let mut ways: Vec<Vec<i8>> = vec![vec![0; width]];
    for row in 1..starts.len() {
        let moved = starts[row] - starts[row - 1];
        let (next, way) = extended(&totals, &row_costs[row], moved);
        totals = next;
        ways.push(way);
    }
    let (mut at, total) = totals.iter().copied().enumerate().min_by(|a, b| a.1.total_cmp(&b.1))?;
    if !total.is_finite() {
        return None;
    }
    let (mut columns, mut costs) = (vec![0; starts.len()], vec![0.0; starts.len()]);
    for row in (0..starts.len()).rev() {
        columns[row] = starts[row] + at as isize;
        costs[row] = row_costs[row][at];
        if row > 0 {
            let above = columns[row] + isize::from(ways[row][at]) - starts[row - 1];
            at = above.clamp(0, width as isize - 1) as usize;
        }
    }
    Some(Seam { columns, costs })
}

/// Totals one row further down, and for each column the step back up.
fn extended(above: &[f32], costs: &[f32], moved: isize) -> (Vec<f32>, Vec<i8>) {
    let total = |at: isize| {
        usize::try_from(at).ok().and_then(|at| above.get(at)).copied().unwrap_or(f32::INFINITY)
    };
    let best = |(at, &cost): (usize, &f32)| {
        let straight = at as isize + moved;
        let mut least = (total(straight), 0i8);
        for step in [-1i8, 1] {
            let way = total(straight + isize::from(step));
            if way < least.0 {
                least = (way, step);
            }
        }
        (least.0 + cost, least.1)
    };
    costs.iter().enumerate().map(best).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn exhaustive(costs: &[Vec<f32>], row: usize, column: isize) -> f32 {
        let width = costs[0].len() as isize;
        if column < 0 || column >= width {
            return f32::INFINITY;
        }
        let here = costs[row][column as usize];
        if row == 0 {
            return here;
        }
        let above = |step: isize| exhaustive(costs, row - 1, column + step);
        here + above(-1).min(above(0)).min(above(1))
    }

    #[test]
    fn the_seam_costs_as_little_as_an_exhaustive_search_finds() {
        let mut random = Random::new(8, 8);
        for _ in 0..40 {
            let costs: Vec<Vec<f32>> =
                (0..7).map(|_| (0..6).map(|_| random.unit()).collect()).collect();
            let seam = cheapest_seam(&[0; 7], 6, |row, x| costs[row][x as usize]).unwrap();
            let least = (0..6).map(|x| exhaustive(&costs, 6, x)).fold(f32::MAX, f32::min);
            assert!((seam.costs.iter().sum::<f32>() - least).abs() < 1e-4);
            assert!(seam.columns.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 1));
        }
    }

    #[test]
    fn a_seam_follows_bands_that_move() {
        let starts: Vec<isize> = (0..20).map(|row| 10 + row).collect();
        let seam = cheapest_seam(&starts, 5, |row, x| (x - 12 - row as isize).abs() as f32);
        let seam = seam.unwrap();
        assert!(seam.columns.iter().enumerate().all(|(row, &x)| x == 12 + row as isize));
        assert_eq!(seam.worst(16), 0.0);
        assert!(cheapest_seam(&[0, 9], 3, |_, _| 0.0).is_none());
        assert!(cheapest_seam(&[], 3, |_, _| 0.0).is_none());
    }
}

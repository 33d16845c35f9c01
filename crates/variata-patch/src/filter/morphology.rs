//! Growing and shrinking of planes and masks (grey-scale morphology with round elements).

use crate::grid::Grid;

/// Each value becomes the largest within `radius` pixels (a disc).
pub fn dilated<T: Copy + PartialOrd + Send + Sync>(grid: &Grid<T>, radius: usize) -> Grid<T> {
    extremum(grid, radius, |a, b| if b > a { b } else { a })
}

/// Each value becomes the smallest within `radius` pixels (a disc).
pub fn eroded<T: Copy + PartialOrd + Send + Sync>(grid: &Grid<T>, radius: usize) -> Grid<T> {
    extremum(grid, radius, |a, b| if b < a { b } else { a })
}

/// Bright parts narrower than the disc vanish.
pub fn opened<T: Copy + PartialOrd + Send + Sync>(grid: &Grid<T>, radius: usize) -> Grid<T> {
    dilated(&eroded(grid, radius), radius)
}

/// Dark parts narrower than the disc vanish.
pub fn closed<T: Copy + PartialOrd + Send + Sync>(grid: &Grid<T>, radius: usize) -> Grid<T> {
    eroded(&dilated(grid, radius), radius)
}

/// The disc is a stack of horizontal runs: each row offset has its own half width.
fn extremum<T: Copy + Send + Sync>(
    grid: &Grid<T>,
    radius: usize,
    pick: impl Fn(T, T) -> T + Sync,
) -> Grid<T> {
    let reach = radius as isize;
    let half_width = |dy: isize| {
        let limit = (radius as f32 + 0.5) * (radius as f32 + 0.5) - (dy * dy) as f32;
        limit.max(0.0).sqrt() as isize
    };
    let last = grid.height() as isize - 1;
    Grid::from_rows(grid.width(), grid.height(), |y| {
        let mut best = grid.row(y).to_vec();
        for dy in -reach..=reach {
            let row = grid.row((y as isize + dy).clamp(0, last) as usize);
            let half = half_width(dy) as usize;
            let padded = repeated_ends(row, half);
            for line in padded.windows(row.len()) {
                best.iter_mut().zip(line).for_each(|(best, &value)| *best = pick(*best, value));
            }
        }
        best
    })
}

/// A row with its ends repeated `count` times.
fn repeated_ends<T: Copy>(row: &[T], count: usize) -> Vec<T> {
    let [first, last] = [row[0], row[row.len() - 1]];
    let ends = |value| std::iter::repeat_n(value, count);
    ends(first).chain(row.iter().copied()).chain(ends(last)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_removes_a_dot_and_closing_fills_a_gap() {
        let mut dot = Grid::new(9, 9, false);
        dot.set(4, 4, true);
        assert!(opened(&dot, 1).cells().iter().all(|&set| !set));
        assert_eq!(dilated(&dot, 1).cells().iter().filter(|&&set| set).count(), 9);
        let gap = dot.map(|set| !set);
        assert!(closed(&gap, 1).cells().iter().all(|&set| set));
    }
}

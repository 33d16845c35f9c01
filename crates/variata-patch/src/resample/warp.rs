//! Pictures whose pixels come from anywhere in another.

use super::{Blend, Border, add, sample_cubic};
use crate::grid::Grid;
use crate::kernels::{positions, recompiled};

/// How [`warp`] reads its source.
#[derive(Debug, Clone, Copy)]
pub struct Warp {
    /// Columns of the result.
    pub width: usize,
    /// Rows of the result.
    pub height: usize,
    /// What lies beyond the source.
    pub border: Border,
    /// Samples per side of a pixel: 1 where the picture keeps its size or grows, 2 or 3 where it
    /// shrinks, against aliasing.
    pub samples: usize,
}

/// A new picture whose pixel `(x, y)` shows the source at `origin(x, y)`, rows in parallel.
pub fn warp<T: Blend>(
    source: &Grid<T>,
    how: Warp,
    origin: impl Fn(f32, f32) -> (f32, f32) + Sync,
) -> Grid<T> {
    let mut result = Grid::new(how.width, how.height, T::from_lanes([0.0; 4]));
    if how.samples <= 1 {
        result.par_rows(|y, row| warp_row(source, how.border, y, row, &origin));
    } else {
        result.par_rows(|y, row| supersample_row(source, how, y, row, &origin));
    }
    result
}

recompiled! {
    /// Row `y` of a warped picture, one sample a pixel.
    fn warp_row[T: Blend, F: Fn(f32, f32) -> (f32, f32)](
        source: &Grid<T>,
        border: Border,
        y: usize,
        row: &mut [T],
        origin: &F,
    ) {
        let points = positions(0..row.len()).map(|x| origin(x, y as f32));
        let points: Vec<(f32, f32)> = points.collect();
        sample_all(source, &points, border, row);
    }
}

recompiled! {
    /// Sets `values` to what `source` shows at as many `points`, by Catmull–Rom cubics.
    pub fn sample_all[T: Blend](
        source: &Grid<T>,
        points: &[(f32, f32)],
        border: Border,
        values: &mut [T],
    ) {
        // The furthest points whose cubics stay inside.
        let (right, bottom) = (source.width() as f32 - 2.0, source.height() as f32 - 2.0);
        let is_inside = |&(x, y): &(f32, f32)| x >= 1.0 && y >= 1.0 && x < right && y < bottom;
        let mut rest = values;
        for points in points.chunk_by(|a, b| is_inside(a) == is_inside(b)) {
            let (values, after) = rest.split_at_mut(points.len());
            rest = after;
            if is_inside(&points[0]) {
                T::sample(source, points, values);
                continue;
            }
            let pairs = values.iter_mut().zip(points);
            pairs.for_each(|(value, &(x, y))| *value = sample_cubic(source, x, y, border));
        }
    }
}

recompiled! {
    /// Row `y` of a warped picture, several samples a pixel.
    fn supersample_row[T: Blend, F: Fn(f32, f32) -> (f32, f32)](
        source: &Grid<T>,
        how: Warp,
        y: usize,
        row: &mut [T],
        origin: &F,
    ) {
        let step = 1.0 / how.samples as f32;
        let share = step * step;
        for (x, value) in row.iter_mut().enumerate() {
            let mut sum = [0.0; 4];
            for sub in 0..how.samples * how.samples {
                let shift = |index: usize| (index as f32 + 0.5) * step - 0.5;
                let (dx, dy) = (shift(sub % how.samples), shift(sub / how.samples));
                let (u, v) = origin(x as f32 + dx, y as f32 + dy);
                add(&mut sum, sample_cubic(source, u, v, how.border).to_lanes(), share);
            }
            *value = T::from_lanes(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_warp_changes_nothing() {
        let grid = Grid::from_fn(9, 9, |x, y| [(x * 20) as u8, (y * 20) as u8, 7, 255]);
        let how = Warp { width: 9, height: 9, border: Border::Reflect, samples: 1 };
        assert_eq!(warp(&grid, how, |x, y| (x, y)), grid);
    }
}

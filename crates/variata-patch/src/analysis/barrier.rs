//! Minimum barrier distance: how hard a pixel is to reach from the picture's border.
//!
//! The barrier of a path is the largest value on it minus the smallest. A ground that touches the
//! border can be reached without crossing anything, a subject cannot (Zhang et al., "Minimum
//! Barrier Salient Object Detection at 80 FPS", 2015, algorithm 1).

use crate::grid::{Mask, Plane};

/// Raster scans after which distances hardly change any more (Zhang et al. use three); even, so that as
/// many go either way.
const SCANS: usize = 4;

/// The least barrier over all paths from each pixel to a pixel of `seeds`, in units of `channel`;
/// 0.0 everywhere when there are no seeds.
pub(super) fn barrier_distance(channel: &Plane, seeds: &Mask) -> Plane {
    let mut values = channel.cells().to_vec();
    let start = seeds.cells().iter().zip(&values);
    let mut paths: Vec<Path> =
        start.map(|(&seed, &value)| if seed { Path::at(value) } else { Path::NONE }).collect();
    for _ in 0..SCANS {
        scan(&mut paths, &values, channel.width());
        // The next scan goes the other way; the last one ends as the first began.
        paths.reverse();
        values.reverse();
    }
    let barrier = |path: &Path| if path.barrier.is_finite() { path.barrier } else { 0.0 };
    let barriers = paths.iter().map(barrier).collect();
    Plane::from_cells(channel.width(), channel.height(), barriers)
        .unwrap_or_else(|| Plane::new(channel.width(), channel.height(), 0.0))
}

/// The best path to a pixel so far.
#[derive(Debug, Clone, Copy)]
struct Path {
    barrier: f32,
    highest: f32,
    lowest: f32,
}

impl Path {
    /// No path: what goes on from it is none either.
    const NONE: Self =
        Self { barrier: f32::INFINITY, highest: f32::INFINITY, lowest: f32::NEG_INFINITY };

    /// That from a seed to itself.
    fn at(value: f32) -> Self {
        Self { barrier: 0.0, highest: value, lowest: value }
    }

    /// This, or the path over a neighbour to the same pixel, of `value`, if that is better.
    #[inline(always)]
    fn or_over(self, neighbour: Self, value: f32) -> Self {
        let (highest, lowest) = (neighbour.highest.max(value), neighbour.lowest.min(value));
        let barrier = highest - lowest;
        if barrier < self.barrier { Self { barrier, highest, lowest } } else { self }
    }
}

/// Goes over all pixels once, by rows, with paths from before each and from above.
fn scan(paths: &mut [Path], values: &[f32], width: usize) {
    let mut above = vec![Path::NONE; width];
    for (row, values) in paths.chunks_exact_mut(width).zip(values.chunks_exact(width)) {
        let mut before = Path::NONE;
        for ((path, &value), above) in row.iter_mut().zip(values).zip(&mut above) {
            before = path.or_over(before, value).or_over(*above, value);
            (*path, *above) = (before, before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;

    #[test]
    fn a_ramp_is_reached_along_itself_but_a_disc_only_over_its_edge() {
        let ramp = Plane::from_fn(32, 32, |x, y| {
            let (dx, dy) = (x as f32 - 16.0, y as f32 - 16.0);
            if dx * dx + dy * dy < 36.0 { 1.0 } else { 0.4 * y as f32 / 31.0 }
        });
        let border = Grid::from_fn(32, 32, |x, y| x == 0 || y == 0 || x == 31 || y == 31);
        let distance = barrier_distance(&ramp, &border);
        assert!(distance.at(16, 16) > 0.6 && distance.at(5, 16) < 0.02);
    }

    #[test]
    fn without_seeds_nothing_is_far() {
        let distance = barrier_distance(&Plane::new(3, 3, 0.7), &Grid::new(3, 3, false));
        assert!(distance.cells().iter().all(|&value| value == 0.0));
    }
}

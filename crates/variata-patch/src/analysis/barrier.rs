//! Minimum barrier distance: how hard a pixel is to reach from the picture's border.
//!
//! The barrier of a path is the largest value on it minus the smallest. A ground that touches the
//! border can be reached without crossing anything, a subject cannot (Zhang et al., "Minimum
//! Barrier Salient Object Detection at 80 FPS", 2015, algorithm 1).

use crate::grid::{Mask, Plane};

/// Raster scans after which distances hardly change any more (Zhang et al. use three).
const SCANS: usize = 4;

/// The least barrier over all paths from each pixel to a pixel of `seeds`, in units of `channel`;
/// 0.0 everywhere when there are no seeds.
pub(super) fn barrier_distance(channel: &Plane, seeds: &Mask) -> Plane {
    let (width, height) = (channel.width(), channel.height());
    let mut paths = Paths {
        distance: seeds.map(|seed| if seed { 0.0 } else { f32::INFINITY }),
        highest: channel.clone(),
        lowest: channel.clone(),
    };
    for scan in 0..SCANS {
        let forward = scan % 2 == 0;
        for step in 0..width * height {
            let at = if forward { step } else { width * height - 1 - step };
            let (x, y) = (at % width, at / width);
            let (has_side, has_row) =
                if forward { (x > 0, y > 0) } else { (x + 1 < width, y + 1 < height) };
            let neighbour = |distance: usize| if forward { at - distance } else { at + distance };
            if has_side {
                paths.relax(channel, at, neighbour(1));
            }
            if has_row {
                paths.relax(channel, at, neighbour(width));
            }
        }
    }
    paths.distance.map(|distance| if distance.is_finite() { distance } else { 0.0 })
}

/// The best path to each pixel so far.
struct Paths {
    distance: Plane,
    highest: Plane,
    lowest: Plane,
}

impl Paths {
    /// Takes the path over the cell `from` to the cell `at` if it is better.
    fn relax(&mut self, channel: &Plane, at: usize, from: usize) {
        if self.distance.cells()[from].is_infinite() {
            return;
        }
        let value = channel.cells()[at];
        let highest = self.highest.cells()[from].max(value);
        let lowest = self.lowest.cells()[from].min(value);
        if highest - lowest < self.distance.cells()[at] {
            self.distance.cells_mut()[at] = highest - lowest;
            self.highest.cells_mut()[at] = highest;
            self.lowest.cells_mut()[at] = lowest;
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

//! Exact Euclidean distances.

use crate::grid::{Mask, Plane};

/// The distance in pixels from each pixel to the nearest set one, 0.0 on set pixels; larger than
/// the diagonal where none is set (Felzenszwalb and Huttenlocher, 2012).
pub fn distance_to(mask: &Mask) -> Plane {
    let far = ((mask.width() + mask.height()) * (mask.width() + mask.height())) as f32;
    let start = mask.map(|set| if set { 0.0 } else { far });
    envelope_rows(&envelope_rows(&start.transposed()).transposed()).map(f32::sqrt)
}

/// For each row, the lower envelope of the parabolas that rise from its values.
fn envelope_rows(squared: &Plane) -> Plane {
    let mut result = squared.clone();
    result.par_rows(|y, row| lower_envelope(squared.row(y), row));
    result
}

fn lower_envelope(heights: &[f32], result: &mut [f32]) {
    let mut roots: Vec<usize> = Vec::with_capacity(heights.len());
    let mut borders: Vec<f32> = Vec::with_capacity(heights.len());
    for q in 0..heights.len() {
        let mut border = f32::NEG_INFINITY;
        while let Some(&p) = roots.last() {
            border = crossing(heights, p, q);
            if borders.last().is_some_and(|&last| border <= last) {
                roots.pop();
                borders.pop();
                border = f32::NEG_INFINITY;
            } else {
                break;
            }
        }
        roots.push(q);
        borders.push(border);
    }
    let mut active = 0;
    for (x, value) in result.iter_mut().enumerate() {
        while active + 1 < roots.len() && borders[active + 1] <= x as f32 {
            active += 1;
        }
        let offset = x as f32 - roots[active] as f32;
        *value = offset * offset + heights[roots[active]];
    }
}

/// Where the parabola of `q` falls below that of `p`.
fn crossing(heights: &[f32], p: usize, q: usize) -> f32 {
    let (from, to) = (p as f32, q as f32);
    ((heights[q] + to * to) - (heights[p] + from * from)) / (2.0 * (to - from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;

    #[test]
    fn distances_equal_those_of_an_exhaustive_search() {
        let mask = Grid::from_fn(13, 11, |x, y| (x * 7 + y * 5) % 23 == 0);
        let distances = distance_to(&mask);
        for y in 0..11 {
            for x in 0..13 {
                let nearest = (0..11 * 13)
                    .filter(|&at| mask.cells()[at])
                    .map(|at| {
                        let (dx, dy) = ((at % 13) as f32 - x as f32, (at / 13) as f32 - y as f32);
                        (dx * dx + dy * dy).sqrt()
                    })
                    .fold(f32::MAX, f32::min);
                assert!((distances.at(x, y) - nearest).abs() < 1e-3, "({x}, {y})");
            }
        }
    }
}

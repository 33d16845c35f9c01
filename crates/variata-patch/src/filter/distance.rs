//! Exact Euclidean distances.

use crate::grid::{Grid, Mask, Plane};
use crate::kernels::recompiled;

/// The distance in pixels from each pixel to the nearest set one, 0.0 on set pixels; larger than
/// the diagonal where none is set.
///
/// First along the columns, all of them at once, then along the rows, in whole numbers throughout
/// (Meijster, Roerdink and Hesselink, "A General Algorithm for Computing Distance Transforms in Linear
/// Time", 2000).
pub fn distance_to(mask: &Mask) -> Plane {
    let (width, height) = (mask.width(), mask.height());
    let far = ((width + height) * (width + height)) as i32;
    let steps = steps_in_columns(mask);
    let square = |steps: &i32| if *steps < height as i32 { steps * steps } else { far };
    let mut distances = Plane::new(width, height, 0.0);
    distances.par_rows(|y, row| {
        lower_envelope(&steps.row(y).iter().map(square).collect::<Vec<i32>>(), row);
    });
    distances
}

/// How many rows away the nearest set pixel of the same column is; as many as there are where none is
/// set.
fn steps_in_columns(mask: &Mask) -> Grid<i32> {
    let (width, height) = (mask.width(), mask.height());
    let mut steps = mask.map(|set| if set { 0 } else { height as i32 });
    for y in 1..height {
        let (above, row) = steps.cells_mut()[(y - 1) * width..].split_at_mut(width);
        follow(&mut row[..width], above);
    }
    for y in (1..height).rev() {
        let (row, below) = steps.cells_mut()[(y - 1) * width..].split_at_mut(width);
        follow(row, &below[..width]);
    }
    steps
}

recompiled! {
    /// Lets the numbers of a row be at most one larger than those of the row beside it.
    fn follow(row: &mut [i32], beside: &[i32]) {
        row.iter_mut().zip(beside).for_each(|(steps, beside)| *steps = (*steps).min(beside + 1));
    }
}

/// A parabola that rises from `height` at `place`, lowest of all from `from` on.
#[derive(Clone, Copy)]
struct Parabola {
    place: i32,
    height: i32,
    from: i32,
}

impl Parabola {
    fn at(self, x: i32) -> i32 {
        (x - self.place) * (x - self.place) + self.height
    }

    /// The first place at which this one is lower than `other`, which stands to the left of it.
    fn overtakes(self, other: Self) -> i32 {
        let rise =
            self.height - other.height + (self.place - other.place) * (self.place + other.place);
        rise.div_euclid(2 * (self.place - other.place)) + 1
    }
}

/// The root of the lower envelope of the parabolas that rise from `heights`.
fn lower_envelope(heights: &[i32], result: &mut [f32]) {
    let last = heights.len() as i32 - 1;
    let mut lowest: Vec<Parabola> = Vec::with_capacity(heights.len());
    for (place, &height) in (0..).zip(heights) {
        let mut next = Parabola { place, height, from: 0 };
        while lowest.last().is_some_and(|top| next.at(top.from) <= top.at(top.from)) {
            lowest.pop();
        }
        if let Some(&top) = lowest.last() {
            next.from = next.overtakes(top);
        }
        if next.from <= last {
            lowest.push(next);
        }
    }
    let mut end = result.len();
    for parabola in lowest.into_iter().rev() {
        let from = parabola.from as usize;
        for (x, value) in (parabola.from..).zip(&mut result[from..end]) {
            *value = (parabola.at(x) as f32).sqrt();
        }
        end = from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;

    #[test]
    fn distances_equal_those_of_an_exhaustive_search() {
        for (period, rest) in [(23, 0), (2, 1), (97, 11), (131, 0)] {
            let mask = Grid::from_fn(13, 11, |x, y| (x * 7 + y * 5) % period == rest);
            let distances = distance_to(&mask);
            for (at, distance) in distances.cells().iter().enumerate() {
                let set = (0..11 * 13).filter(|&at| mask.cells()[at]);
                let squares = set.map(|other| {
                    (at % 13).abs_diff(other % 13).pow(2) + (at / 13).abs_diff(other / 13).pow(2)
                });
                assert_eq!(Some(*distance), squares.min().map(|least| (least as f32).sqrt()));
            }
        }
    }

    #[test]
    fn where_nothing_is_set_all_is_far() {
        let distances = distance_to(&Mask::new(7, 5, false));
        assert!(distances.cells().iter().all(|&distance| distance == 12.0));
        assert_eq!(distance_to(&Mask::new(1, 1, true)).cells(), [0.0]);
    }
}

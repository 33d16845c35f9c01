//! What a picture would be in a hole, going by what surrounds it: as smooth as can be.
//!
//! The membrane equation (Pérez, Gangnet and Blake, "Poisson Image Editing", 2003, with no guidance
//! inside), solved from coarse to fine. Where a picture lies in layers, colours are carried sideways
//! rather than up and down: a horizon goes on behind whatever stands before it.

use crate::grid::{Grid, Mask};
use crate::resample::resize;

/// Red, green and blue in bytes with fractions; the fourth lane is a weight or unused.
pub(super) type Smooth = Grid<[f32; 4]>;

/// Sweeps on each level; each level starts from the one before.
const SWEEPS: usize = 40;
/// Over-relaxation: how far beyond the mean of its neighbours a value goes.
const EAGERNESS: f32 = 1.5;

/// `known` with the pixels of `hole` replaced by what surrounds it; `down` is how much the
/// neighbours above and below count against those to both sides, 0.0–1.0.
pub(super) fn continued(known: &Smooth, hole: &Mask, down: f32) -> Smooth {
    let weighted = known
        .zip_map(hole, |[r, g, b, _], missing| if missing { [0.0; 4] } else { [r, g, b, 1.0] });
    filled(&weighted, down)
}

/// A picture whose fourth lane is how much of each pixel is known, made whole.
fn filled(weighted: &Smooth, down: f32) -> Smooth {
    let side = weighted.width();
    if side <= 4 {
        return Grid::new(side, weighted.height(), mean(weighted));
    }
    let coarse = filled(&resize(weighted, side / 2, side / 2), down);
    let start = resize(&coarse, side, side);
    let is_known = |value: [f32; 4]| value[3] > 0.5;
    let mut result = weighted.zip_map(&start, |value, start| {
        if is_known(value) { value.map(|lane| lane / value[3]) } else { start }
    });
    let cells = weighted.cells().iter().enumerate();
    let open: Vec<usize> =
        cells.filter(|(_, value)| !is_known(**value)).map(|(at, _)| at).collect();
    for _ in 0..SWEEPS {
        relax(&mut result, &open, down);
    }
    result
}

fn mean(weighted: &Smooth) -> [f32; 4] {
    let mut sum = [0.0f32; 4];
    for value in weighted.cells() {
        sum.iter_mut().zip(value).for_each(|(total, lane)| *total += lane);
    }
    sum.map(|lane| lane / sum[3].max(1e-6))
}

/// One Gauss–Seidel sweep over the `open` pixels.
fn relax(picture: &mut Smooth, open: &[usize], down: f32) {
    let side = picture.width();
    let scale = 1.0 / (2.0 + 2.0 * down);
    for &at in open {
        let (x, y) = ((at % side) as isize, (at / side) as isize);
        let (left, right) = (picture.clamped(x - 1, y), picture.clamped(x + 1, y));
        let (above, below) = (picture.clamped(x, y - 1), picture.clamped(x, y + 1));
        for (lane, value) in picture.cells_mut()[at].iter_mut().enumerate() {
            let wanted = (left[lane] + right[lane] + down * (above[lane] + below[lane])) * scale;
            *value += EAGERNESS * (wanted - *value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole() -> Mask {
        Mask::from_fn(64, 64, |x, y| (20..44).contains(&x) && (16..50).contains(&y))
    }

    #[test]
    fn a_slope_goes_on_through_the_hole() {
        let slope = Smooth::from_fn(64, 64, |x, y| [(x + 2 * y) as f32, 9.0, 7.0, 0.0]);
        let whole = continued(&slope, &hole(), 1.0);
        for (whole, slope) in whole.cells().iter().zip(slope.cells()) {
            assert!((0..3).all(|lane| (whole[lane] - slope[lane]).abs() < 1.5));
        }
    }

    #[test]
    fn a_horizon_goes_on_where_the_picture_lies_in_layers() {
        let layers = Smooth::from_fn(64, 64, |_, y| [if y < 32 { 200.0 } else { 40.0 }; 4]);
        let whole = continued(&layers, &hole(), 0.02);
        assert!(whole.at(32, 26)[0] > 185.0 && whole.at(32, 38)[0] < 55.0);
    }
}

//! A change of colours, tabulated.
//!
//! Going to OKLab and back costs about a tenth of a microsecond a pixel. A change that depends on
//! nothing but the colour is computed for a lattice of 33³ colours, as printers' profiles do, and
//! interpolated in between: the largest error of a hue rotation is one or two levels.

use crate::color::Oklab;
use crate::grid::Grid;

/// Lattice points along each axis, at bytes 0, 8, 16, … 248, 255.
const POINTS: usize = 33;

/// A tabulated map from sRGB colours to sRGB colours.
#[derive(Debug, Clone)]
pub(super) struct ColorMap {
    /// Rows by red and green, columns by blue; sRGB 0.0–255.0.
    lattice: Grid<[f32; 3]>,
}

impl ColorMap {
    /// The table of `change`.
    pub(super) fn new(change: impl Fn(Oklab) -> Oklab + Sync) -> Self {
        let byte = |point: usize| (point * 8).min(255) as u8;
        let lattice = Grid::from_fn(POINTS, POINTS * POINTS, |blue, row| {
            let rgb = [byte(row / POINTS), byte(row % POINTS), byte(blue)];
            change(Oklab::from_srgb(rgb)).to_srgb().map(f32::from)
        });
        Self { lattice }
    }

    /// The new colour, sRGB 0.0–255.0.
    pub(super) fn apply(&self, [red, green, blue]: [u8; 3]) -> [f32; 3] {
        let ((r, u), (g, v), (b, w)) = (place(red), place(green), place(blue));
        let edge = |red: usize, green: usize| {
            let row = self.lattice.row(red * POINTS + green);
            mix(row[b], row[b + 1], w)
        };
        let side = |red: usize| mix(edge(red, g), edge(red, g + 1), v);
        mix(side(r), side(r + 1), u)
    }
}

/// The lattice point below a byte and how far the byte is on the way to the next.
fn place(byte: u8) -> (usize, f32) {
    let point = usize::from(byte) / 8;
    let width = if point == POINTS - 2 { 7.0 } else { 8.0 };
    (point, f32::from(byte % 8) / width)
}

fn mix(one: [f32; 3], other: [f32; 3], share: f32) -> [f32; 3] {
    std::array::from_fn(|c| one[c] + (other[c] - one[c]) * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::HueRotation;

    #[test]
    fn no_change_gives_every_colour_back() {
        let same = ColorMap::new(|color| color);
        for rgb in [[0, 0, 0], [255, 255, 255], [3, 130, 251], [248, 7, 254]] {
            let new = same.apply(rgb);
            assert!((0..3).all(|c| (new[c] - f32::from(rgb[c])).abs() < 0.01), "{rgb:?} {new:?}");
        }
    }

    #[test]
    fn a_rotation_is_tabulated_to_a_few_levels() {
        let rotation = HueRotation::new(1.3);
        let table = ColorMap::new(|color| rotation.apply(color));
        for rgb in [[200, 60, 40], [20, 90, 170], [120, 130, 115], [30, 29, 45]] {
            let exact = rotation.apply(Oklab::from_srgb(rgb)).to_srgb();
            let near = table.apply(rgb);
            assert!((0..3).all(|c| (near[c] - f32::from(exact[c])).abs() < 3.0), "{rgb:?}");
        }
    }
}

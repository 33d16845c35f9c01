//! Drawings: dark outlines around even fills.
//!
//! Grades made for photographs (night, film, rim light) look wrong on drawings, and a drawing's
//! outlines must stay dark whatever happens to its fills.

use crate::filter::{closed, gradient};
use crate::grid::{LabImage, Plane};

/// Outlines are at most twice this wide, in a picture of 256 px.
const REACH_PX: usize = 3;
/// An outline is darker than what it parts by this much, in OKLab lightness.
const LEAST_STEP: f32 = 0.22;
/// Outlines are drawn in ink: darker than this in OKLab lightness.
const DARKEST: f32 = 0.42;
/// Slope per pixel up to which a fill is even.
const EVEN_SLOPE: f32 = 0.02;

/// Share of the pixels of a picture of 256 px, 0.0–1.0, that belong to thin dark lines between
/// even fills.
pub(super) fn outline_share(colors: &LabImage) -> f32 {
    let lightness: Plane = colors.map(|color| color.l);
    let (across, down) = gradient(&lightness);
    let even = across.zip_map(&down, |u, v| u * u + v * v < EVEN_SLOPE * EVEN_SLOPE);
    let filled = closed(&lightness, REACH_PX);
    let is_outline = |x: usize, y: usize| {
        let own = lightness.at(x, y);
        if own > DARKEST || filled.at(x, y) - own < LEAST_STEP {
            return false;
        }
        let far = 2 * REACH_PX as isize;
        let (x, y) = (x as isize, y as isize);
        let sides = [(far, 0), (-far, 0), (0, far), (0, -far)];
        sides.iter().filter(|&&(dx, dy)| even.clamped(x + dx, y + dy)).count() >= 2
    };
    let count: usize = (0..colors.height())
        .map(|y| (0..colors.width()).filter(|&x| is_outline(x, y)).count())
        .sum();
    count as f32 / colors.cells().len() as f32
}

#[cfg(test)]
mod tests {
    use super::super::views::labs_of;
    use super::*;
    use crate::grid::Raster;

    fn ring(width: f32) -> f32 {
        let picture = Raster::from_fn(256, 256, |x, y| {
            let (dx, dy) = (x as f32 - 128.0, y as f32 - 128.0);
            let distance = (dx * dx + dy * dy).sqrt() - 80.0;
            match distance {
                d if d.abs() < 0.5 * width => [20, 20, 20, 255],
                d if d < 0.0 => [240, 190, 120, 255],
                _ => [250, 250, 250, 255],
            }
        });
        outline_share(&labs_of(&picture))
    }

    #[test]
    fn a_drawn_ring_is_outline_and_a_broad_one_is_not() {
        assert!((ring(4.0) - 4.0 * 503.0 / 65_536.0).abs() < 0.012, "{}", ring(4.0));
        assert!(ring(24.0) < 0.005 && ring(0.0) == 0.0);
    }
}

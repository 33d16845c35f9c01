//! Which way the picture runs: along hair, along outlines, along brush strokes.

use crate::filter::{gaussian_blur, gradient};
use crate::grid::{Grid, Plane};

/// At each place of a coarse grid the direction along which the picture changes least.
pub(super) struct Flow {
    cells: Grid<Direction>,
}

/// A direction and how pronounced it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Direction {
    pub(super) cosine: f32,
    pub(super) sine: f32,
    /// 0.0 (the same all around) to 1.0 (parallel lines).
    pub(super) anisotropy: f32,
}

impl Flow {
    /// The flow of a lightness plane from its smoothed structure tensor (Brox, Boomgaard, Lauze
    /// et al., "Adaptive structure tensors and their applications", 2006); `sigma` in its pixels.
    pub(super) fn new(lightness: &Plane, sigma: f32) -> Self {
        let (across, down) = gradient(lightness);
        let tensor = |a: &Plane, b: &Plane| gaussian_blur(&a.zip_map(b, |u, v| u * v), sigma);
        let (xx, xy, yy) = (tensor(&across, &across), tensor(&across, &down), tensor(&down, &down));
        let cells = Grid::from_fn(lightness.width(), lightness.height(), |x, y| {
            Direction::along(xx.at(x, y), xy.at(x, y), yy.at(x, y))
        });
        Self { cells }
    }

    /// The direction at each coarse cell.
    pub(super) fn cells(&self) -> &Grid<Direction> {
        &self.cells
    }

    /// `noise` smeared along the flow: strokes of twice `length` pixels (Cabral and Leedom,
    /// "Imaging vector fields using line integral convolution", 1993). Values around 0.0,
    /// deviation about 1.0 for noise that is flat between −0.5 and 0.5.
    pub(super) fn strokes(&self, noise: &Plane, length: usize) -> Plane {
        let (width, height) = (noise.width(), noise.height());
        let across = self.cells.width() as f32 / width as f32;
        let down = self.cells.height() as f32 / height as f32;
        let at = |u: f32, v: f32| {
            let (x, y) = (((u + 0.5) * across) as isize, ((v + 0.5) * down) as isize);
            self.cells.clamped(x, y)
        };
        // A mean of n values of deviation 0.29 has 0.29 / √n.
        let scale = 3.46 / ((2 * length + 1) as f32).sqrt();
        Plane::from_fn(width, height, |x, y| {
            let start = at(x as f32, y as f32);
            let mut sum = noise.at(x, y);
            for sign in [1.0, -1.0] {
                let (mut u, mut v) = (x as f32, y as f32);
                let (mut dx, mut dy) = (sign * start.cosine, sign * start.sine);
                for _ in 0..length {
                    (u, v) = (u + dx, v + dy);
                    sum += noise.clamped((u + 0.5) as isize, (v + 0.5) as isize);
                    let here = at(u, v);
                    // A direction has no sense; go on in that of the way so far.
                    let along = here.cosine * dx + here.sine * dy;
                    let sense = if along < 0.0 { -1.0 } else { 1.0 };
                    (dx, dy) = (sense * here.cosine, sense * here.sine);
                }
            }
            sum * scale
        })
    }
}

impl Direction {
    /// The direction of least change of a structure tensor.
    fn along(xx: f32, xy: f32, yy: f32) -> Self {
        let root = ((xx - yy) * (xx - yy) + 4.0 * xy * xy).sqrt();
        let (most, least) = (0.5 * (xx + yy + root), 0.5 * (xx + yy - root));
        // The eigenvector of the smaller eigenvalue, of its two forms the longer one.
        let (a, b) = ((most - xx, -xy), (-xy, most - yy));
        let length = |(x, y): (f32, f32)| x * x + y * y;
        let (x, y) = if length(a) > length(b) { a } else { b };
        let norm = (x * x + y * y).sqrt();
        if norm < 1e-12 {
            return Self { cosine: 1.0, sine: 0.0, anisotropy: 0.0 };
        }
        let anisotropy = (most - least) / (most + least + 1e-6);
        Self { cosine: x / norm, sine: y / norm, anisotropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flow_runs_along_stripes() {
        let stripes = Plane::from_fn(48, 48, |x, y| libm::sinf((x as f32 + y as f32) * 0.7));
        let flow = Flow::new(&stripes, 2.0);
        let here = flow.cells().at(24, 24);
        assert!((here.cosine * here.sine + 0.5).abs() < 0.02, "{here:?}");
        assert!(here.anisotropy > 0.9);
        assert_eq!(Flow::new(&Plane::new(9, 9, 0.3), 2.0).cells().at(4, 4).anisotropy, 0.0);
    }

    #[test]
    fn strokes_of_noise_have_about_unit_deviation() {
        let flow = Flow::new(&Plane::from_fn(64, 64, |x, _| x as f32), 1.0);
        let noise = Plane::from_fn(64, 64, crate::operations::pixels::dither);
        let strokes = flow.strokes(&noise, 8);
        let squares = strokes.cells().iter().map(|v| v * v).sum::<f32>() / 4096.0;
        assert!((0.7..1.5).contains(&squares), "{squares}");
    }
}

//! Which way the picture runs: along hair, along outlines, along brush strokes.

use crate::filter::{gaussian_blur, gradient};
use crate::grid::{Grid, Plane};

/// At each place of a coarse grid the direction along which the picture changes least.
pub(in super::super) struct Flow {
    cells: Grid<Direction>,
}

/// A direction and how pronounced it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Direction {
    pub(super) cosine: f32,
    pub(super) sine: f32,
    /// 0.0 (the same all around) to 1.0 (parallel lines).
    pub(in super::super) anisotropy: f32,
}

impl Flow {
    /// The flow of a lightness plane from its smoothed structure tensor (Brox, Boomgaard, Lauze
    /// et al., "Adaptive structure tensors and their applications", 2006); `sigma` in its pixels.
    pub(in super::super) fn new(lightness: &Plane, sigma: f32) -> Self {
        let (across, down) = gradient(lightness);
        let tensor = |a: &Plane, b: &Plane| gaussian_blur(&a.zip_map(b, |u, v| u * v), sigma);
        let (xx, xy, yy) = (tensor(&across, &across), tensor(&across, &down), tensor(&down, &down));
        Self::of_tensor(&xx, &xy, &yy)
    }

    /// As [`Flow::new`], but where hardly anything changes it runs along `angle` (radians) and not
    /// along the grain: a hand at rest draws parallel strokes.
    pub(super) fn combed(lightness: &Plane, sigma: f32, angle: f32) -> Self {
        let (across, down) = gradient(lightness);
        let (normal_x, normal_y) = (-libm::sinf(angle), libm::cosf(angle));
        let tensor = |a: &Plane, b: &Plane, habit: f32| {
            let own = gaussian_blur(&a.zip_map(b, |u, v| u * v), sigma);
            own.map(|value| value + HABIT * habit)
        };
        let xx = tensor(&across, &across, normal_x * normal_x);
        let xy = tensor(&across, &down, normal_x * normal_y);
        let yy = tensor(&down, &down, normal_y * normal_y);
        Self::of_tensor(&xx, &xy, &yy)
    }

    fn of_tensor(xx: &Plane, xy: &Plane, yy: &Plane) -> Self {
        let cells = Grid::from_fn(xx.width(), xx.height(), |x, y| {
            Direction::along(xx.at(x, y), xy.at(x, y), yy.at(x, y))
        });
        Self { cells }
    }

    /// The direction at each coarse cell.
    pub(in super::super) fn cells(&self) -> &Grid<Direction> {
        &self.cells
    }

    /// The direction at a place given in shares of the picture's sides.
    pub(super) fn at_share(&self, u: f32, v: f32) -> (f32, f32) {
        let (x, y) = (u * self.cells.width() as f32, v * self.cells.height() as f32);
        let here = self.cells.clamped(x as isize, y as isize);
        (here.cosine, here.sine)
    }

    /// The mean of `plane` along the flow, over `length` pixels to both sides.
    pub(super) fn smoothed(&self, plane: &Plane, length: usize) -> Plane {
        self.summed(plane, length).map(|sum| sum / (2 * length + 1) as f32)
    }

    /// `noise` smeared along the flow: strokes of twice `length` pixels (Cabral and Leedom,
    /// "Imaging vector fields using line integral convolution", 1993). Values around 0.0,
    /// deviation about 1.0 for noise that is flat between −0.5 and 0.5.
    pub(super) fn strokes(&self, noise: &Plane, length: usize) -> Plane {
        // A sum of n values of deviation 0.29 has 0.29 · √n.
        let scale = 3.46 / ((2 * length + 1) as f32).sqrt();
        self.summed(noise, length).map(|sum| sum * scale)
    }

    fn summed(&self, plane: &Plane, length: usize) -> Plane {
        let (width, height) = (plane.width(), plane.height());
        let across = self.cells.width() as f32 / width as f32;
        let down = self.cells.height() as f32 / height as f32;
        let at = |u: f32, v: f32| {
            let (x, y) = (((u + 0.5) * across) as isize, ((v + 0.5) * down) as isize);
            self.cells.clamped(x, y)
        };
        Plane::from_fn(width, height, |x, y| {
            let start = at(x as f32, y as f32);
            let mut sum = plane.at(x, y);
            for sign in [1.0, -1.0] {
                let (mut u, mut v) = (x as f32, y as f32);
                let (mut dx, mut dy) = (sign * start.cosine, sign * start.sine);
                for _ in 0..length {
                    (u, v) = (u + dx, v + dy);
                    sum += plane.clamped((u + 0.5) as isize, (v + 0.5) as isize);
                    let here = at(u, v);
                    // A direction has no sense; go on in that of the way so far.
                    let along = here.cosine * dx + here.sine * dy;
                    let sense = if along < 0.0 { -1.0 } else { 1.0 };
                    (dx, dy) = (sense * here.cosine, sense * here.sine);
                }
            }
            sum
        })
    }
}

/// The square of a slope of lightness per pixel that the hand still takes for none.
const HABIT: f32 = 1.5e-5;

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

//! New arrangements of a small picture: what the repair then makes believable.
//!
//! A composition is chosen where the picture has only 14 to 28 pixels a side. There, a smooth map
//! moves hills, herds and clouds as wholes; whatever it tears is repaired by patches afterwards.

use crate::grid::{Plane, Raster};
use crate::kernels::whole_byte;
use crate::random::Random;
use crate::resample::{Border, resize, sample_linear};

/// What makes one composition. All lengths are shares of the picture's side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Composition {
    /// Deviation of the logarithm of horizontal stretching; vertical stretching has half of it.
    pub stretch: f32,
    /// The largest horizontal displacement of a smooth warp; vertical ones have 0.6 of it.
    pub warp: f32,
    /// Whether what lies on one level stays on one: nothing but whole rows moves up or down.
    pub level: bool,
    /// How many ellipses show another part of the picture.
    pub ellipses: usize,
    /// Deviation of the noise that breaks ties, in units of half the byte range.
    pub noise: f32,
    /// Whether the picture is noise and nothing else, for textures.
    pub from_noise: bool,
}

impl Composition {
    /// The picture as it is.
    pub const IDENTITY: Self =
        Self { stretch: 0.0, warp: 0.0, level: false, ellipses: 0, noise: 0.0, from_noise: false };

    /// Arranges `source`, a square picture, anew.
    pub fn arrange(&self, source: &Raster, random: &mut Random) -> Raster {
        let side = source.width();
        let mut map = self.stretched(side, random);
        self.bend(&mut map, random);
        for _ in 0..self.ellipses {
            Ellipse::draw(random).show(&mut map, side, self.level);
        }
        let arranged = Raster::from_fn(side, side, |x, y| {
            let (u, v) = map.at(x, y);
            sample_linear(source, u, v, Border::Reflect)
        });
        self.with_noise(arranged, random)
    }

    fn stretched(&self, side: usize, random: &mut Random) -> Map {
        let across = monotone(side, self.stretch, random);
        let down = monotone(side, 0.5 * self.stretch, random);
        Map::from_fn(side, side, |x, y| (across[x], down[y]))
    }

    fn bend(&self, map: &mut Map, random: &mut Random) {
        let side = map.width();
        let across = smooth_field(side, random);
        let down = smooth_field(side, random);
        let reach = self.warp * side as f32;
        let rise = if self.level { 0.0 } else { 0.6 * reach };
        for (cell, (dx, dy)) in
            map.cells_mut().iter_mut().zip(across.cells().iter().zip(down.cells()))
        {
            *cell = (cell.0 + dx * reach, cell.1 + dy * rise);
        }
    }

    fn with_noise(&self, mut picture: Raster, random: &mut Random) -> Raster {
        for pixel in picture.cells_mut() {
            let alpha = pixel[3];
            for lane in &mut pixel[..3] {
                let noise = 127.5 * random.normal(self.noise);
                let center = if self.from_noise { 127.5 } else { f32::from(*lane) };
                *lane = whole_byte(center + noise + 0.5).min(alpha);
            }
        }
        picture
    }
}

/// Where in the source each pixel looks.
type Map = crate::grid::Grid<(f32, f32)>;

struct Ellipse {
    center: (f32, f32),
    radius: (f32, f32),
    shift: (f32, f32),
}

impl Ellipse {
    fn draw(random: &mut Random) -> Self {
        Self {
            radius: (random.between(0.12, 0.3), random.between(0.12, 0.3)),
            center: (random.unit(), random.unit()),
            shift: (random.between(-0.5, 0.5), random.between(-0.06, 0.06)),
        }
    }

    fn show(&self, map: &mut Map, side: usize, level: bool) {
        let scale = side as f32;
        for y in 0..side {
            for x in 0..side {
                let along = (x as f32 / scale - self.center.0) / self.radius.0;
                let down = (y as f32 / scale - self.center.1) / self.radius.1;
                if along * along + down * down < 1.0 {
                    let row = y as f32 + self.shift.1 * scale;
                    let row = if level { map.at(x, y).1 } else { row };
                    map.set(x, y, (x as f32 + self.shift.0 * scale, row));
                }
            }
        }
    }
}

/// A random increasing map of 0 … side − 1 onto itself.
fn monotone(side: usize, deviation: f32, random: &mut Random) -> Vec<f32> {
    let nodes = Plane::from_cells(4, 1, (0..4).map(|_| random.normal(deviation)).collect());
    let Some(nodes) = nodes else { return (0..side).map(|at| at as f32).collect() };
    let mut sum = 0.0;
    let slopes = resize(&nodes, side, 1);
    let sums: Vec<f32> = slopes
        .cells()
        .iter()
        .map(|&slope| {
            sum += libm::expf(slope);
            sum
        })
        .collect();
    let (first, last) = (sums[0], sums[side - 1]);
    let scale = (side - 1) as f32 / (last - first).max(f32::MIN_POSITIVE);
    sums.into_iter().map(|at| (at - first) * scale).collect()
}

/// A random smooth plane whose largest absolute value is 1.0.
fn smooth_field(side: usize, random: &mut Random) -> Plane {
    let mut nodes = Plane::new(3, 3, 0.0);
    nodes.cells_mut().fill_with(|| random.normal(1.0));
    let field = resize(&nodes, side, side);
    let largest = field.cells().iter().fold(1e-6f32, |largest, value| largest.max(value.abs()));
    field.map(|value| value / largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_changes_nothing() {
        let source = Raster::from_fn(20, 20, |x, y| [(9 * x) as u8, (9 * y) as u8, 70, 255]);
        let arranged = Composition::IDENTITY.arrange(&source, &mut Random::new(1, 0));
        let apart =
            |(a, b): (&[u8; 4], &[u8; 4])| a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 1);
        assert!(arranged.cells().iter().zip(source.cells()).all(apart));
    }

    #[test]
    fn what_is_level_stays_level() {
        let source = Raster::from_fn(24, 24, |_, y| [(10 * y) as u8, 0, 0, 255]);
        let wild = Composition { stretch: 1.0, warp: 0.3, ellipses: 3, ..Composition::IDENTITY };
        let is_level = |level: bool| {
            let composition = Composition { level, ..wild };
            let arranged = composition.arrange(&source, &mut Random::new(3, 0));
            (0..24).all(|y| {
                arranged.row(y).iter().all(|pixel| pixel[0].abs_diff(arranged.at(0, y)[0]) <= 1)
            })
        };
        assert!(is_level(true) && !is_level(false));
    }

    #[test]
    fn stretching_is_increasing_and_keeps_the_ends() {
        let map = monotone(24, 1.3, &mut Random::new(5, 0));
        assert!(map.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!((map[0], map[23]), (0.0, 23.0));
    }
}

//! Procedural noise, the raw material of everything natural in the example pictures.
//!
//! Gradient noise after Perlin ("Improving Noise", SIGGRAPH 2002) on a hashed lattice. Values come
//! from integer hashing and plain arithmetic only, so the pictures are the same everywhere.

use super::vector::{Vector, vector};

/// A deterministic stream of numbers for scattering things.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u32,
}

impl Random {
    pub(super) fn new(seed: u32) -> Self {
        Self { state: hash(seed ^ 0x9e37_79b9) }
    }

    /// Uniform in 0.0 to 1.0.
    pub(super) fn unit(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9e37_79b9);
        to_unit(hash(self.state))
    }

    /// Uniform in `low` to `high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// One of `0..count`; `count` must not be 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f32) as usize).min(count - 1)
    }
}

/// One value in 0.0 to 1.0 for each cell of the integer lattice.
pub(super) fn cell(seed: u32, x: i32, y: i32) -> f32 {
    to_unit(hash_cell(seed, x, y, 0))
}

/// Gradient noise in the plane, about −1 to 1, one feature a unit.
pub(super) fn plane(seed: u32, x: f32, y: f32) -> f32 {
    let (floor_x, floor_y) = (x.floor(), y.floor());
    let (inside_x, inside_y) = (x - floor_x, y - floor_y);
    let corner = |dx: i32, dy: i32| {
        let bits = hash_cell(seed, floor_x as i32 + dx, floor_y as i32 + dy, 0);
        plane_gradient(bits, inside_x - dx as f32, inside_y - dy as f32)
    };
    let (u, v) = (fade(inside_x), fade(inside_y));
    1.2 * lerp(lerp(corner(0, 0), corner(1, 0), u), lerp(corner(0, 1), corner(1, 1), u), v)
}

/// Gradient noise in space, about −1 to 1, one feature a unit.
pub(super) fn space(seed: u32, point: Vector) -> f32 {
    let floor = vector(point.x.floor(), point.y.floor(), point.z.floor());
    let inside = point - floor;
    let base = [floor.x as i32, floor.y as i32, floor.z as i32];
    let mut corners = [0.0; 8];
    for (index, corner) in corners.iter_mut().enumerate() {
        let step = [index & 1, index >> 1 & 1, index >> 2].map(|bit| bit as i32);
        let offset = inside - vector(step[0] as f32, step[1] as f32, step[2] as f32);
        let at = [base[0] + step[0], base[1] + step[1], base[2] + step[2]];
        *corner = gradient(hash_cell(seed, at[0], at[1], at[2]), offset);
    }
    let (u, v, w) = (fade(inside.x), fade(inside.y), fade(inside.z));
    let along = |pair: usize| lerp(corners[pair], corners[pair + 1], u);
    lerp(lerp(along(0), along(2), v), lerp(along(4), along(6), v), w)
}

/// Several octaves of [`plane`], each twice as fine and half as strong; about −1 to 1.
pub(super) fn fractal(seed: u32, x: f32, y: f32, octaves: u32) -> f32 {
    octave_sum(octaves, |octave, frequency| {
        plane(seed.wrapping_add(octave), x * frequency, y * frequency)
    })
}

/// Several octaves of [`space`]; about −1 to 1.
pub(super) fn fractal_space(seed: u32, point: Vector, octaves: u32) -> f32 {
    octave_sum(octaves, |octave, frequency| space(seed.wrapping_add(octave), point * frequency))
}

/// Sharp crests as of mountains (Musgrave's ridged multifractal), 0 to about 1.
pub(super) fn ridged(seed: u32, x: f32, y: f32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut amplitude, mut frequency) = (0.0, 1.0f32, 0.5, 1.0);
    for octave in 0..octaves {
        let (turned_x, turned_y) = rotated(x * frequency, y * frequency, octave);
        let crest = 1.0 - plane(seed.wrapping_add(octave), turned_x, turned_y).abs() * 1.6;
        let crest = (crest * crest.abs()).max(-0.2) * weight;
        sum += crest * amplitude;
        weight = (crest * 1.6).clamp(0.0, 1.0);
        amplitude *= 0.5;
        frequency *= 2.03;
    }
    sum
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(super) fn smoothstep(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// `a` at `t = 0`, `b` at `t = 1`.
pub(super) fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

fn octave_sum(octaves: u32, octave_value: impl Fn(u32, f32) -> f32) -> f32 {
    let (mut sum, mut amplitude, mut frequency) = (0.0, 0.6, 1.0);
    for octave in 0..octaves {
        sum += octave_value(octave, frequency) * amplitude;
        amplitude *= 0.5;
        frequency *= 2.03;
    }
    sum
}

/// Turns each octave by about 37° so that the lattices do not line up into visible rows.
fn rotated(x: f32, y: f32, octave: u32) -> (f32, f32) {
    let (mut x, mut y) = (x, y);
    for _ in 0..octave {
        (x, y) = (0.8 * x - 0.6 * y, 0.6 * x + 0.8 * y);
    }
    (x, y)
}

fn gradient(bits: u32, offset: Vector) -> f32 {
    let Vector { x, y, z } = offset;
    let u = if bits & 8 == 0 { x } else { y };
    let v = match bits & 15 {
        0..=3 => y,
        12 | 14 => x,
        _ => z,
    };
    (if bits & 1 == 0 { u } else { -u }) + (if bits & 2 == 0 { v } else { -v })
}

/// One of eight directions, times the offset.
fn plane_gradient(bits: u32, x: f32, y: f32) -> f32 {
    let (x, y) = if bits & 8 == 0 { (x, y) } else { (0.707 * (x - y), 0.707 * (x + y)) };
    match bits & 3 {
        0 => x + y,
        1 => x - y,
        2 => y - x,
        _ => -x - y,
    }
}

fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

fn hash_cell(seed: u32, x: i32, y: i32, z: i32) -> u32 {
    let mixed = hash(seed.wrapping_add(x as u32));
    hash(hash(mixed.wrapping_add(y as u32)).wrapping_add(z as u32))
}

/// A 32-bit mixer in the manner of MurmurHash3's finaliser.
fn hash(value: u32) -> u32 {
    let value = (value ^ value >> 16).wrapping_mul(0x85eb_ca6b);
    let value = (value ^ value >> 13).wrapping_mul(0xc2b2_ae35);
    value ^ value >> 16
}

fn to_unit(bits: u32) -> f32 {
    (bits >> 8) as f32 * (1.0 / 16_777_216.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_continuous_across_lattice_cells() {
        for step in 0..200 {
            let x = step as f32 * 0.173 - 9.0;
            let jump = (plane(7, x, 2.999_9) - plane(7, x, 3.000_1)).abs();
            assert!(jump < 0.01, "jump of {jump} at {x}");
        }
    }

    #[test]
    fn random_numbers_fill_the_unit_interval() {
        let mut random = Random::new(1);
        let drawn: Vec<f32> = (0..1000).map(|_| random.unit()).collect();
        let mean = drawn.iter().sum::<f32>() / 1000.0;
        assert!((mean - 0.5).abs() < 0.05, "mean {mean}");
        assert!(drawn.iter().all(|value| (0.0..1.0).contains(value)));
    }
}

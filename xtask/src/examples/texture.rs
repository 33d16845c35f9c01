//! River pebbles, seen from above: the sample of a texture, with no subject and no layout.
//!
//! Stones are dropped from large to small onto a height field, which is then lit as a whole, so
//! that they overlap, shade one another and leave dark gaps as real ones do.

use std::f32::consts::PI;

use variata_core::SquareImage;

use super::noise::{Random, fractal, plane, smoothstep};
use super::paint::{Canvas, Grain, srgb};
use super::vector::{Vector, vector};

const SIDE_PX: usize = 896;

/// Draws the pebbles.
pub(super) fn draw() -> SquareImage {
    let bed = Bed::heaped(SIDE_PX, &stones());
    let sunken = Canvas::from_fn(SIDE_PX, |x, y| bed.relief.at(px(x), px(y))).blurred(9);
    Canvas::from_fn(SIDE_PX, |x, y| bed.lit(px(x), px(y), &sunken)).developed(Grain::None)
}

fn px(unit: f32) -> i32 {
    (unit * SIDE_PX as f32) as i32
}

/// A flattened, slightly uneven dome; lengths in parts of the picture's side.
#[derive(Debug, Clone, Copy)]
struct Stone {
    x: f32,
    y: f32,
    long: f32,
    short: f32,
    angle: f32,
    /// How high its rim lies.
    base: f32,
    seed: u32,
}

impl Stone {
    /// The height of the stone's top at a point; below zero outside of it.
    fn height(&self, x: f32, y: f32) -> Option<f32> {
        let (sine, cosine) = libm::sincosf(self.angle);
        let (dx, dy) = (x - self.x, y - self.y);
        let (u, v) =
            ((dx * cosine + dy * sine) / self.long, (dy * cosine - dx * sine) / self.short);
        let uneven = 1.0 + 0.13 * plane(self.seed, u * 1.1, v * 1.1);
        let squared = (u * u + v * v + 0.35 * u * u * v * v) * uneven * uneven;
        let inside = 1.0 - squared;
        let worn = 0.02 * fractal(self.seed, u * 3.0, v * 3.0, 3);
        (inside > 0.0).then(|| self.base + self.short * (0.75 * libm::powf(inside, 0.62) + worn))
    }

    /// Its colour, with speckles and, on some, veins or bands.
    fn colour(&self, x: f32, y: f32) -> Vector {
        let mut random = Random::new(self.seed);
        let palette = [
            0x8d_8a_85, 0x5c_62_68, 0xb7_aa_97, 0x74_6a_60, 0x9c_7b_66, 0xc9_c4_ba, 0x47_4c_52,
            0x83_8f_93, 0xa3_90_74, 0x6f_58_4e,
        ];
        let tint = srgb(palette[random.below(palette.len())]) * random.between(0.75, 1.15);
        let (sine, cosine) = libm::sincosf(self.angle + random.between(-0.6, 0.6));
        // Across the layers that the stone was broken from.
        let v = y * cosine - x * sine;
        let middle = self.y * cosine - self.x * sine;
        let cloud = fractal(self.seed, x * 14.0, y * 14.0, 4);
        let speckle = plane(self.seed + 1, x * 330.0, y * 330.0);
        let warp = 0.02 * fractal(self.seed + 2, x * 9.0, y * 9.0, 3);
        let bands = libm::sinf((v + warp) * random.between(120.0, 260.0));
        let vein = smoothstep(0.0016, 0.0004, (v + 2.0 * warp - middle).abs());
        let kind = random.unit();
        let banded = if kind < 0.22 { 0.16 * bands } else { 0.0 };
        let veined = if kind > 0.8 { 0.8 * vein } else { 0.0 };
        let mottled = tint * (1.0 + 0.22 * cloud + 0.15 * speckle + banded);
        mottled.mix(srgb(0xe6_e0_d6), veined)
    }
}

/// All stones, large ones first: each size fills the room that the larger ones left.
fn stones() -> Vec<Stone> {
    let mut random = Random::new(301);
    let mut stones: Vec<Stone> = Vec::new();
    for (size, attempts, overlap) in [
        (0.058, 150, 0.86),
        (0.042, 900, 0.84),
        (0.028, 4000, 0.8),
        (0.017, 9000, 0.74),
        (0.0105, 16000, 0.6),
    ] {
        for _ in 0..attempts {
            let long = size * random.between(0.8, 1.25);
            let stone = Stone {
                x: random.between(-0.06, 1.06),
                y: random.between(-0.06, 1.06),
                long,
                short: long * random.between(0.62, 0.92),
                angle: random.between(0.0, PI),
                base: random.between(0.0, 0.35) * size,
                seed: 1000 + stones.len() as u32 * 7,
            };
            let clear = |other: &Stone| {
                let (dx, dy) = (stone.x - other.x, stone.y - other.y);
                let room = overlap * 0.5 * (stone.long + stone.short + other.long + other.short);
                dx * dx + dy * dy > room * room
            };
            if stones.iter().all(clear) {
                stones.push(stone);
            }
        }
    }
    stones
}

/// The heaped stones: for each pixel the height (in all three parts) and the colour of its top.
struct Bed {
    relief: Canvas,
    colours: Canvas,
}

impl Bed {
    fn heaped(side: usize, stones: &[Stone]) -> Self {
        let top = |x: f32, y: f32| {
            let near = stones.iter().filter(|stone| {
                (x - stone.x).abs() < stone.long * 1.3 && (y - stone.y).abs() < stone.long * 1.3
            });
            let heights = near.filter_map(|stone| Some((stone.height(x, y)?, stone)));
            heights.max_by(|a, b| a.0.total_cmp(&b.0))
        };
        let sand = |x: f32, y: f32| 0.004 * fractal(311, x * 90.0, y * 90.0, 3) - 0.012;
        let relief = Canvas::from_fn(side, |x, y| {
            Vector::splat(top(x, y).map_or_else(|| sand(x, y), |(height, _)| height))
        });
        let colours = Canvas::smooth(side, |x, y| match top(x, y) {
            Some((_, stone)) => stone.colour(x, y),
            None => srgb(0x54_48_3c) * (1.0 + 0.5 * fractal(312, x * 160.0, y * 160.0, 3)),
        });
        Self { relief, colours }
    }

    fn height(&self, x: i32, y: i32) -> f32 {
        self.relief.at(x, y).x
    }

    /// The colour of a pixel in slanting light from the upper left.
    fn lit(&self, x: i32, y: i32, sunken: &Canvas) -> Vector {
        let step = 2.0 / SIDE_PX as f32;
        let across = (self.height(x - 1, y) - self.height(x + 1, y)) / step;
        let down = (self.height(x, y - 1) - self.height(x, y + 1)) / step;
        let facing = vector(across, 1.0, down).normalized();
        let lamp = vector(-0.5, 0.72, -0.45).normalized();
        let direct = facing.dot(lamp).max(0.0) * self.sunlight(x, y, lamp);
        let gap = sunken.at(x, y).x - self.height(x, y);
        let open = smoothstep(0.028, -0.012, gap);
        let half = (lamp + vector(0.0, 1.0, 0.0)).normalized();
        let sheen = libm::powf(facing.dot(half).max(0.0), 26.0) * 0.1 * direct;
        let light = srgb(0xff_f2_dc) * (1.15 * direct) + srgb(0xb4_c6_dc) * (0.12 + 0.42 * open);
        self.colours.at(x, y) * light + Vector::splat(sheen)
    }

    /// How much of the lamp's light arrives past the neighbouring stones.
    fn sunlight(&self, x: i32, y: i32, lamp: Vector) -> f32 {
        let start = self.height(x, y);
        let mut light = 1.0f32;
        for step in 1..34 {
            let along = step as f32 * 1.6;
            let ray = start + along * lamp.y / SIDE_PX as f32;
            let (column, row) = (x + (along * lamp.x) as i32, y + (along * lamp.z) as i32);
            let above = ray - self.height(column, row);
            light = light.min(1.0 + above * SIDE_PX as f32 / (along * 0.3 + 1.0));
        }
        light.clamp(0.0, 1.0)
    }
}

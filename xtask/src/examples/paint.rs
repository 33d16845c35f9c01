//! The canvas of the example pictures: linear light while painting, 8-bit sRGB at the end.
//!
//! Linear light is where shading adds up as it does in nature.

use std::collections::BTreeMap;

use rayon::prelude::*;
use variata_core::SquareImage;

use super::noise::cell;
use super::vector::{Vector, vector};

/// A square picture in linear light, 0.0 to 1.0 for what a screen can show.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    side: usize,
    pixels: Vec<Vector>,
}

impl Canvas {
    /// Colours every pixel by its position; both coordinates run from 0 to 1, from the top left.
    pub(super) fn from_fn(side: usize, colour: impl Fn(f32, f32) -> Vector + Sync) -> Self {
        let scale = 1.0 / side as f32;
        let row = |y: usize| {
            let colour = &colour;
            (0..side).map(move |x| colour((x as f32 + 0.5) * scale, (y as f32 + 0.5) * scale))
        };
        let rows: Vec<Vec<Vector>> = (0..side).into_par_iter().map(|y| row(y).collect()).collect();
        Self { side, pixels: rows.concat() }
    }

    /// As [`Canvas::from_fn`], with nine samples a pixel wherever neighbours differ visibly.
    pub(super) fn smooth(side: usize, colour: impl Fn(f32, f32) -> Vector + Sync) -> Self {
        let rough = Self::from_fn(side, &colour);
        let scale = side as f32;
        Self::from_fn(side, |x, y| {
            let (column, row) = ((x * scale) as i32, (y * scale) as i32);
            let here = rough.at(column, row);
            let differs = |dx, dy| (rough.at(column + dx, row + dy) - here).length() > 0.04;
            if !(differs(1, 0) || differs(-1, 0) || differs(0, 1) || differs(0, -1)) {
                return here;
            }
            let offset = |step: i32| (step - 1) as f32 / (3.0 * scale);
            let samples = (0..9).map(|i| colour(x + offset(i % 3), y + offset(i / 3)).capped());
            samples.fold(Vector::default(), |sum, sample| sum + sample) * (1.0 / 9.0)
        })
    }

    pub(super) fn side(&self) -> usize {
        self.side
    }

    /// The pixel at `x`, `y`; positions outside are taken to the nearest inside.
    pub(super) fn at(&self, x: i32, y: i32) -> Vector {
        let last = self.side as i32 - 1;
        self.pixels[y.clamp(0, last) as usize * self.side + x.clamp(0, last) as usize]
    }

    /// Lays `colour` over the pixel at `x`, `y`; positions outside are left alone.
    pub(super) fn cover(&mut self, x: i32, y: i32, colour: Vector, opacity: f32) {
        let inside = 0..self.side as i32;
        if inside.contains(&x) && inside.contains(&y) {
            let pixel = &mut self.pixels[y as usize * self.side + x as usize];
            *pixel = pixel.mix(colour, opacity);
        }
    }

    /// Every pixel's colour taken through `change`.
    pub(super) fn map(&self, change: impl Fn(Vector) -> Vector) -> Self {
        Self { side: self.side, pixels: self.pixels.iter().map(|&pixel| change(pixel)).collect() }
    }

    /// Draws a tapering hair along the curve through three points, all in pixels.
    pub(super) fn hair(&mut self, hair: &Hair) {
        let [start, middle, end] = hair.points;
        let along = |t: f32| {
            let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
            (a * start.0 + b * middle.0 + c * end.0, a * start.1 + b * middle.1 + c * end.1)
        };
        let length = libm::hypotf(end.0 - start.0, end.1 - start.1);
        let steps = (length * 2.0).ceil().max(2.0) as i32;
        let mut covered: BTreeMap<(i32, i32), f32> = BTreeMap::new();
        for step in 0..=steps {
            let t = step as f32 / steps as f32;
            let ((x, y), width) = (along(t), hair.width_px * (1.0 - 0.8 * t));
            for (column, row) in (0..9).map(|i| (x as i32 + i % 3 - 1, y as i32 + i / 3 - 1)) {
                let away = libm::hypotf(column as f32 + 0.5 - x, row as f32 + 0.5 - y);
                let share = (width * 0.5 + 0.5 - away).clamp(0.0, width.min(1.0));
                let most = covered.entry((column, row)).or_default();
                *most = most.max(share);
            }
        }
        for ((x, y), share) in covered {
            self.cover(x, y, hair.colour, share * hair.opacity);
        }
    }

    /// Blurred by three box filters, close to a Gaussian of that radius.
    pub(super) fn blurred(&self, radius_px: usize) -> Self {
        let mut blurred = self.clone();
        for _ in 0..3 {
            blurred = blurred.box_rows(radius_px).transposed();
            blurred = blurred.box_rows(radius_px).transposed();
        }
        blurred
    }

    /// The finished picture: 8-bit sRGB, opaque.
    pub(super) fn developed(&self, grain: Grain) -> SquareImage {
        SquareImage::from_fn(self.side as u32, |x, y| {
            let colour = self.at(x as i32, y as i32);
            let dither = match grain {
                Grain::None => 0.0,
                Grain::Dithered => dither_at(x as i32, y as i32),
            };
            let byte = |linear| (to_srgb(linear) + 0.5 + dither).clamp(0.0, 255.0) as u8;
            [byte(colour.x), byte(colour.y), byte(colour.z), u8::MAX]
        })
    }

    fn box_rows(&self, radius_px: usize) -> Self {
        let (radius, side) = (radius_px as i32, self.side as i32);
        let scale = 1.0 / (2 * radius + 1) as f32;
        let row = |y: i32| {
            let mut sum = Vector::default();
            (-radius..radius).for_each(|x| sum += self.at(x, y));
            let step = move |x: i32| {
                sum += self.at(x + radius, y);
                let mean = sum * scale;
                sum = sum - self.at(x - radius, y);
                mean
            };
            (0..side).map(step).collect::<Vec<Vector>>()
        };
        let rows: Vec<Vec<Vector>> = (0..side).into_par_iter().map(row).collect();
        Self { side: self.side, pixels: rows.concat() }
    }

    fn transposed(&self) -> Self {
        let side = self.side;
        let pixels = (0..side * side).map(|i| self.pixels[i % side * side + i / side]);
        Self { side, pixels: pixels.collect() }
    }
}

/// What to add where 8 bits are too coarse for a soft gradient.
#[derive(Debug, Clone, Copy)]
pub(super) enum Grain {
    None,
    /// Triangular noise of half a step, which hides the bands.
    Dithered,
}

/// One hair: a curve that starts `width_px` wide and ends nearly in a point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hair {
    /// The two ends and, between them, the point towards which the curve bends.
    pub(super) points: [(f32, f32); 3],
    pub(super) width_px: f32,
    pub(super) colour: Vector,
    pub(super) opacity: f32,
}

/// A colour given in sRGB bytes, as `0xRRGGBB`.
pub(super) fn srgb(code: u32) -> Vector {
    let channel = |shift: u32| {
        let value = (code >> shift & 0xff) as f32 / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { libm::powf((value + 0.055) / 1.055, 2.4) }
    };
    vector(channel(16), channel(8), channel(0))
}

/// How bright a colour looks, 0 to 1, close to perceptually even.
pub(super) fn lightness(colour: Vector) -> f32 {
    libm::cbrtf(colour.dot(vector(0.2126, 0.7152, 0.0722)).max(0.0))
}

/// One channel of linear light in sRGB, 0 to 255.
pub(super) fn to_srgb(linear: f32) -> f32 {
    let linear = linear.clamp(0.0, 1.0);
    let value = if linear <= 0.003_130_8 {
        linear * 12.92
    } else {
        1.055 * libm::powf(linear, 1.0 / 2.4) - 0.055
    };
    value * 255.0
}

fn dither_at(x: i32, y: i32) -> f32 {
    0.5 * (cell(1, x, y) - cell(2, x, y))
}

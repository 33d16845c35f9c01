//! Strokes of a loaded brush, laid over the picture in layers from broad to fine.
//!
//! A painter blocks in with a broad brush and goes back with finer ones where something is missing
//! (Hertzmann, "Painterly rendering with curved brush strokes of multiple sizes", 1998). Each
//! stroke has one colour, follows the hand's direction along a shallow curve and ends where the
//! picture becomes another colour, so that plain ground gets few, long and quiet strokes.

use super::flow::Flow;
use crate::grid::{Grid, Plane, Raster};
use crate::operations::pixels::{hash, mix_all, smoothstep, straight};
use crate::resample::{Border, resize, sample_linear};

/// A brush and where it is used; lengths in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layer {
    /// Half the width of its strokes.
    pub(super) radius: f32,
    /// Half their greatest length.
    pub(super) reach: f32,
    /// Summed difference of three bytes below which the paint so far is left as it is; negative
    /// to paint everywhere.
    pub(super) tolerance: f32,
}

/// What the brush left.
pub(super) struct Painting {
    /// Colours, 0.0–255.0, straight.
    pub(super) colors: Grid<[f32; 3]>,
    /// Height of the paint, −1.0 to 1.0.
    pub(super) relief: Plane,
}

impl Painting {
    /// The bare reference.
    pub(super) fn new(reference: &Raster) -> Self {
        let colors = reference.map(|pixel| straight(pixel).map(f32::from));
        let relief = Plane::new(reference.width(), reference.height(), 0.0);
        Self { colors, relief }
    }

    /// Paints one layer of `reference` with strokes along `hand`; every `seed` lays them anew.
    pub(super) fn paint(&mut self, reference: &Raster, hand: &Flow, layer: Layer, seed: u32) {
        let side = ((self.colors.width() as f32 / layer.radius) as usize).max(1);
        let subject = Subject {
            size: (self.colors.width() as f32, self.colors.height() as f32),
            colors: resize(reference, side, side).map(|pixel| {
                let [r, g, b] = straight(pixel).map(f32::from);
                [r, g, b, f32::from(pixel[3])]
            }),
            hand,
        };
        for (x, y, bits) in places(&self.colors, 1.5 * layer.radius, seed) {
            let color = subject.color(x, y);
            if color[3] < 8.0 || self.is_done(x, y, color, layer) {
                continue;
            }
            let stroke = Stroke::new(&subject, (x, y), layer, bits);
            self.lay(&stroke);
        }
    }

    /// Whether the paint around a place is the picture's colour already.
    fn is_done(&self, x: f32, y: f32, color: [f32; 4], layer: Layer) -> bool {
        let away = |dx: f32, dy: f32| {
            let paint = self.colors.clamped((x + dx) as isize, (y + dy) as isize);
            (0..3).map(|c| (paint[c] - color[c]).abs()).sum::<f32>()
        };
        let r = 0.5 * layer.radius;
        let mean = away(-r, -r) + away(r, -r) + away(-r, r) + away(r, r) + away(0.0, 0.0);
        mean < 5.0 * layer.tolerance
    }

    fn lay(&mut self, stroke: &Stroke) {
        let (width, height) = (self.colors.width(), self.colors.height());
        let half = stroke.half_box();
        let span = |center: f32, half: f32, end: usize| {
            let low = (center - half).floor().max(0.0) as usize;
            (low.min(end), ((center + half).ceil() + 1.0).clamp(0.0, end as f32) as usize)
        };
        let (left, right) = span(stroke.center.0, half.0, width);
        let (top, bottom) = span(stroke.center.1, half.1, height);
        for y in top..bottom {
            let relief = &mut self.relief.row_mut(y)[left..right];
            let colors = &mut self.colors.row_mut(y)[left..right];
            for (x, (color, relief)) in (left..right).zip(colors.iter_mut().zip(relief)) {
                let Some((cover, bristle)) = stroke.at(x as f32, y as f32) else { continue };
                let shade = 1.0 + 0.03 * bristle;
                *color = mix_all(*color, stroke.color.map(|value| value * shade), cover);
                *relief += (bristle - *relief) * cover;
            }
        }
    }
}

/// What is painted, as the brush of one layer sees it.
struct Subject<'a> {
    size: (f32, f32),
    colors: Grid<[f32; 4]>,
    hand: &'a Flow,
}

impl Subject<'_> {
    fn color(&self, x: f32, y: f32) -> [f32; 4] {
        let across = self.colors.width() as f32 / self.size.0;
        let down = self.colors.height() as f32 / self.size.1;
        let (u, v) = ((x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5);
        sample_linear(&self.colors, u, v, Border::Clamp)
    }

    fn direction(&self, x: f32, y: f32) -> (f32, f32) {
        self.hand.at_share(x / self.size.0, y / self.size.1)
    }
}

/// One stroke: a piece of a parabola.
struct Stroke {
    center: (f32, f32),
    along: (f32, f32),
    /// How far it bends away over a distance s: `bend` · s².
    bend: f32,
    /// Its ends along `along`.
    ends: (f32, f32),
    radius: f32,
    color: [f32; 3],
    bristles: u32,
}

/// Bristles across a brush.
const BRISTLES: f32 = 9.0;
/// Summed difference of three bytes at which a stroke ends.
const STROKE_ENDS: f32 = 42.0;

impl Stroke {
    fn new(subject: &Subject<'_>, center: (f32, f32), layer: Layer, bits: u32) -> Self {
        let color = subject.color(center.0, center.1);
        let along = subject.direction(center.0, center.1);
        let step = 0.5 * layer.reach;
        let ahead = subject.direction(center.0 + step * along.0, center.1 + step * along.1);
        let turn = along.0 * ahead.1 - along.1 * ahead.0;
        let turn = if along.0 * ahead.0 + along.1 * ahead.1 < 0.0 { -turn } else { turn };
        let limit = 0.35 / layer.reach;
        let mut stroke = Self {
            center,
            along,
            bend: (0.5 * turn / step).clamp(-limit, limit),
            ends: (0.0, 0.0),
            radius: layer.radius,
            color: [color[0], color[1], color[2]],
            bristles: bits,
        };
        // No two strokes are equally long.
        let reach = layer.reach * (0.7 + 0.3 * (bits >> 8 & 255) as f32 / 255.0);
        stroke.ends =
            (-stroke.walk(subject, color, -1.0, reach), stroke.walk(subject, color, 1.0, reach));
        stroke
    }

    /// How far the stroke goes in one sense before the picture changes its colour.
    fn walk(&self, subject: &Subject<'_>, color: [f32; 4], sense: f32, reach: f32) -> f32 {
        let step = (0.5 * self.radius).max(1.0);
        let mut length = self.radius.min(reach);
        while length + step <= reach {
            let (x, y) = self.place(sense * (length + step));
            let here = subject.color(x, y);
            let away: f32 = (0..3).map(|c| (here[c] - color[c]).abs()).sum();
            if away > STROKE_ENDS || here[3] < 128.0 {
                break;
            }
            length += step;
        }
        length
    }

    fn place(&self, s: f32) -> (f32, f32) {
        let away = self.bend * s * s;
        (
            self.center.0 + s * self.along.0 - away * self.along.1,
            self.center.1 + s * self.along.1 + away * self.along.0,
        )
    }

    /// Half the sides of a box that holds it.
    fn half_box(&self) -> (f32, f32) {
        let reach = self.ends.1.max(-self.ends.0);
        let away = self.bend.abs() * reach * reach + self.radius + 1.0;
        let side = |along: f32, across: f32| reach * along.abs() + away * across.abs() + 1.0;
        (side(self.along.0, self.along.1), side(self.along.1, self.along.0))
    }

    /// How much of a pixel is covered and the height of the bristle there, if any.
    fn at(&self, x: f32, y: f32) -> Option<(f32, f32)> {
        let (u, v) = (x - self.center.0, y - self.center.1);
        let s = u * self.along.0 + v * self.along.1;
        if s < self.ends.0 - 1.0 || s > self.ends.1 + 1.0 {
            return None;
        }
        let across = v * self.along.0 - u * self.along.1 - self.bend * s * s;
        // Round ends: the brush narrows over its last radius.
        let end = (self.ends.1 - s).min(s - self.ends.0).clamp(0.0, self.radius);
        let taper = (end / self.radius * (2.0 - end / self.radius)).sqrt();
        let cover = (self.radius * taper + 0.5 - across.abs()).clamp(0.0, 1.0);
        (cover > 0.0).then(|| (cover, self.bristle(across / self.radius)))
    }

    /// Height of the paint at −1.0 to 1.0 across the brush, smooth from bristle to bristle.
    fn bristle(&self, across: f32) -> f32 {
        let place = (across + 1.0) * 0.5 * BRISTLES;
        let first = place.floor();
        let height = |index: f32| {
            hash(index as i32 as u32, self.bristles) as f32 / (1u64 << 31) as f32 - 1.0
        };
        let share = smoothstep(0.0, 1.0, place - first);
        height(first) + (height(first + 1.0) - height(first)) * share
    }
}

/// Places about `step` pixels apart, in no order, with random bits for each.
fn places(grid: &Grid<[f32; 3]>, step: f32, seed: u32) -> Vec<(f32, f32, u32)> {
    let step = step.max(1.5);
    let columns = (grid.width() as f32 / step).ceil() as u32;
    let rows = (grid.height() as f32 / step).ceil() as u32;
    let mut places: Vec<(u32, u32, u32)> = (0..rows)
        .flat_map(|row| (0..columns).map(move |column| (column, row)))
        .map(|(column, row)| (hash(column ^ seed, row), column, row))
        .collect();
    places.sort_unstable();
    let jitter = |bits: u32| (bits & 1023) as f32 / 1023.0;
    let place = |(bits, column, row): (u32, u32, u32)| {
        let bits = hash(bits, seed);
        let x = (column as f32 + jitter(bits)) * step;
        let y = (row as f32 + jitter(bits >> 10)) * step;
        (x.min(grid.width() as f32 - 1.0), y.min(grid.height() as f32 - 1.0), bits)
    };
    places.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves(side: usize) -> Raster {
        Raster::from_fn(side, side, |x, _| {
            if x < side / 2 { [200, 60, 40, 255] } else { [40, 80, 190, 255] }
        })
    }

    fn painted(reference: &Raster, tolerance: f32) -> Painting {
        let lightness = Plane::from_fn(32, 32, |x, _| if x < 16 { 0.5 } else { 0.3 });
        let hand = Flow::combed(&lightness, 2.0, 0.3);
        let mut painting = Painting::new(reference);
        painting.paint(reference, &hand, Layer { radius: 4.0, reach: 14.0, tolerance }, 7);
        painting
    }

    #[test]
    fn strokes_end_where_the_colour_does() {
        let painting = painted(&halves(96), -1.0);
        let red = |x: usize| (0..96).map(|y| painting.colors.at(x, y)[0]).sum::<f32>() / 96.0;
        // Half a brush beyond the border everything has its own colour.
        assert!(red(36) > 180.0 && red(60) < 60.0, "{} {}", red(36), red(60));
        assert!(painting.relief.cells().iter().any(|&height| height.abs() > 0.3));
    }

    #[test]
    fn what_is_right_already_is_left_alone() {
        let painting = painted(&Raster::new(64, 64, [90, 120, 60, 255]), 20.0);
        assert!(painting.relief.cells().iter().all(|&height| height == 0.0));
    }
}

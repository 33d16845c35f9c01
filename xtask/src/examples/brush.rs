//! Brush strokes, coarse to fine, over a smooth picture.
//!
//! Procedural scenes lack the texture of things made by hand; bristle marks and jittered pigment
//! give it to them. After Hertzmann, "Painterly rendering with curved brush strokes of multiple
//! sizes" (SIGGRAPH 1998).

use super::noise::{Random, lerp, plane, smoothstep};
use super::paint::{Canvas, lightness};
use super::vector::{Vector, vector};

/// One pass of brush strokes over the whole picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass {
    /// Breadth of the strokes.
    pub(super) width_px: f32,
    /// Length over breadth.
    pub(super) slenderness: f32,
    /// Strokes are laid only where the painting is farther than this from the model.
    pub(super) tolerance: f32,
    /// How far pigments stray from the model, in lightness.
    pub(super) jitter: f32,
}

/// Paints a model in passes of strokes.
pub(super) struct Painter<'a> {
    /// What to paint.
    pub(super) model: &'a Canvas,
    /// The direction of the strokes in radians at a position in 0 to 1, with how firmly it is
    /// meant (0 follows the model's own contours).
    pub(super) flow: &'a (dyn Fn(f32, f32) -> (f32, f32) + Sync),
    pub(super) seed: u32,
}

impl Painter<'_> {
    /// Lays one pass over `painting`.
    pub(super) fn lay(&self, painting: &mut Canvas, pass: Pass) {
        let radius = (pass.width_px * 0.35).max(1.0) as usize;
        let model = self.model.blurred(radius);
        let current = painting.blurred(radius);
        let mut random = Random::new(self.seed ^ pass.width_px.to_bits());
        let spacing = pass.width_px * 0.8;
        let cells = (model.side() as f32 / spacing) as usize + 1;
        for index in shuffled(cells * cells, &mut random) {
            let x = ((index % cells) as f32 + random.unit()) * spacing;
            let y = ((index / cells) as f32 + random.unit()) * spacing;
            let wanted = model.at(x as i32, y as i32);
            let error = (lightness(wanted) - lightness(current.at(x as i32, y as i32))).abs()
                + (wanted - current.at(x as i32, y as i32)).length() * 0.5;
            if error >= pass.tolerance {
                let angle = self.angle(&model, x, y) + random.between(-0.18, 0.18);
                let colour = strayed(wanted, pass.jitter, &mut random);
                let length = pass.width_px * pass.slenderness * random.between(0.7, 1.2);
                let stroke = Stroke { x, y, angle, colour, length, width: pass.width_px };
                stroke.lay(painting, &model, &mut random);
            }
        }
    }

    fn angle(&self, model: &Canvas, x: f32, y: f32) -> f32 {
        let (meant, firmness) = (self.flow)(x / model.side() as f32, y / model.side() as f32);
        let (column, row) = (x as i32, y as i32);
        let slope = |dx: i32, dy: i32| {
            lightness(model.at(column + dx, row + dy)) - lightness(model.at(column - dx, row - dy))
        };
        let (across, down) = (slope(2, 0), slope(0, 2));
        let strength = smoothstep(0.01, 0.06, (across * across + down * down).sqrt());
        let contour = libm::atan2f(across, -down);
        let weight = strength * (1.0 - firmness);
        0.5 * mixed_angle(2.0 * meant, 2.0 * contour, weight)
    }
}

/// One touch of the brush, centred at `x`, `y`.
struct Stroke {
    x: f32,
    y: f32,
    angle: f32,
    colour: Vector,
    length: f32,
    width: f32,
}

impl Stroke {
    /// Lays pigment with bristle marks, stopping where the model's colour departs from its own.
    fn lay(&self, painting: &mut Canvas, model: &Canvas, random: &mut Random) {
        let (sine, cosine) = libm::sincosf(self.angle);
        let bend = random.between(-0.25, 0.25) / self.length;
        let bristles = random.between(0.0, 1000.0);
        let half = self.length * 0.5;
        let reach = (half + self.width).ceil() as i32;
        let (column, row) = (self.x as i32, self.y as i32);
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let along = dx as f32 * cosine + dy as f32 * sine;
                let across = dy as f32 * cosine - dx as f32 * sine - bend * along * along;
                let (u, v) = (along / half, across / (self.width * 0.5));
                if u.abs() > 1.0 || v.abs() > 1.0 {
                    continue;
                }
                let marks = plane(17, bristles + v * self.width * 0.32, bristles + u * 0.9);
                let away = (model.at(column + dx, row + dy) - self.colour).length();
                let opacity = smoothstep(1.0, 0.7, v.abs())
                    * smoothstep(1.0, 0.75 + 0.2 * marks, u.abs())
                    * smoothstep(0.5, 0.2, away)
                    * (0.92 + 0.3 * marks);
                let colour = self.colour * (1.0 + 0.13 * marks + 0.05 * v);
                painting.cover(column + dx, row + dy, colour, opacity);
            }
        }
    }
}

/// The numbers below `count` in a random order.
fn shuffled(count: usize, random: &mut Random) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        order.swap(last, random.below(last + 1));
    }
    order
}

/// A pigment near `colour`: lighter or darker, warmer or colder.
fn strayed(colour: Vector, amount: f32, random: &mut Random) -> Vector {
    let light = 1.0 + amount * random.between(-1.0, 1.0);
    let warmth = amount * 0.5 * random.between(-1.0, 1.0);
    colour * light * vector(1.0 + warmth, 1.0, 1.0 - warmth)
}

/// Between two directions, the short way round.
fn mixed_angle(from: f32, to: f32, t: f32) -> f32 {
    let ((sine_a, cosine_a), (sine_b, cosine_b)) = (libm::sincosf(from), libm::sincosf(to));
    libm::atan2f(lerp(sine_a, sine_b, t), lerp(cosine_a, cosine_b, t))
}

//! A painted head and shoulders: the sample of a portrait.
//!
//! Nobody sat for it. Faces are what people forgive least when they are bent, so the samples need
//! one.

mod sitter;

use variata_core::SquareImage;

use super::brush::{Painter, Pass};
use super::noise::{fractal, fractal_space, smoothstep, space};
use super::paint::{Canvas, Grain, srgb};
use super::solid::{Camera, Ray, march, normal, openness, shadow};
use super::vector::{Vector, vector};
use sitter::{EYE, EYE_RADIUS, Part, in_head, mirrored, nearest};

const SIDE_PX: usize = 1024;

/// Draws the portrait.
pub(super) fn draw() -> SquareImage {
    let camera = Camera::new(vector(0.0, 0.0, 5.2), vector(0.0, -0.28, 0.0), 0.19);
    let model = Canvas::smooth(SIDE_PX, |x, y| colour(&camera, x, y));
    painted(&model).developed(Grain::None)
}

fn colour(camera: &Camera, x: f32, y: f32) -> Vector {
    let ray = camera.ray(x, y);
    let span = ray.sphere_span(sitter::BOUNDS.0, sitter::BOUNDS.1);
    match span.and_then(|span| march(ray, span, sitter::distance)) {
        Some(point) => lit(point, ray),
        None => wall(x, y),
    }
}

/// A plain wall, lighter where the lamp reaches it.
fn wall(x: f32, y: f32) -> Vector {
    let away = vector(x - 0.8, y - 0.42, 0.0).length();
    let cloudy = 0.12 * fractal(511, x * 3.0, y * 3.0, 4);
    srgb(0x8c_98_84).mix(srgb(0x3d_4b_48), smoothstep(0.0, 0.95, away + cloudy))
}

fn lamp() -> Vector {
    vector(-0.62, 0.48, 0.66).normalized()
}

fn lit(point: Vector, ray: Ray) -> Vector {
    let (_, part) = nearest(point);
    let facing = normal(point, 1.5e-3, sitter::distance);
    let leaving = |direction| Ray { origin: point + facing * 0.008, direction };
    let open = openness(leaving(facing), 0.3, sitter::distance);
    let direct = shadow(leaving(lamp()), 1.6, 6.0, sitter::distance);
    let soft = if part == Part::Skin { 0.3 } else { 0.1 };
    let wrapped = ((facing.dot(lamp()) + soft) / (1.0 + soft)).max(0.0) * direct;
    let warm = if part == Part::Skin { srgb(0xff_d2_b4) } else { srgb(0xff_e6_cc) };
    let ambient = srgb(0x8e_9a_a6).mix(srgb(0xa8_80_68), 0.5 - 0.5 * facing.y);
    let light = srgb(0xff_ee_d8) * (1.25 * wrapped) + ambient * warm * (0.1 + 0.5 * open);
    let half = (lamp() - ray.direction).normalized();
    let (gloss, sharpness) = match part {
        Part::Skin => (0.1, 18.0),
        Part::Eye => (1.2, 160.0),
        Part::Hair => (0.07, 16.0),
        Part::Wool => (0.0, 1.0),
    };
    let shine = gloss * libm::powf(facing.dot(half).max(0.0), sharpness) * (0.3 + 0.7 * direct);
    let edge = 1.0 - facing.dot(-ray.direction).clamp(0.0, 1.0);
    let rim = 0.35 * edge * edge * edge * smoothstep(0.0, 0.6, facing.x);
    pigment(in_head(point), point, part) * (light + Vector::splat(rim)) + Vector::splat(shine)
}

fn pigment(face: Vector, point: Vector, part: Part) -> Vector {
    match part {
        Part::Skin => skin(face),
        Part::Eye => eye(face),
        Part::Hair => {
            let strands = space(521, vector(face.x * 55.0, face.y * 4.0, face.z * 55.0));
            srgb(0x5a_33_22).mix(srgb(0x9a_5f_38), 0.4 + 0.6 * strands)
        }
        Part::Wool => {
            let rows = libm::sinf(point.y * 110.0 + 2.0 * space(522, point * 6.0));
            srgb(0x9c_3f_3a) * (1.0 + 0.12 * rows + 0.2 * space(523, point * 50.0))
        }
    }
}

fn skin(face: Vector) -> Vector {
    let half = mirrored(face);
    let near = |x: f32, y: f32, z: f32, radius: f32| {
        smoothstep(radius, radius * 0.3, (half - vector(x, y, z)).length())
    };
    let base = srgb(0xe2_b0_92) * (1.0 + 0.05 * fractal_space(531, face * 14.0, 3));
    let flushed = base.mix(srgb(0xd8_80_6c), 0.5 * near(0.18, -0.12, 0.3, 0.15));
    let flushed = flushed.mix(srgb(0xd6_86_70), 0.4 * near(0.0, -0.12, 0.46, 0.1));
    let lips = near(0.0, -0.255, 0.37, 0.1) * smoothstep(0.052, 0.04, (face.y + 0.256).abs());
    let gap = smoothstep(0.008, 0.002, (face.y + 0.255 - 0.004 * libm::cosf(face.x * 45.0)).abs())
        * smoothstep(0.1, 0.08, half.x);
    let lipped = flushed.mix(srgb(0xb8_52_4c), 0.75 * lips).mix(srgb(0x5e_24_24), 0.8 * gap * lips);
    lipped.mix(srgb(0x4a_2c_20), brows(half)).mix(srgb(0x3a_24_1e), lashes(half))
}

fn brows(half: Vector) -> f32 {
    let along = ((half.x - 0.05) / 0.19).clamp(0.0, 1.0);
    let arch = 0.118 + 0.036 * along * (1.7 - along * 1.25);
    let thickness = 0.019 * (1.0 - 0.65 * along);
    let inside = smoothstep(thickness, thickness * 0.4, (half.y - arch).abs());
    inside
        * smoothstep(0.04, 0.065, half.x)
        * smoothstep(0.245, 0.2, half.x)
        * smoothstep(0.1, 0.2, half.z)
        * 0.85
}

/// The dark edge of the upper lid.
fn lashes(half: Vector) -> f32 {
    let away = half - EYE;
    let bow = 0.16 * (away.x * away.x) / EYE_RADIUS * 2.2;
    let edge = (away.y - 0.027 + bow).abs();
    smoothstep(0.012, 0.005, edge)
        * smoothstep(0.1, 0.085, away.length())
        * smoothstep(0.02, 0.05, away.z)
}

/// White, iris and pupil; the gaze meets the viewer's.
fn eye(face: Vector) -> Vector {
    let centre = vector(if face.x < 0.0 { -EYE.x } else { EYE.x }, EYE.y, EYE.z);
    let away = (face - centre).normalized();
    let gaze = in_head(vector(0.0, -0.02, 1.0)).normalized();
    let off = (away - gaze).length();
    let iris = srgb(0x5b_7a_6e).mix(srgb(0x2a_3a_36), smoothstep(0.34, 0.56, off));
    let ringed = iris.mix(srgb(0xe9_e2_d8), smoothstep(0.55, 0.61, off));
    ringed.mix(srgb(0x0e_0c_0c), smoothstep(0.28, 0.22, off))
}

fn painted(model: &Canvas) -> Canvas {
    let painter = Painter { model, flow: &flow, seed: 11 };
    let mut painting = model.blurred(8);
    let passes = [
        (34.0, 0.0, 0.1),
        (16.0, 0.025, 0.07),
        (8.0, 0.025, 0.05),
        (4.5, 0.03, 0.035),
        (2.6, 0.045, 0.02),
    ];
    for (width_px, tolerance, jitter) in passes {
        painter.lay(&mut painting, Pass { width_px, slenderness: 3.0, tolerance, jitter });
    }
    painting
}

/// Strokes turn around the head.
fn flow(x: f32, y: f32) -> (f32, f32) {
    let around = libm::atan2f(y - 0.4, x - 0.5) + 1.57;
    (around + 0.5 * fractal(541, x * 4.0, y * 4.0, 2), 0.2)
}

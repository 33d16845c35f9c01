//! The otter's fur, combed over the shaded solid hair by hair, and its whiskers.
//!
//! Noise on the surface alone looks like clay. Hairs that take their colour from the shading below,
//! run with the coat and stand over its outline look like fur.

use super::super::noise::{Random, smoothstep};
use super::super::paint::{Canvas, Hair, srgb};
use super::super::solid::{Camera, normal};
use super::super::vector::{Vector, vector};
use super::figure::{self, Part, from_head, in_body, in_head, nearest};
use super::struck;

const HAIRS: usize = 60_000;

/// Combs fur over everything that is coat.
pub(super) fn comb(canvas: &mut Canvas, camera: &Camera) {
    let shaded = canvas.clone();
    let side = canvas.side() as f32;
    let mut random = Random::new(41);
    for _ in 0..HAIRS {
        let (x, y) = (random.unit(), random.unit());
        let Some(root) = struck(camera.ray(x, y)) else { continue };
        if nearest(root).1 != Part::Coat || on_bare_skin(root) {
            continue;
        }
        let length = random.between(0.03, 0.06) * short_on_face(root);
        let tip = root + lay(root, &mut random) * length;
        let end = camera.project(tip);
        let bend = random.between(-0.12, 0.12);
        let middle =
            ((x + end.0) * 0.5 + (end.1 - y) * bend, (y + end.1) * 0.5 - (end.0 - x) * bend);
        let colour = shaded.at((x * side) as i32, (y * side) as i32);
        canvas.hair(&Hair {
            points: [
                (x * side, y * side),
                (middle.0 * side, middle.1 * side),
                (end.0 * side, end.1 * side),
            ],
            width_px: random.between(1.0, 1.9),
            colour: colour * random.between(0.78, 1.3),
            opacity: random.between(0.3, 0.7),
        });
    }
}

/// Draws the whiskers and the spots that they grow from.
pub(super) fn whiskers(canvas: &mut Canvas, camera: &Camera) {
    for side in [-1.0, 1.0] {
        for row in 0..4 {
            let height = -0.07 - 0.026 * row as f32;
            let root = vector(side * (0.13 + 0.012 * row as f32), height, 0.44);
            let reach = 0.36 - 0.03 * row as f32;
            let tip = root + vector(side * reach, 0.06 - 0.055 * row as f32, -0.1);
            let bend = root + vector(side * reach * 0.55, 0.06 - 0.03 * row as f32, 0.03);
            canvas.hair(&Hair {
                points: [root, bend, tip].map(|point| in_pixels(canvas, camera, point)),
                width_px: 2.4,
                colour: srgb(0xff_f8_ee),
                opacity: 0.85,
            });
        }
    }
}

fn in_pixels(canvas: &Canvas, camera: &Camera, on_head: Vector) -> (f32, f32) {
    let (x, y) = camera.project(from_head(on_head));
    (x * canvas.side() as f32, y * canvas.side() as f32)
}

/// Nose, mouth, eyes and the inside of the ears stay clear.
fn on_bare_skin(root: Vector) -> bool {
    let face = in_head(in_body(root));
    let half = vector(face.x.abs(), face.y, face.z);
    let mouth = half.x < 0.15 && (-0.21..-0.06).contains(&face.y) && face.z > 0.3;
    let eye = (half - vector(0.165, 0.055, 0.3)).length() < 0.1;
    let ear = (half - vector(0.34, 0.2, 0.0)).length() < 0.05;
    mouth || eye || ear
}

fn short_on_face(root: Vector) -> f32 {
    let face = in_head(in_body(root));
    0.4 + 0.6 * smoothstep(0.3, 0.75, (face - vector(0.0, -0.05, 0.4)).length())
}

/// The direction in which the coat lies: away from the nose on the head, along the tail, downwards
/// elsewhere, always along the surface and a little off it.
fn lay(root: Vector, random: &mut Random) -> Vector {
    let body = in_body(root);
    let face = in_head(body);
    let facing = normal(root, 4e-3, figure::outline);
    let along = if face.length() < 0.55 {
        (face - vector(0.0, -0.03, 0.42)).tilted(-0.09).turned(0.2).normalized()
    } else if body.x > 0.42 && body.y < 0.5 {
        vector(0.8, -0.25, 0.35)
    } else {
        vector(0.0, -1.0, 0.1)
    };
    let stray = vector(random.between(-0.35, 0.35), random.between(-0.2, 0.2), 0.0);
    let along = along.turned(-0.3) + stray;
    (along - facing * facing.dot(along) + facing * 0.25).normalized()
}

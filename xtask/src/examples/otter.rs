//! The README's otter: a small figure on studio ground, softly lit.
//!
//! It stands for the pictures that people bring most often, one subject before a plain ground.

mod coat;
mod figure;
mod hair;

use variata_core::SquareImage;

use super::noise::smoothstep;
use super::paint::{Canvas, Grain, srgb};
use super::solid::{Camera, Ray, march, normal, openness, shadow};
use super::vector::{Vector, vector};

const SIDE_PX: usize = 1024;

/// Draws the otter.
pub(super) fn draw() -> SquareImage {
    let camera = camera();
    let mut canvas = Canvas::smooth(SIDE_PX, |x, y| colour(&camera, x, y));
    hair::comb(&mut canvas, &camera);
    hair::whiskers(&mut canvas, &camera);
    canvas.developed(Grain::Dithered)
}

fn camera() -> Camera {
    Camera::new(vector(0.1, 1.5, 6.2), vector(0.17, 0.93, 0.0), 0.2)
}

fn colour(camera: &Camera, x: f32, y: f32) -> Vector {
    let ray = camera.ray(x, y);
    match struck(ray) {
        Some(point) => lit(point, ray),
        None => ground(ray, x, y),
    }
}

/// Where a ray meets the figure.
fn struck(ray: Ray) -> Option<Vector> {
    let span = ray.sphere_span(figure::BOUNDS.0, figure::BOUNDS.1)?;
    march(ray, span, figure::distance)
}

/// Direction towards the key light: a large lamp, high on the left.
fn key() -> Vector {
    vector(-0.55, 0.75, 0.62).normalized()
}

fn lit(point: Vector, ray: Ray) -> Vector {
    let (_, part) = figure::nearest(point);
    let finish = coat::finish(point, part);
    let facing = normal(point, 2e-3, figure::distance);
    let leaving = |direction| Ray { origin: point + facing * 0.01, direction };
    let open = openness(leaving(facing), 0.45, |p| figure::outline(p).min(p.y));
    let key_light = shadow(leaving(key()), 2.0, 6.0, figure::outline);

    let wrapped = ((facing.dot(key()) + 0.25) / 1.25).max(0.0) * key_light;
    let sky = 0.5 + 0.5 * facing.y;
    let room = srgb(0xb4_a9_a2).mix(srgb(0xcf_de_ec), sky);
    let light = srgb(0xff_f3_e2) * (1.2 * wrapped) + room * (0.14 + 0.6 * open);
    let grazing = 1.0 - facing.dot(-ray.direction).clamp(0.0, 1.0);
    let rim = grazing * grazing * grazing * open * finish.fuzz;
    finish.colour * light
        + finish.colour.mix(Vector::splat(1.0), 0.3) * (0.5 * rim)
        + reflection(ray.direction, facing) * finish.gloss
}

/// What a glossy surface mirrors: the key lamp, a faint second one, and a bright room above.
fn reflection(incoming: Vector, facing: Vector) -> Vector {
    let mirrored = incoming - facing * (2.0 * incoming.dot(facing));
    let lamp = smoothstep(0.93, 0.95, mirrored.dot(key()));
    let second = smoothstep(0.965, 0.985, mirrored.dot(vector(0.6, 0.1, 0.8).normalized()));
    Vector::splat(1.1 * lamp + 0.25 * second + 0.05 * smoothstep(-0.2, 0.9, mirrored.y))
}

/// A studio's seamless paper: floor and wall run into one another.
fn ground(ray: Ray, x: f32, y: f32) -> Vector {
    let away = vector(x - 0.42, 0.9 * (y - 0.46), 0.0).length();
    let paper = srgb(0xd5_e4_e2).mix(srgb(0x9d_b8_bd), smoothstep(0.05, 0.95, away));
    if ray.direction.y > -1e-3 {
        return paper;
    }
    let floor = ray.at(-ray.origin.y / ray.direction.y);
    let up = Ray { origin: floor, direction: vector(0.0, 1.0, 0.0) };
    let leaving = Ray { origin: floor, direction: key() };
    let open = openness(up, 0.5, figure::outline);
    let near = smoothstep(2.0, 0.7, (floor - vector(0.3, 0.0, -0.1)).length());
    let key_light = 1.0 - near * (1.0 - shadow(leaving, 2.6, 3.0, figure::outline));
    let shade = srgb(0x6d_7f_88);
    paper * (shade.mix(Vector::splat(1.0), 0.45 + 0.55 * key_light)) * (0.25 + 0.75 * open)
}

//! A mountain lake in evening light, painted: the sample of a natural scene.
//!
//! A height field gives the perspective, light and reflections that make a scene read as one;
//! brush strokes over it give the texture that self-similar detail needs.

mod plants;
mod sky;
mod terrain;

use variata_core::SquareImage;

use super::brush::{Painter, Pass};
use super::noise::{fractal, lerp, plane, smoothstep};
use super::paint::{Canvas, Grain, srgb};
use super::solid::{Camera, Ray};
use super::vector::{Vector, vector};

const SIDE_PX: usize = 1024;

/// Draws the landscape.
pub(super) fn draw() -> SquareImage {
    let camera = camera();
    let mut model = Canvas::from_fn(SIDE_PX, |x, y| land(camera.ray(x, y)));
    plants::far_woods(&mut model, &camera);
    let dry = model.clone();
    let mut model = Canvas::from_fn(SIDE_PX, |x, y| flooded(&camera, &dry, x, y));
    plants::near_trees(&mut model, &camera);
    plants::meadow(&mut model, &camera);
    painted(&model.map(vivid)).developed(Grain::None)
}

fn camera() -> Camera {
    Camera::new(vector(0.0, 2.7, 0.0), vector(0.0, 3.05, -10.0), 0.52)
}

/// Direction towards the sun: low, on the right, behind the viewer.
fn sun() -> Vector {
    vector(0.74, 0.42, 0.3).normalized()
}

/// What a ray meets when the lake is dry.
fn land(ray: Ray) -> Vector {
    match terrain::strike(ray) {
        Some(point) => hazy(ground(point), (point - ray.origin).length(), ray),
        None => sky::colour(ray.direction),
    }
}

fn ground(point: Vector) -> Vector {
    let (x, ahead) = (point.x, -point.z);
    let facing = terrain::normal(x, ahead, 0.0016 * ahead + 0.002);
    let light = terrain::sunlight(Ray {
        origin: point + facing * (0.05 + 0.004 * ahead),
        direction: sun(),
    });
    lit(soil(point, facing), facing, light)
}

/// Sunlight and skylight on a colour.
fn lit(colour: Vector, facing: Vector, light: f32) -> Vector {
    let direct = srgb(0xff_d2_96) * (2.5 * light * facing.dot(sun()).max(0.0));
    let sky = srgb(0x8f_ad_de) * (0.27 + 0.22 * facing.y);
    let bounced = srgb(0xc9_a8_80) * (0.1 * (-facing.dot(sun()) + 0.4).max(0.0));
    colour * (direct + sky + bounced)
}

/// Grass, wood, rock or snow, by height and steepness.
fn soil(point: Vector, facing: Vector) -> Vector {
    let (x, ahead) = (point.x, -point.z);
    let rough = fractal(81, x * 0.6, ahead * 0.6, 5);
    let grass = srgb(0x6f_80_35).mix(srgb(0x9a_95_48), 0.5 + 0.8 * rough);
    let wood = srgb(0x2c_43_2c).mix(srgb(0x4c_59_2f), 0.45 + 0.7 * rough);
    let strata = plane(82, x * 0.3, point.y * 1.6 + 2.0 * rough);
    let rock = srgb(0x5d_56_56).mix(srgb(0x8f_84_7a), 0.5 + 0.2 * strata + 0.4 * rough);
    let snow = srgb(0xf4_f3_f6);

    let is_far = smoothstep(22.0, 30.0, ahead);
    let low = grass.mix(wood, is_far * smoothstep(0.25, 0.7, point.y + rough));
    let steep = smoothstep(0.78, 0.6, facing.y + 0.12 * rough);
    let high = smoothstep(3.6, 6.2, point.y + 1.6 * rough);
    let stone = low.mix(rock, steep.max(high) * is_far);
    let snowy =
        smoothstep(6.3, 8.8, point.y + 2.6 * rough) * smoothstep(0.42, 0.6, facing.y + 0.1 * rough);
    let sand = smoothstep(0.13, 0.03, point.y);
    stone.mix(snow, snowy).mix(srgb(0xa8_96_74), sand * 0.7)
}

/// Air between the viewer and things takes on the sky's colour.
fn hazy(colour: Vector, distance: f32, ray: Ray) -> Vector {
    let thickness = 1.0 - libm::expf(-(distance - 8.0).max(0.0) * 0.0115);
    let glow = ray.direction.dot(sun()).max(0.0);
    let air = srgb(0x9f_b7_d8).mix(srgb(0xe6_c9_a6), 0.5 * glow + 0.12);
    colour.mix(air, 0.8 * thickness)
}

/// The picture with the lake filled: water mirrors what `dry` shows above it.
fn flooded(camera: &Camera, dry: &Canvas, x: f32, y: f32) -> Vector {
    let ray = camera.ray(x, y);
    let side = dry.side() as f32;
    let here = dry.at((x * side) as i32, (y * side) as i32);
    if ray.direction.y > -1e-3 {
        return here;
    }
    let distance = -ray.origin.y / ray.direction.y;
    let surface = ray.at(distance);
    let is_dry = terrain::strike(ray).is_some_and(|p| (p - ray.origin).length() < distance);
    if is_dry || distance > 60.0 {
        return here;
    }
    mirrored(camera, dry, surface, ray)
}

fn mirrored(camera: &Camera, dry: &Canvas, surface: Vector, ray: Ray) -> Vector {
    let (u, v) = (surface.x, -surface.z);
    let calm = smoothstep(0.1, 0.5, fractal(91, u * 0.12, v * 0.35, 3) + 0.35);
    let ripple = lerp(0.035, 0.007, calm);
    let wave = vector(fractal(92, u * 2.2, v * 5.0, 3), 0.0, fractal(93, u * 2.0, v * 6.0, 3));
    let facing = (vector(0.0, 1.0, 0.0) + wave * ripple).normalized();
    let bounced = ray.direction - facing * (2.0 * ray.direction.dot(facing));
    let leaving = Ray { origin: surface, direction: bounced };
    let image = match terrain::strike(leaving) {
        Some(point) => sampled(camera, dry, point),
        None => sampled(camera, dry, camera_far(camera, bounced)),
    };
    let grazing = 1.0 - bounced.y.clamp(0.0, 1.0);
    let deep = srgb(0x1f_4a_5c).mix(srgb(0x2f_62_66), calm);
    let near_shore = smoothstep(-0.45, 0.0, terrain::height(u, v, terrain::Detail::Rough));
    let bed = deep.mix(srgb(0x77_7c_5c), near_shore * 0.6);
    bed.mix(image * 0.94, 0.3 + 0.62 * grazing * grazing)
}

/// A point so far along a direction that it stands for the sky.
fn camera_far(camera: &Camera, direction: Vector) -> Vector {
    camera.ray(0.5, 0.5).origin + direction * 1000.0
}

fn sampled(camera: &Camera, canvas: &Canvas, point: Vector) -> Vector {
    let (x, y) = camera.project(point);
    let side = canvas.side() as f32;
    canvas.at((x * side) as i32, (y * side) as i32)
}

/// Stronger colours and deeper shadows, as pigments have them.
fn vivid(colour: Vector) -> Vector {
    let grey = Vector::splat(colour.dot(vector(0.2126, 0.7152, 0.0722)));
    let rich = (grey + (colour - grey) * 1.28).at_least(0.0);
    let deepened = smoothstep(0.0, 0.28, grey.x);
    rich * lerp(0.62, 1.04, deepened)
}

/// The model in brush strokes.
fn painted(model: &Canvas) -> Canvas {
    let painter = Painter { model, flow: &flow, seed: 7 };
    let mut painting = model.blurred(8);
    for (width_px, tolerance) in [(26.0, 0.0), (13.0, 0.03), (7.0, 0.035), (4.0, 0.04), (2.6, 0.07)]
    {
        let jitter = if width_px > 10.0 { 0.12 } else { 0.07 };
        painter.lay(&mut painting, Pass { width_px, slenderness: 3.2, tolerance, jitter });
    }
    painting
}

/// Strokes follow the clouds, the mountainsides and the water.
fn flow(x: f32, y: f32) -> (f32, f32) {
    let swirl = 0.5 * fractal(95, x * 4.0, y * 4.0, 2);
    let in_sky = smoothstep(0.42, 0.3, y);
    let on_water = smoothstep(0.57, 0.6, y) * smoothstep(0.86, 0.8, y);
    (swirl * (1.0 - on_water), 0.3 + 0.3 * in_sky + 0.4 * on_water)
}

//! Solid shapes as signed distances, and the ray march that finds their surfaces.
//!
//! A figure made of a few dozen blended solids gets its shading, its own shadows and its contact
//! shadow for free, which no flat drawing does. Method: Hart, "Sphere tracing" (1996); the shape
//! formulas are the usual ones.

use super::vector::{Vector, vector};

/// A half-line through space; the direction has length 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ray {
    pub(super) origin: Vector,
    pub(super) direction: Vector,
}

impl Ray {
    pub(super) fn at(self, distance: f32) -> Vector {
        self.origin + self.direction * distance
    }

    /// The distances at which the ray enters and leaves a sphere.
    pub(super) fn sphere_span(self, centre: Vector, radius: f32) -> Option<(f32, f32)> {
        let away = self.origin - centre;
        let half = away.dot(self.direction);
        let discriminant = half * half - away.dot(away) + radius * radius;
        let root = discriminant.max(0.0).sqrt();
        (discriminant > 0.0 && root - half > 0.0).then(|| ((-half - root).max(0.0), root - half))
    }
}

/// A pinhole camera that looks at a point, with the vertical axis upright.
#[derive(Debug, Clone, Copy)]
pub(super) struct Camera {
    eye: Vector,
    right: Vector,
    up: Vector,
    forward: Vector,
    /// Half of the picture's side at distance 1.
    half_width: f32,
}

impl Camera {
    pub(super) fn new(eye: Vector, target: Vector, half_width: f32) -> Self {
        let forward = (target - eye).normalized();
        let right = forward.cross(vector(0.0, 1.0, 0.0)).normalized();
        Self { eye, right, up: right.cross(forward), forward, half_width }
    }

    /// The ray through a point of the picture; both coordinates run from 0 to 1, from the top left.
    pub(super) fn ray(&self, x: f32, y: f32) -> Ray {
        let across = self.right * ((2.0 * x - 1.0) * self.half_width);
        let upward = self.up * ((1.0 - 2.0 * y) * self.half_width);
        Ray { origin: self.eye, direction: (self.forward + across + upward).normalized() }
    }

    /// Where a point of space lies in the picture, the inverse of [`Camera::ray`].
    pub(super) fn project(&self, point: Vector) -> (f32, f32) {
        let away = point - self.eye;
        let scale = 1.0 / (away.dot(self.forward).max(1e-6) * self.half_width);
        let (right, up) = (away.dot(self.right) * scale, away.dot(self.up) * scale);
        ((right + 1.0) * 0.5, (1.0 - up) * 0.5)
    }
}

/// Follows a ray through a distance field between two distances.
pub(super) fn march(ray: Ray, span: (f32, f32), field: impl Fn(Vector) -> f32) -> Option<Vector> {
    let mut distance = span.0;
    for _ in 0..160 {
        let point = ray.at(distance);
        let clearance = field(point);
        if clearance < 5e-4 {
            return Some(point);
        }
        distance += clearance * 0.85;
        if distance > span.1 {
            return None;
        }
    }
    None
}

/// The outward direction of a distance field, by central differences.
pub(super) fn normal(point: Vector, step: f32, field: impl Fn(Vector) -> f32) -> Vector {
    let slope = |axis: Vector| field(point + axis * step) - field(point - axis * step);
    let (x, y, z) = (vector(1.0, 0.0, 0.0), vector(0.0, 1.0, 0.0), vector(0.0, 0.0, 1.0));
    vector(slope(x), slope(y), slope(z)).normalized()
}

/// How much of a light arrives, 0 to 1; `hardness` is the light's distance over its size.
pub(super) fn shadow(ray: Ray, reach: f32, hardness: f32, field: impl Fn(Vector) -> f32) -> f32 {
    let (mut distance, mut light) = (0.02f32, 1.0f32);
    for _ in 0..48 {
        let clearance = field(ray.at(distance));
        light = light.min(hardness * clearance / distance);
        distance += clearance.clamp(0.015, 0.2);
        if light < -1.0 || distance > reach {
            break;
        }
    }
    let light = light.clamp(-1.0, 1.0);
    0.25 * (1.0 + light) * (1.0 + light) * (2.0 - light)
}

/// How open a place is to the sky around `direction`, 0 to 1.
pub(super) fn openness(ray: Ray, reach: f32, field: impl Fn(Vector) -> f32) -> f32 {
    let (mut closed, mut weight) = (0.0, 1.0);
    for step in 1..=6 {
        let distance = reach * step as f32 / 6.0;
        closed += (distance - field(ray.at(distance))).max(0.0) / distance * weight;
        weight *= 0.72;
    }
    (1.0 - closed * 0.34).clamp(0.0, 1.0)
}

pub(super) fn sphere(point: Vector, centre: Vector, radius: f32) -> f32 {
    (point - centre).length() - radius
}

/// Exact at the surface, a good estimate elsewhere.
pub(super) fn ellipsoid(point: Vector, centre: Vector, radii: Vector) -> f32 {
    let away = point - centre;
    let unit = vector(away.x / radii.x, away.y / radii.y, away.z / radii.z);
    let steep = vector(unit.x / radii.x, unit.y / radii.y, unit.z / radii.z);
    let length = unit.length();
    length * (length - 1.0) / steep.length().max(1e-6)
}

/// A thick line whose radius goes from `start.1` to `end.1`.
pub(super) fn taper(point: Vector, start: (Vector, f32), end: (Vector, f32)) -> f32 {
    let axis = end.0 - start.0;
    let t = ((point - start.0).dot(axis) / axis.dot(axis)).clamp(0.0, 1.0);
    (point - start.0 - axis * t).length() - (start.1 + (end.1 - start.1) * t)
}

/// The union of two shapes with a fillet of about `radius` between them.
pub(super) fn blend(a: f32, b: f32, radius: f32) -> f32 {
    let overlap = (radius - (a - b).abs()).max(0.0) / radius;
    a.min(b) - overlap * overlap * radius * 0.25
}

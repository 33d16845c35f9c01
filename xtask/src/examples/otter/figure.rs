//! The otter's shape: a few dozen solids blended into one figure.
//!
//! Lengths are in units of about half the otter's height; the ground is the plane `y = 0` and the
//! otter faces `+z`.

use super::super::noise;
use super::super::solid::{blend, ellipsoid, sphere, taper};
use super::super::vector::{Vector, vector};

/// What a point of the surface belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Coat,
    Nose,
    Eye,
    Scarf,
    Star,
}

/// Everything of the figure lies inside this sphere.
pub(super) const BOUNDS: (Vector, f32) = (vector(0.2, 0.98, 0.0), 1.5);

/// Between the eyes, inside the head.
const HEAD: Vector = vector(0.0, 1.62, 0.1);
const STAR: Vector = vector(0.0, 0.93, 0.56);

/// The distance to the figure.
pub(super) fn distance(point: Vector) -> f32 {
    nearest(point).0 + fur(in_body(point))
}

/// The distance to the figure without its fur, for soft shadows.
pub(super) fn outline(point: Vector) -> f32 {
    nearest(point).0
}

/// The distance to the figure without its fur, and the part that is nearest.
pub(super) fn nearest(point: Vector) -> (f32, Part) {
    let point = in_body(point);
    let face = in_head(point);
    let mut best = (coat(point, face), Part::Coat);
    let others = [
        (scarf(point), Part::Scarf),
        (star(point), Part::Star),
        (nose(face), Part::Nose),
        (eyes(face), Part::Eye),
    ];
    for other in others {
        if other.0 < best.0 {
            best = other;
        }
    }
    best
}

/// From the scene into the otter's own frame, in which it stands square.
pub(super) fn in_body(point: Vector) -> Vector {
    point.turned(0.3)
}

/// From the otter's frame into that of its head, which is turned and tilted a little.
pub(super) fn in_head(point: Vector) -> Vector {
    (point - HEAD).turned(-0.2).tilted(0.09)
}

/// From the head's frame back into the scene.
pub(super) fn from_head(point: Vector) -> Vector {
    (point.tilted(-0.09).turned(0.2) + HEAD).turned(-0.3)
}

/// From the otter's frame into that of the star in its paws.
pub(super) fn in_star(point: Vector) -> Vector {
    let away = point - STAR;
    // Leaned back by about 25° so that it faces the light.
    vector(away.x, away.y * 0.906 + away.z * 0.423, away.z * 0.906 - away.y * 0.423).tilted(0.1)
}

/// The point itself on the side `x >= 0`: most of the otter is its own mirror image.
fn mirrored(point: Vector) -> Vector {
    vector(point.x.abs(), point.y, point.z)
}

fn fur(point: Vector) -> f32 {
    0.0022 * noise::space(5, vector(point.x * 34.0, point.y * 13.0, point.z * 34.0))
}

fn coat(point: Vector, face: Vector) -> f32 {
    let trunk = blend(torso(point), tail(point), 0.2);
    let limbs = legs(mirrored(point)).min(arms(mirrored(point)));
    blend(blend(trunk, limbs, 0.07), head(face), 0.14)
}

fn torso(point: Vector) -> f32 {
    let trunk = taper(point, (vector(0.0, 0.42, -0.02), 0.39), (vector(0.0, 1.22, 0.02), 0.265));
    let belly = ellipsoid(point, vector(0.0, 0.52, 0.1), vector(0.37, 0.42, 0.35));
    blend(trunk, belly, 0.2)
}

fn tail(point: Vector) -> f32 {
    let spine = [
        (vector(0.05, 0.28, -0.24), 0.24),
        (vector(0.4, 0.2, -0.38), 0.19),
        (vector(0.72, 0.15, -0.3), 0.145),
        (vector(0.98, 0.11, -0.1), 0.1),
        (vector(1.14, 0.08, 0.1), 0.06),
        (vector(1.22, 0.06, 0.27), 0.03),
    ];
    let pieces = spine.windows(2).map(|ends| taper(point, ends[0], ends[1]));
    pieces.fold(f32::MAX, |nearest, piece| blend(nearest.min(9.0), piece, 0.03))
}

fn legs(point: Vector) -> f32 {
    let thigh = ellipsoid(point, vector(0.29, 0.33, 0.12), vector(0.23, 0.3, 0.29));
    let sole = ellipsoid(point, vector(0.29, 0.08, 0.42), vector(0.16, 0.085, 0.22));
    let toes = (0..4).map(|toe| {
        let spread = (toe as f32 - 1.5) * 0.085;
        sphere(point, vector(0.295 + spread, 0.06, 0.6 - spread * spread * 2.0), 0.058)
    });
    blend(thigh, toes.fold(sole, |foot, toe| blend(foot, toe, 0.03)), 0.1)
}

fn arms(point: Vector) -> f32 {
    let elbow = vector(0.4, 0.86, 0.2);
    let wrist = vector(0.21, 0.86, 0.46);
    let upper = taper(point, (vector(0.24, 1.15, 0.05), 0.125), (elbow, 0.115));
    let lower = taper(point, (elbow, 0.115), (wrist, 0.085));
    let paw = ellipsoid(point, vector(0.165, 0.875, 0.515), vector(0.088, 0.082, 0.075));
    let fingers = (0..3).map(|finger| {
        let height = 0.83 + finger as f32 * 0.05;
        let base = vector(0.15, height, 0.555);
        taper(point, (base, 0.033), (vector(0.085, height + 0.012, 0.58), 0.026))
    });
    let hand = fingers.fold(paw, |hand, finger| blend(hand, finger, 0.025));
    blend(blend(upper, lower, 0.08), hand, 0.05)
}

fn head(face: Vector) -> f32 {
    // Far away a sphere around the head will do, and it is much cheaper.
    let far = face.length() - 0.62;
    if far > 0.3 {
        return far;
    }
    let half = mirrored(face);
    let skull = ellipsoid(face, vector(0.0, 0.02, -0.02), vector(0.4, 0.305, 0.36));
    let cheek = ellipsoid(half, vector(0.2, -0.1, 0.14), vector(0.2, 0.15, 0.18));
    let muzzle = ellipsoid(half, vector(0.095, -0.1, 0.345), vector(0.135, 0.1, 0.115));
    let bridge = ellipsoid(face, vector(0.0, -0.02, 0.31), vector(0.1, 0.085, 0.14));
    let chin = ellipsoid(face, vector(0.0, -0.185, 0.29), vector(0.1, 0.06, 0.1));
    let socket = sphere(half, vector(0.165, 0.055, 0.365), 0.062);
    let round = blend(blend(skull, cheek, 0.12), blend(muzzle, bridge, 0.07), 0.09);
    let face = blend(round, chin, 0.035);
    blend(-blend(-face, socket, 0.05).min(9.0), ear(half), 0.05)
}

fn ear(half: Vector) -> f32 {
    let shell = ellipsoid(half, vector(0.335, 0.2, -0.05), vector(0.085, 0.09, 0.06));
    let bowl = ellipsoid(half, vector(0.345, 0.2, 0.025), vector(0.055, 0.058, 0.05));
    -blend(-shell, bowl, 0.03)
}

fn nose(face: Vector) -> f32 {
    let half = mirrored(face);
    let pad = ellipsoid(face, vector(0.0, -0.02, 0.44), vector(0.085, 0.052, 0.05));
    let wing = ellipsoid(half, vector(0.04, -0.035, 0.44), vector(0.05, 0.04, 0.045));
    blend(pad, wing, 0.03)
}

fn eyes(face: Vector) -> f32 {
    sphere(mirrored(face), vector(0.165, 0.055, 0.297), 0.06)
}

/// A knitted ring about the neck with one end that hangs down.
fn scarf(point: Vector) -> f32 {
    let away = point - vector(0.0, 1.29, 0.04);
    if away.length() > 0.9 {
        return away.length() - 0.6;
    }
    let around = (away.x * away.x + away.z * away.z).sqrt();
    let angle = libm::atan2f(away.x, away.z);
    let sag = 0.03 * libm::cosf(angle);
    let height = (away.y + sag) * 0.8;
    let ring = ((around - 0.295) * (around - 0.295) + height * height).sqrt() - 0.084;
    let knit = 0.008 * libm::sinf(angle * 44.0 + away.y * 36.0);
    blend(ring + knit, scarf_end(point), 0.03)
}

fn scarf_end(point: Vector) -> f32 {
    let top = vector(-0.17, 1.22, 0.33);
    let bottom = vector(-0.24, 1.01, 0.39);
    let axis = (bottom - top).normalized();
    let across = axis.cross(vector(0.2, 0.25, 1.0)).normalized();
    let (away, outward) = (point - (top + bottom) * 0.5, across.cross(axis));
    let (along, side, out) = (away.dot(axis), away.dot(across), away.dot(outward));
    let knit = 0.006 * libm::sinf(side * 70.0) * libm::cosf(along * 60.0);
    let over = vector(
        (along.abs() - 0.115).max(0.0),
        (side.abs() - 0.07).max(0.0),
        (out.abs() - 0.008).max(0.0),
    );
    over.length() - 0.028 + knit
}

/// A plump five-armed starfish.
fn star(point: Vector) -> f32 {
    let away = in_star(point);
    if away.length() > 0.6 {
        return away.length() - 0.3;
    }
    let radius = (away.x * away.x + away.y * away.y).sqrt();
    let arms = libm::cosf(5.0 * libm::atan2f(away.x, away.y));
    let outline = (radius - (0.12 + 0.066 * arms + 0.016 * arms * arms)).max(0.0) * 0.7;
    let bumps = 0.0025 * noise::space(3, away * 42.0);
    (outline * outline + away.z * away.z).sqrt() - 0.042 + bumps
}

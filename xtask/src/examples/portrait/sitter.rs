//! The sitter's shape: head, hair and shoulders as blended solids.
//!
//! Lengths are in units of about a head's height; the sitter faces `+z` and the origin lies between
//! the ears.

use super::super::noise::space;
use super::super::solid::{blend, ellipsoid, sphere, taper};
use super::super::vector::{Vector, vector};

/// What a point of the surface belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Skin,
    Eye,
    Hair,
    Wool,
}

/// Everything of the sitter lies inside this sphere.
pub(super) const BOUNDS: (Vector, f32) = (vector(0.0, -0.5, -0.1), 1.5);
/// The right eye's middle in the head's frame; the left one mirrors it.
pub(super) const EYE: Vector = vector(0.135, 0.02, 0.272);
pub(super) const EYE_RADIUS: f32 = 0.078;

pub(super) fn distance(point: Vector) -> f32 {
    nearest(point).0
}

/// The distance to the sitter and the part that is nearest.
pub(super) fn nearest(point: Vector) -> (f32, Part) {
    let face = in_head(point);
    let half = mirrored(face);
    let parts = [
        (skin(point, face), Part::Skin),
        (sphere(half, EYE, EYE_RADIUS), Part::Eye),
        (hair(face, half), Part::Hair),
        (wool(point), Part::Wool),
    ];
    parts
        .into_iter()
        .fold((f32::MAX, Part::Skin), |best, part| if part.0 < best.0 { part } else { best })
}

/// From the sitter's frame into that of the head, turned and inclined a little.
pub(super) fn in_head(point: Vector) -> Vector {
    point.turned(0.5).tilted(0.05)
}

pub(super) fn mirrored(point: Vector) -> Vector {
    vector(point.x.abs(), point.y, point.z)
}

fn skin(point: Vector, face: Vector) -> f32 {
    let neck = taper(point, (vector(0.0, -0.3, -0.08), 0.17), (vector(0.0, -0.95, -0.12), 0.2));
    blend(head(face), neck, 0.1)
}

fn head(face: Vector) -> f32 {
    let half = mirrored(face);
    let skull = ellipsoid(face, vector(0.0, 0.14, -0.06), vector(0.345, 0.38, 0.41));
    let front = ellipsoid(face, vector(0.0, -0.1, 0.07), vector(0.275, 0.37, 0.29));
    let chin = ellipsoid(face, vector(0.0, -0.385, 0.2), vector(0.11, 0.085, 0.105));
    let cheek = ellipsoid(half, vector(0.165, -0.11, 0.22), vector(0.11, 0.11, 0.1));
    let brow = ellipsoid(half, vector(0.115, 0.12, 0.285), vector(0.1, 0.036, 0.05));
    let bony = blend(blend(blend(skull, front, 0.1), chin, 0.16), cheek, 0.12);
    let browed = blend(bony, brow, 0.08);
    let socket = ellipsoid(half, vector(0.14, 0.02, 0.385), vector(0.1, 0.06, 0.07));
    let hollow = -blend(-browed, socket, 0.06);
    blend(blend(blend(hollow, lids(half), 0.018), nose(face), 0.05), mouth(face), 0.03)
}

/// A thin shell over the eye, open between the lashes.
fn lids(half: Vector) -> f32 {
    let away = half - EYE;
    let shell = away.length() - (EYE_RADIUS + 0.01);
    let bow = 0.16 * (away.x * away.x) / EYE_RADIUS;
    let open = (0.024 - bow * 2.2 - away.y).min(away.y + 0.03 - bow);
    shell.max(open)
}

fn nose(face: Vector) -> f32 {
    let half = mirrored(face);
    let bridge = taper(face, (vector(0.0, 0.08, 0.335), 0.032), (vector(0.0, -0.1, 0.42), 0.047));
    let wing = ellipsoid(half, vector(0.042, -0.125, 0.375), vector(0.034, 0.03, 0.042));
    let nostril = ellipsoid(half, vector(0.026, -0.15, 0.405), vector(0.014, 0.012, 0.02));
    -blend(-blend(bridge, wing, 0.035), nostril, 0.012)
}

fn mouth(face: Vector) -> f32 {
    let half = mirrored(face);
    let upper = ellipsoid(half, vector(0.03, -0.236, 0.342), vector(0.06, 0.02, 0.03));
    let lower = ellipsoid(face, vector(0.0, -0.275, 0.335), vector(0.07, 0.027, 0.033));
    upper.min(lower)
}

/// Hair parted at the side, falling to the shoulders.
fn hair(face: Vector, half: Vector) -> f32 {
    let strands = space(501, vector(face.x * 34.0, face.y * 3.0, face.z * 34.0));
    let cap = ellipsoid(face, vector(0.0, 0.15, -0.09), vector(0.415, 0.425, 0.45));
    let fall = taper(half, (vector(0.33, 0.05, -0.1), 0.15), (vector(0.31, -0.66, 0.0), 0.085));
    let back = ellipsoid(face, vector(0.0, -0.25, -0.3), vector(0.38, 0.6, 0.24));
    let whole = blend(blend(cap, fall, 0.12), back, 0.15);
    let parting = vector(face.x + 0.05, face.y, face.z);
    let window = ellipsoid(parting, vector(0.04, -0.16, 0.42), vector(0.285, 0.49, 0.42));
    -blend(-whole, window, 0.05) + 0.007 * strands
}

fn wool(point: Vector) -> f32 {
    let half = mirrored(point);
    let chest = ellipsoid(point, vector(0.0, -1.32, -0.12), vector(0.52, 0.62, 0.33));
    let shoulder =
        taper(half, (vector(0.1, -0.88, -0.12), 0.15), (vector(0.58, -1.16, -0.12), 0.2));
    let arm = taper(half, (vector(0.58, -1.16, -0.12), 0.2), (vector(0.66, -1.8, -0.1), 0.2));
    let away = point - vector(0.0, -0.73, -0.11);
    let around = (away.x * away.x + away.z * away.z).sqrt() - 0.215;
    let height = away.y * 0.62;
    let ribs = 0.006 * libm::sinf(libm::atan2f(away.x, away.z) * 46.0);
    let collar = (around * around + height * height).sqrt() - 0.065 + ribs;
    blend(blend(blend(chest, shoulder, 0.2), arm, 0.1), collar, 0.05)
}

//! The otter's colours: where the coat is brown, cream or dark, and how each part takes light.

use super::super::noise::{fractal_space, smoothstep, space};
use super::super::paint::srgb;
use super::super::vector::{Vector, vector};
use super::figure::{Part, in_body, in_head, in_star};

/// How a place of the surface looks in even light.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finish {
    pub(super) colour: Vector,
    /// Strength of the mirror-like highlight, 0 to 1.
    pub(super) gloss: f32,
    /// Strength of the soft edge that fur and wool show against the light, 0 to 1.
    pub(super) fuzz: f32,
}

/// The finish of `part` at a point of the scene.
pub(super) fn finish(point: Vector, part: Part) -> Finish {
    let body = in_body(point);
    match part {
        Part::Coat => Finish { colour: fur(body), gloss: 0.0, fuzz: 1.0 },
        Part::Nose => Finish { colour: srgb(0x2b_20_20), gloss: 0.45, fuzz: 0.0 },
        Part::Eye => Finish { colour: srgb(0x14_0e_0d), gloss: 1.0, fuzz: 0.0 },
        Part::Scarf => Finish { colour: wool(body), gloss: 0.0, fuzz: 0.8 },
        Part::Star => Finish { colour: starfish(body), gloss: 0.12, fuzz: 0.15 },
    }
}

fn fur(body: Vector) -> Vector {
    let face = in_head(body);
    let strands = space(11, vector(body.x * 60.0, body.y * 17.0, body.z * 60.0));
    let patches = fractal_space(12, body * 3.0, 3);
    let brown = srgb(0x8a_5c_3c).mix(srgb(0x5f_3b_27), 0.45 + 0.5 * patches);
    let coat = brown * (1.0 + 0.2 * strands);
    let cream = srgb(0xf0_dc_bd) * (1.0 + 0.07 * strands);
    let ragged = 0.12 * strands + 0.12 * patches;
    let coat = coat.mix(cream, front(body, ragged).max(muzzle(face, ragged)));
    let coat = coat.mix(srgb(0x4c_2f_22), dark_ends(body));
    coat.mix(srgb(0xc9_87_74), inner_ear(face)).mix(srgb(0x3a_24_1d), mouth(face))
}

/// The cream bib of chest and belly.
fn front(body: Vector, ragged: f32) -> f32 {
    let arms = smoothstep(0.02, 0.05, body.z - 0.5 + 0.33 * (body.y - 0.6).max(0.0));
    let (x, y) = (body.x / 0.27, (body.y - 0.66) / 0.6);
    let inside = 1.0 - (x * x + y * y).sqrt() + ragged;
    smoothstep(-0.1, 0.14, inside) * smoothstep(0.12, 0.26, body.z) * (1.0 - arms)
}

/// The cream lower half of the face.
fn muzzle(face: Vector, ragged: f32) -> f32 {
    let half = face.x.abs();
    let edge = 0.015 - 0.28 * (half - 0.14).max(0.0) - 0.05 * smoothstep(0.1, 0.0, half);
    let low = smoothstep(-0.05, 0.06, edge - face.y + 0.25 * ragged);
    low * smoothstep(-0.1, 0.08, face.z + 0.4 * ragged) * smoothstep(0.62, 0.5, face.length())
}

/// Paws, feet and the tip of the tail are darker.
fn dark_ends(body: Vector) -> f32 {
    let paws = smoothstep(
        0.16,
        0.1,
        (vector(body.x.abs(), body.y, body.z) - vector(0.14, 0.88, 0.54)).length(),
    );
    let feet = smoothstep(0.2, 0.08, body.y) * smoothstep(0.2, 0.45, body.z);
    let tail = smoothstep(0.75, 1.2, body.x);
    (paws * 0.75).max(feet * 0.6).max(tail * 0.6)
}

fn inner_ear(face: Vector) -> f32 {
    let centre = vector(0.342, 0.2, 0.0);
    smoothstep(0.068, 0.03, (vector(face.x.abs(), face.y, face.z) - centre).length())
        * smoothstep(-0.05, -0.01, face.z)
}

/// A line down from the nose and a smile on both sides of it.
fn mouth(face: Vector) -> f32 {
    let x = face.x.abs();
    let stem = x.max(((face.y + 0.105).abs() - 0.045).max(0.0));
    let curve = face.y + 0.152 + 0.035 * libm::sinf((x / 0.12).min(1.3) * 3.1);
    let smile = curve.abs().max((x - 0.135).max(0.0) * 1.5);
    smoothstep(0.012, 0.005, stem.min(smile)) * smoothstep(0.2, 0.3, face.z)
}

fn wool(body: Vector) -> Vector {
    let fibres = space(21, body * 70.0);
    // Two stripes across the end that hangs down.
    let stripes = smoothstep(0.006, 0.0, ((body.y - 1.075).abs() - 0.034).abs() - 0.012);
    let hanging = smoothstep(-0.06, -0.09, body.x) * smoothstep(1.15, 1.13, body.y);
    srgb(0xcf_4b_3d).mix(srgb(0xf3_dd_c2), stripes * hanging) * (1.0 + 0.14 * fibres)
}

fn starfish(body: Vector) -> Vector {
    let away = in_star(body);
    let centre = smoothstep(0.2, 0.02, (away.x * away.x + away.y * away.y).sqrt());
    let dots = smoothstep(0.25, 0.5, space(31, away * 42.0));
    srgb(0xee_a0_35).mix(srgb(0xf6_c4_5c), centre * 0.7).mix(srgb(0xff_e2_a0), dots * 0.7)
}

//! The lie of the land: mountains, valley, lake bed and meadow as one height field.
//!
//! `x` runs to the right and `ahead` away from the viewer, in units of about 20 m; the lake's
//! surface is at height 0.

use super::super::noise::{fractal, plane, ridged, smoothstep};
use super::super::solid::Ray;
use super::super::vector::{Vector, vector};

/// How closely the height field is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Detail {
    /// Enough to find where a ray strikes.
    Rough,
    /// Every gully, for shading.
    Fine,
}

/// The farthest distance that is looked at.
const HORIZON: f32 = 110.0;

/// The height of the ground.
pub(super) fn height(x: f32, ahead: f32, detail: Detail) -> f32 {
    let near = meadow(x, ahead);
    if ahead < 20.0 {
        return near;
    }
    near.max(far_side(x, ahead, detail))
}

/// The outward direction of the ground, seen at a fineness of `step`.
pub(super) fn normal(x: f32, ahead: f32, step: f32) -> Vector {
    let at = |x, ahead| height(x, ahead, Detail::Fine);
    let across = at(x + step, ahead) - at(x - step, ahead);
    let along = at(x, ahead + step) - at(x, ahead - step);
    vector(-across, 2.0 * step, along).normalized()
}

/// Where a ray strikes the ground above the lake's surface.
pub(super) fn strike(ray: Ray) -> Option<Vector> {
    let mut distance = 0.5;
    for _ in 0..220 {
        let point = ray.at(distance);
        let clearance = point.y - height(point.x, -point.z, Detail::Rough);
        if clearance < 0.0008 * distance {
            return (point.y > 0.0).then_some(point);
        }
        distance += (0.42 * clearance).max(0.0012 * distance);
        if distance > HORIZON || point.y > 26.0 || point.y < -0.4 {
            return None;
        }
    }
    None
}

/// How much sunlight reaches a point of the ground, 0 to 1.
pub(super) fn sunlight(ray: Ray) -> f32 {
    let (mut distance, mut light) = (0.02 * -ray.origin.z, 1.0f32);
    for _ in 0..48 {
        let point = ray.at(distance);
        let clearance = point.y - height(point.x, -point.z, Detail::Rough);
        light = light.min(0.6 + 9.0 * clearance / distance);
        if light <= 0.0 || point.y > 24.0 {
            break;
        }
        distance += (clearance * 0.6).clamp(0.15, 2.0);
    }
    smoothstep(0.0, 1.0, light)
}

/// The near bank, from the viewer's feet to the water, higher at both sides.
fn meadow(x: f32, ahead: f32) -> f32 {
    let bumps = 0.16 * fractal(61, x * 0.45, ahead * 0.45, 3);
    let left = 1.5 * smoothstep(-1.2, -6.5, x + 0.25 * (ahead - 7.0));
    let right = 0.9 * smoothstep(2.2, 7.0, x - 0.12 * (ahead - 7.0));
    let shore = 1.32 - 0.19 * ahead;
    shore + bumps + left + right - 0.1 * smoothstep(9.0, 22.0, ahead)
}

/// Wooded hills behind the lake and the range above them.
fn far_side(x: f32, ahead: f32, detail: Detail) -> f32 {
    let octaves = match detail {
        Detail::Rough => 6,
        Detail::Fine => 10,
    };
    let bend = 3.0 * plane(71, x * 0.07, 3.0);
    let rise = smoothstep(27.0, 64.0, ahead + bend);
    let hills = 2.6 * fractal(72, x * 0.11, ahead * 0.11, 4) * smoothstep(24.0, 36.0, ahead);
    let valley = smoothstep(1.0, 15.0, (x + 5.0).abs());
    let crest = ridged(73, x * 0.034 + 2.3, ahead * 0.034 + 0.4, octaves);
    let peak = 8.0 * falloff((x - 10.0) / 19.0, (ahead - 66.0) / 24.0);
    let left = 4.6 * falloff((x + 24.0) / 15.0, (ahead - 60.0) / 20.0);
    let range =
        rise * (0.25 + 0.75 * valley) * (15.0 * crest - 1.5) + (peak + left) * (0.45 + 0.8 * crest);
    let back = 15.0 * smoothstep(70.0, 95.0, ahead) * ridged(75, x * 0.03, ahead * 0.03, octaves);
    -1.1 + 0.07 * (ahead - 22.0) + hills + range.max(-0.6) + back
}

/// 1 in the middle, 0 from distance 1 on.
fn falloff(x: f32, y: f32) -> f32 {
    let inside = (1.0 - x * x - y * y).max(0.0);
    inside * inside
}

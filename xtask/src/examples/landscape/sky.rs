//! The evening sky: a gradient and heaped clouds lit from the right.

use super::super::noise::{fractal, smoothstep};
use super::super::paint::srgb;
use super::super::vector::{Vector, vector};
use super::sun;

/// The colour of the sky in a direction.
pub(super) fn colour(direction: Vector) -> Vector {
    let up = direction.y.max(0.0);
    let across = direction.x / (-direction.z).max(0.2);
    let blue = srgb(0xb9_d0_e4).mix(srgb(0x3f_74_b8), smoothstep(0.02, 0.55, up));
    let glow = direction.dot(sun()).max(0.0);
    let clear = blue.mix(srgb(0xff_dc_ac), smoothstep(0.3, 0.0, up) * (0.25 + 0.5 * glow));
    let heap = heaped(across, up);
    let high = smoothstep(0.1, 0.65, fractal(55, across * 1.6 + 4.0, up * 9.0, 5)) * 0.35;
    let veiled = clear.mix(srgb(0xff_ec_d8), high * smoothstep(0.1, 0.4, up));
    veiled.mix(heap.0, heap.1)
}

/// Colour and cover of the heaped clouds.
fn heaped(across: f32, up: f32) -> (Vector, f32) {
    let here = thickness(across, up);
    let towards_sun = thickness(across + 0.035, up + 0.03);
    let far_towards = thickness(across + 0.1, up + 0.07);
    let cover = smoothstep(0.0, 0.16, here);
    let shade = smoothstep(-0.12, 0.3, 0.6 * (towards_sun - here) + 0.35 * far_towards);
    let bright = srgb(0xff_f3_df).mix(srgb(0xff_d8_b0), smoothstep(0.35, 0.1, up));
    let dark = srgb(0x8b_94_b4).mix(srgb(0xb7_a8_b4), smoothstep(0.4, 0.15, up));
    (bright.mix(dark, shade), cover * smoothstep(0.06, 0.14, up))
}

/// How much cloud there is: billows upon three great heaps with flat bases.
fn thickness(across: f32, up: f32) -> f32 {
    let warp = 0.06 * fractal(50, across * 3.0, up * 3.0, 3);
    let billows = fractal(51, (across + warp) * 3.4, (up + warp) * 4.6, 7);
    let heaps = [
        vector(-0.26, 0.42, 0.24),
        vector(0.14, 0.44, 0.16),
        vector(0.52, 0.31, 0.2),
        vector(-0.42, 0.2, 0.13),
    ];
    let mass = heaps.iter().map(|heap| {
        let (x, y) = ((across - heap.x) / heap.z, (up - heap.y) / (heap.z * 0.5));
        let flat = smoothstep(-1.0, -0.6, y);
        (1.0 - (x * x + y * y).sqrt()) * flat - (1.0 - flat)
    });
    let mass = mass.fold(-1.0, f32::max);
    0.62 * mass + 0.62 * billows + 0.02
}

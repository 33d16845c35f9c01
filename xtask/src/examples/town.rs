//! A row of gabled houses on a canal at dusk: the sample of a picture full of straight lines.
//!
//! Nothing shows a bent line or a torn window sooner than such a front.

mod house;
mod window;

use variata_core::SquareImage;

use super::noise::{cell, fractal, plane, smoothstep};
use super::paint::{Canvas, Grain, srgb};
use super::vector::Vector;
use house::HOUSES;

const SIDE_PX: usize = 1024;
/// Where the fronts meet the quay, and the quay the water, from the top.
const STREET: f32 = 0.79;
const WATER: f32 = 0.835;

/// Draws the town.
pub(super) fn draw() -> SquareImage {
    Canvas::smooth(SIDE_PX, colour).developed(Grain::None)
}

fn colour(x: f32, y: f32) -> Vector {
    if y < WATER { on_land(x, y) } else { mirrored(x, y) }
}

fn on_land(x: f32, y: f32) -> Vector {
    if y >= STREET {
        return quay(x, y);
    }
    let front = HOUSES.iter().find_map(|house| house.colour(x, STREET - y));
    front.unwrap_or_else(|| sky(x, y))
}

/// Dusk: rose at the roofs, blue above, long clouds lit from below.
fn sky(x: f32, y: f32) -> Vector {
    let clear = srgb(0xf7_c9_a0).mix(srgb(0x6f_93_bf), smoothstep(0.55, 0.05, y));
    let long = fractal(401, x * 2.2 + 3.0, y * 7.5, 6) + 0.25 * fractal(402, x * 9.0, y * 22.0, 4);
    let lit = srgb(0xff_dd_bd).mix(srgb(0xe8_a9_98), smoothstep(0.1, 0.6, long));
    clear.mix(lit, smoothstep(-0.02, 0.45, long) * 0.85)
}

/// Kerb stones and the wall below them.
fn quay(x: f32, y: f32) -> Vector {
    let below = y - STREET;
    let kerb = below < 0.012;
    let row = if kerb { 0.0 } else { ((below - 0.012) / 0.011).floor() };
    let shift = if row as i32 % 2 == 0 { 0.0 } else { 0.5 };
    let along = x / if kerb { 0.06 } else { 0.034 } + shift;
    let (stone, inside) = (along.floor(), along - along.floor());
    let tone = 0.85 + 0.3 * cell(411, stone as i32, row as i32);
    let rough = 1.0 + 0.16 * fractal(412, x * 120.0, y * 120.0, 3);
    let joint_across = smoothstep(0.0, 0.035, inside.min(1.0 - inside));
    let within = if kerb { 0.5 } else { (below - 0.012) / 0.011 - row };
    let joint = joint_across.min(smoothstep(0.0, 0.14, within.min(1.0 - within)));
    let stone = if kerb { srgb(0xb5_a8_9c) } else { srgb(0x7a_6c_66) };
    let moss = smoothstep(0.02, 0.045, below + 0.006 * plane(413, x * 40.0, 0.0));
    (stone * (tone * rough))
        .mix(srgb(0x3e_36_36), 0.7 * (1.0 - joint))
        .mix(srgb(0x3c_48_38), 0.6 * moss)
}

/// The canal: what stands above, upside down, drawn out and broken by ripples.
fn mirrored(x: f32, y: f32) -> Vector {
    let below = y - WATER;
    let strength = 0.25 + 4.0 * below;
    let ripple = fractal(421, x * 7.0, y * 95.0, 3);
    let fine = fractal(422, x * 24.0, y * 210.0, 3);
    let aside = 0.012 * strength * ripple;
    let above = WATER - below * 2.1 - 0.03 * strength * fine;
    let image = on_land(x + aside, above.clamp(0.0, WATER - 1e-4));
    let deep = srgb(0x1d_2f_3c);
    let glint = smoothstep(0.45, 0.75, ripple + 0.5 * fine) * 0.22;
    deep.mix(image, 0.66 - 0.9 * below).mix(srgb(0xf3_cf_b4), glint)
}

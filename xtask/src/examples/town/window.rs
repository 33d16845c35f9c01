//! A window with its frame, sill and shutters.
//!
//! Small repeated parts with sharp edges are what gives a front its scale.

use super::super::noise::{cell, smoothstep};
use super::super::paint::srgb;
use super::super::vector::Vector;
use super::house::TRIM;

/// A window, seen from its middle.
pub(super) struct Window {
    pub(super) across: f32,
    pub(super) up: f32,
    pub(super) half_width: f32,
    pub(super) half_height: f32,
    pub(super) shutters: Option<u32>,
    /// Decides whether a lamp burns behind it.
    pub(super) seed: (i32, i32),
}

impl Window {
    /// The window's colour at the point that it is seen from; `None` outside of it.
    pub(super) fn colour(&self) -> Option<Vector> {
        let (x, y) = (self.across.abs() - self.half_width, self.up.abs() - self.half_height);
        let sill = y > 0.0 && y < 0.006 && self.up < 0.0 && x < 0.004;
        if sill {
            return Some(srgb(TRIM) * if y > 0.0038 { 0.6 } else { 1.0 });
        }
        if let Some(paint) = self.shutters
            && (0.002..self.half_width * 0.75).contains(&x)
            && y < 0.0
        {
            let slat = (self.up * 260.0).fract().abs() < 0.35;
            return Some(srgb(paint) * if slat { 0.72 } else { 1.0 });
        }
        if x > 0.0 || y > 0.0 {
            return None;
        }
        let frame = x > -0.0028 || y > -0.0028;
        let cross =
            self.across.abs() < 0.0012 || (self.up - self.half_height * 0.25).abs() < 0.0012;
        if frame || cross {
            return Some(srgb(TRIM) * if y > -0.0012 && self.up > 0.0 { 0.7 } else { 0.97 });
        }
        Some(self.glass())
    }

    /// Panes that mirror the sky, or a lamp behind a curtain.
    fn glass(&self) -> Vector {
        let upward = 0.5 + 0.5 * self.up / self.half_height;
        let streak = smoothstep(0.0, 0.4, (self.across * 60.0 + self.up * 45.0).fract() - 0.5);
        let cold = srgb(0x25_34_44).mix(srgb(0x8f_a6_bb), 0.6 * upward + 0.25 * streak);
        let warm = srgb(0xff_c8_6e).mix(srgb(0xf0_93_3e), 1.0 - upward) * 1.05;
        if cell(441, self.seed.0, self.seed.1) < 0.3 { warm } else { cold }
    }
}

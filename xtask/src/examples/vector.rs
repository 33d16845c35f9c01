//! Three numbers at once: a point in space, a direction, or a colour in linear light.
//!
//! The example pictures are made of these; one small type keeps their code close to the
//! formulas.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A point, a direction, or linear red, green and blue.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Vector {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) z: f32,
}

/// Shorthand for [`Vector`]'s three parts.
pub(super) const fn vector(x: f32, y: f32, z: f32) -> Vector {
    Vector { x, y, z }
}

impl Vector {
    pub(super) fn splat(value: f32) -> Self {
        vector(value, value, value)
    }

    pub(super) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub(super) fn cross(self, other: Self) -> Self {
        vector(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    pub(super) fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The same direction with length 1; the zero vector stays zero.
    pub(super) fn normalized(self) -> Self {
        self * (1.0 / self.length().max(1e-12))
    }

    /// This value at `t = 0`, `other` at `t = 1`; `t` is clamped.
    pub(super) fn mix(self, other: Self, t: f32) -> Self {
        self + (other - self) * t.clamp(0.0, 1.0)
    }

    /// With no part above 1: what a screen shows of a colour.
    pub(super) fn capped(self) -> Self {
        vector(self.x.min(1.0), self.y.min(1.0), self.z.min(1.0))
    }

    /// With no part below `least`.
    pub(super) fn at_least(self, least: f32) -> Self {
        vector(self.x.max(least), self.y.max(least), self.z.max(least))
    }

    /// Turned by `radians` about the vertical axis.
    pub(super) fn turned(self, radians: f32) -> Self {
        let (sine, cosine) = libm::sincosf(radians);
        vector(cosine * self.x + sine * self.z, self.y, cosine * self.z - sine * self.x)
    }

    /// Tilted by `radians` in the picture plane.
    pub(super) fn tilted(self, radians: f32) -> Self {
        let (sine, cosine) = libm::sincosf(radians);
        vector(cosine * self.x - sine * self.y, sine * self.x + cosine * self.y, self.z)
    }
}

impl Add for Vector {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        vector(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl AddAssign for Vector {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Vector {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        vector(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl Neg for Vector {
    type Output = Self;
    fn neg(self) -> Self {
        self * -1.0
    }
}

impl Mul<f32> for Vector {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        vector(self.x * factor, self.y * factor, self.z * factor)
    }
}

impl Mul for Vector {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        vector(self.x * other.x, self.y * other.y, self.z * other.z)
    }
}

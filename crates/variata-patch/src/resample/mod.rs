//! Resizing and warping, for every kind of rectangle alike.
//!
//! Shrinking averages the covered area, so that nothing is skipped; enlarging and warping use
//! Catmull–Rom cubics (Keys, 1981, a = −1/2), which keep edges crisp. Sums run in a fixed order,
//! so that the same bytes come out on every machine.

mod blend;
mod resize;
mod sample;
mod warp;

pub use blend::{Blend, Lanes};
pub use resize::{Rows, resize, resize_rows};
pub use sample::{cubic_weights, sample_cubic, sample_linear};
pub use warp::{Warp, sample_all, warp};

/// What lies beyond the edge of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// The picture, mirrored.
    Reflect,
    /// Its outermost pixels, repeated.
    Clamp,
    /// Nothing: zero, which is transparent in a raster.
    Zero,
}

#[inline(always)]
fn add(sum: &mut [f32; 4], lanes: [f32; 4], weight: f32) {
    for (total, lane) in sum.iter_mut().zip(lanes) {
        *total += lane * weight;
    }
}

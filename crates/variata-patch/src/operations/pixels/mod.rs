//! Passes over the pixels that many operations share.
//!
//! Colours are changed in OKLab, but a change that depends on nothing but the colour is worked out
//! once for a lattice of colours ([`ColorTable`]) and mixed from there: 10 ns a pixel instead of
//! 170. What varies slowly over a picture (light, masks) is kept on a coarse grid and mixed up to
//! full size row by row ([`Field`], [`EdgeMask`]). Results are rounded to bytes once, with noise of
//! half a step, so that smooth skies stay smooth under any change.

mod field;
mod table;

use std::sync::Arc;

pub(super) use self::field::{EdgeMask, Field, MaskReach};
pub(super) use self::table::{
    ColorTable, lanes_of_row, packed, partly_recolored_row, recolored_row,
};
use super::Frame;
use crate::color::Oklab;
use crate::grid::{Grid, Raster};
use crate::kernels::{recompiled, whole_byte};
use crate::resample::resize;

/// `frame` with another picture and one more word about what was done; saliency stays where it is.
pub(super) fn with_picture(frame: &Frame, image: impl Into<Arc<Raster>>, word: &str) -> Frame {
    let mut painted = frame.moved(image, frame.saliency.clone());
    painted.done.push(word.to_owned());
    painted
}

/// Changes the colour of every pixel that shows: `change(state, x, color)`, where `state` is made
/// once for each row and colours are bytes before rounding. Alpha stays.
pub(super) fn repainted<S>(
    image: &Raster,
    row_state: impl Fn(usize) -> S + Sync,
    change: impl Fn(&S, usize, [u8; 3]) -> [f32; 3] + Sync,
) -> Raster {
    repainted_in_rows(image, |y| {
        let state = row_state(y);
        let pixels = image.row(y).iter().enumerate();
        pixels.map(|(x, &pixel)| change(&state, x, straight(pixel))).collect()
    })
}

/// `image` in the colours that `colors` gives for each row, as bytes before rounding. Alpha stays.
///
/// A row's colours are best made by a `recompiled!` function: what is called once a pixel is
/// seldom inlined, and then not compiled for wide vectors.
pub(super) fn repainted_in_rows(
    image: &Raster,
    colors: impl Fn(usize) -> Vec<[f32; 3]> + Sync,
) -> Raster {
    Raster::from_rows(image.width(), image.height(), |y| rounded_row(image.row(y), &colors(y), y))
}

recompiled! {
    /// Rounds the colours of row `y` with noise of half a step, where a pixel shows at all.
    fn rounded_row(pixels: &[[u8; 4]], colors: &[[f32; 3]], y: usize) -> Vec<[u8; 4]> {
        // A loop of its own: eight hashes at once.
        let noise: Vec<f32> = (0..pixels.len()).map(|x| 0.5 + dither(x, y)).collect();
        let rounded = |((&pixel, color), noise): ((&[u8; 4], &[f32; 3]), f32)| {
            let rounded = color.map(|value| whole_byte(value + noise));
            if pixel[3] == 0 { pixel } else { premultiplied(rounded, pixel[3]) }
        };
        pixels.iter().zip(colors).zip(noise).map(rounded).collect()
    }
}

/// The colour of a premultiplied pixel without its alpha; black where it is wholly transparent.
#[inline(always)]
pub(super) fn straight([red, green, blue, alpha]: [u8; 4]) -> [u8; 3] {
    match alpha {
        u8::MAX => [red, green, blue],
        0 => [0; 3],
        _ => [red, green, blue].map(|value| {
            let alpha = u32::from(alpha);
            ((u32::from(value) * 255 + alpha / 2) / alpha).min(255) as u8
        }),
    }
}

/// A colour with its alpha multiplied in.
#[inline(always)]
pub(super) fn premultiplied(color: [u8; 3], alpha: u8) -> [u8; 4] {
    let [red, green, blue] = match alpha {
        u8::MAX => color,
        _ => color.map(|value| ((u32::from(value) * u32::from(alpha) + 127) / 255) as u8),
    };
    [red, green, blue, alpha]
}

/// White noise that depends on nothing but the pixel's place: −0.5 up to 0.5, flat.
#[inline(always)]
pub(super) fn dither(x: usize, y: usize) -> f32 {
    hash(x as u32, y as u32) as f32 / (1u64 << 32) as f32 - 0.5
}

/// 32 well-mixed bits of a place (the finaliser of MurmurHash3, Appleby, 2011).
#[inline(always)]
pub(super) fn hash(x: u32, y: u32) -> u32 {
    let mut bits = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77).rotate_left(13);
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x85EB_CA6B);
    bits = (bits ^ (bits >> 13)).wrapping_mul(0xC2B2_AE35);
    bits ^ (bits >> 16)
}

/// `image` at `side` × `side` with straight colours 0.0–1.0, as guides want it.
pub(super) fn guide_of(image: &Raster, side: usize) -> Grid<[f32; 3]> {
    resize(image, side, side).map(|pixel| straight(pixel).map(|byte| f32::from(byte) / 255.0))
}

/// `image` at `side` × `side` in OKLab.
pub(super) fn lab_of(image: &Raster, side: usize) -> Grid<Oklab> {
    labs_of(&resize(image, side, side))
}

/// `image` in OKLab.
pub(super) fn labs_of(image: &Raster) -> Grid<Oklab> {
    Grid::from_rows(image.width(), image.height(), |y| {
        let colors: Vec<[u8; 3]> = image.row(y).iter().map(|&pixel| straight(pixel)).collect();
        Oklab::all_from_srgb(&colors)
    })
}

/// 0.0 up to `low`, 1.0 from `high` on, an S between them.
#[inline(always)]
pub(super) fn smoothstep(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// From `from` (0.0) to `to` (1.0), number by number.
#[inline(always)]
pub(super) fn mix_all<const N: usize>(from: [f32; N], to: [f32; N], share: f32) -> [f32; N] {
    let mut mixed = from;
    mixed.iter_mut().zip(to).for_each(|(value, to)| *value = mix(*value, to, share));
    mixed
}

/// From `from` (0.0) to `to` (1.0).
#[inline(always)]
fn mix(from: f32, to: f32, share: f32) -> f32 {
    from + (to - from) * share
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn colors() -> Raster {
        Grid::from_fn(64, 64, |x, y| {
            let color = [x as u8 * 4, y as u8 * 4, (x * y % 251) as u8];
            premultiplied(color, [0, 77, 255][(x + y) % 3])
        })
    }

    #[test]
    fn an_unchanged_colour_moves_by_one_step_at_most_and_keeps_its_alpha() {
        let (image, table) = (colors(), ColorTable::new(|color| color));
        let same = repainted(&image, |_| (), |(), _, color| table.at(color));
        for (before, after) in image.cells().iter().zip(same.cells()) {
            assert_eq!(before[3], after[3]);
            let moved = |c: usize| before[c].abs_diff(after[c]);
            assert!((0..3).all(|c| moved(c) <= 1 && after[c] <= after[3]), "{before:?} {after:?}");
        }
    }

    #[test]
    fn dither_has_no_mean_and_fills_its_range() {
        let all: Vec<f32> = (0..4096).map(|at| dither(at % 64, at / 64)).collect();
        assert!((all.iter().sum::<f32>() / 4096.0).abs() < 0.02);
        assert!(all.iter().any(|&v| v < -0.48) && all.iter().any(|&v| v > 0.48));
    }
}

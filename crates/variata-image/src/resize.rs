//! Changing a picture's side, with the same bytes on every processor.
//!
//! `fast_image_resize` sums integers in every one of its vector paths, which makes them agree bit
//! for bit; a test holds it to that. Two of its parts give no such promise, so ours are used:
//! weighting by alpha, and the Lanczos window, for which it asks the platform for a sine.

use std::f64::consts::PI;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8x4, U16x4};
use fast_image_resize::{Filter, FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use variata_core::{Rgba, SquareImage};

/// Resizes `image` to `side` × `side` pixels; a side of zero is taken as one.
///
/// Shrinks with Lanczos (3 lobes), the sharpest of the common filters, and enlarges with the cubic
/// of Mitchell and Netravali ("Reconstruction filters in computer graphics", 1988), which
/// overshoots least at the hard edges of a logo. Colours are weighted by alpha, so the hidden
/// colour of a transparent pixel never shows. Works on sRGB samples, as browsers do.
#[must_use]
pub fn resize(image: &SquareImage, side: u32) -> SquareImage {
    let side = side.max(1);
    if side == image.side() {
        return image.clone();
    }
    let (width_px, height_px) = (image.side(), image.side());
    let plane = Plane { width_px, height_px, pixels: image.pixels().to_vec() };
    let pixels = resize_plane(&plane, side, side).pixels;
    SquareImage::new(side, pixels).unwrap_or_else(|_| image.clone())
}

/// A picture of any shape; the sides are at least 1 and `pixels` fills them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plane {
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
    pub(crate) pixels: Vec<Rgba>,
}

/// Resizes a picture of any shape by the rules of [`resize`].
pub(crate) fn resize_plane(source: &Plane, width_px: u32, height_px: u32) -> Plane {
    resize_with(&mut Resizer::new(), source, width_px, height_px)
}

fn resize_with(resizer: &mut Resizer, source: &Plane, width_px: u32, height_px: u32) -> Plane {
    let sides = (width_px.max(1), height_px.max(1));
    let is_opaque = source.pixels.iter().all(|pixel| pixel[3] == u8::MAX);
    let pixels = if is_opaque {
        let samples: Vec<U8x4> = source.pixels.iter().map(|&pixel| U8x4::new(pixel)).collect();
        convolve(resizer, source, &samples, sides).iter().map(|pixel| pixel.0).collect()
    } else {
        let samples: Vec<U16x4> = source.pixels.iter().map(|&pixel| weigh(pixel)).collect();
        convolve(resizer, source, &samples, sides).iter().map(|&pixel| unweigh(pixel)).collect()
    };
    Plane { width_px: sides.0, height_px: sides.1, pixels }
}

fn convolve<P: PixelTrait>(
    resizer: &mut Resizer,
    source: &Plane,
    samples: &[P],
    (width_px, height_px): (u32, u32),
) -> Vec<P> {
    let shrinks = width_px < source.width_px || height_px < source.height_px;
    let filter = if shrinks { lanczos() } else { FilterType::Mitchell };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    let mut target = TypedImage::<P>::new(width_px, height_px);
    let done = TypedImageRef::new(source.width_px, source.height_px, samples)
        .map(|view| resizer.resize_typed(&view, &mut target, &options));
    debug_assert!(matches!(done, Ok(Ok(()))), "sides are positive and filled");
    target.pixels().to_vec()
}

fn lanczos() -> FilterType {
    Filter::new("lanczos3", lanczos_window, LANCZOS_LOBES)
        .map_or(FilterType::CatmullRom, FilterType::Custom)
}

const LANCZOS_LOBES: f64 = 3.0;

fn lanczos_window(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { libm::sin(PI * x) / (PI * x) };
    if x.abs() < LANCZOS_LOBES { sinc(x) * sinc(x / LANCZOS_LOBES) } else { 0.0 }
}

/// Multiplies by alpha; 16 bits keep every product exact, up to 255 × 255.
fn weigh([red, green, blue, alpha]: Rgba) -> U16x4 {
    let product = |sample: u8| u16::from(sample) * u16::from(alpha);
    U16x4::new([product(red), product(green), product(blue), product(u8::MAX)])
}

/// Divides by alpha, rounding to the nearest; what is transparent becomes black.
fn unweigh(pixel: U16x4) -> Rgba {
    let [red, green, blue, alpha] = pixel.0.map(u32::from);
    let full = u32::from(u8::MAX);
    let byte = |value: u32| u8::try_from(value).unwrap_or(u8::MAX);
    match byte((alpha + full / 2) / full) {
        0 => [0; 4],
        opacity => {
            let sample = |weighted: u32| byte((weighted * full + alpha / 2) / alpha);
            [sample(red), sample(green), sample(blue), opacity]
        }
    }
}

#[cfg(test)]
mod tests {
    use fast_image_resize::CpuExtensions;

    use super::*;

    fn noise(width_px: u32, height_px: u32, transparent: bool) -> Plane {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        let mut pixel = |_| {
            let [red, green, blue, alpha] = [byte(), byte(), byte(), byte()];
            [red, green, blue, if transparent { alpha } else { u8::MAX }]
        };
        let pixels = (0..width_px * height_px).map(&mut pixel).collect();
        Plane { width_px, height_px, pixels }
    }

    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    #[expect(unsafe_code, reason = "the vector path can only be chosen by an unsafe function")]
    fn resizer(extensions: CpuExtensions) -> Option<Resizer> {
        let mut resizer = Resizer::new();
        if !extensions.is_supported() {
            return None;
        }
        // SAFETY: the processor was just asked.
        unsafe { resizer.set_cpu_extensions(extensions) };
        Some(resizer)
    }

    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    #[test]
    fn every_vector_path_gives_the_same_bytes() {
        #[cfg(target_arch = "x86_64")]
        let paths = [CpuExtensions::Sse4_1, CpuExtensions::Avx2];
        #[cfg(target_arch = "aarch64")]
        let paths = [CpuExtensions::Neon];
        let mut plain = resizer(CpuExtensions::None).unwrap();
        for mut path in paths.into_iter().filter_map(resizer) {
            for transparent in [false, true] {
                for (from, to) in [(97, 64), (33, 128), (256, 31), (31, 33), (1, 7), (300, 299)] {
                    let source = noise(from, from, transparent);
                    let expected = resize_with(&mut plain, &source, to, to);
                    assert!(expected == resize_with(&mut path, &source, to, to), "{from} to {to}");
                }
            }
        }
    }
}

//! The source at the few fixed sizes at which it is measured.
//!
//! Measuring at fixed sizes makes the class independent of the size that was asked for, and makes
//! its cost independent of the picture's.

use crate::color::Oklab;
use crate::grid::{LabImage, Plane, Raster};
use crate::resample::{Rows, resize, resize_rows};

/// Side of the view in which segments and glyphs are found.
pub(super) const FINE_PX: usize = 512;
/// Side of the view in which flat areas and borders are measured.
pub(super) const MIDDLE_PX: usize = 256;
/// Side of the view in which the layout is measured.
pub(super) const COARSE_PX: usize = 128;
/// Side of the view in which saliency and the ground are measured.
pub(super) const SALIENCY_PX: usize = 96;
/// Side of the view in which the picture is compared with itself.
pub(super) const SIMILARITY_PX: usize = 28;

/// The source at every size at which something is measured, opaque.
pub(super) struct Views {
    /// [`FINE_PX`] on each side.
    pub(super) fine: Raster,
    /// [`MIDDLE_PX`] on each side.
    pub(super) middle: Raster,
    /// [`COARSE_PX`] on each side.
    pub(super) coarse: Raster,
    /// The same in OKLab.
    pub(super) colors: LabImage,
    /// [`SALIENCY_PX`] on each side, in OKLab.
    pub(super) saliency: LabImage,
    /// [`SIMILARITY_PX`] on each side.
    pub(super) tiny: Raster,
    /// Opacity of the source at [`MIDDLE_PX`], 0.0–1.0.
    pub(super) opacity: Plane,
}

impl Views {
    /// Measures of a transparent source would depend on what lies behind it, so it is laid over
    /// the paper on which it is easiest to see.
    pub(super) fn new(source: &impl Rows<Cell = [u8; 4]>) -> Self {
        let clear = resize_rows(source, FINE_PX, FINE_PX);
        let (fine, opacity) = if clear.cells().iter().all(|pixel| pixel[3] == u8::MAX) {
            (clear, Plane::new(MIDDLE_PX, MIDDLE_PX, 1.0))
        } else {
            let opacity = clear.map(|pixel| f32::from(pixel[3]) / 255.0);
            (laid_over(&clear, paper_for(&clear)), resize(&opacity, MIDDLE_PX, MIDDLE_PX))
        };
        let middle = resize(&fine, MIDDLE_PX, MIDDLE_PX);
        let coarse = resize(&middle, COARSE_PX, COARSE_PX);
        let colors = labs_of(&coarse);
        let saliency = labs_of(&resize(&middle, SALIENCY_PX, SALIENCY_PX));
        let tiny = resize(&coarse, SIMILARITY_PX, SIMILARITY_PX);
        Self { fine, middle, coarse, colors, saliency, tiny, opacity }
    }
}

/// The view of [`MIDDLE_PX`] of an opaque `source`, without the others.
pub(super) fn middle_view(source: &impl Rows<Cell = [u8; 4]>) -> Raster {
    resize(&resize_rows(source, FINE_PX, FINE_PX), MIDDLE_PX, MIDDLE_PX)
}

/// The colours of an opaque picture.
pub(super) fn labs_of(picture: &Raster) -> LabImage {
    LabImage::from_rows(picture.width(), picture.height(), |y| {
        let colors = picture.row(y).iter().map(|&[red, green, blue, _]| [red, green, blue]);
        Oklab::all_from_srgb(&colors.collect::<Vec<_>>())
    })
}

/// The colour of an opaque pixel.
pub(super) fn lab_of([red, green, blue, _]: [u8; 4]) -> Oklab {
    Oklab::from_srgb([red, green, blue])
}

/// Brightness of an opaque pixel as it is encoded, 0.0–1.0 (ITU-R BT.601).
pub(super) fn luma_of([red, green, blue, _]: [u8; 4]) -> f32 {
    (0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)) / 255.0
}

/// White, or black for a source that is nearly white itself.
fn paper_for(source: &Raster) -> u8 {
    let (mut light, mut opacity) = (0.0f64, 0.0f64);
    for &pixel in source.cells() {
        light += f64::from(luma_of(pixel));
        opacity += f64::from(pixel[3]) / 255.0;
    }
    if light > 0.8 * opacity && opacity > 0.0 { 0 } else { 255 }
}

fn laid_over(source: &Raster, paper: u8) -> Raster {
    source.map(|[red, green, blue, alpha]| {
        let behind = ((u32::from(paper) * u32::from(255 - alpha) + 127) / 255) as u8;
        let over = |value: u8| value.saturating_add(behind);
        [over(red), over(green), over(blue), 255]
    })
}

#[cfg(test)]
mod tests {
    use variata_core::SquareImage;

    use super::*;
    use crate::convert::Original;

    #[test]
    fn a_white_shape_stays_visible_and_so_does_a_black_one() {
        for shape in [255u8, 0] {
            let source = SquareImage::from_fn(64, |x, _| {
                [shape, shape, shape, if x < 32 { 255 } else { 0 }]
            });
            let views = Views::new(&Original::new(source));
            let (left, right) = (views.middle.at(20, 128), views.middle.at(230, 128));
            assert_eq!((left[0], right[0]), (shape, 255 - shape));
        }
    }
}

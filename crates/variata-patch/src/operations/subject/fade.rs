//! Shadows that the frame cuts.
//!
//! In a transparent picture a shadow is a part of the subject, and often runs out of the frame. On
//! another place it would end in a line there: it fades out before.

use super::place::Cut;
use crate::grid::Raster;
use crate::operations::pixels::smoothstep;

/// Over how much of the side it fades.
const REACH: f32 = 0.12;
/// Opacities between which a shadow passes into something solid, which does not fade.
const SOLID: (f32, f32) = (0.75, 0.95);

/// `image`, premultiplied, with what is half transparent fading out towards the sides of the frame;
/// on the sides where that `cut`s the subject everything stays, since so does the subject.
pub(super) fn faded(mut image: Raster, cut: Cut) -> Raster {
    let (width, height) = (image.width(), image.height());
    let ramp = |at: usize, side: usize, cut: bool| {
        let away = (at as f32 + 0.5) / (REACH * side as f32);
        if cut { 1.0 } else { smoothstep(0.0, 1.0, away) }
    };
    let between = |at: usize, side: usize, cuts: (bool, bool)| {
        ramp(at, side, cuts.0) * ramp(side - 1 - at, side, cuts.1)
    };
    let across: Vec<f32> = (0..width).map(|x| between(x, width, (cut.left, cut.right))).collect();
    image.par_rows(|y, row| {
        let down = between(y, height, (cut.top, cut.bottom));
        for (pixel, across) in row.iter_mut().zip(&across) {
            let left = across * down;
            if left < 1.0 && !matches!(pixel[3], 0 | 255) {
                let solid = smoothstep(SOLID.0, SOLID.1, f32::from(pixel[3]) / 255.0);
                let kept = left + (1.0 - left) * solid;
                *pixel = pixel.map(|value| (f32::from(value) * kept + 0.5) as u8);
            }
        }
    });
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shadow_fades_towards_the_frame_and_the_subject_does_not() {
        let image = Raster::from_fn(100, 100, |x, y| match () {
            () if y < 50 => [90, 60, 30, 255],
            () if x >= 40 => [0, 0, 0, 90],
            () => [0; 4],
        });
        let faded = faded(image.clone(), Cut { bottom: true, ..Cut::default() });
        assert!(faded.cells()[..5000] == image.cells()[..5000]);
        assert_eq!((faded.at(60, 70), faded.at(60, 99)), ([0, 0, 0, 90], [0, 0, 0, 90]));
        assert!(faded.at(99, 70)[3] < 5 && (20..80).contains(&faded.at(94, 70)[3]));
    }
}

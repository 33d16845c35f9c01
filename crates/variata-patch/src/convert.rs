//! Between the pictures of the outside, whose alpha is straight, and those of the engine, which
//! are premultiplied so that averages of transparent pixels come out right.

use variata_core::{Rgba, SquareImage};

use crate::grid::Raster;
use crate::resample::resize;

/// The engine's form of `image`.
pub fn raster_of(image: &SquareImage) -> Raster {
    let side = image.side() as usize;
    Raster::from_fn(side, side, |x, y| premultiplied(image.pixels()[y * side + x]))
}

/// The outside's form of a square `raster`; of its top left square where it is not.
pub fn square_image_of(raster: &Raster) -> SquareImage {
    let side = raster.width().min(raster.height()) as u32;
    let opaque = raster.cells().iter().all(|pixel| pixel[3] == u8::MAX);
    if opaque && let Ok(image) = SquareImage::new(side, raster.cells().to_vec()) {
        return image;
    }
    SquareImage::from_fn(side, |x, y| straight(raster.at(x as usize, y as usize)))
}

/// The side of previews.
const PREVIEW_PX: usize = 256;

/// A smaller version of a picture in the making.
pub fn preview_of(raster: &Raster) -> SquareImage {
    let side = raster.width().min(PREVIEW_PX);
    square_image_of(&resize(raster, side, side))
}

fn premultiplied([red, green, blue, alpha]: Rgba) -> Rgba {
    let scale = |value: u8| ((u32::from(value) * u32::from(alpha) + 127) / 255) as u8;
    [scale(red), scale(green), scale(blue), alpha]
}

/// The straight colour of a premultiplied pixel; transparent pixels become transparent black.
pub fn straight([red, green, blue, alpha]: Rgba) -> Rgba {
    if alpha == 0 {
        return [0; 4];
    }
    let opacity = u32::from(alpha);
    let scale = |value: u8| ((u32::from(value) * 255 + opacity / 2) / opacity).min(255) as u8;
    [scale(red), scale(green), scale(blue), alpha]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opaque_pixels_survive_the_round_trip_and_transparent_ones_turn_black() {
        let image = SquareImage::from_fn(4, |x, y| [x as u8 * 60, y as u8 * 60, 9, 255]);
        assert_eq!(square_image_of(&raster_of(&image)), image);
        assert_eq!(straight(premultiplied([200, 100, 50, 0])), [0; 4]);
        let [red, green, blue, alpha] = straight(premultiplied([200, 100, 50, 128]));
        assert!(red.abs_diff(200) < 2 && green.abs_diff(100) < 2 && blue.abs_diff(50) < 2);
        assert_eq!(alpha, 128);
    }
}

//! Between the pictures of the outside, whose alpha is straight, and those of the engine, which
//! are premultiplied so that averages of transparent pixels come out right.

use std::borrow::Cow;

use variata_core::{Rgba, SquareImage};

use crate::grid::{Grid, Raster};
use crate::resample::{Rows, resize};

/// A square part of a picture of the outside in the engine's form, made row by row as it is read.
///
/// The pixels of 4096 × 4096 take 64 MiB, and all that is made of them is a few smaller pictures:
/// they are not copied as a whole, and go once those are made.
#[derive(Debug)]
pub struct Original {
    image: SquareImage,
    transparent: bool,
    left: usize,
    top: usize,
    side: usize,
}

impl Original {
    /// All of `image`.
    pub fn new(image: SquareImage) -> Self {
        let (transparent, side) = (image.has_transparency(), image.side() as usize);
        Self { image, transparent, left: 0, top: 0, side }
    }

    /// Whether any pixel of the picture is not opaque.
    pub fn is_transparent(&self) -> bool {
        self.transparent
    }

    /// The side in pixels, at least 1.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The pixel at column `x`, row `y`, both inside.
    pub fn at(&self, x: usize, y: usize) -> Rgba {
        premultiplied(self.straight_row(y)[x])
    }

    /// The part of `side` × `side` pixels whose top left is `(left, top)`; all of it lies inside.
    #[must_use]
    pub fn cropped(self, left: usize, top: usize, side: usize) -> Self {
        Self { left: self.left + left, top: self.top + top, side, ..self }
    }

    fn straight_row(&self, y: usize) -> &[Rgba] {
        let start = (self.top + y) * self.image.side() as usize + self.left;
        &self.image.pixels()[start..start + self.side]
    }
}

impl Rows for Original {
    type Cell = Rgba;

    fn width(&self) -> usize {
        self.side
    }

    fn height(&self) -> usize {
        self.side
    }

    fn row(&self, y: usize) -> Cow<'_, [Rgba]> {
        let row = self.straight_row(y);
        if self.transparent {
            row.iter().copied().map(premultiplied).collect()
        } else {
            Cow::Borrowed(row)
        }
    }

    fn to_grid(&self) -> Raster {
        let row = |y| self.straight_row(y).iter().copied();
        if self.transparent {
            Grid::from_rows(self.side, self.side, |y| row(y).map(premultiplied))
        } else {
            Grid::from_rows(self.side, self.side, row)
        }
    }
}

/// The outside's form of a square `raster`; of its top left square where it is not.
pub fn square_image_of(mut raster: Raster) -> SquareImage {
    let side = raster.width().min(raster.height());
    if raster.width() != raster.height() {
        raster = raster.cropped(0, 0, side, side);
    }
    if raster.cells().iter().any(|pixel| pixel[3] != u8::MAX) {
        raster.par_rows(|_, row| row.iter_mut().for_each(|pixel| *pixel = straight(*pixel)));
    }
    // Never refused: there are as many pixels as the square has.
    let image = SquareImage::new(side as u32, raster.into_cells());
    image.unwrap_or_else(|_| SquareImage::from_fn(side as u32, |_, _| [0; 4]))
}

/// The side of previews.
const PREVIEW_PX: usize = 256;

/// A smaller version of a picture in the making.
pub fn preview_of(raster: &Raster) -> SquareImage {
    let side = raster.width().min(PREVIEW_PX);
    square_image_of(resize(raster, side, side))
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
        assert_eq!(square_image_of(Original::new(image.clone()).to_grid()), image);
        assert_eq!(straight(premultiplied([200, 100, 50, 0])), [0; 4]);
        let [red, green, blue, alpha] = straight(premultiplied([200, 100, 50, 128]));
        assert!(red.abs_diff(200) < 2 && green.abs_diff(100) < 2 && blue.abs_diff(50) < 2);
        assert_eq!(alpha, 128);
    }

    #[test]
    fn of_an_oblong_the_top_left_square_is_shown() {
        let oblong = Raster::from_fn(5, 3, |x, y| [x as u8, y as u8, 7, 255]);
        let square = SquareImage::from_fn(3, |x, y| [x as u8, y as u8, 7, 255]);
        assert_eq!(square_image_of(oblong), square);
    }

    #[test]
    fn a_part_of_a_part_reads_the_pixels_of_its_place() {
        for alpha in [255, 128] {
            let image = SquareImage::from_fn(9, |x, y| [x as u8 * 20, y as u8 * 20, 0, alpha]);
            let part = Original::new(image).cropped(2, 1, 6).cropped(1, 2, 4);
            let expected = Raster::from_fn(4, 4, |x, y| {
                premultiplied([(x as u8 + 3) * 20, (y as u8 + 3) * 20, 0, alpha])
            });
            assert_eq!(part.to_grid(), expected);
            assert!((0..4).all(|y| *part.row(y) == *expected.row(y)));
            assert_eq!((part.side(), part.at(3, 1)), (4, expected.at(3, 1)));
        }
    }
}

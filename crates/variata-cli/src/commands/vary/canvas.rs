//! A plain surface to put pictures and text on.

use std::path::Path;

use variata_core::{Rgba, SquareImage};
use variata_image::{Format, OutputFormat, Picture, encode_picture};

use crate::fault::Fault;

/// An opaque picture of any shape, in rows from the top left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Canvas {
    width_px: u32,
    height_px: u32,
    pixels: Vec<Rgba>,
}

impl Canvas {
    /// `width_px` × `height_px` pixels of `ground`.
    pub(super) fn new(width_px: u32, height_px: u32, ground: Rgba) -> Self {
        let pixels = vec![ground; width_px as usize * height_px as usize];
        Self { width_px, height_px, pixels }
    }

    /// The width in pixels.
    pub(super) fn width_px(&self) -> u32 {
        self.width_px
    }

    /// All pixels, row by row.
    pub(super) fn pixels(&self) -> &[Rgba] {
        &self.pixels
    }

    /// The canvas as the bytes of a file in `format`.
    ///
    /// # Errors
    ///
    /// When the format cannot hold it; `path` is the file that it was for.
    pub(super) fn encode(self, format: OutputFormat, path: &Path) -> Result<Vec<u8>, Fault> {
        let picture = Picture::new(self.width_px, self.height_px, self.pixels, Format::Png)
            .ok_or_else(|| Fault::internal(path, "there is nothing to draw"))?;
        encode_picture(&picture, format).map_err(|error| Fault::internal(path, error))
    }

    /// Puts `image` with its top left at `corner` (column, row); a checkerboard shows where it is
    /// transparent.
    pub(super) fn place(&mut self, image: &SquareImage, corner: (u32, u32)) {
        let rows = image.pixels().chunks_exact(image.side() as usize);
        for (y, row) in (0_u32..).zip(rows) {
            for (x, &pixel) in (0_u32..).zip(row) {
                self.set((corner.0 + x, corner.1 + y), over(pixel, checker(x, y)));
            }
        }
    }

    /// Fills the rectangle of `size` (width, height) at `corner`; what is outside is left out.
    pub(super) fn fill(&mut self, corner: (u32, u32), size: (u32, u32), colour: Rgba) {
        for y in 0..size.1 {
            for x in 0..size.0 {
                self.set((corner.0 + x, corner.1 + y), colour);
            }
        }
    }

    fn set(&mut self, (x, y): (u32, u32), colour: Rgba) {
        if x < self.width_px {
            let index = y as usize * self.width_px as usize + x as usize;
            if let Some(pixel) = self.pixels.get_mut(index) {
                *pixel = colour;
            }
        }
    }
}

fn checker(x: u32, y: u32) -> u8 {
    const SQUARE_PX: u32 = 8;
    if (x / SQUARE_PX + y / SQUARE_PX).is_multiple_of(2) { 255 } else { 225 }
}

fn over([red, green, blue, alpha]: Rgba, ground: u8) -> Rgba {
    let mix = |channel: u8| {
        let sum =
            u32::from(channel) * u32::from(alpha) + u32::from(ground) * u32::from(255 - alpha);
        ((sum + 127) / 255) as u8
    };
    [mix(red), mix(green), mix(blue), 255]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparent_pixels_show_the_checkerboard_and_opaque_ones_themselves() {
        let image = SquareImage::from_fn(2, |x, _| if x == 0 { [0; 4] } else { [1, 2, 3, 255] });
        let mut canvas = Canvas::new(4, 2, [7, 7, 7, 255]);
        canvas.place(&image, (1, 0));
        let row = [[7, 7, 7, 255], [255; 4], [1, 2, 3, 255], [7, 7, 7, 255]];
        assert_eq!(canvas.pixels(), [row, row].concat());
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut canvas = Canvas::new(2, 2, [0; 4]);
        canvas.fill((1, 1), (9, 9), [1; 4]);
        assert_eq!(canvas.pixels(), [[0; 4], [0; 4], [0; 4], [1; 4]]);
    }
}

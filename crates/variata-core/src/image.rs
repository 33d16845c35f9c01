//! The one picture type that crosses crate boundaries.
//!
//! Variations are square by contract, so squareness is a property of the type and not a check
//! that every function repeats.

use thiserror::Error;

/// One pixel: red, green, blue and straight (not premultiplied) alpha, each 0–255, in sRGB.
pub type Rgba = [u8; 4];

/// A square picture of 8-bit sRGB pixels with straight alpha, in rows from the top left.
#[derive(Clone, PartialEq, Eq)]
pub struct SquareImage {
    side: u32,
    pixels: Vec<Rgba>,
}

/// The pixels handed to [`SquareImage::new`] do not fill a square of the given side.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a square of side {side} px has {expected} pixels, but {actual} were given")]
pub struct ImageShapeError {
    /// The side that was asked for, in pixels.
    pub side: u32,
    /// How many pixels such a square has.
    pub expected: u64,
    /// How many pixels were given.
    pub actual: u64,
}

impl SquareImage {
    /// Makes a picture of `side` × `side` pixels.
    ///
    /// # Errors
    ///
    /// [`ImageShapeError`] when `pixels` does not hold exactly `side * side` values, or when the
    /// side is zero.
    pub fn new(side: u32, pixels: Vec<Rgba>) -> Result<Self, ImageShapeError> {
        let expected = u64::from(side) * u64::from(side);
        let actual = pixels.len() as u64;
        if side == 0 || expected != actual {
            return Err(ImageShapeError { side, expected, actual });
        }
        Ok(Self { side, pixels })
    }

    /// A picture whose pixel at column `x`, row `y` is `colour(x, y)`.
    ///
    /// A side of zero is taken as one, so that the result is always a picture.
    pub fn from_fn(side: u32, mut colour: impl FnMut(u32, u32) -> Rgba) -> Self {
        let side = side.max(1);
        let coordinates = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        Self { side, pixels: coordinates.map(|(x, y)| colour(x, y)).collect() }
    }

    /// The side in pixels, at least 1.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// All pixels, row by row from the top left; `side() * side()` of them.
    pub fn pixels(&self) -> &[Rgba] {
        &self.pixels
    }

    /// The same pixels as bytes in the order R, G, B, A.
    pub fn as_bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    /// Gives the pixels away.
    pub fn into_pixels(self) -> Vec<Rgba> {
        self.pixels
    }

    /// Whether any pixel is not fully opaque.
    pub fn has_transparency(&self) -> bool {
        self.pixels.iter().any(|pixel| pixel[3] != u8::MAX)
    }
}

impl std::fmt::Debug for SquareImage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SquareImage({0}×{0})", self.side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_number_of_pixels_is_refused_with_both_numbers() {
        let error = SquareImage::new(2, vec![[0; 4]; 3]).unwrap_err();
        assert_eq!(error.to_string(), "a square of side 2 px has 4 pixels, but 3 were given");
        assert!(SquareImage::new(0, Vec::new()).is_err());
    }

    #[test]
    fn pixels_come_row_by_row() {
        let image = SquareImage::from_fn(2, |x, y| [x as u8, y as u8, 0, 255]);
        assert_eq!(image.as_bytes()[4..8], [1, 0, 0, 255]);
        assert!(!image.has_transparency());
    }
}

//! A decoded picture of any shape, before it is made square.

use variata_core::Rgba;

use crate::Format;

/// A decoded picture: 8-bit sRGB pixels with straight alpha, in rows from the top left, turned
/// the way it is meant to be seen.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width_px: u32,
    height_px: u32,
    pixels: Vec<Rgba>,
    format: Format,
}

impl Picture {
    /// A picture from its pixels, or `None` when they do not fill `width_px` × `height_px` or
    /// when a side is zero.
    pub fn new(width_px: u32, height_px: u32, pixels: Vec<Rgba>, format: Format) -> Option<Self> {
        let expected = u64::from(width_px) * u64::from(height_px);
        let fits = expected != 0 && expected == pixels.len() as u64;
        fits.then_some(Self { width_px, height_px, pixels, format })
    }

    /// The width in pixels, at least 1.
    pub fn width_px(&self) -> u32 {
        self.width_px
    }

    /// The height in pixels, at least 1.
    pub fn height_px(&self) -> u32 {
        self.height_px
    }

    /// All pixels, row by row from the top left.
    pub fn pixels(&self) -> &[Rgba] {
        &self.pixels
    }

    /// Gives the pixels away.
    pub fn into_pixels(self) -> Vec<Rgba> {
        self.pixels
    }

    /// The format that the picture was read from.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether any pixel is not fully opaque.
    pub fn has_transparency(&self) -> bool {
        self.pixels.iter().any(|pixel| pixel[3] != u8::MAX)
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Picture({} {}x{})", self.format, self.width_px, self.height_px)
    }
}

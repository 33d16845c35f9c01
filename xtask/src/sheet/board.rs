//! A board of labelled pictures.

use font8x8::legacy::BASIC_LEGACY;
use variata_core::SquareImage;

use crate::pictures::{self, Effort};

const GAP_PX: usize = 8;
/// Glyphs are 8 × 8; drawn twice as high they stay legible in a shrunken sheet.
const GLYPH_PX: (usize, usize) = (8, 16);
const TITLE_PX: usize = 28;
/// Room for two lines below each picture.
const LABEL_PX: usize = 40;

const PAPER: [u8; 3] = [24, 26, 30];
const BRIGHT: [u8; 3] = [236, 236, 232];
const DIM: [u8; 3] = [150, 156, 166];

/// A picture with two lines of text.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) image: SquareImage,
    pub(super) heading: String,
    pub(super) detail: String,
}

/// Rows of cells under a title.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) title: String,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Board {
    /// Draws the board.
    pub(super) fn to_png(&self) -> anyhow::Result<Vec<u8>> {
        let side = self.rows.iter().flatten().map(|cell| cell.image.side() as usize).max();
        let side = side.unwrap_or(1);
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let (step_x, step_y) = (side + GAP_PX, side + LABEL_PX + GAP_PX);
        let size = (GAP_PX + columns * step_x, TITLE_PX + GAP_PX + self.rows.len() * step_y);
        let mut ink = Ink::new(size);
        ink.text((GAP_PX, GAP_PX), &self.title, BRIGHT, size.0);
        for (row, cells) in self.rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let corner = (GAP_PX + column * step_x, TITLE_PX + GAP_PX + row * step_y);
                ink.cell(corner, cell, side);
            }
        }
        pictures::png((size.0 as u32, size.1 as u32), ink.pixels.as_flattened(), Effort::Quick)
    }
}

/// The pixels of a board while it is drawn.
struct Ink {
    size: (usize, usize),
    pixels: Vec<[u8; 3]>,
}

impl Ink {
    fn new(size: (usize, usize)) -> Self {
        Self { size, pixels: vec![PAPER; size.0 * size.1] }
    }

    fn cell(&mut self, corner: (usize, usize), cell: &Cell, side: usize) {
        let width = cell.image.side() as usize;
        for (index, &pixel) in cell.image.pixels().iter().enumerate() {
            let (x, y) = (index % width, index / width);
            self.set(corner.0 + x, corner.1 + y, over_checkers(pixel, x, y));
        }
        let below = corner.1 + side + 4;
        self.text((corner.0, below), &cell.heading, BRIGHT, side);
        self.text((corner.0, below + GLYPH_PX.1 + 2), &cell.detail, DIM, side);
    }

    /// One line, cut off where it would be wider than `width`; only ASCII has glyphs.
    fn text(&mut self, corner: (usize, usize), text: &str, colour: [u8; 3], width: usize) {
        for (place, character) in text.chars().take(width / GLYPH_PX.0).enumerate() {
            let glyph =
                BASIC_LEGACY.get(character as usize).unwrap_or(&BASIC_LEGACY[b'?' as usize]);
            for (y, x) in (0..GLYPH_PX.1).flat_map(|y| (0..GLYPH_PX.0).map(move |x| (y, x))) {
                if glyph[y / 2] >> x & 1 == 1 {
                    self.set(corner.0 + place * GLYPH_PX.0 + x, corner.1 + y, colour);
                }
            }
        }
    }

    fn set(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        if x < self.size.0 && y < self.size.1 {
            self.pixels[y * self.size.0 + x] = colour;
        }
    }
}

/// Transparency shows as a chequered ground.
fn over_checkers(pixel: [u8; 4], x: usize, y: usize) -> [u8; 3] {
    let ground = if (x / 8 + y / 8).is_multiple_of(2) { 255 } else { 222 };
    let alpha = u32::from(pixel[3]);
    [0, 1, 2].map(|i| ((u32::from(pixel[i]) * alpha + ground * (255 - alpha) + 127) / 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparent_pixels_show_the_chequered_ground() {
        assert_eq!(over_checkers([9, 9, 9, 0], 0, 0), [255; 3]);
        assert_eq!(over_checkers([9, 9, 9, 0], 8, 0), [222; 3]);
        assert_eq!(over_checkers([9, 8, 7, 255], 0, 0), [9, 8, 7]);
    }

    #[test]
    fn text_is_cut_at_its_width_and_leaves_ink() {
        let mut ink = Ink::new((64, 16));
        ink.text((0, 0), "MMMMMMMM", BRIGHT, 32);
        let inked = |x: usize| (0..16).any(|y| ink.pixels[y * 64 + x] == BRIGHT);
        assert!((0..32).any(inked) && !(32..64).any(inked));
    }
}

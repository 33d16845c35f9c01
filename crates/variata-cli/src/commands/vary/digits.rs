//! The few letters that a contact sheet needs: the digits of a seed and the word `source`.
//!
//! Drawn here, five pixels by seven, because a font file and its rasteriser would weigh more than
//! the rest of the program.

use variata_core::Rgba;

use super::canvas::Canvas;

/// How much height a line of text takes under a cell of `cell_px`.
pub(super) fn line_height_px(cell_px: u32) -> u32 {
    (GLYPH_ROWS + 2 * MARGIN_PX) * largest_scale(cell_px)
}

/// Writes `text` in the middle of the line of width `cell_px` that starts at `corner`, as large as
/// fits; a character that has no glyph here leaves a space.
pub(super) fn write(text: &str, corner: (u32, u32), cell_px: u32, canvas: &mut Canvas) {
    let glyphs = text.chars().count() as u32;
    let width = (glyphs * ADVANCE_PX).saturating_sub(1).max(1);
    let scale = (cell_px / width).clamp(1, largest_scale(cell_px));
    let mut left = corner.0 + cell_px.saturating_sub(width * scale) / 2;
    let top = corner.1 + MARGIN_PX * largest_scale(cell_px);
    for character in text.chars() {
        draw(glyph(character), (left, top), scale, canvas);
        left += ADVANCE_PX * scale;
    }
}

const GLYPH_COLUMNS: u32 = 5;
const GLYPH_ROWS: u32 = 7;
const ADVANCE_PX: u32 = GLYPH_COLUMNS + 1;
const MARGIN_PX: u32 = 3;
const INK: Rgba = [90, 90, 90, 255];

fn largest_scale(cell_px: u32) -> u32 {
    if cell_px >= 192 { 2 } else { 1 }
}

fn draw(rows: [u8; 7], (left, top): (u32, u32), scale: u32, canvas: &mut Canvas) {
    for (y, bits) in (0_u32..).zip(rows) {
        for x in (0..GLYPH_COLUMNS).filter(|x| bits >> (GLYPH_COLUMNS - 1 - x) & 1 == 1) {
            canvas.fill((left + x * scale, top + y * scale), (scale, scale), INK);
        }
    }
}

/// Seven rows from the top, the leftmost of five pixels in bit 4.
fn glyph(character: char) -> [u8; 7] {
    match character {
        '0' => [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
        '1' => [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
        '2' => [0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111],
        '3' => [0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110],
        '4' => [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
        '5' => [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
        '6' => [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
        '7' => [0b11111, 0b00001, 0b00010, 0b00100, 0b00100, 0b01000, 0b01000],
        '8' => [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
        '9' => [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
        's' => [0b00000, 0b00000, 0b01111, 0b10000, 0b01110, 0b00001, 0b11110],
        'o' => [0b00000, 0b00000, 0b01110, 0b10001, 0b10001, 0b10001, 0b01110],
        'u' => [0b00000, 0b00000, 0b10001, 0b10001, 0b10001, 0b10011, 0b01101],
        'r' => [0b00000, 0b00000, 0b10110, 0b11001, 0b10000, 0b10000, 0b10000],
        'c' => [0b00000, 0b00000, 0b01110, 0b10001, 0b10000, 0b10001, 0b01110],
        'e' => [0b00000, 0b00000, 0b01110, 0b10001, 0b11111, 0b10000, 0b01110],
        _ => [0; 7],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_seed_fits_under_the_smallest_cell_that_has_a_label() {
        let mut canvas = Canvas::new(132, 20, [255; 4]);
        write("9223372036854775807", (10, 0), 120, &mut canvas);
        let inked = |x: u32| (0..20).any(|y| canvas.pixels()[(y * 132 + x) as usize] == INK);
        assert!((10..130).any(inked));
        assert!((0..10).chain(130..132).all(|x| !inked(x)));
    }
}

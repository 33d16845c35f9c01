//! Pictures as coloured characters, for terminals that know no pictures.
//!
//! `▀` fills the upper half of its cell, so one character shows two pixels: the foreground above,
//! the background below. Cells are about twice as high as wide, which makes those pixels square.

use std::fmt::Write;

use variata_core::Rgba;

/// Draws `pixels`, `width_px` to a line of characters and two rows a line.
pub(crate) fn half_blocks(width_px: u32, pixels: &[Rgba]) -> String {
    let width = width_px.max(1) as usize;
    let mut text = String::new();
    for rows in pixels.chunks(2 * width) {
        let (upper, lower) = rows.split_at(width.min(rows.len()));
        line(&mut text, upper, lower);
    }
    text
}

fn line(text: &mut String, upper: &[Rgba], lower: &[Rgba]) {
    for (index, [red, green, blue, _]) in upper.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(text, "\x1b[38;2;{red};{green};{blue}");
        let _ = match lower.get(index) {
            Some([red, green, blue, _]) => write!(text, ";48;2;{red};{green};{blue}m▀"),
            None => write!(text, ";49m▀"),
        };
    }
    text.push_str("\x1b[0m\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rows_become_one_line_and_a_last_odd_row_its_own() {
        let pixels = [[1, 2, 3, 255], [4, 5, 6, 255], [7, 8, 9, 255]];
        assert_eq!(
            half_blocks(1, &pixels),
            "\x1b[38;2;1;2;3;48;2;4;5;6m▀\x1b[0m\n\x1b[38;2;7;8;9;49m▀\x1b[0m\n"
        );
    }
}

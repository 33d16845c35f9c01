//! The two protocols by which terminals take whole PNG files.
//!
//! Kitty's: <https://sw.kovidgoyal.net/kitty/graphics-protocol/>, also spoken by Ghostty.
//! iTerm2's: <https://iterm2.com/documentation-images.html>, also spoken by WezTerm and mintty.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The most base64 characters that kitty takes in one escape sequence.
const KITTY_CHUNK_CHARACTERS: usize = 4096;

/// Transmits and draws `png`, scaled to `width_characters` characters; `q=2` keeps the terminal from
/// answering into the user's next command line.
pub(crate) fn kitty(png: &[u8], width_characters: u32) -> String {
    let payload = STANDARD.encode(png);
    let mut text = String::with_capacity(payload.len() + payload.len() / 128 + 64);
    let mut control = format!("a=T,f=100,q=2,c={width_characters},");
    let mut rest = payload.as_str();
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.len().min(KITTY_CHUNK_CHARACTERS));
        let more = u8::from(!after.is_empty());
        // Writing to a string cannot fail.
        let _ = write!(text, "\x1b_G{control}m={more};{chunk}\x1b\\");
        control.clear();
        rest = after;
    }
    text + "\n"
}

/// Draws `png`, scaled to `width_characters` characters.
pub(crate) fn iterm2(png: &[u8], width_characters: u32) -> String {
    let (size, payload) = (png.len(), STANDARD.encode(png));
    format!("\x1b]1337;File=inline=1;size={size};width={width_characters}:{payload}\x07\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kitty_takes_a_long_picture_in_chunks_and_learns_how_to_draw_it_from_the_first() {
        let text = kitty(&[0; 4000], 40);
        let chunks: Vec<&str> = text.trim_end().split_inclusive("\x1b\\").collect();
        assert_eq!(chunks.len(), 2);
        assert!(chunks[0].starts_with("\x1b_Ga=T,f=100,q=2,c=40,m=1;AAAA"));
        assert!(chunks[1].starts_with("\x1b_Gm=0;AAAA"));
        assert!(chunks.iter().all(|chunk| chunk.len() <= KITTY_CHUNK_CHARACTERS + 40));
    }

    #[test]
    fn iterm2_takes_a_picture_in_one_piece() {
        assert_eq!(iterm2(b"abc", 7), "\x1b]1337;File=inline=1;size=3;width=7:YWJj\x07\n");
    }
}

//! The results of one input as a picture in the terminal.

use std::path::Path;

use variata_image::OutputFormat;

use super::mosaic::{Group, Layout};
use crate::fault::Fault;
use crate::terminal::{self, Graphics};

/// How results are shown in this terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    graphics: Graphics,
    layout: Layout,
    /// How wide a whole picture is drawn.
    width_characters: u32,
}

impl View {
    /// How many variations of one input are shown at most.
    pub(super) const MAX_VARIATIONS: u32 = 24;

    /// A view of up to `count` variations, or `None` where standard error cannot show pictures.
    pub(super) fn new(count: u32) -> Option<Self> {
        Some(Self::fit(Graphics::detect()?, terminal::width_characters(), count))
    }

    /// Side of a thumbnail.
    pub(super) fn cell_px(&self) -> u32 {
        self.layout.cell_px
    }

    /// The results in the terminal's language.
    ///
    /// # Errors
    ///
    /// When they cannot be encoded; `input` is the picture that they were made from.
    pub(super) fn draw(&self, input: &Path, group: Group) -> Result<String, Fault> {
        let canvas = self.layout.draw(&[group]);
        let width = self.width_characters;
        Ok(match self.graphics {
            Graphics::HalfBlocks => terminal::half_blocks(canvas.width_px(), canvas.pixels()),
            Graphics::Kitty => terminal::kitty(&canvas.encode(OutputFormat::Png, input)?, width),
            Graphics::Iterm2 => terminal::iterm2(&canvas.encode(OutputFormat::Png, input)?, width),
        })
    }

    fn fit(graphics: Graphics, line_characters: u32, count: u32) -> Self {
        match graphics {
            Graphics::HalfBlocks => {
                let layout = Layout::blocks(line_characters, count);
                Self { graphics, layout, width_characters: line_characters }
            }
            Graphics::Kitty | Graphics::Iterm2 => {
                const CELL_CHARACTERS: u32 = 18;
                let fitting = (line_characters / CELL_CHARACTERS).saturating_sub(1);
                let columns = fitting.min(count).max(1);
                let width_characters = ((columns + 1) * CELL_CHARACTERS).min(line_characters);
                Self { graphics, layout: Layout::pictures(columns), width_characters }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_blocks_never_exceed_the_line() {
        for line in [20, 80, 81, 120, 200, 500] {
            for count in [1, 4, 24] {
                let view = View::fit(Graphics::HalfBlocks, line, count);
                let width = view.layout.draw(&[]).width_px();
                assert!(width <= line, "{width} in {line}");
            }
        }
    }
}

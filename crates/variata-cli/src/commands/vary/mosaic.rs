//! Many pictures as one: inputs at the left, their variations beside them.
//!
//! Serves the contact sheet and the view in the terminal. Only thumbnails are kept, and the size
//! of a cell falls as their number grows, so that memory is bounded however many there are.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use variata_core::{Rgba, Seed, SquareImage};
use variata_image::resize;

use super::canvas::Canvas;
use super::digits;

/// How a mosaic is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Side of a thumbnail.
    pub(super) cell_px: u32,
    /// Variations beside each other.
    pub(super) columns: u32,
    /// Space around thumbnails.
    gap_px: u32,
    /// Space for the line of text under a thumbnail, 0 for none.
    label_px: u32,
    /// Colour of everything else.
    ground: Rgba,
}

/// One input's row of a mosaic: its own thumbnail and those of its variations by index.
#[derive(Debug)]
pub(super) struct Group {
    source: SquareImage,
    variations: BTreeMap<u32, (Seed, SquareImage)>,
}

/// Collects the thumbnails of one input while several threads finish variations.
#[derive(Debug)]
pub(super) struct Gallery {
    cell_px: u32,
    limit: u32,
    group: Mutex<Group>,
}

impl Layout {
    /// The longest side of a contact sheet; JPEG and WebP could not hold a much longer one.
    const MAX_SIDE_PX: u32 = 16_000;
    /// The most pixels of a contact sheet, 32 MiB of memory.
    const MAX_PIXELS: u64 = 8 << 20;
    const LIGHT: Rgba = [250, 250, 250, 255];
    const DARK: Rgba = [24, 24, 24, 255];
    const CELLS_PX: [u32; 8] = [320, 256, 192, 128, 96, 64, 48, 32];

    /// The contact sheet of `inputs` pictures with `count` variations each, in the largest cells
    /// that keep it within bounds; `None` when there are too many for any.
    pub(super) fn sheet(inputs: usize, count: u32) -> Option<Self> {
        let inputs = u32::try_from(inputs).ok()?;
        let layout = |cell_px: u32| Self {
            cell_px,
            columns: balanced_columns(count),
            gap_px: cell_px / 16,
            label_px: if cell_px >= 96 { digits::line_height_px(cell_px) } else { 0 },
            ground: Self::LIGHT,
        };
        Self::CELLS_PX.into_iter().map(layout).find(|layout| {
            let (width, height) = (layout.width_px(), layout.height_px(inputs, count));
            width.max(height) <= u64::from(Self::MAX_SIDE_PX) && width * height <= Self::MAX_PIXELS
        })
    }

    /// For a terminal that draws pictures, with `columns` variations beside each other.
    pub(super) fn pictures(columns: u32) -> Self {
        Self { cell_px: 256, columns, gap_px: 8, label_px: 0, ground: Self::DARK }
    }

    /// For a terminal that draws one pixel a character and has `width_px` of them in a line: the
    /// input and two variations, or more where cells would grow beyond use.
    pub(super) fn blocks(width_px: u32, count: u32) -> Self {
        const MAX_CELL_PX: u32 = 40;
        let gap_px = 1;
        let cell_px = (width_px / 3).saturating_sub(2 * gap_px).clamp(1, MAX_CELL_PX);
        let for_variations = width_px.saturating_sub(cell_px + 3 * gap_px);
        let columns = (for_variations / (cell_px + gap_px)).clamp(1, count.max(1));
        Self { cell_px, columns, gap_px, label_px: 0, ground: Self::DARK }
    }

    /// Draws all `groups` under each other.
    pub(super) fn draw(&self, groups: &[Group]) -> Canvas {
        let rows: u32 = groups.iter().map(|group| self.rows(group.variations.len() as u32)).sum();
        let height = self.gap_px + rows * self.row_px() + self.gap_px * self.breaks(groups.len());
        let mut canvas = Canvas::new(self.width_px() as u32, height, self.ground);
        let mut top = self.gap_px;
        for group in groups {
            self.draw_group(group, top, &mut canvas);
            top += self.rows(group.variations.len() as u32) * self.row_px() + self.gap_px;
        }
        canvas
    }

    fn draw_group(&self, group: &Group, top: u32, canvas: &mut Canvas) {
        self.draw_cell(&group.source, "source", (self.gap_px, top), canvas);
        for (place, (seed, image)) in (0_u32..).zip(group.variations.values()) {
            let (column, row) = (place % self.columns, place / self.columns);
            let corner = (self.first_left() + column * self.cell_step(), top + row * self.row_px());
            self.draw_cell(image, &seed.to_string(), corner, canvas);
        }
    }

    fn draw_cell(&self, image: &SquareImage, label: &str, corner: (u32, u32), canvas: &mut Canvas) {
        let image = resize(image, self.cell_px);
        canvas.place(&image, corner);
        if self.label_px > 0 {
            digits::write(label, (corner.0, corner.1 + self.cell_px), self.cell_px, canvas);
        }
    }

    /// Where the first variation starts: a double gap sets the input apart.
    fn first_left(&self) -> u32 {
        3 * self.gap_px + self.cell_px
    }

    fn cell_step(&self) -> u32 {
        self.cell_px + self.gap_px
    }

    fn row_px(&self) -> u32 {
        self.cell_px + self.label_px + self.gap_px
    }

    fn rows(&self, variations: u32) -> u32 {
        variations.div_ceil(self.columns).max(1)
    }

    /// How many extra gaps stand between groups.
    fn breaks(&self, groups: usize) -> u32 {
        (groups as u32).saturating_sub(1)
    }

    fn width_px(&self) -> u64 {
        u64::from(self.first_left()) + u64::from(self.columns) * u64::from(self.cell_step())
    }

    fn height_px(&self, inputs: u32, count: u32) -> u64 {
        let rows = u64::from(inputs) * u64::from(self.rows(count));
        let gaps = u64::from(inputs.max(1)) * u64::from(self.gap_px);
        rows * u64::from(self.row_px()) + gaps
    }
}

impl Gallery {
    /// Collects up to `limit` thumbnails of `cell_px` beside that of `source`.
    pub(super) fn new(source: &SquareImage, cell_px: u32, limit: u32) -> Self {
        let group = Group { source: thumbnail(source, cell_px), variations: BTreeMap::new() };
        Self { cell_px, limit, group: Mutex::new(group) }
    }

    /// Keeps a thumbnail of variation `index` when it is among the first ones.
    pub(super) fn add(&self, index: u32, seed: Seed, image: &SquareImage) {
        if index < self.limit {
            let small = thumbnail(image, self.cell_px);
            let mut group = self.group.lock().unwrap_or_else(PoisonError::into_inner);
            group.variations.insert(index, (seed, small));
        }
    }

    /// What was collected.
    pub(super) fn into_group(self) -> Group {
        self.group.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A picture smaller than the cell is kept as it is: enlarging it is left to the drawing.
fn thumbnail(image: &SquareImage, cell_px: u32) -> SquareImage {
    resize(image, cell_px.min(image.side()))
}

/// One row up to five, then a block about twice as wide as high without a ragged end.
fn balanced_columns(count: u32) -> u32 {
    const ONE_ROW: u32 = 5;
    if count <= ONE_ROW {
        return count;
    }
    let widest = f64::from(2 * count).sqrt().ceil() as u32;
    count.div_ceil(count.div_ceil(widest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_variations_stand_in_one_row_and_many_in_a_block() {
        let columns = |count| Layout::sheet(1, count).unwrap().columns;
        assert_eq!([1, 4, 5, 6, 10, 12].map(columns), [1, 4, 5, 3, 5, 4]);
    }

    #[test]
    fn cells_shrink_as_their_number_grows() {
        let cell = |inputs, count| Layout::sheet(inputs, count).map(|layout| layout.cell_px);
        assert_eq!(cell(1, 4), Some(320));
        assert_eq!(cell(1, 1000), Some(64));
        assert_eq!(cell(100, 1000), None);
    }

    #[test]
    fn the_bounds_hold_for_the_sheet_that_is_drawn() {
        let source = SquareImage::from_fn(8, |_, _| [9, 9, 9, 255]);
        let groups = [(); 3].map(|()| {
            let gallery = Gallery::new(&source, 64, 7);
            (0..7).for_each(|index| gallery.add(index, Seed::from_bits(index.into()), &source));
            gallery.into_group()
        });
        let layout = Layout::sheet(3, 7).unwrap();
        let canvas = layout.draw(&groups);
        assert_eq!(u64::from(canvas.width_px()), layout.width_px());
        let pixels = layout.width_px() * layout.height_px(3, 7);
        assert_eq!(canvas.pixels().len() as u64, pixels);
    }
}

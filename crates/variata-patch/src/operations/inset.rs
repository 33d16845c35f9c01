//! A whole graphic, made smaller or larger and moved on its own constant ground.
//!
//! Graphics are never torn, turned or mirrored: what can change is how large they stand in the
//! frame and where. Both directions are resampled at once, over areas, so that thin lines keep
//! their weight.

use crate::analysis::Bounds;
use crate::grid::{Grid, Plane, Raster};
use crate::random::Random;
use crate::resample::{Blend, resize};

/// A scale and a place for the picture in a frame of the same size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Inset {
    /// The picture's new side over its old one.
    scale: f32,
    /// Where its left edge goes, as a share of the side.
    left: f32,
    /// Where its top edge goes.
    top: f32,
}

/// No content comes nearer to the frame than this share of the side.
const MARGIN: f32 = 0.04;

impl Inset {
    /// Everything as it is.
    pub(super) const NONE: Self = Self { scale: 1.0, left: 0.0, top: 0.0 };

    /// Draws a place for what lies within `content`; `turn` decides the scale. At `boldness` 0.0
    /// nothing moves.
    pub(super) fn draw(content: Bounds, turn: u64, boldness: f32, random: &mut Random) -> Self {
        const SCALES: [f32; 5] = [0.84, 0.66, 1.0, 0.74, 0.92];
        let (width, height) = (content.right - content.left, content.bottom - content.top);
        let largest = (1.0 - 2.0 * MARGIN) / width.max(height).max(0.05);
        let wanted = SCALES[(turn % SCALES.len() as u64) as usize] * largest.clamp(1.0, 1.5);
        let scale = (1.0 + (wanted - 1.0) * boldness).clamp(0.5, largest.max(1.0));
        let loose = ((0.86 - scale) * 3.0).clamp(0.0, 0.8) * boldness.min(1.0);
        let mut place = |low: f32, high: f32| {
            let center = 0.5 * (low + high);
            let room = (0.5 - MARGIN - 0.5 * scale * (high - low)).max(0.0);
            let old = (center - 0.5) * scale;
            let shift = (old + loose * room * random.between(-1.0, 1.0)).clamp(-room, room);
            0.5 + shift - scale * center
        };
        let left = place(content.left, content.right);
        let top = place(content.top, content.bottom);
        Self { scale, left, top }
    }

    /// The picture at its place; `fill` where it does not reach.
    pub(super) fn apply<T: Blend>(&self, image: &Grid<T>, fill: T) -> Grid<T> {
        if *self == Self::NONE {
            return image.clone();
        }
        let pixels = |share: f32, side: usize| (share * side as f32 + 0.5).floor() as isize;
        let width = pixels(self.scale, image.width()).max(1);
        let height = pixels(self.scale, image.height()).max(1);
        let left = pixels(self.left, image.width());
        let top = pixels(self.top, image.height());
        let scaled = resize(image, width as usize, height as usize);
        let mut framed = Grid::new(image.width(), image.height(), fill);
        framed.par_rows(|y, row| {
            let v = y as isize - top;
            if !(0..height).contains(&v) {
                return;
            }
            let (from, to) = (left.max(0), (left + width).min(row.len() as isize));
            if from < to {
                let source = &scaled.row(v as usize)[(from - left) as usize..(to - left) as usize];
                row[from as usize..to as usize].copy_from_slice(source);
            }
        });
        framed
    }

    /// The saliency at its place.
    pub(super) fn apply_to_saliency(&self, saliency: &Plane) -> Plane {
        self.apply(saliency, 0.0)
    }
}

/// The box around all pixels for which `is_content` holds; `None` where none does, or where they
/// reach the frame, so that a smaller copy would show a cut edge.
pub(super) fn content_bounds(
    image: &Raster,
    is_content: impl Fn(usize, usize) -> bool + Sync,
) -> Option<Bounds> {
    let (width, height) = (image.width(), image.height());
    let extent = |y: usize| {
        let first = (0..width).find(|&x| is_content(x, y))?;
        let last = (0..width).rev().find(|&x| is_content(x, y))?;
        Some((first, last))
    };
    let rows: Vec<(usize, (usize, usize))> =
        (0..height).filter_map(|y| extent(y).map(|ends| (y, ends))).collect();
    let (top, bottom) = (rows.first()?.0, rows.last()?.0);
    let left = rows.iter().map(|&(_, (first, _))| first).min()?;
    let right = rows.iter().map(|&(_, (_, last))| last).max()?;
    let inside = top > 0 && left > 0 && bottom + 1 < height && right + 1 < width;
    inside.then(|| Bounds {
        left: left as f32 / width as f32,
        top: top as f32 / height as f32,
        right: (right + 1) as f32 / width as f32,
        bottom: (bottom + 1) as f32 / height as f32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_stays_inside_whatever_is_drawn() {
        let content = Bounds { left: 0.02, top: 0.3, right: 0.9, bottom: 0.6 };
        for turn in 0..40 {
            let inset = Inset::draw(content, turn, 1.43, &mut Random::new(turn, 0));
            let left = inset.left + inset.scale * content.left;
            let right = inset.left + inset.scale * content.right;
            let top = inset.top + inset.scale * content.top;
            assert!(left > 0.01 && right < 0.99 && top > 0.01, "{inset:?}");
        }
    }

    #[test]
    fn no_boldness_moves_nothing() {
        let content = Bounds { left: 0.1, top: 0.1, right: 0.9, bottom: 0.9 };
        let inset = Inset::draw(content, 1, 0.0, &mut Random::new(1, 0));
        let image = Grid::from_fn(20, 20, |x, y| [x as u8, y as u8, 0, 255]);
        assert_eq!(inset.apply(&image, [0; 4]), image);
    }

    #[test]
    fn content_that_reaches_the_frame_has_no_bounds() {
        let image = Grid::new(8, 8, [0; 4]);
        assert!(content_bounds(&image, |x, y| x == 3 && y == 4).is_some());
        assert!(content_bounds(&image, |x, _| x == 0).is_none());
        assert!(content_bounds(&image, |_, _| false).is_none());
    }
}

//! Border bars: scanners and cropping tools leave them, and no variation may show them.
//!
//! A bar that a copy-and-paste method takes for a part of the scene appears in the middle of it;
//! one that is left at the border gives every shifted or mirrored variation away.

use super::views::luma_of;
use crate::convert::Original;
use crate::filter::percentile;
use crate::resample::Rows;

/// Rows are the picture's, counted from one of its sides inwards.
#[derive(Debug, Clone, Copy)]
enum Side {
    Top,
    Bottom,
    Left,
    Right,
}

/// No bar is broader than this share of the picture's side.
const BROADEST: f32 = 0.09;
/// Bars up to this share of the side, or this many pixels, need less proof than broad ones.
const THIN: f32 = 0.012;
const THIN_PX: usize = 3;
/// Deviation along a row, in levels of 255, up to which it is one colour.
const EVEN_LEVELS: f32 = 9.0;
/// A broad bar ends in a step of this many levels along four fifths of its length.
const STEP_LEVELS: f32 = 10.0;
/// A thin bar differs from what lies behind it by this many levels along most of its length.
const STRANGE_LEVELS: f32 = 8.0;

/// The square in the middle of a picture without its border bars: its left edge, its top edge and
/// its side in pixels, or `None` when there are none.
///
/// Not for graphics, whose even borders are meant.
pub(super) fn without_bars(source: &Original) -> Option<(usize, usize, usize)> {
    let bars = |sides: [Side; 2]| rayon::join(|| bar(source, sides[0]), || bar(source, sides[1]));
    let ((top, bottom), (left, right)) =
        rayon::join(|| bars([Side::Top, Side::Bottom]), || bars([Side::Left, Side::Right]));
    if top + bottom + left + right == 0 {
        return None;
    }
    let (width, height) = (source.side() - left - right, source.side() - top - bottom);
    let side = width.min(height);
    Some((left + (width - side) / 2, top + (height - side) / 2, side))
}

/// Breadth of the bar along a side, in pixels.
fn bar(source: &Original, side: Side) -> usize {
    let most = (BROADEST * source.side() as f32) as usize;
    if most < 2 {
        return 0;
    }
    let found = even_bar(source, side, most).max(dark_line(source, side));
    if found == 0 {
        return 0;
    }
    // Resampling has smeared the bar's edge over as many pixels as the picture was enlarged.
    (found + (source.side() / 400).max(1)).min(most)
}

/// A bar of one colour: a broad one must end in a step, a thin one only in something else.
fn even_bar(source: &Original, side: Side, most: usize) -> usize {
    let thin = THIN_PX.max((THIN * source.side() as f32) as usize);
    let mut found = 0;
    let mut row = levels(source, side, 0);
    for breadth in 1..most {
        if deviation(&row) >= EVEN_LEVELS {
            break;
        }
        let next = levels(source, side, breadth);
        let steps: Vec<f32> = row.iter().zip(&next).map(|(a, b)| (a - b).abs()).collect();
        let ends_in_a_step = percentile(&steps, 0.2) > STEP_LEVELS;
        let is_thin_and_strange = || {
            let inner = levels(source, side, breadth + 2);
            breadth <= thin && share(&row, &inner, |a, b| (a - b).abs() > STRANGE_LEVELS) > 0.7
        };
        if ends_in_a_step || is_thin_and_strange() {
            found = breadth;
        }
        row = next;
    }
    found
}

/// A line along which nearly everything is darker than further in; it need not be of one colour.
fn dark_line(source: &Original, side: Side) -> usize {
    let inner = levels(source, side, THIN_PX + 2);
    let is_dark = |breadth: &usize| {
        share(&levels(source, side, *breadth), &inner, |a, b| a + STRANGE_LEVELS < b) > 0.95
    };
    (0..THIN_PX).take_while(is_dark).count()
}

/// Share of the positions along two rows at which `differs` holds.
fn share(row: &[f32], inner: &[f32], differs: fn(f32, f32) -> bool) -> f32 {
    let count = row.iter().zip(inner).filter(|&(&a, &b)| differs(a, b)).count();
    count as f32 / row.len() as f32
}

/// Brightness along the row at `depth` from a side, in levels of 255.
fn levels(source: &Original, side: Side, depth: usize) -> Vec<f32> {
    let last = source.side() - 1;
    let along = |pixel: [u8; 4]| 255.0 * luma_of(pixel);
    match side {
        Side::Top => source.row(depth.min(last)).iter().map(|&pixel| along(pixel)).collect(),
        Side::Bottom => levels(source, Side::Top, last.saturating_sub(depth)),
        Side::Left => (0..=last).map(|y| along(source.at(depth.min(last), y))).collect(),
        Side::Right => levels(source, Side::Left, last.saturating_sub(depth)),
    }
}

fn deviation(values: &[f32]) -> f32 {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use variata_core::SquareImage;

    use super::*;

    fn photo(x: u32, y: u32) -> [u8; 4] {
        let value = 60 + (x * 5 + y * 3) % 120 + (x * y / 64) % 40;
        [value as u8, (value * 3 / 4) as u8, 90, 255]
    }

    fn with(bar: impl Fn(u32, u32) -> Option<[u8; 4]>) -> Option<usize> {
        let image = SquareImage::from_fn(256, |x, y| bar(x, y).unwrap_or_else(|| photo(x, y)));
        without_bars(&Original::new(image)).map(|(_, _, side)| side)
    }

    #[test]
    fn a_picture_without_bars_is_left_alone() {
        assert_eq!(with(|_, _| None), None);
        assert_eq!(with(|_, y| (y < 100).then_some([120, 160, 220, 255])), None);
    }

    #[test]
    fn broad_and_thin_bars_go() {
        assert_eq!(with(|x, _| (x < 12).then_some([0, 0, 0, 255])), Some(243));
        assert_eq!(with(|x, _| (x >= 254).then_some([98, 98, 98, 255])), Some(253));
        assert_eq!(with(|x, y| (y < 2 || x < 3).then_some([250, 250, 250, 255])), Some(252));
    }

    #[test]
    fn the_margin_around_a_subject_stays() {
        let source = SquareImage::from_fn(256, |x, y| {
            let (dx, dy) = (x as f32 - 127.5, y as f32 - 127.5);
            if dx * dx + dy * dy < 126.0 * 126.0 { photo(x, y) } else { [0, 0, 0, 255] }
        });
        assert!(without_bars(&Original::new(source)).is_none());
    }

    #[test]
    fn a_dark_line_of_many_shades_goes() {
        let line = |x: u32, y: u32| (y == 0).then(|| photo(x, 5).map(|v| v / 2));
        assert_eq!(with(line), Some(254));
    }

    #[test]
    fn the_smallest_pictures_are_left_alone() {
        for side in [1, 2, 7] {
            let source = SquareImage::from_fn(side, |_, _| [0, 0, 0, 255]);
            assert!(without_bars(&Original::new(source)).is_none());
        }
    }
}

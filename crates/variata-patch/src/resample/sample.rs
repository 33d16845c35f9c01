//! Values between the pixels of a picture.

use super::{Blend, Border, add};
use crate::grid::Grid;

/// The value at the point `(x, y)`, pixel centres being whole numbers, by Catmull–Rom cubics.
#[inline(always)]
pub fn sample_cubic<T: Blend>(source: &Grid<T>, x: f32, y: f32, border: Border) -> T {
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (cubic_weights(x - left), cubic_weights(y - top));
    let (left, top) = (left as isize - 1, top as isize - 1);
    let mut sum = [0.0; 4];
    if let Some(pixels) = block::<T, 4>(source, left, top) {
        for (pixels, &weight) in pixels.into_iter().zip(&down) {
            for (&value, &share) in pixels.iter().zip(&across) {
                add(&mut sum, value.to_lanes(), weight * share);
            }
        }
        return T::from_lanes(sum);
    }
    for (row, &weight) in down.iter().enumerate() {
        for (column, &share) in across.iter().enumerate() {
            let lanes = fetch(source, left + column as isize, top + row as isize, border);
            add(&mut sum, lanes, weight * share);
        }
    }
    T::from_lanes(sum)
}

/// The value at the point `(x, y)`, pixel centres being whole numbers, by bilinear mixing.
#[inline(always)]
pub fn sample_linear<T: Blend>(source: &Grid<T>, x: f32, y: f32, border: Border) -> T {
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = (x - left, y - top);
    let (left, top) = (left as isize, top as isize);
    let rows = [1.0 - bottom_share, bottom_share];
    let columns = [1.0 - right_share, right_share];
    let mut sum = [0.0; 4];
    if let Some(pixels) = block::<T, 2>(source, left, top) {
        for (pixels, weight) in pixels.into_iter().zip(rows) {
            for (&value, share) in pixels.iter().zip(columns) {
                add(&mut sum, value.to_lanes(), weight * share);
            }
        }
        return T::from_lanes(sum);
    }
    for (row, weight) in rows.into_iter().enumerate() {
        for (column, share) in columns.into_iter().enumerate() {
            let lanes = fetch(source, left + column as isize, top + row as isize, border);
            add(&mut sum, lanes, weight * share);
        }
    }
    T::from_lanes(sum)
}

/// The `N` × `N` values from `(left, top)` on; `None` where some of them lie outside.
#[inline(always)]
fn block<T: Blend, const N: usize>(
    source: &Grid<T>,
    left: isize,
    top: isize,
) -> Option<[&[T; N]; N]> {
    let (width, height) = (source.width() as isize, source.height() as isize);
    if left < 0 || top < 0 || left + N as isize > width || top + N as isize > height {
        return None;
    }
    let (left, top) = (left as usize, top as usize);
    let rows = &source.cells()[top * source.width() + left..];
    let mut block = [rows.first_chunk::<N>()?; N];
    for (row, pixels) in block.iter_mut().enumerate().skip(1) {
        *pixels = rows[row * source.width()..].first_chunk::<N>()?;
    }
    Some(block)
}

/// Catmull–Rom weights of the four pixels around a point `t` (0.0–1.0) past the second.
#[inline(always)]
pub fn cubic_weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (-t + 2.0 * t2 - t3),
        0.5 * (2.0 - 5.0 * t2 + 3.0 * t3),
        0.5 * (t + 4.0 * t2 - 3.0 * t3),
        0.5 * (t3 - t2),
    ]
}

#[inline(never)]
fn fetch<T: Blend>(source: &Grid<T>, x: isize, y: isize, border: Border) -> [f32; 4] {
    let inside =
        (0..source.width() as isize).contains(&x) && (0..source.height() as isize).contains(&y);
    match border {
        _ if inside => source.at(x as usize, y as usize).to_lanes(),
        Border::Reflect => source.reflected(x, y).to_lanes(),
        Border::Clamp => source.clamped(x, y).to_lanes(),
        Border::Zero => [0.0; 4],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_ramp_is_sampled_exactly() {
        let ramp = Grid::from_fn(8, 8, |x, y| (x + 2 * y) as f32);
        let sampled: f32 = sample_cubic(&ramp, 3.25, 4.5, Border::Clamp);
        assert!((sampled - 12.25).abs() < 1e-5);
        let sampled: f32 = sample_linear(&ramp, 3.25, 4.5, Border::Clamp);
        assert!((sampled - 12.25).abs() < 1e-5);
    }
}

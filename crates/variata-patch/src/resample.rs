//! Resizing and warping, for every kind of rectangle alike.
//!
//! Shrinking averages the covered area, so that nothing is skipped; enlarging and warping use
//! Catmull–Rom cubics (Keys, 1981, a = −1/2), which keep edges crisp. Sums run in a fixed order,
//! so that the same bytes come out on every machine.

use crate::color::Oklab;
use crate::grid::Grid;
use crate::kernels::recompiled;

/// A value that can be averaged with others: up to four numbers.
pub trait Blend: Copy + Send + Sync {
    /// The value as numbers; unused ones are zero.
    fn to_lanes(self) -> [f32; 4];
    /// The value of these numbers, rounded and clamped to what it can hold.
    fn from_lanes(lanes: [f32; 4]) -> Self;

    /// [`Blend::to_lanes`] of a whole row.
    #[inline(always)]
    fn load(row: &[Self], lanes: &mut [Lanes]) {
        lanes.iter_mut().zip(row).for_each(|(lanes, value)| *lanes = value.to_lanes());
    }

    /// [`Blend::from_lanes`] of a whole row.
    #[inline(always)]
    fn store(lanes: &[Lanes], row: &mut [Self]) {
        row.iter_mut().zip(lanes).for_each(|(value, &lanes)| *value = Self::from_lanes(lanes));
    }
}

/// The numbers of a value.
pub type Lanes = [f32; 4];

impl Blend for f32 {
    fn to_lanes(self) -> [f32; 4] {
        [self, 0.0, 0.0, 0.0]
    }
    fn from_lanes(lanes: [f32; 4]) -> Self {
        lanes[0]
    }
}

impl Blend for [f32; 4] {
    fn to_lanes(self) -> [f32; 4] {
        self
    }
    fn from_lanes(lanes: [f32; 4]) -> Self {
        lanes
    }
}

impl Blend for [u8; 4] {
    #[inline(always)]
    fn to_lanes(self) -> [f32; 4] {
        self.map(f32::from)
    }

    /// Premultiplied colours may not exceed their alpha, which cubics would let them.
    #[inline(always)]
    fn from_lanes(lanes: [f32; 4]) -> Self {
        let [red, green, blue, alpha] = lanes.map(byte_of);
        [red.min(alpha), green.min(alpha), blue.min(alpha), alpha]
    }

    #[inline(always)]
    fn load(row: &[Self], lanes: &mut [Lanes]) {
        let pairs = lanes.as_flattened_mut().iter_mut().zip(row.as_flattened());
        pairs.for_each(|(lane, &byte)| *lane = f32::from(byte));
    }

    #[inline(always)]
    fn store(lanes: &[Lanes], row: &mut [Self]) {
        let pairs = row.as_flattened_mut().iter_mut().zip(lanes.as_flattened());
        pairs.for_each(|(byte, &lane)| *byte = byte_of(lane));
        if row.iter().any(|pixel| pixel[3] != u8::MAX) {
            for pixel in row {
                *pixel = pixel.map(|value| value.min(pixel[3]));
            }
        }
    }
}

/// Rounded and clamped, by way of `i32`, for which there are vector instructions.
#[inline(always)]
fn byte_of(lane: f32) -> u8 {
    (lane + 0.5).clamp(0.0, 255.0) as i32 as u8
}

impl Blend for Oklab {
    fn to_lanes(self) -> [f32; 4] {
        [self.l, self.a, self.b, 0.0]
    }
    fn from_lanes([l, a, b, _]: [f32; 4]) -> Self {
        Self { l, a, b }
    }
}

/// What lies beyond the edge of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// The picture, mirrored.
    Reflect,
    /// Its outermost pixels, repeated.
    Clamp,
    /// Nothing: zero, which is transparent in a raster.
    Zero,
}

/// Resizes to `width` × `height`: area averages where it shrinks, cubics where it grows.
///
/// Works in bands of rows, so that what is resized across stays in the cache until it is resized
/// down.
pub fn resize<T: Blend>(source: &Grid<T>, width: usize, height: usize) -> Grid<T> {
    if (source.width(), source.height()) == (width, height) {
        return source.clone();
    }
    let across = Taps::new(source.width(), width);
    let down = Taps::new(source.height(), height);
    let mut result = Grid::new(width, height, T::from_lanes([0.0; 4]));
    let band = |top: usize, rows: &mut [T]| resize_band(source, (&across, &down), top, rows);
    result.par_bands(BAND_ROWS, band);
    result
}

/// Rows of a result that are made together.
const BAND_ROWS: usize = 32;

recompiled! {
    /// Makes the rows of a resized picture from row `top` on.
    fn resize_band[T: Blend](source: &Grid<T>, taps: (&Taps, &Taps), top: usize, rows: &mut [T]) {
        let (across, down) = taps;
        let width = across.starts.len();
        let (first, end) = (down.starts[top], down.end(top + rows.len() / width - 1));
        let mut line = vec![[0.0; 4]; source.width()];
        let mut lines = vec![[0.0; 4]; width * (end - first)];
        for (y, resized) in (first..end).zip(lines.chunks_exact_mut(width)) {
            T::load(source.row(y), &mut line);
            across.gather(&line, resized);
        }
        let mut sum = vec![[0.0; 4]; width];
        for (y, row) in (top..).zip(rows.chunks_exact_mut(width)) {
            let (start, weights) = down.at(y);
            let lines = lines[(start - first) * width..].chunks_exact(width);
            sum.fill([0.0; 4]);
            for (line, &weight) in lines.zip(weights) {
                let lanes = sum.as_flattened_mut().iter_mut().zip(line.as_flattened());
                lanes.for_each(|(sum, lane)| *sum += lane * weight);
            }
            T::store(&sum, row);
        }
    }
}

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

/// How [`warp`] reads its source.
#[derive(Debug, Clone, Copy)]
pub struct Warp {
    /// Columns of the result.
    pub width: usize,
    /// Rows of the result.
    pub height: usize,
    /// What lies beyond the source.
    pub border: Border,
    /// Samples per side of a pixel: 1 where the picture keeps its size or grows, 2 or 3 where it
    /// shrinks, against aliasing.
    pub samples: usize,
}

/// A new picture whose pixel `(x, y)` shows the source at `origin(x, y)`, rows in parallel.
pub fn warp<T: Blend>(
    source: &Grid<T>,
    how: Warp,
    origin: impl Fn(f32, f32) -> (f32, f32) + Sync,
) -> Grid<T> {
    let mut result = Grid::new(how.width, how.height, T::from_lanes([0.0; 4]));
    result.par_rows(|y, row| warp_row(source, how, y, row, &origin));
    result
}

recompiled! {
    /// Row `y` of a warped picture.
    fn warp_row[T: Blend, F: Fn(f32, f32) -> (f32, f32)](
        source: &Grid<T>,
        how: Warp,
        y: usize,
        row: &mut [T],
        origin: &F,
    ) {
        let samples = how.samples.max(1);
        let step = 1.0 / samples as f32;
        let share = step * step;
        for (x, value) in row.iter_mut().enumerate() {
            let mut sum = [0.0; 4];
            for sub in 0..samples * samples {
                let shift = |index: usize| (index as f32 + 0.5) * step - 0.5;
                let (dx, dy) = (shift(sub % samples), shift(sub / samples));
                let (u, v) = origin(x as f32 + dx, y as f32 + dy);
                add(&mut sum, sample_cubic(source, u, v, how.border).to_lanes(), share);
            }
            *value = T::from_lanes(sum);
        }
    }
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

#[inline(always)]
fn add(sum: &mut [f32; 4], lanes: [f32; 4], weight: f32) {
    for (total, lane) in sum.iter_mut().zip(lanes) {
        *total += lane * weight;
    }
}

/// For each position along one side of the result, which source positions count and how much.
struct Taps {
    starts: Vec<usize>,
    weights: Vec<f32>,
    /// Where the weights of each position begin, and where the last ones end.
    bounds: Vec<usize>,
}

impl Taps {
    fn new(from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        let make = if to < from { Self::area } else { Self::cubic };
        let mut taps =
            Self { starts: Vec::with_capacity(to), weights: Vec::new(), bounds: vec![0] };
        for position in 0..to {
            let (start, weights) = make(position, scale, from);
            taps.starts.push(start);
            taps.weights.extend(weights);
            taps.bounds.push(taps.weights.len());
        }
        taps
    }

    /// The shares of the source pixels that the result's pixel covers.
    fn area(position: usize, scale: f64, from: usize) -> (usize, Vec<f32>) {
        let (begin, end) = (position as f64 * scale, (position + 1) as f64 * scale);
        let first = begin as usize;
        let last = (end.ceil() as usize).min(from).max(first + 1);
        let covered = |at: usize| (end.min((at + 1) as f64) - begin.max(at as f64)) / scale;
        (first, (first..last).map(|at| covered(at) as f32).collect())
    }

    /// Four cubic weights, those beyond the edge given to the outermost pixels.
    fn cubic(position: usize, scale: f64, from: usize) -> (usize, Vec<f32>) {
        let center = (position as f64 + 0.5) * scale - 0.5;
        let whole = center.floor();
        let inside = |at: isize| at.clamp(0, from as isize - 1) as usize;
        let first = inside(whole as isize - 1);
        let last = inside(whole as isize + 2);
        let mut weights = vec![0.0; last - first + 1];
        for (tap, weight) in cubic_weights((center - whole) as f32).into_iter().enumerate() {
            weights[inside(whole as isize - 1 + tap as isize) - first] += weight;
        }
        (first, weights)
    }

    /// The first source position that counts at `position`, and the weights from there on.
    #[inline(always)]
    fn at(&self, position: usize) -> (usize, &[f32]) {
        let weights = &self.weights[self.bounds[position]..self.bounds[position + 1]];
        (self.starts[position], weights)
    }

    /// One past the last source position that counts at `position`.
    fn end(&self, position: usize) -> usize {
        let (start, weights) = self.at(position);
        start + weights.len()
    }

    /// Makes a row of the source as long as the result.
    #[inline(always)]
    fn gather(&self, row: &[Lanes], resized: &mut [Lanes]) {
        for (position, resized) in resized.iter_mut().enumerate() {
            let (start, weights) = self.at(position);
            let mut sum = [0.0; 4];
            for (&lanes, &weight) in row[start..start + weights.len()].iter().zip(weights) {
                add(&mut sum, lanes, weight);
            }
            *resized = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resizing_keeps_a_constant_picture_constant() {
        let grid = Grid::new(7, 5, [10u8, 20, 30, 255]);
        for (width, height) in [(3, 2), (14, 10), (7, 2), (1, 1), (31, 3)] {
            let resized = resize(&grid, width, height);
            assert!(resized.cells().iter().all(|&pixel| pixel == [10, 20, 30, 255]));
        }
    }

    #[test]
    fn shrinking_by_two_averages_four_pixels() {
        let grid = Grid::from_cells(2, 2, vec![0.0f32, 1.0, 2.0, 5.0]).unwrap();
        assert_eq!(resize(&grid, 1, 1).cells(), [2.0]);
    }

    #[test]
    fn an_identity_warp_changes_nothing() {
        let grid = Grid::from_fn(9, 9, |x, y| [(x * 20) as u8, (y * 20) as u8, 7, 255]);
        let how = Warp { width: 9, height: 9, border: Border::Reflect, samples: 1 };
        assert_eq!(warp(&grid, how, |x, y| (x, y)), grid);
    }

    #[test]
    fn a_linear_ramp_is_sampled_exactly() {
        let ramp = Grid::from_fn(8, 8, |x, y| (x + 2 * y) as f32);
        let sampled: f32 = sample_cubic(&ramp, 3.25, 4.5, Border::Clamp);
        assert!((sampled - 12.25).abs() < 1e-5);
        let sampled: f32 = sample_linear(&ramp, 3.25, 4.5, Border::Clamp);
        assert!((sampled - 12.25).abs() < 1e-5);
    }

    #[test]
    fn premultiplied_colours_never_exceed_alpha() {
        let pixel = <[u8; 4]>::from_lanes([260.0, 3.0, -4.0, 90.0]);
        assert_eq!(pixel, [90, 3, 0, 90]);
    }
}

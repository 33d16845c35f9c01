//! A rectangle of values: the one container for pixels, masks and measurements.
//!
//! Every stage of the engine works on rectangles of something. One generic type keeps indexing,
//! borders, mirroring and cropping in one place.

use rayon::prelude::*;

use crate::color::Oklab;
use crate::kernels::{PARALLEL_FROM_CELLS, collect_rows, with_wide_vectors};

/// A rectangle of `width` × `height` values in rows from the top left; neither side is zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid<T> {
    width: usize,
    height: usize,
    cells: Vec<T>,
}

/// Pixels: R, G, B **premultiplied** by A, each 0–255, in sRGB.
pub type Raster = Grid<[u8; 4]>;
/// One number a pixel; 0.0–1.0 where nothing else is said.
pub type Plane = Grid<f32>;
/// A set of pixels.
pub type Mask = Grid<bool>;
/// Colours in OKLab.
pub type LabImage = Grid<Oklab>;

impl<T: Copy + Send + Sync> Grid<T> {
    /// A rectangle filled with `value`; a side of zero is taken as one.
    pub fn new(width: usize, height: usize, value: T) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self { width, height, cells: vec![value; width * height] }
    }

    /// A rectangle whose value at column `x`, row `y` is `value(x, y)`, rows in parallel.
    pub fn from_fn(width: usize, height: usize, value: impl Fn(usize, usize) -> T + Sync) -> Self {
        let value = &value;
        Self::from_rows(width, height, |y| (0..width.max(1)).map(move |x| value(x, y)))
    }

    /// A rectangle whose row `y` are the first values of `row(y)`, rows in parallel; a side of zero
    /// is taken as one. Reading whole rows is several times as fast as reading by coordinates.
    ///
    /// # Panics
    ///
    /// Where a row is shorter than `width`.
    pub fn from_rows<R: IntoIterator<Item = T>>(
        width: usize,
        height: usize,
        row: impl Fn(usize) -> R + Sync,
    ) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self { width, height, cells: collect_rows(width, height, row) }
    }

    /// The rectangle of these rows; `None` unless `cells` fills it exactly.
    pub fn from_cells(width: usize, height: usize, cells: Vec<T>) -> Option<Self> {
        let fits = width > 0 && height > 0 && cells.len() == width * height;
        fits.then_some(Self { width, height, cells })
    }

    /// The number of columns, at least 1.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of rows, at least 1.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All values, row by row.
    pub fn cells(&self) -> &[T] {
        &self.cells
    }

    /// Gives the values away, row by row.
    pub fn into_cells(self) -> Vec<T> {
        self.cells
    }

    /// All values, row by row, to change.
    pub fn cells_mut(&mut self) -> &mut [T] {
        &mut self.cells
    }

    /// The values of row `y`.
    pub fn row(&self, y: usize) -> &[T] {
        &self.cells[y * self.width..(y + 1) * self.width]
    }

    /// The values of row `y`, to change.
    pub fn row_mut(&mut self, y: usize) -> &mut [T] {
        &mut self.cells[y * self.width..(y + 1) * self.width]
    }

    /// The value at column `x`, row `y`, both inside.
    pub fn at(&self, x: usize, y: usize) -> T {
        self.cells[y * self.width + x]
    }

    /// Sets the value at column `x`, row `y`, both inside.
    pub fn set(&mut self, x: usize, y: usize, value: T) {
        self.cells[y * self.width + x] = value;
    }

    /// The value at `(x, y)`, or the nearest one inside.
    pub fn clamped(&self, x: isize, y: isize) -> T {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.at(x, y)
    }

    /// The value at `(x, y)`, the rectangle being mirrored at its borders without repeating them.
    pub fn reflected(&self, x: isize, y: isize) -> T {
        self.at(reflect(x, self.width), reflect(y, self.height))
    }

    /// The same rectangle with `change` applied to each value.
    pub fn map<U: Copy + Send + Sync>(&self, change: impl Fn(T) -> U + Sync) -> Grid<U> {
        let change = &change;
        let row = |y| self.row(y).iter().map(move |&value| change(value));
        Grid::from_rows(self.width, self.height, row)
    }

    /// Joins this rectangle with another of the same size, value by value.
    ///
    /// Where the sizes differ, the result is as wide and high as both allow.
    pub fn zip_map<U: Copy + Send + Sync, V: Copy + Send + Sync>(
        &self,
        other: &Grid<U>,
        join: impl Fn(T, U) -> V + Sync,
    ) -> Grid<V> {
        let (width, height) = (self.width.min(other.width), self.height.min(other.height));
        let join = &join;
        Grid::from_rows(width, height, |y| {
            let pairs = self.row(y).iter().zip(other.row(y));
            pairs.map(move |(&a, &b)| join(a, b))
        })
    }

    /// Left and right exchanged.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let mut mirrored = self.clone();
        mirrored.par_rows(|_, row| row.reverse());
        mirrored
    }

    /// Rows and columns exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self::from_fn(self.height, self.width, |x, y| self.at(y, x))
    }

    /// The part of `width` × `height` values whose top left is `(left, top)`; what lies outside
    /// repeats the border.
    #[must_use]
    pub fn cropped(&self, left: isize, top: isize, width: usize, height: usize) -> Self {
        let within =
            (0..self.width as isize).contains(&left) && left as usize + width.max(1) <= self.width;
        if within {
            let last = self.height as isize - 1;
            let row = |y: usize| self.row((top + y as isize).clamp(0, last) as usize);
            return Self::from_rows(width, height, |y| row(y)[left as usize..].iter().copied());
        }
        Self::from_fn(width, height, |x, y| self.clamped(left + x as isize, top + y as isize))
    }

    /// The rectangle with `reach` more values along each side, mirrored at its borders.
    #[must_use]
    pub fn with_margin(&self, reach: usize) -> Self {
        let (columns, far) = (self.width as isize, reach as isize);
        let (before, behind) = (-far..0, columns..columns + far);
        Self::from_rows(self.width + 2 * reach, self.height + 2 * reach, |y| {
            let row = self.row(reflect(y as isize - far, self.height));
            let at = |x: isize| row[reflect(x, self.width)];
            before.clone().map(at).chain(row.iter().copied()).chain(behind.clone().map(at))
        })
    }

    /// Changes each row, in parallel: `change(y, row)`.
    pub fn par_rows(&mut self, change: impl Fn(usize, &mut [T]) + Sync) {
        let change = |(y, row): (usize, &mut [T])| with_wide_vectors(|| change(y, row));
        if self.cells.len() < PARALLEL_FROM_CELLS {
            self.cells.chunks_mut(self.width).enumerate().for_each(change);
        } else {
            self.cells.par_chunks_mut(self.width).with_min_len(8).enumerate().for_each(change);
        }
    }

    /// Changes bands of `rows` rows, in parallel: `change(first, cells)`, `first` being the number
    /// of the band's first row. The bands are fixed, whatever the number of threads.
    pub fn par_bands(&mut self, rows: usize, change: impl Fn(usize, &mut [T]) + Sync) {
        let bands = self.cells.par_chunks_mut(self.width * rows.max(1)).enumerate();
        bands.for_each(|(band, cells)| with_wide_vectors(|| change(band * rows.max(1), cells)));
    }
}

/// Folds any coordinate into `0..length` by mirroring at the borders.
pub(crate) fn reflect(position: isize, length: usize) -> usize {
    let last = length as isize - 1;
    if last == 0 {
        return 0;
    }
    let folded = position.rem_euclid(2 * last);
    folded.min(2 * last - folded) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reflection_does_not_repeat_the_border() {
        let seen: Vec<usize> = (-3..7).map(|x| reflect(x, 4)).collect();
        assert_eq!(seen, [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert_eq!(reflect(-5, 1), 0);
    }

    #[test]
    fn a_crop_over_the_edge_repeats_the_border() {
        let grid = Grid::from_fn(3, 2, |x, y| 10 * y + x);
        let crop = grid.cropped(2, 1, 2, 2);
        assert_eq!(crop.cells(), [12, 12, 12, 12]);
        assert_eq!(grid.transposed().cells(), [0, 10, 1, 11, 2, 12]);
        assert_eq!(grid.mirrored().row(0), [2, 1, 0]);
        let wide = grid.with_margin(2);
        assert_eq!((wide.width(), wide.height()), (7, 6));
        let mirrored = |x, y| grid.reflected(x - 2, y - 2);
        assert!((0..42).all(|at| wide.cells()[at] == mirrored(at as isize % 7, at as isize / 7)));
    }
}

//! How much the picture repeats itself: which patches have a like elsewhere.
//!
//! Rearranging patches is safe where every patch has a like: in gravel, skies and herds. What has
//! none is unique, and unique things are what people look at: faces, towers, writing.

use crate::grid::{Grid, Plane, Raster};

/// Side of a patch in pixels, as the patch engine uses it.
const PATCH_PX: usize = 7;
/// Patches nearer than this in both directions overlap too much to count as others.
const NEAR_PX: isize = 5;

/// For each patch of the picture, from its top left pixel, the mean squared distance to the most
/// similar patch elsewhere or in the mirror, over the picture's variance: 0.0 for a patch that
/// recurs exactly, about 1.0 and more for one that is like nothing else.
///
/// All patches are compared (about 1.6 million pairs at 28 px): for each displacement the pixels'
/// differences are formed once and summed over patches by a summed-area table.
pub(super) fn uniqueness(picture: &Raster) -> Plane {
    let mut nearest = Nearest::new(picture.width(), picture.height());
    nearest.search(picture, &picture.mirrored());
    let values = (PATCH_PX * PATCH_PX * 3) as f32;
    let scale = 1.0 / (values * (variance(picture) + LEAST_VARIANCE));
    nearest
        .distance
        .map(|distance| if distance == u32::MAX { 0.0 } else { distance as f32 * scale })
}

/// Variance in squared byte values that any picture is taken to have.
const LEAST_VARIANCE: f32 = 0.0005 * 255.0 * 255.0;

/// The nearest-neighbour distance of every patch so far.
struct Nearest {
    distance: Grid<u32>,
}

impl Nearest {
    fn new(width: usize, height: usize) -> Self {
        let patches = |side: usize| (side + 1).saturating_sub(PATCH_PX);
        Self { distance: Grid::new(patches(width), patches(height), u32::MAX) }
    }

    fn search(&mut self, picture: &Raster, mirror: &Raster) {
        let (width, height) = (picture.width() as isize, picture.height() as isize);
        for dy in 1 - height..height {
            for dx in 1 - width..width {
                let is_far = dy > NEAR_PX || dx.abs() > NEAR_PX;
                if is_far && (dy > 0 || (dy == 0 && dx > 0)) {
                    self.compare(picture, picture, (dx, dy), |_, _| true);
                }
                self.compare(picture, mirror, (dx, dy), |own, other| {
                    let original = width - PATCH_PX as isize - other;
                    dy.abs() > NEAR_PX || (own - original).abs() > NEAR_PX
                });
            }
        }
    }

    /// Compares every patch of `a` with the patch of `b` that is displaced by `(dx, dy)`.
    fn compare(
        &mut self,
        a: &Raster,
        b: &Raster,
        (dx, dy): (isize, isize),
        counts: impl Fn(isize, isize) -> bool,
    ) {
        let (left, right) = overlap(a.width(), dx);
        let (top, bottom) = overlap(a.height(), dy);
        if right - left < PATCH_PX as isize || bottom - top < PATCH_PX as isize {
            return;
        }
        let both = std::ptr::eq(a, b);
        let table = difference_table(a, b, (left, right, top, bottom), (dx, dy));
        for y in top..=bottom - PATCH_PX as isize {
            for x in left..=right - PATCH_PX as isize {
                if !counts(x, x + dx) {
                    continue;
                }
                let distance = patch_sum(&table, (x - left) as usize, (y - top) as usize);
                self.note(x, y, distance);
                if both {
                    self.note(x + dx, y + dy, distance);
                }
            }
        }
    }

    fn note(&mut self, x: isize, y: isize, distance: u32) {
        let (x, y) = (x as usize, y as usize);
        if distance < self.distance.at(x, y) {
            self.distance.set(x, y, distance);
        }
    }
}

/// The positions of a side whose displaced partner is inside too.
fn overlap(length: usize, shift: isize) -> (isize, isize) {
    ((-shift).max(0), (length as isize - shift).min(length as isize))
}

/// Squared differences summed over all rectangles from the top left; one row and column larger.
fn difference_table(
    a: &Raster,
    b: &Raster,
    (left, right, top, bottom): (isize, isize, isize, isize),
    (dx, dy): (isize, isize),
) -> Grid<u32> {
    let (width, height) = ((right - left) as usize, (bottom - top) as usize);
    let mut table = Grid::new(width + 1, height + 1, 0u32);
    for y in 0..height {
        let own = &a.row(y + top as usize)[left as usize..right as usize];
        let other = b.row((y as isize + top + dy) as usize);
        let other = &other[(left + dx) as usize..(right + dx) as usize];
        let mut sum = 0;
        for (x, (p, q)) in own.iter().zip(other).enumerate() {
            sum += (0..3).map(|c| u32::from(p[c].abs_diff(q[c])).pow(2)).sum::<u32>();
            table.set(x + 1, y + 1, table.at(x + 1, y) + sum);
        }
    }
    table
}

fn patch_sum(table: &Grid<u32>, x: usize, y: usize) -> u32 {
    let (right, bottom) = (x + PATCH_PX, y + PATCH_PX);
    table.at(right, bottom) + table.at(x, y) - table.at(x, bottom) - table.at(right, y)
}

/// Mean over the channels of the variance over the pixels, in squared byte values.
fn variance(picture: &Raster) -> f32 {
    let count = picture.cells().len() as f64;
    let sum_of = |value: fn(f64) -> f64| -> f64 {
        let bytes = picture.cells().iter().flat_map(|pixel| &pixel[..3]);
        bytes.map(|&byte| value(f64::from(byte))).sum()
    };
    let squares = sum_of(|value| value * value) / (3.0 * count);
    let means: f64 = (0..3)
        .map(|c| picture.cells().iter().map(|pixel| f64::from(pixel[c])).sum::<f64>() / count)
        .map(|mean| mean * mean)
        .sum();
    (squares - means / 3.0).max(0.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(side: usize, value: impl Fn(usize, usize) -> u8 + Sync) -> Raster {
        Raster::from_fn(side, side, |x, y| [value(x, y), value(x, y), value(x, y), 255])
    }

    #[test]
    fn stripes_recur_and_a_cross_on_them_does_not() {
        let stripes = uniqueness(&grey(28, |x, _| if x % 4 < 2 { 30 } else { 220 }));
        assert!(stripes.cells().iter().all(|&value| value < 1e-6));
        let crossed = uniqueness(&grey(28, |x, y| {
            if (9..13).contains(&y) && (8..14).contains(&x) {
                128
            } else if x % 4 < 2 {
                30
            } else {
                220
            }
        }));
        assert!(crossed.at(8, 8) > 0.3 && crossed.at(0, 20) < 1e-6);
    }

    #[test]
    fn distances_equal_those_of_an_exhaustive_search() {
        let picture = grey(15, |x, y| ((x * x * 31 + y * 57 + x * y * 13) % 251) as u8);
        let mirror = picture.mirrored();
        let patches = 15 - PATCH_PX as isize + 1;
        let distance = |b: &Raster, (x, y): (isize, isize), (u, v): (isize, isize)| -> u32 {
            let cells = (0..49).map(|at| (at % 7, at / 7));
            cells
                .map(|(i, j)| {
                    u32::from(picture.clamped(x + i, y + j)[0].abs_diff(b.clamped(u + i, v + j)[0]))
                        .pow(2)
                        * 3
                })
                .sum()
        };
        let found = uniqueness(&picture);
        let scale = 1.0 / (147.0 * (variance(&picture) + LEAST_VARIANCE));
        for at in 0..patches * patches {
            let (x, y) = (at % patches, at / patches);
            let far = |u: isize, v: isize| (u - x).abs() > NEAR_PX || (v - y).abs() > NEAR_PX;
            let best = (0..patches * patches)
                .map(|other| (other % patches, other / patches))
                .flat_map(|(u, v)| {
                    let plain = far(u, v).then(|| distance(&picture, (x, y), (u, v)));
                    let original = 15 - 7 - u;
                    let mirrored = far(original, v).then(|| distance(&mirror, (x, y), (u, v)));
                    plain.into_iter().chain(mirrored)
                })
                .min()
                .unwrap_or(0);
            assert!((found.at(x as usize, y as usize) - best as f32 * scale).abs() < 1e-4);
        }
    }
}

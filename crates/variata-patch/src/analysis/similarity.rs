//! How much the picture repeats itself: which patches have a like elsewhere.
//!
//! Rearranging patches is safe where every patch has a like: in gravel, skies and herds. What has
//! none is unique, and unique things are what people look at: faces, towers, writing.

use crate::grid::{Grid, Plane, Raster};
use crate::kernels::recompiled;

/// Side of a patch in pixels, as the patch engine uses it.
const PATCH_PX: usize = 7;
/// Patches nearer than this in both directions overlap too much to count as others.
const NEAR_PX: isize = 5;

/// For each patch of the picture, from its top left pixel, the mean squared distance to the most
/// similar patch elsewhere or in the mirror, over the picture's variance: 0.0 for a patch that
/// recurs exactly, about 1.0 and more for one that is like nothing else.
///
/// All patches are compared (about 1.6 million pairs at 28 px): for each displacement the pixels'
/// differences are formed once and summed over patches by running sums.
pub(super) fn uniqueness(picture: &Raster) -> Plane {
    let nearest = nearest(&Channels::of(picture), &Channels::of(&picture.mirrored()));
    let values = (PATCH_PX * PATCH_PX * 3) as f32;
    let scale = 1.0 / (values * (variance(picture) + LEAST_VARIANCE));
    nearest.map(|distance| if distance == u32::MAX { 0.0 } else { distance as f32 * scale })
}

/// Variance in squared byte values that any picture is taken to have.
const LEAST_VARIANCE: f32 = 0.0005 * 255.0 * 255.0;

/// The squared distance of every patch of `picture` to the nearest one elsewhere in it or in its
/// `mirror`.
fn nearest(picture: &Channels, mirror: &Channels) -> Grid<u32> {
    let patches = |side: usize| (side + 1).saturating_sub(PATCH_PX);
    let (width, height) = (picture.width, picture.height);
    let mut nearest = Grid::new(patches(width), patches(height), u32::MAX);
    let mut room = Room::default();
    let (columns, rows) = (width as isize, height as isize);
    for dy in 1 - rows..rows {
        for dx in 1 - columns..columns {
            let (across, down) = (Overlap::of(width, dx), Overlap::of(height, dy));
            if across.length < PATCH_PX || down.length < PATCH_PX {
                continue;
            }
            let is_far = dy > NEAR_PX || dx.abs() > NEAR_PX;
            if is_far && (dy > 0 || (dy == 0 && dx > 0)) {
                compare((picture, picture), (across, down), None, &mut room, &mut nearest);
            }
            let near = (dx + PATCH_PX as isize - columns) as i32;
            let near = (dy.abs() <= NEAR_PX).then_some(near);
            compare((picture, mirror), (across, down), near, &mut room, &mut nearest);
        }
    }
    nearest
}

/// A picture as numbers that can be subtracted from each other.
struct Channels {
    width: usize,
    height: usize,
    values: [Vec<i32>; 3],
}

impl Channels {
    fn of(picture: &Raster) -> Self {
        let channel = |c: usize| picture.cells().iter().map(|pixel| i32::from(pixel[c])).collect();
        Self { width: picture.width(), height: picture.height(), values: [0, 1, 2].map(channel) }
    }

    #[inline(always)]
    fn row(&self, y: usize, from: usize, length: usize) -> [&[i32]; 3] {
        self.values.each_ref().map(|values| &values[y * self.width + from..][..length])
    }
}

/// The positions of a side whose displaced partner is inside too.
#[derive(Clone, Copy)]
struct Overlap {
    from: usize,
    /// Where the first one's partner is.
    to: usize,
    length: usize,
}

impl Overlap {
    fn of(side: usize, shift: isize) -> Self {
        let (from, to) = ((-shift).max(0) as usize, shift.max(0) as usize);
        Self { from, to, length: side - from.max(to) }
    }
}

/// What every comparison needs and none keeps.
#[derive(Default)]
struct Room {
    /// Squared differences of pixels, row by row.
    differences: Vec<u32>,
    /// Their sums down the columns of the latest patches.
    columns: Vec<u32>,
    /// The sums over those patches.
    sums: Vec<u32>,
}

recompiled! {
    /// Notes the distances of the patches of the first picture to those of the second, displaced; within
    /// one picture, of the second to the first as well. Where there is a `near`, a patch at column `x` is
    /// `2 * x + near` away from the one that it mirrors, and does not count within [`NEAR_PX`].
    fn compare(
        pictures: (&Channels, &Channels),
        overlaps: (Overlap, Overlap),
        near: Option<i32>,
        room: &mut Room,
        nearest: &mut Grid<u32>,
    ) {
        let ((own, other), (across, down)) = (pictures, overlaps);
        let (width, patches) = (across.length, across.length + 1 - PATCH_PX);
        room.differences.resize(width * down.length, 0);
        room.columns.clear();
        room.columns.resize(width, 0);
        room.sums.resize(patches, 0);
        let (differences, columns) = (&mut room.differences[..], &mut room.columns[..width]);
        let sums = &mut room.sums[..];
        for y in 0..down.length {
            let (gone, here) = differences.split_at_mut(y * width);
            let [a, b, c] = own.row(down.from + y, across.from, width);
            let [d, e, f] = other.row(down.to + y, across.to, width);
            let here = &mut here[..width];
            for x in 0..width {
                let apart = [a[x] - d[x], b[x] - e[x], c[x] - f[x]].map(|apart| apart * apart);
                here[x] = (apart[0] + apart[1] + apart[2]) as u32;
                columns[x] += here[x];
            }
            let Some(top) = (y + 1).checked_sub(PATCH_PX) else { continue };
            sums.copy_from_slice(&columns[..patches]);
            for beside in 1..PATCH_PX {
                sums.iter_mut().zip(&columns[beside..]).for_each(|(sum, column)| *sum += column);
            }
            if let Some(near) = near {
                for (x, sum) in (across.from as i32..).zip(sums.iter_mut()) {
                    let is_near = (2 * x + near).abs() <= NEAR_PX as i32;
                    *sum = if is_near { u32::MAX } else { *sum };
                }
            }
            note(sums, &mut nearest.row_mut(down.from + top)[across.from..]);
            if std::ptr::eq(own, other) {
                note(sums, &mut nearest.row_mut(down.to + top)[across.to..]);
            }
            columns.iter_mut().zip(&gone[top * width..]).for_each(|(column, gone)| *column -= gone);
        }
    }
}

/// Lets the distances of a row of patches be no larger than `sums`.
#[inline(always)]
fn note(sums: &[u32], nearest: &mut [u32]) {
    nearest.iter_mut().zip(sums).for_each(|(nearest, &sum)| *nearest = sum.min(*nearest));
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

//! A change of colours worked out once for a lattice of colours, and mixed from there.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::{mix_all, smoothstep, straight};
use crate::color::Oklab;
use crate::grid::{Grid, Raster};
use crate::kernels::recompiled;

/// A change of colours, known at a lattice of colours and mixed in between.
pub(in crate::operations) struct ColorTable {
    /// Results as bytes before rounding, red changing slowest; the fourth lane is unused.
    nodes: Vec<[f32; 4]>,
    places: [Place; 256],
}

/// Where a byte lies on one axis of the lattice.
#[derive(Clone, Copy)]
struct Place {
    node: usize,
    share: f32,
}

impl ColorTable {
    /// Nodes along each axis. Twice as many changed no pixel of the test pictures by more than two
    /// steps of 255.
    const SIDE: usize = 33;

    /// The table of `change`.
    pub(in crate::operations) fn new(change: impl Fn(Oklab) -> Oklab + Sync) -> Self {
        let [table] = Self::with_nodes(Self::places(), |_| true, |color| [change(color)]);
        table
    }

    /// The table of `change` for the colours of `image` alone: what they lie between is a tenth of the
    /// lattice or less, of many-coloured photographs a quarter.
    pub(in crate::operations) fn of(
        image: &Raster,
        change: impl Fn(Oklab) -> Oklab + Sync,
    ) -> Self {
        let [table] = Self::all_of(image, |color| [change(color)]);
        table
    }

    /// The tables of several changes that share most of their work.
    pub(in crate::operations) fn all_of<const N: usize>(
        image: &Raster,
        changes: impl Fn(Oklab) -> [Oklab; N] + Sync,
    ) -> [Self; N] {
        let places = Self::places();
        let is_met = met_cells(image, &places);
        let is_needed = |node: usize| {
            let face = [0, Self::SIDE * Self::SIDE].into_iter();
            let mut corners =
                face.flat_map(|at| [at, at + 1, at + Self::SIDE, at + Self::SIDE + 1]);
            corners.any(|corner| node.checked_sub(corner).is_some_and(|cell| is_met[cell]))
        };
        Self::with_nodes(places, is_needed, changes)
    }

    fn with_nodes<const N: usize>(
        places: [Place; 256],
        is_needed: impl Fn(usize) -> bool + Sync,
        changes: impl Fn(Oklab) -> [Oklab; N] + Sync,
    ) -> [Self; N] {
        let nodes = Grid::from_fn(Self::SIDE, Self::SIDE * Self::SIDE, |blue, row| {
            if !is_needed(row * Self::SIDE + blue) {
                return [[0.0; 4]; N];
            }
            let color = [row / Self::SIDE, row % Self::SIDE, blue].map(Self::byte_of);
            changes(Oklab::from_srgb(color)).map(|changed| {
                let [r, g, b] = changed.to_srgb().map(f32::from);
                [r, g, b, 0.0]
            })
        });
        std::array::from_fn(|at| Self {
            nodes: nodes.cells().iter().map(|nodes| nodes[at]).collect(),
            places,
        })
    }

    fn byte_of(node: usize) -> u8 {
        ((node * 255 + Self::SIDE / 2 - 1) / (Self::SIDE - 1)) as u8
    }

    fn places() -> [Place; 256] {
        std::array::from_fn(|byte| {
            let above = (1..Self::SIDE - 1).find(|&node| usize::from(Self::byte_of(node)) > byte);
            let node = above.unwrap_or(Self::SIDE - 1) - 1;
            let (low, high) = (f32::from(Self::byte_of(node)), f32::from(Self::byte_of(node + 1)));
            Place { node, share: (byte as f32 - low) / (high - low) }
        })
    }

    /// What becomes of a colour, as bytes before rounding.
    #[inline(always)]
    pub(in crate::operations) fn at(&self, color: [u8; 3]) -> [f32; 3] {
        let [r, g, b, _] = self.lanes_at(color);
        [r, g, b]
    }

    /// The same and a fourth number without meaning, to be stored along and [left out](packed) later:
    /// where three are asked for, compilers part each step of the way into one with two and one with a
    /// single number, and a row takes a third more instructions.
    #[inline(always)]
    pub(in crate::operations) fn lanes_at(&self, color: [u8; 3]) -> [f32; 4] {
        let [r, g, b] = color.map(|byte| self.places[byte as usize]);
        let first = cell([r, g, b]);
        let [darker, redder] =
            [first, first + Self::SIDE * Self::SIDE].map(|at| &self.nodes[at..at + Self::SIDE + 2]);
        mix_all(face(darker, g.share, b.share), face(redder, g.share, b.share), r.share)
    }
}

/// Between the nodes of which cells the colours of `image` lie.
fn met_cells(image: &Raster, places: &[Place; 256]) -> Vec<bool> {
    let is_met: Vec<AtomicBool> =
        (0..ColorTable::SIDE.pow(3)).map(|_| AtomicBool::new(false)).collect();
    let note = |cell: usize| {
        // Read first: threads that only read do not take the memory from each other.
        if !is_met[cell].load(Ordering::Relaxed) {
            is_met[cell].store(true, Ordering::Relaxed);
        }
    };
    image.cells().par_chunks(image.width()).with_min_len(ROWS_A_JOB).for_each(|row| {
        if row.iter().all(|pixel| pixel[3] == u8::MAX) {
            cells_of_opaque(row).into_iter().for_each(|cell| note(cell as usize));
        } else {
            let cells = row.iter().map(|&pixel| straight(pixel).map(|byte| places[byte as usize]));
            cells.for_each(|places| note(cell(places)));
        }
    });
    is_met.into_iter().map(AtomicBool::into_inner).collect()
}

/// Rows of which a thread notes the colours at once.
const ROWS_A_JOB: usize = 32;

recompiled! {
    /// The first node of those between which the colour of each opaque pixel lies.
    fn cells_of_opaque(row: &[[u8; 4]]) -> Vec<u32> {
        const SIDE: u32 = ColorTable::SIDE as u32;
        // The same as a place's node, without a table, and eight at once.
        let node = |byte: u8| {
            let node = (u32::from(byte) * (SIDE - 1) + SIDE / 2) / 255;
            node.min(SIDE - 2)
        };
        let cell = |&[red, green, blue, _]: &[u8; 4]| {
            (node(red) * SIDE + node(green)) * SIDE + node(blue)
        };
        row.iter().map(cell).collect()
    }
}

/// A colour that is mixed with one of [`ColorTable::lanes_at`].
#[inline(always)]
pub(in crate::operations) fn lanes_of(color: [u8; 3]) -> [f32; 4] {
    let [r, g, b] = color.map(f32::from);
    [r, g, b, 0.0]
}

recompiled! {
    /// The colours of a row of pixels, to be changed in part.
    pub(in crate::operations) fn lanes_of_row(pixels: &[[u8; 4]]) -> Vec<[f32; 4]> {
        pixels.iter().map(|&pixel| lanes_of(straight(pixel))).collect()
    }
}

recompiled! {
    /// Colours without their fourth lane.
    pub(in crate::operations) fn packed(lanes: &[[f32; 4]]) -> Vec<[f32; 3]> {
        lanes.iter().map(|&[r, g, b, _]| [r, g, b]).collect()
    }
}

/// The first node of those between which a colour lies.
#[inline(always)]
fn cell([red, green, blue]: [Place; 3]) -> usize {
    (red.node * ColorTable::SIDE + green.node) * ColorTable::SIDE + blue.node
}

/// The mix of the four nodes of one red: blue neighbours lie side by side, green ones a row apart.
#[inline(always)]
fn face(nodes: &[[f32; 4]], green: f32, blue: f32) -> [f32; 4] {
    let row = |at: usize| mix_all(nodes[at], nodes[at + 1], blue);
    mix_all(row(0), row(ColorTable::SIDE), green)
}

recompiled! {
    /// What becomes of each of a row of pixels by a table.
    pub(in crate::operations) fn recolored_row(table: &ColorTable, pixels: &[[u8; 4]]) -> Vec<[f32; 3]> {
        let lanes = pixels.iter().map(|&pixel| table.lanes_at(straight(pixel)));
        packed(&lanes.collect::<Vec<[f32; 4]>>())
    }
}

recompiled! {
    /// A row of pixels in the colours of `table`, as bytes before rounding: unchanged where `mask` is
    /// below the ramp, changed altogether where it is above.
    pub(in crate::operations) fn partly_recolored_row(
        table: &ColorTable,
        pixels: &[[u8; 4]],
        mask: &[f32],
        ramp: [f32; 2],
    ) -> Vec<[f32; 3]> {
        let changed = |(&pixel, &value): (&[u8; 4], &f32)| {
            let color = straight(pixel);
            let share = smoothstep(ramp[0], ramp[1], value);
            if share <= 0.0 {
                return lanes_of(color);
            }
            mix_all(lanes_of(color), table.lanes_at(color), share)
        };
        packed(&pixels.iter().zip(mask).map(changed).collect::<Vec<[f32; 4]>>())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::colors;
    use super::*;

    #[test]
    fn the_cells_of_opaque_pixels_are_those_of_their_places() {
        let places = ColorTable::places();
        let row: Vec<[u8; 4]> =
            (0..=255u8).map(|byte| [byte, 255 - byte, byte.rotate_left(4), 255]).collect();
        let expected = |&[red, green, blue, _]: &[u8; 4]| {
            cell([red, green, blue].map(|byte| places[usize::from(byte)])) as u32
        };
        assert_eq!(cells_of_opaque(&row), row.iter().map(expected).collect::<Vec<_>>());
    }

    #[test]
    fn a_table_is_close_to_the_change_it_stands_for() {
        let change = |color: Oklab| Oklab { l: color.l * 0.8, ..color.with_chroma_scaled(0.7) };
        let table = ColorTable::new(change);
        for pixel in colors().cells().iter().filter(|pixel| pixel[3] == 255) {
            let exact = change(Oklab::from_srgb(straight(*pixel))).to_srgb();
            let mixed = table.at(straight(*pixel));
            assert!((0..3).all(|c| (mixed[c] - f32::from(exact[c])).abs() < 2.5), "{pixel:?}");
        }
    }

    #[test]
    fn a_table_of_a_picture_is_the_whole_one_to_its_colours() {
        let change = |color: Oklab| Oklab { l: color.l * 0.8, ..color };
        let (whole, own) = (ColorTable::new(change), ColorTable::of(&colors(), change));
        for pixel in colors().cells() {
            assert_eq!(own.at(straight(*pixel)), whole.at(straight(*pixel)));
        }
        let unused = own.nodes.iter().filter(|&&node| node == [0.0; 4]).count();
        assert!(unused * 2 > own.nodes.len(), "{unused}");
    }
}

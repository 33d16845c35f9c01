//! The composition at full size: every pixel is copied from the source at its scale.

use super::canvas::{Canvas, SIDE};
use crate::grid::{Grid, Raster};
use crate::kernels::recompiled;
use crate::operations::pixels::dither;
use crate::resample::resize;

/// Draws `canvas` at the size of `source`.
pub(super) fn rendered(canvas: &Canvas, corrections: &Grid<[f32; 3]>, source: &Raster) -> Raster {
    let side = source.width();
    let brush = Brush::new(canvas, corrections, source);
    let places: Vec<Between> = (0..side).map(|at| Between::of(at, side)).collect();
    let mut result = Raster::new(side, side, [0; 4]);
    result.par_rows(|y, row| draw_row(&brush, &places, y, row));
    result
}

recompiled! {
    /// Draws row `y`; `places` has the cells around each of its pixels.
    fn draw_row(brush: &Brush<'_>, places: &[Between], y: usize, row: &mut [[u8; 4]]) {
        for ((x, pixel), across) in row.iter_mut().enumerate().zip(places) {
            *pixel = brush.pixel((x, y), across, &places[y]);
        }
    }
}

struct Brush<'a> {
    canvas: &'a Canvas,
    corrections: &'a Grid<[f32; 3]>,
    /// The source at the scale of the composition.
    scene: Raster,
    /// For each label whether it is mirrored, and where its picture begins.
    origins: Vec<(bool, isize, isize)>,
}

impl<'a> Brush<'a> {
    fn new(canvas: &'a Canvas, corrections: &'a Grid<[f32; 3]>, source: &Raster) -> Self {
        let scale = source.width() as f32 / SIDE as f32;
        let pixels = |cells: isize| (cells as f32 * scale + 0.5).floor() as isize;
        let side = pixels(canvas.layout.side as isize).max(1) as usize;
        let (left, top) = (pixels(canvas.layout.left), pixels(canvas.layout.top));
        let offsets = canvas.sheets.iter().map(|sheet| sheet.offset);
        let origins = offsets
            .map(|offset| (offset.mirrored, left + pixels(offset.dx), top + pixels(offset.dy)));
        Self { canvas, corrections, scene: resize(source, side, side), origins: origins.collect() }
    }

    /// A pixel of the result. Between cells with different labels it is mixed: a seam is as wide as
    /// a cell.
    #[inline(always)]
    fn pixel(&self, (x, y): (usize, usize), across: &Between, down: &Between) -> [u8; 4] {
        let cells = [
            (across.before, down.before, (1.0 - across.share) * (1.0 - down.share)),
            (across.after, down.before, across.share * (1.0 - down.share)),
            (across.before, down.after, (1.0 - across.share) * down.share),
            (across.after, down.after, across.share * down.share),
        ];
        let labels = cells.map(|(u, v, _)| self.canvas.labels.at(u, v));
        let mut sum = [0.5 + 0.5 * dither(x, y); 3];
        let mut add = |color: [f32; 3], share: f32| {
            sum.iter_mut().zip(color).for_each(|(sum, lane)| *sum += share * lane);
        };
        if labels == [labels[0]; 4] {
            add(self.color(labels[0], x, y), 1.0);
        } else {
            let mixed = labels.into_iter().zip(cells);
            mixed.for_each(|(label, (_, _, share))| add(self.color(label, x, y), share));
        }
        for (u, v, share) in cells {
            add(self.corrections.at(u, v), share);
        }
        let [red, green, blue] = sum.map(|lane| lane as u8);
        [red, green, blue, u8::MAX]
    }

    #[inline(always)]
    fn color(&self, label: u8, x: usize, y: usize) -> [f32; 3] {
        let (mirrored, left, top) = self.origins[usize::from(label)];
        let u = x as isize - left;
        let u = if mirrored { self.scene.width() as isize - 1 - u } else { u };
        let [red, green, blue, _] = self.scene.clamped(u, y as isize - top);
        [red, green, blue].map(f32::from)
    }
}

/// The cells to both sides of a pixel and how far it is towards the second.
struct Between {
    before: usize,
    after: usize,
    share: f32,
}

impl Between {
    fn of(pixel: usize, pixels: usize) -> Self {
        let place = (pixel as f32 + 0.5) * SIDE as f32 / pixels as f32 - 0.5;
        let place = place.clamp(0.0, (SIDE - 1) as f32);
        let before = place as usize;
        Self { before, after: (before + 1).min(SIDE - 1), share: place - before as f32 }
    }
}

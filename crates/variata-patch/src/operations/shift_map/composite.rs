//! The two parts of a shifted picture put together.

use super::search::Shift;
use crate::filter::smooth_sequence;
use crate::grid::{Grid, Plane, Raster};
use crate::kernels::recompiled;
use crate::resample::{Blend, Border, resize, sample_linear};

/// The square of the shifted picture that is shown, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) side: usize,
}

/// A shift at full size: which pixel of the source each pixel of the shifted picture shows.
pub(super) struct Layout {
    dx: isize,
    dy: isize,
    /// Column of the seam in each row of the shifted picture.
    seam: Vec<f32>,
    source_side: isize,
}

impl Layout {
    pub(super) fn new(shift: &Shift, side: usize) -> Self {
        let pixels = side as f32;
        let whole = |share: f32| (share * pixels + 0.5).floor() as isize;
        let (dx, dy) = (whole(shift.dx), whole(shift.dy));
        let rows = side - dy.unsigned_abs().min(side - 1);
        let last = shift.seam.len().saturating_sub(1) as f32;
        let column = |row: usize| {
            let place = ((row as f32 + 0.5) / rows as f32 * (last + 1.0) - 0.5).clamp(0.0, last);
            let (above, share) = (place as usize, place - place.floor());
            let below = (above + 1).min(last as usize);
            pixels * (shift.seam[above] + (shift.seam[below] - shift.seam[above]) * share)
        };
        let seam: Vec<f32> = (0..rows).map(column).collect();
        Self { dx, dy, seam: smooth_sequence(&seam, 0.0022 * pixels), source_side: side as isize }
    }

    pub(super) fn width(&self) -> usize {
        (self.source_side - self.dx).max(1) as usize
    }

    pub(super) fn height(&self) -> usize {
        self.seam.len()
    }

    /// Mean column of the seam.
    pub(super) fn seam_column(&self) -> f32 {
        self.seam.iter().sum::<f32>() / self.seam.len() as f32
    }

    /// First row of the source that both parts have.
    fn first_row(&self) -> isize {
        (-self.dy).max(0)
    }

    /// The place in the source of a pixel left (`false`) or right (`true`) of the seam.
    #[inline(always)]
    fn origin(&self, x: isize, y: isize, right: bool) -> (isize, isize) {
        let y = y + self.first_row();
        if right { (x + self.dx, y + self.dy) } else { (x, y) }
    }

    /// The shifted picture within `cut`, its colours matched along the seam.
    pub(super) fn picture(&self, source: &Raster, cut: Cut) -> Raster {
        let steps = self.color_steps(source);
        let decay = Decay::new(0.22 * self.source_side as f32, self.width().max(source.width()));
        let mut result = Raster::new(cut.side, cut.side, [0; 4]);
        result.par_rows(|row_index, row| {
            let y = row_index + cut.top;
            matched_row(self, source, (cut.left, y), (&decay, steps[y]), row);
        });
        result
    }

    /// The colour of a pixel, in bytes before rounding.
    #[inline(always)]
    fn color(
        &self,
        source: &Raster,
        (x, y): (usize, usize),
        (decay, step): (&Decay, [f32; 3]),
    ) -> [f32; 4] {
        let away = x as f32 - self.seam[y];
        let share = self.right_share(x as isize, away);
        let matched = 0.5 * decay.at(away);
        let part = |right: bool| {
            let (u, v) = self.origin(x as isize, y as isize, right);
            let mut lanes = source.clamped(u, v).map(f32::from);
            let sign = if right { matched } else { -matched };
            for c in 0..3 {
                lanes[c] += sign * step[c];
            }
            lanes
        };
        let lanes = match share {
            share if share <= 0.0 => part(false),
            share if share >= 1.0 => part(true),
            share => {
                let (left, right) = (part(false), part(true));
                std::array::from_fn(|lane| left[lane] + (right[lane] - left[lane]) * share)
            }
        };
        lanes.map(|lane| lane.clamp(0.0, 255.0))
    }

    /// How much of the right part shows, `away` pixels right of the seam.
    #[inline(always)]
    fn right_share(&self, x: isize, away: f32) -> f32 {
        if x >= self.source_side {
            return 1.0;
        }
        if x + self.dx < 0 {
            return 0.0;
        }
        // A logistic step of 1.2 px, cut off where it is within a quarter of a byte step.
        match away {
            away if away < -8.0 => 0.0,
            away if away > 8.0 => 1.0,
            away => 1.0 / (1.0 + libm::expf(-away / 1.2)),
        }
    }

    /// For each row the smoothed difference between both parts along the seam, in bytes.
    fn color_steps(&self, source: &Raster) -> Vec<[f32; 3]> {
        let row_step = |y: usize| -> [f32; 3] {
            let middle = self.seam[y] as isize;
            let mut sum = [0.0; 3];
            for x in middle - 5..=middle + 5 {
                let (u, v) = self.origin(x, y as isize, false);
                let (s, t) = self.origin(x, y as isize, true);
                let (left, right) = (source.clamped(u, v), source.clamped(s, t));
                for c in 0..3 {
                    sum[c] += (f32::from(left[c]) - f32::from(right[c])) / 11.0;
                }
            }
            sum
        };
        let steps: Vec<[f32; 3]> = (0..self.height()).map(row_step).collect();
        let smooth: [Vec<f32>; 3] = std::array::from_fn(|c| {
            let channel: Vec<f32> = steps.iter().map(|step| step[c]).collect();
            smooth_sequence(&channel, 0.02 * self.source_side as f32)
        });
        let limit = 0.12 * 255.0;
        (0..steps.len())
            .map(|y| std::array::from_fn(|c| smooth[c][y].clamp(-limit, limit)))
            .collect()
    }

    /// A coarse plane moved along with the picture.
    pub(super) fn plane(&self, source: &Plane, cut: Cut) -> Plane {
        let (width, height) = (source.width(), source.height());
        let scale = width as f32 / self.source_side as f32;
        Grid::from_fn(width, height, |x, y| {
            let at = |place: usize, start: usize, cells: usize| {
                start as f32 + (place as f32 + 0.5) * cut.side as f32 / cells as f32
            };
            let (u, v) = (at(x, cut.left, width), at(y, cut.top, height));
            let row = (v as usize).min(self.seam.len() - 1);
            let right = u > self.seam[row];
            let (u, v) = self.origin(u as isize, v as isize, right);
            let cell = |place: isize| (place as f32 + 0.5) * scale - 0.5;
            sample_linear(source, cell(u), cell(v), Border::Clamp)
        })
    }
}

recompiled! {
    /// A row of the shifted picture from the column and row of `place` on; `matching` is what its
    /// parts differ by at the seam, and how that decays.
    fn matched_row(
        layout: &Layout,
        source: &Raster,
        place: (usize, usize),
        matching: (&Decay, [f32; 3]),
        row: &mut [[u8; 4]],
    ) {
        let columns = place.0..place.0 + row.len();
        let colors: Vec<[f32; 4]> =
            columns.map(|x| layout.color(source, (x, place.1), matching)).collect();
        Blend::store(&colors, row);
    }
}

/// exp(−|d| / length) for whole distances.
struct Decay {
    values: Vec<f32>,
}

impl Decay {
    fn new(length: f32, count: usize) -> Self {
        Self { values: (0..=count).map(|at| libm::expf(-(at as f32) / length)).collect() }
    }

    #[inline(always)]
    fn at(&self, distance: f32) -> f32 {
        let at = (distance.abs() + 0.5) as usize;
        self.values.get(at).or(self.values.last()).copied().unwrap_or(0.0)
    }
}

/// The cut enlarged (or reduced) to the source's size again.
pub(super) fn sized(picture: &Raster, side: usize) -> Raster {
    resize(picture, side, side)
}

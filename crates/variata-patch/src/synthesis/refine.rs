//! Better matches from those nearby: propagation without any random search.
//!
//! A tile tries the offsets of its neighbours (coherent growth: Ashikhmin, 2001) and shifts its
//! own by a pixel, which undoes the rounding of up-sampled coordinates (correction passes:
//! Lefebvre and Hoppe, 2005). Passes read the old field and write a new one, so that the order of
//! tiles and the number of threads cannot show.

use super::candidates::Candidates;
use super::labels::{Labels, own_labels};
use super::padded::{Field, Padded, Picture};
use super::preference::Preference;
use super::tried::{Trial, Tried};
use crate::kernels::{Best, Candidate, Offset, TILE_PX, Tier, Tile, Weighing, improve};

/// One pass over all tiles of a field.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// The instructions to use.
    pub tier: Tier,
    /// The picture whose patches are looked for.
    pub query: &'a Picture,
    /// The picture in which they are looked for.
    pub key: &'a Picture,
    /// Soft constraints and the factors that come with them.
    pub preference: Option<(Preference, &'a Padded<f32>)>,
    /// Whether a tile also tries its own offsets moved by a pixel.
    pub shifts: bool,
    /// The most candidates that a tile tries beyond its own offsets.
    pub limit: usize,
}

impl Pass<'_> {
    /// Writes to `refined` the best candidates for each query of `field`.
    ///
    /// What a tile has `tried` in a pass over the same pictures is not tried again; a row that holds
    /// nothing is told what this pass tries.
    pub fn run(&self, field: &Field, labels: &Labels, tried: &mut Tried, refined: &mut Field) {
        let side = field.side();
        let across = side.div_ceil(TILE_PX);
        refined.reshape(side);
        refined.for_each_tile_row_beside(tried.rows(across), |row, mut cells, tried| {
            let mut candidates = Candidates::default();
            let is_first = tried.is_empty();
            for tile in 0..across {
                let place = (tile, row);
                // Without soft constraints a patch in the midst of one region is found already,
                // at a distance of zero.
                let refined = if self.preference.is_none() && labels.is_quiet(place) {
                    own_labels(field, place)
                } else {
                    self.list(field, labels, place, &mut candidates);
                    let best = self.best(field, place, &mut candidates, tried.trial(tile));
                    if is_first {
                        tried.push(tile, candidates.all(), &best);
                    }
                    best.label
                };
                cells.write(tile * TILE_PX, side, &refined);
            }
        });
        refined.extend_border();
    }

    /// Like [`Pass::run`], and writes to `distances` how far each query is from its match. Looks
    /// at every tile: for small pictures.
    pub fn run_measured(
        &self,
        field: &Field,
        labels: &Labels,
        refined: &mut Field,
        distances: &mut Padded<i32>,
    ) {
        let side = field.side();
        refined.reshape(side);
        distances.reshape(side);
        let mut beside = distances.tile_rows();
        refined.for_each_tile_row_beside(&mut beside, |row, mut cells, distances| {
            let mut candidates = Candidates::default();
            for tile in 0..side.div_ceil(TILE_PX) {
                let place = (tile, row);
                self.list(field, labels, place, &mut candidates);
                let best = self.best(field, place, &mut candidates, None);
                cells.write(tile * TILE_PX, side, &best.label);
                let distance = best.cost.map(|row| row.map(Best::distance));
                distances.write(tile * TILE_PX, side, &distance);
            }
        });
        refined.extend_border();
    }

    /// Fills `candidates` with what a tile tries.
    fn list(
        &self,
        field: &Field,
        labels: &Labels,
        tile: (usize, usize),
        candidates: &mut Candidates,
    ) {
        labels.around(field, tile, self.limit, candidates);
        if self.shifts && candidates.own().len() > 1 {
            add_shifts(candidates, self.limit);
        }
    }

    /// The best for each query of a tile of `candidates` and of what it has `tried`.
    fn best(
        &self,
        field: &Field,
        tile: (usize, usize),
        candidates: &mut Candidates,
        tried: Option<Trial<'_>>,
    ) -> Best {
        let own = own_labels(field, tile);
        let mut best = Best::worst(own);
        if let Some(tried) = tried {
            // Where candidates are weighed, the first of those that weigh the same wins: the tile's
            // own, which stand in another order than before.
            let kept = if self.preference.is_some() { candidates.own().len() } else { 0 };
            candidates.leave_out(tried.offsets, kept);
            if kept == 0 {
                best = tried.outcome(own);
            }
        }
        for &offset in candidates.all() {
            self.try_offset(offset, tile, &own, &mut best);
        }
        best
    }

    fn try_offset(
        &self,
        offset: Offset,
        (tile_x, tile_y): (usize, usize),
        own: &Tile<Offset>,
        best: &mut Best,
    ) {
        let patches = self.query.patches() as isize;
        let (left, top) = ((tile_x * TILE_PX) as isize, (tile_y * TILE_PX) as isize);
        let columns = inside(left, offset.dx(), patches);
        let rows = inside(top, offset.dy(), patches);
        if columns.0 >= columns.1 || rows.0 >= rows.1 {
            return;
        }
        let (key_x, key_y) = (left + offset.dx(), top + offset.dy());
        let weighing = match self.preference {
            None => Weighing::Plain,
            Some((preference, reciprocal)) => Weighing::Weighted {
                scale: preference.scale(),
                bias: preference.bias(offset, self.query.side()),
                reciprocal: reciprocal.window(key_x, key_y),
            },
        };
        let candidate = Candidate {
            offset,
            query: self.query.window(left, top),
            key: self.key.window(key_x, key_y),
            weighing,
            columns,
            rows,
        };
        improve(self.tier, &candidate, own, best);
    }
}

/// First and one past the last place of a tile that starts at `start` whose query and key are
/// both among `patches`.
fn inside(start: isize, offset: isize, patches: isize) -> (usize, usize) {
    let first = (-(start + offset)).max(0);
    let end = (patches - start - offset).min(patches - start).min(TILE_PX as isize);
    (first as usize, end.max(0) as usize)
}

/// Appends the tile's own offsets, moved by one pixel each way, up to `limit`.
fn add_shifts(candidates: &mut Candidates, limit: usize) {
    let around = [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)];
    for at in 0..candidates.own().len() {
        if candidates.are_enough(limit) {
            return;
        }
        let label = candidates.own()[at];
        let moved = around.map(|(dx, dy)| Offset::new(label.dx() + dx, label.dy() + dy));
        candidates.extend(&moved, limit);
    }
}

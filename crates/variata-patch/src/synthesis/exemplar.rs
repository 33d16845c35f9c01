//! A source at every size that the synthesis looks at, made once and shared by all variations.

use std::sync::{Mutex, PoisonError};

use super::padded::Picture;
use super::scatter::Scatter;
use super::workspace::Workspace;
use crate::analysis::{Analysis, Class};
use crate::grid::Raster;
use crate::resample::resize;

/// The side at which compositions are chosen, in pixels; finer levels only finish them.
pub const CHOICE_PX: usize = 128;
/// Sides at which a composition may start, in pixels.
pub const START_SIDES_PX: [usize; 4] = [14, 20, 24, 28];
/// The smallest source that can be rearranged, in pixels.
pub const MIN_SIDE_PX: usize = 64;
/// Levels up to here are compared with blurred keys at first, and are repaired thoroughly.
pub(super) const COARSE_PX: usize = 64;

/// A source prepared for synthesis, its mirrored twin where both are needed, and buffers to work in.
///
/// Everything is made at once and nothing on demand: a thread of a rayon pool that waits for its
/// own part of a lazy value may be given another task that needs the same value, and never
/// returns.
#[derive(Debug)]
pub struct Exemplar {
    first: Pyramid,
    first_is_mirrored: bool,
    twin: Option<Pyramid>,
    idle: Mutex<Vec<Workspace>>,
}

/// Which of a source and its mirror image are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facing {
    /// The source as it is.
    Plain,
    /// The source with left and right exchanged.
    Mirrored,
    /// Each for some of the variations.
    Both,
}

/// A picture at all sizes.
#[derive(Debug)]
pub struct Pyramid {
    starts: [Level; START_SIDES_PX.len()],
    levels: Vec<Level>,
    scatter: Option<Scatter>,
}

/// A picture at one size.
#[derive(Debug)]
pub struct Level {
    /// The picture, shrunk.
    pub picture: Picture,
    /// The same as it looks when enlarged from the next coarser level; only up to `COARSE_PX`.
    pub blurred: Option<Picture>,
}

impl Exemplar {
    /// The source of `analysis` at [`CHOICE_PX`] pixels, or at its own side if that is less; `None` if
    /// it is below [`MIN_SIDE_PX`].
    pub fn choice_of(analysis: &Analysis) -> Option<Raster> {
        let side = analysis.source.width().min(analysis.source.height());
        // Compositions are chosen from the view, so that every size chooses the same.
        let choice = || resize(&analysis.view, side.min(CHOICE_PX), side.min(CHOICE_PX));
        (side >= MIN_SIDE_PX).then(choice)
    }

    /// Prepares the source of `analysis`, whose [choice](Self::choice_of) is given.
    pub fn of(analysis: &Analysis, choice: &Raster, facing: Facing) -> Self {
        let crowded = analysis.class == Class::Crowd;
        let of = |mirrored: bool| {
            if mirrored {
                Pyramid::new(&analysis.source.mirrored(), &choice.mirrored(), crowded)
            } else {
                Pyramid::new(&analysis.source, choice, crowded)
            }
        };
        let first_is_mirrored = facing == Facing::Mirrored;
        let (first, twin) =
            rayon::join(|| of(first_is_mirrored), || (facing == Facing::Both).then(|| of(true)));
        Self { first, first_is_mirrored, twin, idle: Mutex::new(Vec::new()) }
    }

    /// The source as it is, or with left and right exchanged; where only one of them was said to be
    /// needed, that one.
    pub fn pyramid(&self, mirrored: bool) -> &Pyramid {
        self.twin.as_ref().filter(|_| mirrored != self.first_is_mirrored).unwrap_or(&self.first)
    }

    /// Lends the buffers of one synthesis to `work`. Fresh ones cost 2 to 3 ms of page faults at
    /// 1024 px; there are never more than syntheses that run at once.
    pub fn with_workspace<T>(&self, work: impl FnOnce(&mut Workspace) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut workspace = idle().pop().unwrap_or_default();
        let result = work(&mut workspace);
        idle().push(workspace);
        result
    }
}

impl Pyramid {
    fn new(full: &Raster, choice: &Raster, crowded: bool) -> Self {
        let coarse = || {
            let at = |side: usize| Level::new(&resize(choice, side, side));
            let coarse: Vec<Level> = coarse_sides(choice.width()).into_iter().map(at).collect();
            let scatter = crowded.then(|| Scatter::of(choice)).flatten();
            (START_SIDES_PX.map(at), coarse, scatter)
        };
        let (shrunk, full) = (|| shrunk_levels(full, choice), || Level::new(full));
        let ((starts, coarse, scatter), (shrunk, full)) =
            rayon::join(coarse, || rayon::join(shrunk, full));
        let levels = coarse.into_iter().chain(shrunk).chain([full]).collect();
        Self { starts, levels, scatter }
    }

    /// The picture at one of [`START_SIDES_PX`], by its index there.
    pub fn start(&self, index: usize) -> &Level {
        &self.starts[index.min(START_SIDES_PX.len() - 1)]
    }

    /// The things that can be moved about in the picture at [`CHOICE_PX`] pixels, if there are some.
    pub fn scatter(&self) -> Option<&Scatter> {
        self.scatter.as_ref()
    }

    /// The level of exactly `side_px`, if there is one.
    pub fn level(&self, side_px: usize) -> Option<&Level> {
        self.levels.iter().find(|level| level.side() == side_px)
    }

    /// The levels that follow one of `side_px`, coarsest first.
    pub fn finer_than(&self, side_px: usize) -> impl Iterator<Item = &Level> {
        // A level that is hardly finer than the last would only cost time.
        self.levels.iter().filter(move |level| 20 * level.side() > 23 * side_px)
    }

    /// All levels, coarsest first.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }
}

impl Level {
    fn new(raster: &Raster) -> Self {
        let side = raster.width();
        let blurred = (side < COARSE_PX).then(|| {
            let coarser = resize(raster, side * 3 / 4, side * 3 / 4);
            Picture::from_raster(&resize(&coarser, side, side))
        });
        Self { picture: Picture::from_raster(raster), blurred }
    }

    /// The side of the picture in pixels.
    pub fn side(&self) -> usize {
        self.picture.side()
    }
}

/// Sides below `choice`, in steps of 4/3, that are large enough to follow a start.
fn coarse_sides(choice: usize) -> Vec<usize> {
    let next = |side: &usize| Some(3 * side / 4).filter(|&side| side >= 29);
    let mut sides: Vec<usize> = std::iter::successors(Some(choice), next).skip(1).collect();
    sides.reverse();
    sides
}

/// Sides from the one at which compositions are chosen up to `full`, each at most twice the last.
fn finer_sides(full: usize) -> Vec<usize> {
    let mut sides = vec![full.min(CHOICE_PX)];
    while let Some(&side) = sides.last().filter(|&&side| side < full) {
        sides.push((2 * side).min(full));
    }
    sides
}

/// The levels from `choice` on that are coarser than `full`.
fn shrunk_levels(full: &Raster, choice: &Raster) -> Vec<Level> {
    let mut sizes: Vec<Raster> = Vec::new();
    for side in finer_sides(full.width()).into_iter().rev().skip(1) {
        let finer = sizes.last().unwrap_or(full);
        let next = if side == choice.width() { choice.clone() } else { shrunk(finer, side) };
        sizes.push(next);
    }
    sizes.iter().rev().map(Level::new).collect()
}

/// Halving is by far the commonest case: exact means of four pixels.
fn shrunk(raster: &Raster, side: usize) -> Raster {
    if raster.width() != 2 * side || raster.height() != 2 * side {
        return resize(raster, side, side);
    }
    Raster::from_fn(side, side, |x, y| {
        let block = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(u, v)| raster.at(2 * x + u, 2 * y + v));
        std::array::from_fn(|lane| {
            let sum: u16 = block.iter().map(|pixel| u16::from(pixel[lane])).sum();
            ((sum + 2) / 4) as u8
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(side: usize) -> Vec<usize> {
        let of = |side: usize| Raster::new(side, side, [9, 8, 7, 255]);
        let pyramid = Pyramid::new(&of(side), &of(side.min(CHOICE_PX)), false);
        assert!(pyramid.levels().iter().all(|level| level.picture.at(3, 3) == [9, 8, 7, 255]));
        pyramid.levels().iter().map(Level::side).collect()
    }

    #[test]
    fn sizes_reach_from_30_px_to_the_full_side() {
        assert_eq!(sides(1024), [30, 40, 54, 72, 96, 128, 256, 512, 1024]);
    }

    #[test]
    fn odd_sizes_end_at_the_full_side() {
        assert_eq!(sides(300), [30, 40, 54, 72, 96, 128, 256, 300]);
        assert_eq!(sides(64), [36, 48, 64]);
    }
}

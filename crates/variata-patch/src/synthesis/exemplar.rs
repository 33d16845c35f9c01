//! A source at every size that the synthesis looks at, made once and shared by all variations.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::padded::Picture;
use super::workspace::Workspace;
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

/// A source prepared for synthesis, and its mirrored twin.
#[derive(Debug)]
pub struct Exemplar {
    plain: Pyramid,
    mirrored: OnceLock<Pyramid>,
    idle: Mutex<Vec<Workspace>>,
}

/// A picture at all sizes.
#[derive(Debug)]
pub struct Pyramid {
    full: Raster,
    choice: Raster,
    starts: [Level; START_SIDES_PX.len()],
    levels: Vec<Level>,
}

/// A picture at one size.
#[derive(Debug)]
pub struct Level {
    /// The picture, shrunk.
    pub picture: Picture,
    /// The same as it looks when enlarged from the next coarser level; only up to [`COARSE_PX`].
    pub blurred: Option<Picture>,
}

impl Exemplar {
    /// Prepares `source`, a square picture; `None` if its side is below [`MIN_SIDE_PX`].
    pub fn new(source: &Raster) -> Option<Self> {
        let side = source.width().min(source.height());
        (side >= MIN_SIDE_PX).then(|| Self {
            plain: Pyramid::new(source.clone()),
            mirrored: OnceLock::new(),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// The source as it is, or with left and right exchanged.
    pub fn pyramid(&self, mirrored: bool) -> &Pyramid {
        if mirrored {
            self.mirrored.get_or_init(|| Pyramid::new(self.plain.full.mirrored()))
        } else {
            &self.plain
        }
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
    fn new(full: Raster) -> Self {
        let mut sizes = vec![full.clone()];
        for side in finer_sides(full.width()).into_iter().rev().skip(1) {
            let larger = sizes.last().unwrap_or(&full);
            sizes.push(shrunk(larger, side));
        }
        let choice = sizes.pop().unwrap_or_else(|| full.clone());
        let coarse = coarse_sides(choice.width()).into_iter();
        let coarse = coarse.map(|side| resize(&choice, side, side));
        let levels = coarse.chain(std::iter::once(choice.clone())).chain(sizes.into_iter().rev());
        Self {
            starts: START_SIDES_PX.map(|side| Level::new(&resize(&choice, side, side))),
            levels: levels.map(|raster| Level::new(&raster)).collect(),
            choice,
            full,
        }
    }

    /// The picture at one of [`START_SIDES_PX`], by its index there.
    pub fn start(&self, index: usize) -> &Level {
        &self.starts[index.min(START_SIDES_PX.len() - 1)]
    }

    /// The picture at [`CHOICE_PX`] pixels, or as it is if smaller.
    pub fn choice(&self) -> &Raster {
        &self.choice
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

    #[test]
    fn sizes_reach_from_30_px_to_the_full_side() {
        let source = Raster::new(1024, 1024, [9, 8, 7, 255]);
        let exemplar = Exemplar::new(&source).unwrap();
        let sides: Vec<usize> = exemplar.pyramid(true).levels().iter().map(Level::side).collect();
        assert_eq!(sides, [30, 40, 54, 72, 96, 128, 256, 512, 1024]);
        assert!(exemplar.pyramid(false).levels()[8].picture.row(5).iter().all(|p| p[3] == 255));
    }

    #[test]
    fn odd_sizes_end_at_the_full_side_and_tiny_ones_are_refused() {
        let exemplar = Exemplar::new(&Raster::new(300, 300, [0; 4])).unwrap();
        let sides: Vec<usize> = exemplar.pyramid(false).levels().iter().map(Level::side).collect();
        assert_eq!(sides[5..], [128, 256, 300]);
        assert!(Exemplar::new(&Raster::new(63, 63, [0; 4])).is_none());
        let smallest = Exemplar::new(&Raster::new(64, 64, [0; 4])).unwrap();
        assert_eq!(smallest.pyramid(false).levels().len(), 3);
    }
}

//! Pictures from fields: every pixel is the mean of what the patches over it show.

use super::labels::Labels;
use super::padded::{Field, Picture};
use crate::kernels::{
    Offset, Pixel, SUPPORT_PX, TILE_PX, Taps, Tier, Tile, Votes, Window, add_votes, count_votes,
    recompiled,
};

/// What the patches of a source say about a picture.
#[derive(Debug, Clone, Copy)]
pub struct Vote<'a> {
    /// The instructions to use.
    pub tier: Tier,
    /// The source.
    pub source: &'a Picture,
    /// For each patch of the picture, its match in the source.
    pub field: &'a Field,
    /// How much the parts of a patch count.
    pub taps: Taps,
}

impl Vote<'_> {
    /// Makes `picture` what the matches say it is.
    ///
    /// Where all patches over a tile carry one label, the tile is copied from the source: at fine
    /// levels that is five tiles in six.
    pub fn count(&self, picture: &mut Picture) {
        picture.reshape(self.source.side());
        self.each_tile(picture, |place| Some(self.tile(place)));
    }

    /// The same, `labels` of the field being known already.
    pub fn count_labelled(&self, labels: &Labels, picture: &mut Picture) {
        picture.reshape(self.source.side());
        self.each_tile(picture, |place| {
            let quiet = labels.is_quiet(tile_at(place));
            Some(if quiet { self.copied(place) } else { self.tile(place) })
        });
    }

    /// Leaves those tiles as they are that have been quiet since they were last counted.
    pub fn recount(&self, labels: &Labels, picture: &mut Picture) {
        self.each_tile(picture, |place| {
            (!labels.is_quiet(tile_at(place))).then(|| self.tile(place))
        });
    }

    fn each_tile(
        &self,
        picture: &mut Picture,
        tile: impl Fn((usize, usize)) -> Option<Tile<Pixel>> + Sync,
    ) {
        let side = picture.side();
        picture.for_each_tile_row(|row, mut cells| {
            for left in (0..side).step_by(TILE_PX) {
                if let Some(tile) = tile((left, TILE_PX * row)) {
                    cells.write(left, side, &tile);
                }
            }
        });
    }

    /// The tile whose top left pixel is `(x, y)`.
    fn tile(&self, (x, y): (usize, usize)) -> Tile<Pixel> {
        let reach = (SUPPORT_PX - TILE_PX) as isize;
        let labels = self.field.window(x as isize - reach, y as isize - reach);
        if is_uniform(labels) {
            return self.copied((x, y));
        }
        let mut votes = Votes::default();
        let mut seen = [Offset::ZERO; SUPPORT_PX * SUPPORT_PX];
        let count = distinct(labels, &mut seen);
        for &label in &seen[..count] {
            add_votes(self.tier, labels, (label, self.shown((x, y), label)), self.taps, &mut votes);
        }
        count_votes(&votes)
    }

    /// A tile over which all patches carry one label.
    fn copied(&self, (x, y): (usize, usize)) -> Tile<Pixel> {
        let label = self.field.window(x as isize, y as isize).row(0)[0];
        let from = self.shown((x, y), label);
        std::array::from_fn(|row| from.row(row).first_chunk().copied().unwrap_or_default())
    }

    fn shown(&self, (x, y): (usize, usize), label: Offset) -> Window<'_, Pixel> {
        self.source.window(x as isize + label.dx(), y as isize + label.dy())
    }
}

fn tile_at((x, y): (usize, usize)) -> (usize, usize) {
    (x / TILE_PX, y / TILE_PX)
}

fn is_uniform(labels: Window<'_, Offset>) -> bool {
    let first = labels.row(0)[0];
    (0..SUPPORT_PX).all(|y| {
        let row = &labels.row(y)[..SUPPORT_PX];
        row.iter().fold(true, |same, &label| same & (label == first))
    })
}

recompiled! {
    /// Sets the first of `seen` to the labels of a window, each once, in the order in which they are met;
    /// returns how many there are.
    fn distinct(
        labels: Window<'_, Offset>,
        seen: &mut [Offset; SUPPORT_PX * SUPPORT_PX],
    ) -> usize {
        let mut last = labels.row(0)[0];
        seen[0] = last;
        let mut count = 1;
        for y in 0..SUPPORT_PX {
            let row = &labels.row(y)[..SUPPORT_PX];
            if row.iter().fold(true, |same, &label| same & (label == last)) {
                continue;
            }
            for &label in row {
                if label == last {
                    continue;
                }
                last = label;
                let is_known = seen[..count].iter().fold(false, |known, &other| known | (other == label));
                if let Some(free) = seen.get_mut(count) {
                    *free = label;
                    count += usize::from(!is_known);
                }
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn noise(side: usize) -> Picture {
        let mut random = Random::new(4, 0);
        let mut picture = Picture::new(side);
        for y in 0..side {
            picture.row_mut(y).fill_with(|| random.bits().to_le_bytes());
        }
        picture
    }

    #[test]
    fn an_identity_field_reproduces_the_source() {
        for side in [7, 12, 33, 210] {
            let (source, field) = (noise(side), Field::new(side - 6));
            for (tier, taps) in [(Tier::Portable, Taps::MEAN), (Tier::Avx2, Taps::GAUSSIAN)] {
                let mut picture = Picture::default();
                Vote { tier, source: &source, field: &field, taps }.count(&mut picture);
                assert_eq!(picture.to_raster(), source.to_raster());
            }
        }
    }

    #[test]
    fn a_field_of_two_regions_shows_both_and_a_soft_seam() {
        let source = noise(64);
        let mut field = Field::new(58);
        for y in 0..58 {
            field.row_mut(y)[29..].fill(Offset::new(-20, 0));
        }
        field.extend_border();
        let mut picture = Picture::default();
        let taps = Taps::GAUSSIAN;
        Vote { tier: Tier::detect(), source: &source, field: &field, taps }.count(&mut picture);
        assert_eq!(picture.at(28, 30), source.at(28, 30));
        assert_eq!(picture.at(35, 30), source.at(15, 30));
        assert_ne!(picture.at(32, 30), source.at(32, 30));
    }
}

//! Coarse-to-fine repair: from a rough composition to a picture made of the source's patches.

use super::exemplar::{CHOICE_PX, COARSE_PX, Level, Pyramid};
use super::exhaustive::{Exhaustive, MAX_SIDE_PX, Matches};
use super::labels::Labels;
use super::padded::{Field, Picture};
use super::preference::Preference;
use super::refine::Pass;
use super::vote::vote;
use crate::grid::Raster;
use crate::kernels::{Taps, Tier};
use crate::resample::resize;

/// How a composition is repaired.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repair {
    /// The instructions to use.
    pub tier: Tier,
    /// Soft constraints on the coarse levels.
    pub preference: Preference,
    /// The finest level at which they apply, in pixels.
    pub preferred_until_px: usize,
    /// Iterations on the coarsest level: few keep a wild start wild.
    pub first_iterations: usize,
}

/// A repaired picture and where each of its patches is from.
#[derive(Debug, Clone)]
pub struct Repaired {
    /// The picture.
    pub picture: Picture,
    /// Its matches in the source.
    pub field: Field,
}

/// The buffers of one synthesis.
#[derive(Debug, Default)]
pub struct Workspace {
    picture: Picture,
    matches: Matches,
    spare: Field,
    labels: Labels,
    exhaustive: Exhaustive,
}

/// Above this side votes are Gaussian; at coarse levels a Gaussian keeps faults alive.
const MEAN_VOTES_UNTIL_PX: usize = 128;
/// Candidates of a tile beyond its own labels: fields are fragmented where they are coarse.
const COARSE_LIMIT: usize = 48;
const FINE_LIMIT: usize = 24;

impl Workspace {
    /// Repairs `composition`, of the size of `start`, with patches of `source` up to the level of
    /// `until_px`.
    pub fn repair(
        &mut self,
        composition: &Raster,
        (start, source): (&Level, &Pyramid),
        how: &Repair,
    ) -> Repaired {
        self.picture = Picture::from_raster(composition);
        self.iterate(start, how, true);
        let mut side = start.side();
        for level in source.finer_than(side).take_while(|level| level.side() <= CHOICE_PX) {
            self.climb(how.tier, side, level);
            self.iterate(level, how, false);
            side = level.side();
        }
        Repaired { picture: self.picture.clone(), field: self.matches.forward.clone() }
    }

    /// Carries a repaired picture up to the full size of the source.
    pub fn finish(&mut self, tier: Tier, repaired: &Repaired, source: &Pyramid) -> Raster {
        let mut side = repaired.picture.side();
        self.matches.forward.clone_from(&repaired.field);
        if source.finer_than(side).next().is_none() {
            return repaired.picture.to_raster();
        }
        for level in source.finer_than(side) {
            self.climb(tier, side, level);
            self.polish(tier, level);
            side = level.side();
        }
        self.picture.to_raster()
    }

    /// Takes fields and picture from a level of `from` pixels to the next.
    fn climb(&mut self, tier: Tier, from: usize, level: &Level) {
        let to = level.side();
        for field in [&mut self.matches.forward, &mut self.matches.reverse] {
            if field.side() > 0 {
                self.spare.upsample(field, from, to);
                std::mem::swap(field, &mut self.spare);
            }
        }
        if to < COARSE_PX {
            self.picture = Picture::from_raster(&resize(&self.picture.to_raster(), to, to));
        } else {
            vote(tier, &level.picture, &self.matches.forward, taps(to), &mut self.picture);
        }
    }

    /// Searches and votes until the picture consists of the source's patches. On all but the
    /// first of the coarse levels the picture has been enlarged and is blurred: so are, at first,
    /// the keys.
    fn iterate(&mut self, level: &Level, how: &Repair, is_first: bool) {
        let (tier, side) = (how.tier, level.side());
        let preference =
            if side <= how.preferred_until_px { how.preference } else { Preference::NONE };
        let iterations = match side {
            _ if is_first => how.first_iterations,
            side if side < COARSE_PX => 4,
            _ => 2,
        };
        for iteration in 0..iterations {
            let blurred = level.blurred.as_ref().filter(|_| iteration == 0 && !is_first);
            let keys = blurred.unwrap_or(&level.picture);
            if side <= MAX_SIDE_PX {
                let pair = (&self.picture, keys);
                self.exhaustive.search(tier, pair, preference, &mut self.matches);
            } else if preference.is_none() {
                self.pass(tier, keys, None, (true, COARSE_LIMIT));
                self.pass(tier, keys, None, (false, COARSE_LIMIT));
            } else {
                self.find_missing(tier, keys, preference);
                self.pass(tier, keys, Some(preference), (true, COARSE_LIMIT));
                self.pass(tier, keys, Some(preference), (true, COARSE_LIMIT));
            }
            vote(tier, &level.picture, &self.matches.forward, taps(side), &mut self.picture);
        }
    }

    fn polish(&mut self, tier: Tier, level: &Level) {
        self.pass(tier, &level.picture, None, (true, FINE_LIMIT));
        self.pass(tier, &level.picture, None, (false, FINE_LIMIT));
        vote(tier, &level.picture, &self.matches.forward, taps(level.side()), &mut self.picture);
    }

    fn find_missing(&mut self, tier: Tier, keys: &Picture, preference: Preference) {
        let matches = &mut self.matches;
        self.labels.collect(&matches.reverse);
        let pass = Pass {
            tier,
            query: keys,
            key: &self.picture,
            preference: None,
            shifts: true,
            limit: COARSE_LIMIT,
        };
        pass.run_measured(&matches.reverse, &self.labels, &mut self.spare, &mut matches.missing);
        std::mem::swap(&mut matches.reverse, &mut self.spare);
        preference.fill_reciprocals(&matches.missing, &mut matches.reciprocal);
    }

    fn pass(
        &mut self,
        tier: Tier,
        keys: &Picture,
        preference: Option<Preference>,
        (shifts, limit): (bool, usize),
    ) {
        self.labels.collect(&self.matches.forward);
        let reciprocal = &self.matches.reciprocal;
        let pass = Pass {
            tier,
            query: &self.picture,
            key: keys,
            preference: preference.map(|preference| (preference, reciprocal)),
            shifts,
            limit,
        };
        pass.run(&self.matches.forward, &self.labels, &mut self.spare);
        std::mem::swap(&mut self.matches.forward, &mut self.spare);
    }
}

fn taps(side_px: usize) -> Taps {
    if side_px <= MEAN_VOTES_UNTIL_PX { Taps::MEAN } else { Taps::GAUSSIAN }
}

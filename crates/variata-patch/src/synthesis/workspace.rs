//! Coarse-to-fine repair: from a rough composition to a picture made of the source's patches.

use super::collage::Collage;
use super::exemplar::{CHOICE_PX, COARSE_PX, Level, Pyramid};
use super::exhaustive::{Exhaustive, MAX_SIDE_PX, Matches};
use super::labels::Labels;
use super::padded::{Field, Padded, Picture};
use super::preference::Preference;
use super::refine::Pass;
use super::tried::Tried;
use super::vote::Vote;
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
    /// How far each patch is from its match, in squared bytes: 0 where the picture is a copy.
    pub seams: Padded<i32>,
}

/// The buffers of one synthesis.
#[derive(Debug, Default)]
pub struct Workspace {
    picture: Picture,
    matches: Matches,
    spare: Field,
    labels: Labels,
    tried: Tried,
    exhaustive: Exhaustive,
}

/// Above this side votes are Gaussian; at coarse levels a Gaussian keeps faults alive.
const MEAN_VOTES_UNTIL_PX: usize = 128;
/// The finest level on which seams are refined twice, in pixels.
const TWO_PASSES_UNTIL_PX: usize = 512;
/// Candidates of a tile beyond its own labels: fields are fragmented where they are coarse.
const COARSE_LIMIT: usize = 48;

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
        self.climb_to_choice(start.side(), source, how)
    }

    /// Repairs a collage of pieces of `source`; it has the side of one of its levels. Pieces are
    /// whole by themselves: only distances count.
    pub fn mend(&mut self, collage: &Collage, source: &Pyramid, how: &Repair) -> Option<Repaired> {
        let level = source.level(collage.side())?;
        self.matches.forward = collage.to_field();
        self.matches.reverse.reshape(0);
        let how = Repair { preference: Preference::NONE, ..*how };
        ballot(how.tier, level, &self.matches.forward).count(&mut self.picture);
        self.iterate(level, &how, true);
        Some(self.climb_to_choice(level.side(), source, &how))
    }

    fn climb_to_choice(&mut self, from: usize, source: &Pyramid, how: &Repair) -> Repaired {
        let mut side = from;
        for level in source.finer_than(side).take_while(|level| level.side() <= CHOICE_PX) {
            self.climb(how.tier, side, level);
            self.iterate(level, how, false);
            side = level.side();
        }
        let seams = self.measure(how.tier, source);
        Repaired { picture: self.picture.compact(), field: self.matches.forward.compact(), seams }
    }

    /// How far the patches of the picture are from their matches.
    fn measure(&mut self, tier: Tier, source: &Pyramid) -> Padded<i32> {
        let side = self.picture.side();
        let mut distances = Padded::default();
        if let Some(level) = source.level(side) {
            let pass = Pass {
                tier,
                query: &self.picture,
                key: &level.picture,
                preference: None,
                shifts: false,
                limit: COARSE_LIMIT,
            };
            self.labels.collect(&self.matches.forward);
            let forward = &self.matches.forward;
            pass.run_measured(forward, &self.labels, &mut self.spare, &mut distances);
        }
        distances
    }

    /// Carries a repaired picture up to the full size of the source.
    pub fn finish(&mut self, tier: Tier, repaired: &Repaired, source: &Pyramid) -> Raster {
        let mut side = repaired.picture.side();
        self.matches.forward.copy_from(&repaired.field);
        self.picture.copy_from(&repaired.picture);
        for level in source.levels().iter().filter(|level| level.side() > CHOICE_PX) {
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
            self.labels.collect(&self.matches.forward);
            let vote = ballot(tier, level, &self.matches.forward);
            vote.count_labelled(&self.labels, &mut self.picture);
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
            } else {
                let preference = (!preference.is_none()).then_some(preference);
                if let Some(preference) = preference {
                    self.find_missing(tier, keys, preference);
                }
                self.tried.forget();
                for shifts in [true, preference.is_some()] {
                    self.labels.collect(&self.matches.forward);
                    self.pass(tier, keys, preference, (shifts, COARSE_LIMIT));
                }
            }
            ballot(tier, level, &self.matches.forward).count(&mut self.picture);
        }
    }

    /// Refines the matches along the seams and votes there again.
    fn polish(&mut self, tier: Tier, level: &Level) {
        // Twice as long a seam, half as visible: the largest level is refined once.
        let passes: &[bool] =
            if level.side() > TWO_PASSES_UNTIL_PX { &[true] } else { &[true, false] };
        self.tried.forget();
        for &shifts in passes {
            self.pass(tier, &level.picture, None, (shifts, fine_limit(level.side())));
            self.labels.update(&self.matches.forward);
        }
        let vote = ballot(tier, level, &self.matches.forward);
        vote.recount(&self.labels, &mut self.picture);
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
        let reciprocal = &self.matches.reciprocal;
        let pass = Pass {
            tier,
            query: &self.picture,
            key: keys,
            preference: preference.map(|preference| (preference, reciprocal)),
            shifts,
            limit,
        };
        pass.run(&self.matches.forward, &self.labels, &mut self.tried, &mut self.spare);
        std::mem::swap(&mut self.matches.forward, &mut self.spare);
    }
}

/// The same where fields are finished. Fewer cost a tenth more residual energy at 1024 px, where
/// it can hardly be seen, and save a third of the time.
fn fine_limit(side_px: usize) -> usize {
    match side_px {
        0..=256 => 24,
        257..=512 => 16,
        _ => 10,
    }
}

fn ballot<'a>(tier: Tier, level: &'a Level, field: &'a Field) -> Vote<'a> {
    let taps = if level.side() <= MEAN_VOTES_UNTIL_PX { Taps::MEAN } else { Taps::GAUSSIAN };
    Vote { tier, source: &level.picture, field, taps }
}

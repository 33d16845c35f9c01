//! The same place, differently: hills, herds and stars moved and rebuilt from the source's own
//! patches.
//!
//! A few compositions are tried at 128 px, where they are cheap; the best one that is faithful
//! and new is carried up to full size. A composition cannot be known to be good before it is
//! repaired, and most faults show in numbers: see [`crate::score`].

use rayon::prelude::*;
use variata_core::{Score, SquareImage};

use super::{Context, Frame, Operation, Stop};
use crate::analysis::Class;
use crate::grid::{Plane, Raster};
use crate::kernels::PATCH_PX;
use crate::random::Random;
use crate::resample::{Border, sample_linear};
use crate::score::{Coherence, coherence, incompleteness, layout};
use crate::synthesis::{
    Composition, Exemplar, Preference, Pyramid, Repair, Repaired, START_SIDES_PX,
};

/// Rearranges textures, crowds and scenes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rearrange;

/// Compositions that are tried, of which the best is finished.
const CANDIDATES: usize = 3;

impl Operation for Rearrange {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        let exemplar =
            context.shared.exemplar.get_or_init(|| Exemplar::new(&context.analysis.source));
        let exemplar = exemplar.as_ref().ok_or(Stop::Refused)?;
        let tamer = Context { boldness: 0.6 * context.boldness, ..*context };
        let chosen = match choose(exemplar, context, random)? {
            Some(candidate) => candidate,
            None => choose(exemplar, &tamer, random)?.ok_or(Stop::Refused)?,
        };
        context.observer.preview(context.index, &preview(&chosen.repaired.picture.to_raster()));
        Ok(finish(frame, exemplar, context, &chosen))
    }
}

struct Candidate {
    plan: Plan,
    repaired: Repaired,
    rating: Rating,
}

/// Everything that is drawn for one candidate.
#[derive(Debug, Clone, Copy)]
struct Plan {
    mirrored: bool,
    start: usize,
    composition: Composition,
    repair: Repair,
}

/// The best of a few candidates, if any of them will do.
fn choose(
    exemplar: &Exemplar,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<Option<Candidate>, Stop> {
    let seeds: Vec<u64> = (0..CANDIDATES).map(|_| u64::from(random.bits())).collect();
    let tried: Result<Vec<Candidate>, Stop> = seeds
        .into_par_iter()
        .enumerate()
        .map(|(number, seed)| {
            context.check_cancelled()?;
            Ok(attempt(exemplar, context, number, &mut Random::new(seed, number as u64)))
        })
        .collect();
    let good = tried?.into_iter().filter(|candidate| candidate.rating.passes(context));
    Ok(good.max_by(|a, b| a.rating.total(context).total_cmp(&b.rating.total(context))))
}

fn attempt(
    exemplar: &Exemplar,
    context: &Context<'_>,
    number: usize,
    random: &mut Random,
) -> Candidate {
    let plan = Plan::draw(context, number, random);
    let pyramid = exemplar.pyramid(plan.mirrored);
    let start = pyramid.start(plan.start);
    let composed = plan.composition.arrange(&start.picture.to_raster(), random);
    let repaired = exemplar
        .with_workspace(|workspace| workspace.repair(&composed, (start, pyramid), &plan.repair));
    let rating = Rating::of(&repaired.picture.to_raster(), exemplar.pyramid(false), context);
    Candidate { plan, repaired, rating }
}

impl Plan {
    /// Consecutive seeds take turns in what shows most: the side the picture looks to, how coarse
    /// the pieces are, and whether a texture grows from noise.
    fn draw(context: &Context<'_>, number: usize, random: &mut Random) -> Self {
        let turn = context.seed.wrapping_add(number as u64);
        let analysis = context.analysis;
        let mirrored = analysis.may_mirror && context.seed.is_multiple_of(2);
        let bold = context.boldness;
        let pick = |choices: &[usize]| choices[(turn / 2) as usize % choices.len()];
        let fine_texture = analysis.features.block_variance < 0.05;
        let base = Composition { noise: 0.05 * bold.min(1.0), ..Composition::IDENTITY };
        let some = |count: usize| (count as f32 * bold + 0.5) as usize;
        let (start, composition, preference) = match analysis.class {
            Class::Texture => {
                let start = if fine_texture { pick(&[0, 1, 3]) } else { pick(&[1, 3]) };
                let from_noise = bold > 0.5 && (fine_texture || turn.is_multiple_of(3));
                let noise = if from_noise { 0.75 } else { base.noise };
                let order = if fine_texture { 0.0 } else { 0.3 };
                let composition = Composition {
                    stretch: bold,
                    warp: 0.25 * bold,
                    ellipses: some(4),
                    noise,
                    from_noise,
                };
                (start, composition, Preference { completeness: Some(0.005), order })
            }
            Class::Crowd => {
                let composition = Composition {
                    stretch: random.between(0.7, 1.1) * bold,
                    warp: random.between(0.1, 0.3) * bold,
                    ellipses: some(pick(&[3, 0, 5])),
                    ..base
                };
                (pick(&[1, 3]), composition, Preference { completeness: Some(0.01), order: 0.3 })
            }
            _ => {
                let composition = Composition {
                    stretch: random.between(0.8, 1.3) * bold,
                    warp: random.between(0.12, 0.28) * bold,
                    ellipses: some(pick(&[0, 2, 0])),
                    ..base
                };
                (pick(&[1, 2]), composition, Preference { completeness: Some(0.05), order: 0.4 })
            }
        };
        let scattered = analysis.class != Class::Scene;
        let repair = Repair {
            tier: context.tier,
            preference,
            preferred_until_px: if scattered { 100 } else { 64 },
            first_iterations: if composition.from_noise { 1 } else { 4 },
        };
        Self { mirrored, start: start.min(START_SIDES_PX.len() - 1), composition, repair }
    }
}

/// What the measures say of a candidate.
#[derive(Debug, Clone, Copy)]
struct Rating {
    layout: f32,
    coarse: Coherence,
    medium: Coherence,
    incompleteness: f32,
}

impl Rating {
    fn of(picture: &Raster, source: &Pyramid, context: &Context<'_>) -> Self {
        let source = source.choice();
        Self {
            layout: layout(picture, source),
            coarse: coherence(picture, source, 16),
            medium: coherence(picture, source, 24),
            incompleteness: incompleteness(picture, source, &context.analysis.saliency.map, 32),
        }
    }

    fn passes(&self, context: &Context<'_>) -> bool {
        let class = context.analysis.class;
        let complete = class == Class::Texture || self.incompleteness <= 0.25;
        let coherent = class != Class::Scene || self.coarse.mean <= 0.35;
        let new = self.layout <= 0.975 || context.boldness < 0.5;
        complete && coherent && new
    }

    fn total(&self, context: &Context<'_>) -> f32 {
        let weight = match context.analysis.class {
            Class::Texture => 0.25,
            Class::Crowd => 0.6,
            _ => 1.0,
        };
        let faults = 0.8 * self.coarse.mean + 0.8 * self.medium.mean + 0.15 * self.medium.p95;
        (1.0 - self.layout).clamp(0.0, 0.5) - weight * faults - 0.5 * self.incompleteness
    }

    fn scores(&self) -> [Score; 4] {
        [
            Score { name: "layout", value: self.layout },
            Score { name: "coherence-16", value: self.coarse.mean },
            Score { name: "coherence-24", value: self.medium.mean },
            Score { name: "incompleteness", value: self.incompleteness },
        ]
    }
}

fn finish(frame: &Frame, exemplar: &Exemplar, context: &Context<'_>, chosen: &Candidate) -> Frame {
    let pyramid = exemplar.pyramid(chosen.plan.mirrored);
    let image = exemplar
        .with_workspace(|workspace| workspace.finish(context.tier, &chosen.repaired, pyramid));
    let mut finished = Frame { image, ..frame.clone() };
    finished.saliency = moved_saliency(&context.analysis.saliency.map, chosen);
    finished.done.push("rearranged".to_owned());
    finished.scores.extend(chosen.rating.scores());
    finished
}

/// The source's saliency, carried to where its patches went.
fn moved_saliency(saliency: &Plane, chosen: &Candidate) -> Plane {
    let mirrored = chosen.plan.mirrored.then(|| saliency.mirrored());
    let saliency = mirrored.as_ref().unwrap_or(saliency);
    let (field, side) = (&chosen.repaired.field, chosen.repaired.picture.side() as f32);
    let scale = side / saliency.width() as f32;
    let patch_at = |center: f32| {
        let corner = center - (PATCH_PX / 2) as f32 + 0.5;
        (corner.max(0.0) as usize).min(field.side() - 1)
    };
    Plane::from_fn(saliency.width(), saliency.height(), |x, y| {
        let place = |at: usize| (at as f32 + 0.5) * scale - 0.5;
        let (u, v) = (place(x), place(y));
        let offset = field.at(patch_at(u), patch_at(v));
        let back = |at: f32, moved: isize| (at + moved as f32 + 0.5) / scale - 0.5;
        sample_linear(saliency, back(u, offset.dx()), back(v, offset.dy()), Border::Clamp)
    })
}

/// A picture with straight alpha, for those who watch.
fn preview(picture: &Raster) -> SquareImage {
    SquareImage::from_fn(picture.width() as u32, |x, y| {
        let [red, green, blue, alpha] = picture.at(x as usize, y as usize);
        let straight = |lane: u8| match u32::from(alpha) {
            0 => 0,
            alpha => ((u32::from(lane) * 255 + alpha / 2) / alpha).min(255) as u8,
        };
        [straight(red), straight(green), straight(blue), alpha]
    })
}

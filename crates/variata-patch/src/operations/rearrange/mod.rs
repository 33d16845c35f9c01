//! The same place, differently: hills, herds and stars moved and rebuilt from the source's own
//! patches.
//!
//! A few compositions are tried at 128 px, where they are cheap; the best one that is faithful
//! and new is carried up to full size. A composition cannot be known to be good before it is
//! repaired, and most faults show in numbers: see [`crate::score`].

mod plan;
mod rating;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use self::plan::{Design, Mood, Plan, SHUFFLE_PX};
use self::rating::Rating;
use super::{Context, Frame, Operation, Stop};
use crate::analysis::Analysis;
use crate::convert::square_image_of;
use crate::grid::Plane;
use crate::kernels::PATCH_PX;
use crate::random::Random;
use crate::resample::{Border, sample_linear};
use crate::synthesis::{Collage, Exemplar, Facing, Repaired};

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
        let exemplar = context.shared.exemplar.as_ref().ok_or(Stop::Refused)?;
        let chosen = match choose(exemplar, context, Mood::Usual, random)? {
            Some(candidate) => candidate,
            None => choose(exemplar, context, Mood::Tame, random)?.ok_or(Stop::Refused)?,
        };
        let preview = square_image_of(chosen.repaired.picture.to_raster());
        context.observer.preview(context.index, &preview);
        context.check_cancelled()?;
        Ok(finish(frame, exemplar, context, &chosen))
    }
}

/// Which of the source and its mirror image rearrangements need: only that of a seed's where it is the
/// `only` one.
pub(super) fn facing(analysis: &Analysis, only: Option<u64>) -> Facing {
    match only {
        _ if !analysis.may_mirror => Facing::Plain,
        None => Facing::Both,
        Some(seed) if plan::is_mirrored(analysis, seed) => Facing::Mirrored,
        Some(_) => Facing::Plain,
    }
}

struct Candidate {
    plan: Plan,
    repaired: Repaired,
    rating: Rating,
}

/// The best of a few candidates, if any of them will do.
fn choose(
    exemplar: &Exemplar,
    context: &Context<'_>,
    mood: Mood,
    random: &mut Random,
) -> Result<Option<Candidate>, Stop> {
    let boldness = if mood == Mood::Tame { 0.6 * context.boldness } else { context.boldness };
    let context = &Context { boldness, ..*context };
    let seeds: Vec<u64> = (0..CANDIDATES).map(|_| u64::from(random.bits())).collect();
    let tried: Result<Vec<Option<Candidate>>, Stop> = seeds
        .into_par_iter()
        .enumerate()
        .map(|(number, seed)| {
            context.check_cancelled()?;
            let mut random = Random::new(seed, number as u64);
            let plan = Plan::draw(exemplar, context, (mood, number), &mut random);
            Ok(attempt(exemplar, context, plan, &mut random))
        })
        .collect();
    let good = tried?.into_iter().flatten().filter(|candidate| candidate.rating.passes(context));
    Ok(good.max_by(|a, b| a.rating.total(context).total_cmp(&b.rating.total(context))))
}

fn attempt(
    exemplar: &Exemplar,
    context: &Context<'_>,
    plan: Plan,
    random: &mut Random,
) -> Option<Candidate> {
    let pyramid = exemplar.pyramid(plan.mirrored);
    let repaired = exemplar.with_workspace(|workspace| match plan.design {
        Design::Mapped { start, composition } => {
            let start = pyramid.start(start);
            let composed = composition.arrange(&start.picture.to_raster(), random);
            Some(workspace.repair(&composed, (start, pyramid), &plan.repair))
        }
        Design::Shuffled(shuffle) => {
            let collage = Collage::shuffled(SHUFFLE_PX, shuffle, random);
            workspace.mend(&collage, pyramid, &plan.repair)
        }
        Design::Scattered { reach } => {
            let collage = pyramid.scatter()?.rearrange(reach, random);
            workspace.mend(&collage, pyramid, &plan.repair)
        }
    })?;
    let rating = Rating::of(&repaired, context.shared.yardstick.as_ref()?);
    Some(Candidate { plan, repaired, rating })
}

fn finish(frame: &Frame, exemplar: &Exemplar, context: &Context<'_>, chosen: &Candidate) -> Frame {
    let pyramid = exemplar.pyramid(chosen.plan.mirrored);
    let image = exemplar
        .with_workspace(|workspace| workspace.finish(context.tier, &chosen.repaired, pyramid));
    let saliency = moved_saliency(&context.analysis.saliency.map, chosen);
    let mut finished = frame.moved(image, saliency);
    finished.done.push(chosen.plan.design.name().to_owned());
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

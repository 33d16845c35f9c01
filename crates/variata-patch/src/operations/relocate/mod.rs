//! The subject elsewhere in its own surroundings: another place, another size, the view behind it
//! mirrored or nearer, or a second one beside it.
//!
//! The subject goes with a margin of what lies around it, so that faults of its outline, hair and
//! shadows lie amid the old surroundings; the margin melts into the new ones. Where it was, its
//! surroundings go on.

mod around;
mod compose;
mod membrane;
mod outline;
mod remains;
mod search;
mod surroundings;
#[cfg(test)]
mod tests;
mod texture;

pub use surroundings::Surroundings;

use variata_core::Score;

use self::search::Plan;
use super::{Context, Frame, Operation, Stop};
use crate::random::Random;

/// What becomes of the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relocation {
    /// Elsewhere, about as large as it was.
    Aside,
    /// Elsewhere and much smaller.
    Small,
    /// Larger.
    Large,
    /// Smaller, with a second instance beside it.
    Pair,
}

impl Relocation {
    /// The word shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aside => "relocated",
            Self::Small => "relocated, smaller",
            Self::Large => "relocated, larger",
            Self::Pair => "relocated, two",
        }
    }
}

/// Moves the subject of a photograph within its own surroundings.
///
/// Needs a sure outline and room beside the subject; refuses where no new place is like the old
/// one. Pairs are refused for people and writing, and where the frame cuts the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relocate {
    /// What becomes of the subject.
    pub how: Relocation,
}

impl Operation for Relocate {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        let surroundings = context.shared.surroundings.as_ref().ok_or(Stop::Refused)?;
        // A horizon that fades where the subject was is seen at once.
        if surroundings.fades {
            return Err(Stop::Refused);
        }
        // The outline lies where the source lies: on a frame that was moved it would not fit.
        if !frame.done.is_empty() || (self.how == Relocation::Pair && !may_double(context)) {
            return Err(Stop::Refused);
        }
        let plan = Plan::best(self.how, surroundings, context, random).ok_or(Stop::Refused)?;
        context.check_cancelled()?;
        let image = compose::composed(&plan, surroundings, context)?;
        let saliency = compose::saliency(&plan, surroundings, &frame.saliency);
        let mut moved = frame.moved(image, saliency);
        moved.done.push(self.how.name().to_owned());
        moved.scores.push(Score { name: "mismatch", value: plan.mismatch });
        Ok(moved)
    }
}

/// Whether a second one would be believed.
fn may_double(context: &Context<'_>) -> bool {
    let uncut = context.shared.surroundings.as_ref().is_some_and(|s| !s.stance.is_cut());
    uncut && context.analysis.may_mirror && context.boldness >= 0.4
}

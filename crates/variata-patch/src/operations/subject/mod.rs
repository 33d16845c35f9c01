//! A subject, cut out and staged anew: another place, another ground, another glaze or light.
//!
//! All of it is one pass over the pixels: the subject is freed of the old ground's colour once,
//! warped once and laid once on a ground that is drawn, not copied. Separate operations would
//! resample the picture again and again.

mod appearance;
mod compose;
mod cutout;
mod fade;
mod ground;
pub(super) mod place;
mod relight;
mod shadow;
mod spill;
#[cfg(test)]
mod tests;

pub use self::cutout::Cutout;

use self::appearance::Look;
use self::compose::Scene;
use self::place::Pose;
use self::shadow::ShadowSide;
use super::{Context, Frame, Operation, Stop};
use crate::random::Random;

/// Where the subject stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placement {
    /// Much smaller, to one side.
    Small,
    /// About as large as it was.
    Level,
    /// As large as the frame allows.
    Close,
    /// Smaller, with a second instance behind it.
    Pair,
}

/// What it stands on. Transparent pictures keep their transparent ground, graphics get an even
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroundKind {
    /// The old ground, as far as its smooth model goes.
    Same,
    /// The old ground in another colour.
    Hue,
    /// A floor and a wall that run into each other, as in a photographer's studio.
    Floor,
    /// A pool of light.
    Spot,
}

/// What it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Appearance {
    /// As it was.
    Same,
    /// With another hue, or glazed if it has none.
    Recoloured,
    /// A little light from another side.
    SoftLight,
    /// Strong, warm light from another side.
    StrongLight,
}

/// Cuts the subject out and stages it anew.
///
/// Needs a trusted matte on a plain ground, or a transparent source. Pairs are refused for
/// writing and graphics, and where the frame cuts the subject; recolouring for people.
#[derive(Debug, Clone, Copy)]
pub struct StageSubject {
    /// Where the subject stands.
    pub placement: Placement,
    /// What it stands on.
    pub ground: GroundKind,
    /// What it looks like.
    pub appearance: Appearance,
}

impl StageSubject {
    /// Small, off the centre, on its own ground.
    pub const fn small_off_centre() -> Self {
        Self::new(Placement::Small, GroundKind::Same, Appearance::Same)
    }

    /// With another hue or glaze, on its own ground.
    pub const fn recoloured() -> Self {
        Self::new(Placement::Level, GroundKind::Same, Appearance::Recoloured)
    }

    /// On a ground of another colour, lit a little from another side.
    pub const fn on_new_ground() -> Self {
        Self::new(Placement::Level, GroundKind::Hue, Appearance::SoftLight)
    }

    /// Two of them.
    pub const fn pair() -> Self {
        Self::new(Placement::Pair, GroundKind::Same, Appearance::Same)
    }

    /// In a pool of light, lit strongly.
    pub const fn spotlit() -> Self {
        Self::new(Placement::Level, GroundKind::Spot, Appearance::StrongLight)
    }

    /// Large, in a studio.
    pub const fn close_on_floor() -> Self {
        Self::new(Placement::Close, GroundKind::Floor, Appearance::Same)
    }

    /// Small, with another hue or glaze, on a new ground.
    pub const fn small_recoloured() -> Self {
        Self::new(Placement::Small, GroundKind::Hue, Appearance::Recoloured)
    }

    /// Any combination.
    pub const fn new(placement: Placement, ground: GroundKind, appearance: Appearance) -> Self {
        Self { placement, ground, appearance }
    }

    /// The words for what was done.
    fn words(&self, look: &Look, transparent: bool) -> Vec<String> {
        let mut words = vec![match self.placement {
            Placement::Pair => "pair",
            Placement::Close => "close",
            Placement::Small | Placement::Level => "moved",
        }];
        match self.ground {
            GroundKind::Same => {}
            _ if transparent => {}
            GroundKind::Floor => words.push("studio floor"),
            GroundKind::Spot => words.push("spot ground"),
            GroundKind::Hue => words.push("new ground"),
        }
        words.extend(look.word());
        words.into_iter().map(String::from).collect()
    }
}

impl Operation for StageSubject {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        // The matte lies where the source lies: on a frame that was moved it would not fit.
        if !frame.done.is_empty() {
            return Err(Stop::Refused);
        }
        let cutout = context.shared.cutout.as_ref().ok_or(Stop::Refused)?;
        let poses = place::poses(self.placement, &cutout.stance, context, random);
        let poses = poses.ok_or(Stop::Refused)?;
        if context.boldness <= Context::LEAST_BOLDNESS {
            return Ok(frame.clone());
        }
        let main = poses.last().copied().unwrap_or(Pose::IDENTITY);
        let look = Look::draw(self.appearance, cutout, context, random).ok_or(Stop::Refused)?;
        let subject = look.of(cutout, context, main.mirrored);
        context.check_cancelled()?;
        let backdrop = ground::draw(self.ground, cutout, &main, context, random);
        let side = ShadowSide::of(context, &look, main.mirrored, random);
        let scene = Scene { cutout, subject: &subject, poses: &poses, backdrop, side };
        let image = compose::composed(&scene, context)?;
        let saliency = compose::saliency(&scene, &frame.saliency);
        let mut done = frame.done.clone();
        done.extend(self.words(&look, context.analysis.transparent));
        Ok(Frame { image: image.into(), saliency, done, scores: frame.scores.clone() })
    }
}

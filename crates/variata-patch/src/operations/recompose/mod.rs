//! More of the place than the source shows: the view is wider or turned aside, and what comes into
//! it is the picture's own ground at other offsets.
//!
//! The source stays whole where its subject is. Around it every pixel is shown from the source
//! itself, moved by one of a few offsets, mirrored or not, and never with a part of the subject;
//! which offset is shown where is a labelling in which seams cost what can be seen of them (Pritch,
//! Kav-Venaki and Peleg, "Shift-Map Image Editing", 2009; He and Sun, "Statistics of Patch Offsets
//! for Image Completion", 2012). What is left of that cost in the best labelling measures the result:
//! where it is much, the operation refuses.

mod canvas;
mod detail;
mod expansion;
mod harmony;
mod kin;
mod layout;
mod look;
mod offsets;
mod render;
mod scenery;
mod seams;
#[cfg(test)]
mod tests;

pub use scenery::Scenery;

use variata_core::Score;

use self::canvas::Canvas;
use self::layout::Layout;
use self::look::Material;
use self::seams::Visibility;
use super::reframe::mirrored_on_odd_seeds;
use super::{Context, Frame, Operation, Stop};
use crate::random::Random;

/// How the view changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recomposition {
    /// From further away: the subject is smaller and there is more around it.
    Wider,
    /// Turned aside: the subject is elsewhere and as large as it was, or nearly.
    Aside,
}

impl Recomposition {
    /// The word shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wider => "wider view",
            Self::Aside => "view aside",
        }
    }
}

/// Shows a photograph's subject in more surroundings than the source has.
///
/// Needs no outline, only an idea of where the subject is. Refuses where the frame cuts the subject
/// on opposite sides, where the subject leaves nothing to go on with, and where every way to go on
/// can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recompose {
    /// How the view changes.
    pub how: Recomposition,
}

/// Layouts that are drawn, those of them for which offsets are sought, and those that are tried.
const DRAWN: usize = 16;
const SOUGHT: usize = 6;
const TRIED: usize = 3;

impl Operation for Recompose {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        let scenery = context.shared.scenery.as_ref().ok_or(Stop::Refused)?;
        // The subject is known where the source has it: on a frame that was moved it would be torn.
        if !frame.done.is_empty() {
            return Err(Stop::Refused);
        }
        let (canvas, seen) = composed(self.how, scenery, context, random)?;
        let corrections = harmony::corrections(&canvas);
        context.check_cancelled()?;
        let image = render::rendered(&canvas, &corrections, &context.analysis.source);
        let mut moved = frame.moved(image, canvas.saliency());
        moved.done.push(self.how.name().to_owned());
        moved.scores.push(Score { name: "seams", value: seen.worst });
        moved.scores.push(Score { name: "torn", value: seen.torn });
        moved.scores.push(Score { name: "folded", value: seen.folded });
        Ok(mirrored_on_odd_seeds(&moved, context))
    }
}

/// The first of the more promising layouts whose seams are hard to see.
fn composed(
    how: Recomposition,
    scenery: &Scenery,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<(Canvas, Visibility), Stop> {
    let layouts = (0..DRAWN).filter_map(|_| Layout::draw(how, scenery, context, random));
    let mut drafts = Vec::new();
    for layout in layouts.take(SOUGHT) {
        context.check_cancelled()?;
        let material = Material::new(scenery, layout.side);
        // A land without a subject has parts that nothing bars: a wing would meet its reflection.
        let may_mirror = context.analysis.may_mirror && scenery.has_subject();
        let found = offsets::found(&material, &layout, may_mirror);
        drafts.extend(found.map(|found| (found, material, layout)));
    }
    drafts.sort_by(|a, b| a.0.disagreement.total_cmp(&b.0.disagreement));
    for (found, material, layout) in drafts.into_iter().take(TRIED) {
        context.check_cancelled()?;
        let mut canvas = Canvas::new(material, layout, &found.offsets);
        expansion::settle(&mut canvas);
        let seen = seams::visibility(&canvas);
        if seen.is_low(scenery.layered) {
            return Ok((canvas, seen));
        }
    }
    Err(Stop::Refused)
}

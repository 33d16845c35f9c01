//! What can be done to a picture, one file an operation.
//!
//! An operation takes a [`Frame`] and gives another, or refuses where its own gate says that it
//! would not look right; the recipe then goes on to the next in its chain.

mod backdrop;
mod exposure;
mod grade;
mod harmony;
mod inset;
mod legibility;
mod light;
mod makeup;
mod paint;
mod palette_scheme;
mod pixels;
mod rearrange;
mod recoat;
mod recolour_palette;
mod recolour_region;
mod recompose;
mod reframe;
mod rehue;
mod relight_scene;
mod relocate;
mod remembered;
mod retarget;
mod shift_map;
mod skin;
mod sky;
mod subject;
mod tint_paper;

#[cfg(test)]
mod testing;

pub use grade::{Grade, GradeKind};
pub use light::Light;
pub use paint::{Paint, PaintKind};
pub use rearrange::Rearrange;
pub use recoat::{CoatKind, Recoat};
pub use recolour_palette::{PaletteKind, RecolourPalette};
pub use recolour_region::RecolourRegion;
pub use recompose::{Recompose, Recomposition, Scenery};
pub use reframe::{Reframe, ReframeKind};
pub use rehue::Rehue;
pub use relight_scene::{LightKind, RelightScene};
pub use relocate::{Relocate, Relocation, Surroundings};
pub use retarget::Retarget;
pub use shift_map::{DoubleShift, ShiftMap, ShiftSearch};
pub use sky::{Sky, SkyKind};
pub use subject::{Appearance, Cutout, GroundKind, Placement, StageSubject};
pub use tint_paper::{InkKind, PaperKind, TintPaper};

use std::sync::Arc;

use variata_core::{Observer, Score};

use crate::analysis::{Analysis, Class};
use crate::grid::{Plane, Raster};
use crate::kernels::Tier;
use crate::random::Random;
use crate::score::Yardstick;
use crate::synthesis::Exemplar;
use recoat::Animal;
use recolour_region::Regions;
use remembered::Remembered;

/// A variation in the making.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The picture so far: square, at the output's size, premultiplied. Before anything is done it
    /// is the source itself and no copy.
    pub image: Arc<Raster>,
    /// Saliency of `image`, 96 × 96, moved along by every operation that moves pixels.
    pub saliency: Plane,
    /// What was done, in the words shown to users, such as `shift-map` or `dusk`.
    pub done: Vec<String>,
    /// How the operations that measure their result rate it.
    pub scores: Vec<Score>,
}

impl Frame {
    /// This frame with other pixels and their saliency, and nothing more done yet.
    pub(crate) fn moved(&self, image: impl Into<Arc<Raster>>, saliency: Plane) -> Self {
        Self { image: image.into(), saliency, done: self.done.clone(), scores: self.scores.clone() }
    }

    /// Whether nothing has been done to the source yet.
    fn is_source(&self, analysis: &Analysis) -> bool {
        Arc::ptr_eq(&self.image, &analysis.source) && self.saliency == analysis.saliency.map
    }

    /// The source as it is, with nothing done to it.
    pub fn of(analysis: &Analysis) -> Self {
        Self {
            image: Arc::clone(&analysis.source),
            saliency: analysis.saliency.map.clone(),
            done: Vec::new(),
            scores: Vec::new(),
        }
    }
}

/// Costly preparations that only some operations need.
#[derive(Debug, Default)]
pub struct Shared {
    /// The source prepared for synthesis, where its class calls for it and it is large enough.
    ///
    /// Made before the variations and not by the first that asks: a thread of a rayon pool that
    /// waits for its own part of a lazy value may be given a task that waits for the same value.
    pub exemplar: Option<Exemplar>,
    /// What rearrangements of the exemplar are measured by.
    pub yardstick: Option<Yardstick>,
    /// The seams along which structure can be added to the source or taken out.
    pub shifts: ShiftSearch,
    /// What lies around and behind a subject that can be moved in its own surroundings.
    pub surroundings: Option<Surroundings>,
    /// Where the subject may be, and how the picture looks when it is small.
    pub scenery: Option<Scenery>,
    /// The subject by itself, where it can be cut out cleanly and the class calls for it.
    pub cutout: Option<Cutout>,
    /// What may take another colour in the source as it is.
    regions: Remembered<Regions>,
    /// The animal in the source as it is, if there is one.
    animal: Remembered<Option<Animal>>,
}

impl Shared {
    /// What the operations on this source need; only that of a seed's where it is the `only` one.
    pub fn of(analysis: &Analysis, only: Option<u64>) -> Self {
        let rearranged = matches!(analysis.class, Class::Texture | Class::Crowd | Class::Scene);
        let choice = rearranged.then(|| Exemplar::choice_of(analysis)).flatten();
        let facing = rearrange::facing(analysis, only);
        let (exemplar, yardstick) = rayon::join(
            || choice.as_ref().map(|choice| Exemplar::of(analysis, choice, facing)),
            || choice.as_ref().map(|choice| Yardstick::of(choice, &analysis.saliency.map)),
        );
        let shifted = matches!(analysis.class, Class::Lines | Class::Photo);
        let shifts = if shifted { ShiftSearch::of(analysis) } else { ShiftSearch::default() };
        let photo = analysis.class == Class::Photo;
        let (surroundings, scenery) = rayon::join(
            || photo.then(|| Surroundings::of(analysis)).flatten(),
            || photo.then(|| Scenery::of(analysis)).flatten(),
        );
        let cutout = (analysis.class == Class::CutOut).then(|| Cutout::of(analysis)).flatten();
        Self { exemplar, yardstick, shifts, surroundings, scenery, cutout, ..Self::default() }
    }
}

/// What every operation may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The source and what is known of it.
    pub analysis: &'a Analysis,
    /// What the variations of one source share once one of them has asked for it.
    pub shared: &'a Shared,
    /// Which of the request's variations this is, for previews.
    pub index: u32,
    /// How bold to be: 0.0 (hardly anything) over 1.0 (the default strength) to 1.43 (all).
    pub boldness: f32,
    /// The variation's seed: consecutive seeds take turns where a few choices exist.
    pub seed: u64,
    /// The instructions that inner loops may use.
    pub tier: Tier,
    /// Asked between passes, at least every 100 ms.
    pub observer: &'a dyn Observer,
}

impl Context<'_> {
    /// At and below this boldness an operation changes nothing.
    pub(crate) const LEAST_BOLDNESS: f32 = 0.02;

    /// Stops an operation once the caller has lost interest.
    ///
    /// # Errors
    ///
    /// [`Stop::Cancelled`] when the observer asked to stop.
    pub fn check_cancelled(&self) -> Result<(), Stop> {
        if self.observer.is_cancelled() { Err(Stop::Cancelled) } else { Ok(()) }
    }
}

/// Why an operation gave no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It would not look right on this picture.
    Refused,
    /// The caller asked to stop.
    Cancelled,
}

/// One thing that can be done to a picture.
pub trait Operation: Sync {
    /// Applies the operation to `frame`. Equal arguments give equal pictures, byte for byte.
    ///
    /// # Errors
    ///
    /// [`Stop::Refused`] when its gate says that the result would not look right,
    /// [`Stop::Cancelled`] when the observer asked to stop.
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop>;
}

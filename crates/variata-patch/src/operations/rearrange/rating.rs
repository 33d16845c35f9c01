//! What the measures say of a candidate, and whether it will do.

use variata_core::Score;

use super::plan::is_even;
use crate::analysis::Class;
use crate::operations::Context;
use crate::score::{Coherence, Yardstick, smears};
use crate::synthesis::Repaired;

/// The measures of one candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rating {
    layout: f32,
    coarse: Coherence,
    medium: Coherence,
    incompleteness: f32,
    seams: f32,
    contrast: f32,
    smears: f32,
}

/// The most that may be missing of what is salient; a subject has vanished from 0.35 on.
const MOST_INCOMPLETE: f32 = 0.25;
/// The same where many like things may stand in for each other.
const MOST_INCOMPLETE_OF_MANY: f32 = 0.4;
/// The worst coherence at 16 px of a scene that still is one.
const MOST_INCOHERENT: f32 = 0.35;
/// The most visible seams: beyond, balloons were fused and horizons broken.
const WORST_SEAMS: f32 = 1.2;
/// Above this correlation nobody sees a difference.
const SAME_LAYOUT: f32 = 0.975;
/// Below this boldness nobody asked for one.
const EXPECTS_NEWS: f32 = 0.5;

impl Rating {
    /// Measures `repaired` against the source at the same size.
    pub(super) fn of(repaired: &Repaired, source: &Yardstick) -> Self {
        let picture = &repaired.picture.to_raster();
        let (incompleteness, (coarse, medium)) = rayon::join(
            || source.incompleteness(picture),
            || (source.coherence_at_16(picture), source.coherence_at_24(picture)),
        );
        Self {
            layout: source.layout(picture),
            coarse,
            medium,
            seams: source.seams(&repaired.seams),
            contrast: source.contrast(picture),
            smears: smears(&repaired.field, picture),
            incompleteness,
        }
    }

    /// Whether the candidate is faithful and, where that is wanted, new.
    pub(super) fn passes(&self, context: &Context<'_>) -> bool {
        let class = context.analysis.class;
        let complete = match class {
            Class::Texture => true,
            Class::Crowd if is_even(context) => self.incompleteness <= MOST_INCOMPLETE_OF_MANY,
            _ => self.incompleteness <= MOST_INCOMPLETE,
        };
        let coherent = class != Class::Scene || self.coarse.mean <= MOST_INCOHERENT;
        let new = self.layout <= SAME_LAYOUT || context.boldness < EXPECTS_NEWS;
        let whole = class == Class::Texture || self.seams <= WORST_SEAMS;
        complete && coherent && new && whole
    }

    /// One number to compare candidates by: news less faults.
    pub(super) fn total(&self, context: &Context<'_>) -> f32 {
        // Textures and herds legitimately look different at 16 px everywhere.
        let (fault_weight, news_weight) = match context.analysis.class {
            Class::Texture => (0.25, 1.5),
            Class::Crowd if is_even(context) => (0.3, 1.5),
            Class::Crowd => (0.6, 1.0),
            _ => (1.0, 1.0),
        };
        let faults = 0.8 * self.coarse.mean + 0.8 * self.medium.mean + 0.15 * self.medium.p95;
        news_weight * (1.0 - self.layout).clamp(0.0, 0.5)
            - fault_weight * faults
            - 0.5 * self.incompleteness
            - 0.25 * self.seams
            - 4.0 * self.smears
            - (self.contrast - 1.0).abs()
    }

    /// The measures by name.
    pub(super) fn scores(&self) -> [Score; 7] {
        [
            Score { name: "layout", value: self.layout },
            Score { name: "coherence-16", value: self.coarse.mean },
            Score { name: "coherence-24", value: self.medium.mean },
            Score { name: "seams", value: self.seams },
            Score { name: "contrast", value: self.contrast },
            Score { name: "incompleteness", value: self.incompleteness },
            Score { name: "smears", value: self.smears },
        ]
    }
}

//! What is drawn for one candidate: how it is composed, and how faithfully it is repaired.

use crate::analysis::{Analysis, Class};
use crate::operations::Context;
use crate::random::Random;
use crate::synthesis::{Composition, Exemplar, Preference, Repair, Shuffle};

/// Whether candidates are drawn as usual or, those having failed, with more care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Usual,
    Tame,
}

/// Everything that is drawn for one candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) mirrored: bool,
    pub(super) design: Design,
    pub(super) repair: Repair,
}

/// How a candidate is composed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Design {
    /// By a smooth map at one of the coarsest sizes.
    Mapped { start: usize, composition: Composition },
    /// Of pieces, so many in a row, shuffled.
    Shuffled(Shuffle),
    /// With its things moved by up to a share of the side.
    Scattered { reach: f32 },
}

impl Design {
    /// The word shown to users.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mapped { .. } => "rearranged",
            Self::Shuffled { .. } => "shuffled",
            Self::Scattered { .. } => "scattered",
        }
    }
}

impl Plan {
    /// Consecutive seeds take turns in what shows most: the side the picture looks to, how it is
    /// composed, and how coarse the pieces are.
    pub(super) fn draw(
        exemplar: &Exemplar,
        context: &Context<'_>,
        (mood, number): (Mood, usize),
        random: &mut Random,
    ) -> Self {
        let analysis = context.analysis;
        let mirrored = is_mirrored(analysis, context.seed);
        let turn = context.seed / 2;
        let (design, preference) = match analysis.class {
            Class::Texture => texture(context, turn.wrapping_add(number as u64)),
            Class::Crowd => {
                let favoured = turn.is_multiple_of(2) == number.is_multiple_of(2);
                let scattered = mood == Mood::Tame || favoured;
                let possible = scattered && exemplar.pyramid(mirrored).scatter().is_some();
                crowd(context, possible, random)
            }
            _ => scene(context, turn.wrapping_add(number as u64), random),
        };
        let wild = matches!(design, Design::Mapped { composition, .. } if composition.from_noise);
        let repair = Repair {
            tier: context.tier,
            preference,
            preferred_until_px: if analysis.class == Class::Scene { 64 } else { 100 },
            first_iterations: if wild { 1 } else { 4 },
        };
        Self { mirrored, design, repair }
    }
}

/// Whether what `seed` makes looks to the other side: consecutive seeds take turns.
pub(super) fn is_mirrored(analysis: &Analysis, seed: u64) -> bool {
    analysis.may_mirror && seed.is_multiple_of(2)
}

/// The side of shuffled pictures in pixels: pieces are large against patches, details not.
pub(super) const SHUFFLE_PX: usize = 72;

fn texture(context: &Context<'_>, turn: u64) -> (Design, Preference) {
    let (features, bold) = (&context.analysis.features, context.boldness);
    // Where things are lost among much ground, noise would find ground everywhere.
    let sparse = features.salient_area < 0.12;
    let even = features.block_variance < 0.05;
    let order = if even { 0.0 } else { 0.3 };
    let preference = Preference { completeness: Some(0.005), order };
    let share = (1.5 * bold).min(1.0);
    let shuffle = |turn| Shuffle { across: pick(turn, [4, 3, 5]), in_rows: !even, share: 1.0 };
    let kind = if bold < 0.5 { 2 } else { turn % 3 };
    let design = match kind {
        _ if sparse => Design::Shuffled(Shuffle { share, ..shuffle(turn) }),
        0 => Design::Mapped {
            start: pick(turn / 3, [1, 0, 3]),
            composition: Composition { noise: 0.75, from_noise: true, ..Composition::IDENTITY },
        },
        1 => Design::Shuffled(shuffle(turn / 3)),
        _ => Design::Mapped {
            start: pick(turn / 3, [3, 1]),
            composition: mapped(context, 1.0, 0.25, 4),
        },
    };
    (design, preference)
}

fn crowd(context: &Context<'_>, scattered: bool, random: &mut Random) -> (Design, Preference) {
    // A herd on one meadow can be shown anywhere on it; balloons stay above their crowd.
    let alpha = if is_even(context) { 0.005 } else { 0.01 };
    let preference = Preference { completeness: Some(alpha), order: 0.3 };
    if scattered {
        return (Design::Scattered { reach: (0.5 * context.boldness).min(0.7) }, preference);
    }
    let (stretch, warp) = (random.between(0.7, 1.1), random.between(0.1, 0.3));
    let composition = mapped(context, stretch, warp, random.choose([0, 3, 5]));
    (Design::Mapped { start: random.choose([1, 3]), composition }, preference)
}

/// Whether every part of the picture has about the same colours.
pub(super) fn is_even(context: &Context<'_>) -> bool {
    context.analysis.features.block_variance < 0.1
}

fn scene(context: &Context<'_>, turn: u64, random: &mut Random) -> (Design, Preference) {
    let preference = Preference { completeness: Some(0.05), order: 0.4 };
    let (stretch, warp) = (random.between(0.8, 1.3), random.between(0.12, 0.28));
    let composition = mapped(context, stretch, warp, pick(turn, [0, 2, 0]));
    (Design::Mapped { start: pick(turn, [1, 2]), composition }, preference)
}

fn mapped(context: &Context<'_>, stretch: f32, warp: f32, ellipses: usize) -> Composition {
    let bold = context.boldness;
    Composition {
        stretch: stretch * bold,
        warp: warp * bold,
        level: context.analysis.features.is_level(),
        ellipses: (ellipses as f32 * bold + 0.5) as usize,
        noise: 0.05 * bold.min(1.0),
        from_noise: false,
    }
}

fn pick<const N: usize>(turn: u64, choices: [usize; N]) -> usize {
    choices[(turn % N as u64) as usize]
}

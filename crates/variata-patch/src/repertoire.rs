//! Which operations suit which kind of picture: the table that decides what users see.
//!
//! A class has a list of recipes that differ in kind, and consecutive seeds take turns: that is
//! what makes ten variations of one picture ten different things. A recipe is a row of steps; a
//! step is a chain of operations of which the first that does not refuse is taken. To teach the
//! engine something new, write an operation and name it here.

use crate::analysis::Class;
use crate::operations::{
    Appearance, CoatKind, Context, DoubleShift, Grade, GradeKind, GroundKind, InkKind, Light,
    LightKind, Operation, Paint, PaintKind, PaletteKind, PaperKind, Placement, Rearrange, Recoat,
    RecolourPalette, RecolourRegion, Recompose, Recomposition, Reframe, ReframeKind, Rehue,
    RelightScene, Relocate, Relocation, Retarget, ShiftMap, Sky, SkyKind, StageSubject, TintPaper,
};

/// Operations that stand in for each other, best first.
pub(crate) type Chain = &'static [&'static dyn Operation];
/// Steps that are taken one after the other.
pub(crate) type Recipe = &'static [Chain];

/// The recipe of this variation.
pub(crate) fn recipe(context: &Context<'_>) -> Recipe {
    if context.boldness < LEAST_BOLDNESS {
        return RELIT;
    }
    let recipes = recipes(context);
    recipes[(context.seed % recipes.len() as u64) as usize]
}

/// Below this, a variation is the source in another light and nothing else.
const LEAST_BOLDNESS: f32 = 0.08;

fn recipes(context: &Context<'_>) -> &'static [Recipe] {
    match context.analysis.class {
        Class::Texture | Class::Crowd => CROWDS,
        Class::Scene => SCENES,
        Class::Flat => GRAPHICS,
        Class::CutOut if context.analysis.transparent => STICKERS,
        Class::CutOut => SUBJECTS,
        Class::White => PAPERS,
        Class::Page => PAGES,
        // Nothing is added to graphics, and no light falls on them.
        Class::Lines if is_coloured_in(context) => DRAWINGS,
        Class::Lines => STRUCTURES,
        Class::Photo if context.analysis.features.is_drawn() => DRAWINGS,
        Class::Photo if context.analysis.features.is_monochrome() => PRINTS,
        Class::Photo if context.shared.surroundings.is_none() => CLOSE_UPS,
        Class::Photo => PHOTOS,
    }
}

/// Whether only its colours make another picture of it.
fn is_coloured_in(context: &Context<'_>) -> bool {
    let features = &context.analysis.features;
    features.is_graphic() && features.is_drawn()
}

/// What is done where a recipe's every step refused: a variation is never its source.
pub(crate) const LAST_RESORT: Recipe = &[&[&FILM, &paper(PaperKind::Ramp, InkKind::Same), &CROP]];

const RELIT: Recipe = &[&[&Light]];

const RECOMPOSED: Chain = &[&Rearrange, &Retarget, &CROP];

const CROWDS: &[Recipe] = &[
    &[RECOMPOSED, &[&Light]],
    &[RECOMPOSED, &[&GOLDEN_SKY, &Light]],
    &[RECOMPOSED, &[&Light]],
    &[RECOMPOSED, &[&SUNSET, &Light]],
];

const SCENES: &[Recipe] = &[
    &[RECOMPOSED, &[&Light]],
    &[RECOMPOSED, &[&GOLDEN_SKY, &GOLDEN]],
    &[RECOMPOSED, &[&CLEAR, &Light]],
    &[RECOMPOSED, &[&SUNSET, &Light]],
    &[RECOMPOSED, &[&EVENING, &DUSK]],
    &[RECOMPOSED, &[&Light]],
];

const GRAPHICS: &[Recipe] = &[
    &[&[&palette(PaletteKind::Hue), &palette(PaletteKind::Reversed), &palette(PaletteKind::Mono)]],
    &[&[&palette(PaletteKind::Dark), &palette(PaletteKind::Mono)]],
    &[&[&palette(PaletteKind::Ground), &palette(PaletteKind::Pastel)]],
    &[&[&palette(PaletteKind::Duotone)]],
    &[&[&palette(PaletteKind::Swap), &palette(PaletteKind::Hue), &palette(PaletteKind::Duotone)]],
    &[&[&palette(PaletteKind::Mono)]],
    &[&[&palette(PaletteKind::Pastel), &palette(PaletteKind::Hue)]],
    &[&[&palette(PaletteKind::Reversed), &palette(PaletteKind::Duotone)]],
];

const PAPERS: &[Recipe] = &[
    &[&[&paper(PaperKind::Ramp, InkKind::Same)]],
    &[&[&paper(PaperKind::Plain, InkKind::Turned), &paper(PaperKind::Plain, InkKind::Deep)]],
    &[&[&paper(PaperKind::Vignette, InkKind::Same)]],
    &[&[&paper(PaperKind::Ramp, InkKind::Turned), &paper(PaperKind::Ramp, InkKind::Deep)]],
    &[&[&paper(PaperKind::Spot, InkKind::Same)]],
    &[&[&paper(PaperKind::Plain, InkKind::Deep), &paper(PaperKind::Vignette, InkKind::Turned)]],
];

/// What is to be read is never cut apart, moved or painted over: other views in other colours.
const PAGES: &[Recipe] = &[
    &[&[&Rehue { choice: 0 }, &recolour(0, 0), &GOLDEN], &[&CROP]],
    &[&[&PERSPECTIVE], &[&Rehue { choice: 1 }, &FILM]],
    &[&[&Rehue { choice: 2 }, &recolour(0, 1), &WINDOW], &[&CLOSE]],
    &[&[&PERSPECTIVE], &[&Rehue { choice: 3 }, &recolour(0, 2), &GOLDEN]],
    &[&[&Rehue { choice: 4 }, &recolour(1, 0), &COOL], &[&CROP]],
    &[&[&PERSPECTIVE], &[&Rehue { choice: 5 }, &recolour(0, 3), &COOL]],
];

/// Subjects on plain ground: what stands there, where, before what and in which light.
const SUBJECTS: &[Recipe] = &[
    &[&[&stage(Placement::Small, GroundKind::Same, Appearance::Same), &CROP]],
    &[&[
        &stage(Placement::Level, GroundKind::Same, Appearance::Recoloured),
        &stage(Placement::Small, GroundKind::Spot, Appearance::StrongLight),
        &CROP,
    ]],
    &[&[&stage(Placement::Level, GroundKind::Hue, Appearance::SoftLight), &CROP]],
    &[&[
        &stage(Placement::Pair, GroundKind::Same, Appearance::Same),
        &stage(Placement::Small, GroundKind::Floor, Appearance::Same),
        &CROP,
    ]],
    &[&[&stage(Placement::Level, GroundKind::Spot, Appearance::StrongLight), &CROP]],
    &[&[&stage(Placement::Close, GroundKind::Floor, Appearance::Same), &CLOSE]],
    &[
        &[
            &stage(Placement::Small, GroundKind::Hue, Appearance::Recoloured),
            &stage(Placement::Small, GroundKind::Hue, Appearance::SoftLight),
            &CROP,
        ],
        &[&Light],
    ],
    &[&[&stage(Placement::Level, GroundKind::Floor, Appearance::SoftLight), &CROP]],
];

/// Subjects on no ground at all: with none to change, the subject itself changes more often, and in
/// drawings all of its colours.
const STICKERS: &[Recipe] = &[
    &[&[&stage(Placement::Small, GroundKind::Same, Appearance::Same), &CROP]],
    &[&[
        &stage(Placement::Level, GroundKind::Same, Appearance::Recoloured),
        &stage(Placement::Level, GroundKind::Same, Appearance::StrongLight),
        &CROP,
    ]],
    &[
        &[&stage(Placement::Level, GroundKind::Same, Appearance::SoftLight), &CROP],
        &[&Rehue { choice: 0 }],
    ],
    &[&[
        &stage(Placement::Pair, GroundKind::Same, Appearance::Recoloured),
        &stage(Placement::Pair, GroundKind::Same, Appearance::Same),
        &stage(Placement::Small, GroundKind::Same, Appearance::Recoloured),
        &stage(Placement::Small, GroundKind::Same, Appearance::Same),
        &CROP,
    ]],
    &[
        &[&stage(Placement::Level, GroundKind::Same, Appearance::StrongLight), &CROP],
        &[&Rehue { choice: 1 }],
    ],
    &[&[
        &stage(Placement::Close, GroundKind::Same, Appearance::Recoloured),
        &stage(Placement::Close, GroundKind::Same, Appearance::Same),
        &CLOSE,
    ]],
    &[
        &[
            &stage(Placement::Small, GroundKind::Same, Appearance::Recoloured),
            &stage(Placement::Small, GroundKind::Same, Appearance::SoftLight),
            &CROP,
        ],
        &[&Light],
    ],
    &[
        &[&stage(Placement::Level, GroundKind::Same, Appearance::SoftLight), &CROP],
        &[&Rehue { choice: 2 }],
    ],
];

const STRUCTURES: &[Recipe] = &[
    &[&[&ShiftMap { rank: 0 }, &PERSPECTIVE], &[&recolour(0, 0), &Light]],
    &[&[&ShiftMap { rank: 1 }, &PERSPECTIVE], &[&GOLDEN_SKY, &GOLDEN]],
    &[&[&DoubleShift, &ShiftMap { rank: 2 }, &PERSPECTIVE], &[&SUNSET, &DUSK]],
    &[&[&ShiftMap { rank: 2 }, &CROP], &[&WATERCOLOUR, &COOL]],
    &[&[&ShiftMap { rank: 3 }, &PERSPECTIVE], &[&OVERCAST, &FILM]],
    &[&[&PERSPECTIVE], &[&EVENING, &NIGHT, &HIGH]],
    &[&[&ShiftMap { rank: 0 }, &CROP], &[&INK, &FILM]],
    &[&[&DoubleShift, &ShiftMap { rank: 1 }, &PERSPECTIVE], &[&CLEAR, &Light]],
];

/// Photographs: another composition first, then another light or colour. Where the subject cannot
/// be moved, more is shown around it; where that can be seen, its surroundings are stretched or the
/// view is another one.
const PHOTOS: &[Recipe] = &[
    &[&[&ASIDE, &BESIDE, &ShiftMap { rank: 0 }, &Retarget, &CROP], &[&CLEAR, &Light]],
    &[&[&SMALL, &WIDER, &ASIDE, &Retarget, &PERSPECTIVE], &[&GOLDEN_SKY, &recolour(0, 0), &GOLDEN]],
    &[&[&LARGE, &BESIDE, &PERSPECTIVE], &[&LOW_SUN, &FILM]],
    &[&[&PAIR, &WIDER, &ASIDE, &CLOSE], &[&OVERCAST, &Light]],
    &[&[&WIDER, &SMALL, &ShiftMap { rank: 1 }, &Retarget, &CROP], &[&recolour(1, 1), &COOL]],
    &[&[&BESIDE, &ASIDE, &PERSPECTIVE], &[&SUNSET, &WINDOW, &RIM, &FILM]],
    &[&[&LARGE, &WIDER, &ASIDE, &CROP], &[&WATERCOLOUR, &COOL]],
    &[&[&WIDER, &SMALL, &ASIDE, &CLOSE], &[&SUNSET, &GOLDEN]],
    &[&[&ASIDE, &BESIDE, &Retarget, &PERSPECTIVE], &[&recolour(0, 2), &COOL]],
    &[&[&PAIR, &SMALL, &WIDER, &PERSPECTIVE], &[&EVENING, &DUSK, &HIGH]],
];

/// Photographs whose subject fills the frame or cannot be told from what is around it: it becomes
/// another of its kind, in another colour. A coat is found where its outline is, so that recipes
/// that begin with one change the view last.
const CLOSE_UPS: &[Recipe] = &[
    &[AROUND, &[&recolour(0, 0), &coat(CoatKind::Silver), &CLEAR, &Light]],
    &[&[&coat(CoatKind::Brown), &GOLDEN_SKY, &recolour(0, 3), &GOLDEN], &[&Retarget, &PERSPECTIVE]],
    &[
        &[&BESIDE, &TURNED, &PERSPECTIVE],
        &[&recolour(1, 0), &coat(CoatKind::Ginger), &LOW_SUN, &FILM],
    ],
    &[&[&coat(CoatKind::Black), &OVERCAST, &recolour(0, 1), &Light], &[&CLOSE]],
    &[AROUND, &[&recolour(0, 4), &coat(CoatKind::Cream), &COOL]],
    &[&[&BESIDE, &TURNED, &PERSPECTIVE], &[&SUNSET, &WINDOW, &RIM, &FILM]],
    &[&[&WIDER, &PERSPECTIVE], &[&recolour(0, 2), &coat(CoatKind::Silver), &GOLDEN]],
    &[&[&coat(CoatKind::Ginger), &recolour(0, 0), &Light], &[&CROP], &[&WATERCOLOUR, &COOL]],
    &[&[&WIDER, &CLOSE], &[&recolour(1, 1), &coat(CoatKind::Brown), &recolour(0, 5), &COOL]],
    &[&[&coat(CoatKind::Cream), &EVENING, &recolour(0, 3), &DUSK, &HIGH], &[&TURNED, &PERSPECTIVE]],
];

/// Photographs in black and white: another composition on another paper, in another bath.
const PRINTS: &[Recipe] = &[
    &[&[&ASIDE, &BESIDE, &ShiftMap { rank: 0 }, &Retarget, &CROP], &[&SEPIA]],
    &[&[&SMALL, &WIDER, &ASIDE, &Retarget, &PERSPECTIVE], &[&HARD]],
    &[&[&LARGE, &BESIDE, &PERSPECTIVE], &[&HIGH]],
    &[&[&PAIR, &WIDER, &ASIDE, &CLOSE], &[&SELENIUM]],
    &[&[&WIDER, &SMALL, &ShiftMap { rank: 1 }, &Retarget, &CROP], &[&CYANOTYPE]],
    &[&[&BESIDE, &ASIDE, &TURNED, &PERSPECTIVE], &[&HARD]],
    &[&[&LARGE, &WIDER, &ASIDE, &CROP], &[&INK, &FILM]],
    &[&[&WIDER, &SMALL, &ASIDE, &CLOSE], &[&SEPIA]],
    &[&[&ASIDE, &BESIDE, &Retarget, &PERSPECTIVE], &[&HIGH]],
    &[&[&PAIR, &SMALL, &WIDER, &PERSPECTIVE], &[&CYANOTYPE]],
];

/// Drawings that are no flat graphics: with outlines, in shades, or on paper that was photographed.
const DRAWINGS: &[Recipe] = &[
    &[AROUND, &[&Rehue { choice: 0 }, &GOLDEN]],
    &[&[&PERSPECTIVE], &[&Rehue { choice: 1 }, &FILM]],
    &[&[&Rehue { choice: 2 }, &Light], &[&CLOSE]],
    &[AROUND, &[&Light, &Rehue { choice: 6 }]],
    &[&[&PERSPECTIVE], &[&Rehue { choice: 3 }, &WINDOW, &FILM]],
    &[&[&Rehue { choice: 4 }, &Light], &[&CROP], &[&WATERCOLOUR, &COOL]],
    &[AROUND, &[&Rehue { choice: 5 }, &COOL]],
    &[&[&PERSPECTIVE], &[&GOLDEN, &Rehue { choice: 7 }]],
];

/// More of the place, or structure added or taken away, or the surroundings stretched.
const AROUND: Chain = &[&WIDER, &ShiftMap { rank: 0 }, &Retarget, &CROP];

const CROP: Reframe = Reframe { kind: ReframeKind::Crop };
const CLOSE: Reframe = Reframe { kind: ReframeKind::Close };
const PERSPECTIVE: Reframe = Reframe { kind: ReframeKind::Perspective };
const TURNED: Reframe = Reframe { kind: ReframeKind::Turned };
const ASIDE: Relocate = Relocate { how: Relocation::Aside };
const SMALL: Relocate = Relocate { how: Relocation::Small };
const LARGE: Relocate = Relocate { how: Relocation::Large };
const PAIR: Relocate = Relocate { how: Relocation::Pair };
const WIDER: Recompose = Recompose { how: Recomposition::Wider };
const BESIDE: Recompose = Recompose { how: Recomposition::Aside };
const DUSK: Grade = Grade { kind: GradeKind::Dusk };
const GOLDEN: Grade = Grade { kind: GradeKind::Golden };
const FILM: Grade = Grade { kind: GradeKind::Film };
const RIM: Grade = Grade { kind: GradeKind::Rim };
const HIGH: Grade = Grade { kind: GradeKind::High };

const WINDOW: RelightScene = RelightScene { kind: LightKind::Window };
const LOW_SUN: RelightScene = RelightScene { kind: LightKind::LowSun };
const WATERCOLOUR: Paint = Paint { kind: PaintKind::Watercolour };
const COOL: Grade = Grade { kind: GradeKind::Cool };
const INK: Paint = Paint { kind: PaintKind::Ink };

const CLEAR: Sky = Sky { kind: SkyKind::Clear };
const GOLDEN_SKY: Sky = Sky { kind: SkyKind::Golden };
const SUNSET: Sky = Sky { kind: SkyKind::Sunset };
const EVENING: Sky = Sky { kind: SkyKind::Dusk };
const OVERCAST: Sky = Sky { kind: SkyKind::Overcast };

const HARD: Grade = Grade { kind: GradeKind::Mono };
const SEPIA: Grade = Grade { kind: GradeKind::Sepia };
const SELENIUM: Grade = Grade { kind: GradeKind::Selenium };
const CYANOTYPE: Grade = Grade { kind: GradeKind::Cyanotype };
const NIGHT: Grade = Grade { kind: GradeKind::Night };

const fn stage(placement: Placement, ground: GroundKind, appearance: Appearance) -> StageSubject {
    StageSubject { placement, ground, appearance }
}

const fn recolour(rank: usize, choice: u64) -> RecolourRegion {
    RecolourRegion { rank, choice }
}

const fn coat(kind: CoatKind) -> Recoat {
    Recoat { kind }
}

const fn palette(kind: PaletteKind) -> RecolourPalette {
    RecolourPalette { kind }
}

const fn paper(paper: PaperKind, ink: InkKind) -> TintPaper {
    TintPaper { paper, ink }
}

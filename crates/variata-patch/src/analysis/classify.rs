//! From numbers to a class.
//!
//! Classes that rearrange patches (texture, crowd, scene) destroy any single subject, so they need
//! proof: every one of their conditions must hold, and no sign of a subject may be found. Whatever
//! is left is a photo, whose recipes harm nothing.

use super::{Class, Features};

/// What the decision rests on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    /// The numbers.
    pub(super) features: Features,
    /// How clearly the salient part stands out, 0.0–1.0.
    pub(super) separability: f32,
    /// How far to trust the outline of a subject, 0.0 without one.
    pub(super) outline_confidence: f32,
    /// Whether what is outlined reaches from side to side.
    pub(super) is_layer: bool,
    /// Whether the palette explains the picture.
    pub(super) is_flat: bool,
    /// Whether a subject can be cut out cleanly: a sure matte on plain or transparent ground, with
    /// whatever is written in the picture.
    pub(super) is_cut: bool,
    /// Whether the source is transparent anywhere.
    pub(super) is_transparent: bool,
    /// Whether there are people's faces in it.
    pub(super) has_faces: bool,
}

type Rule = fn(&Evidence) -> bool;

/// The decision: the first class whose rule holds.
///
/// Thresholds were set on some eighty pictures; the margins that were seen stand behind each.
const RULES: [(Class, Rule); 9] = [
    (Class::Flat, |e| e.is_flat),
    (Class::Page, |e| e.is_page()),
    (Class::Crowd, |e| !e.has_subject() && e.has_many_parts()),
    (Class::CutOut, |e| e.is_cut),
    (Class::White, |e| !e.is_transparent && e.features.white_border > 0.75),
    (Class::Texture, |e| !e.has_single_part() && e.is_the_same_everywhere()),
    (Class::Texture, |e| !e.has_subject() && !e.has_single_part() && e.is_similar_everywhere()),
    (Class::Scene, |e| e.is_land() && !e.stands_out() && e.is_layered() && e.recurs()),
    (Class::Lines, |e| e.is_built() && e.separability < 0.78),
];

/// Glyphs in a row that are writing; strokes of a painting and blades of grass reach five.
pub(super) const SURE_TEXT: usize = 7;
/// Glyphs in a row that may be writing; faces and fur reach three.
const POSSIBLE_TEXT: usize = 4;
/// Glyphs in a row that are writing where they are as even as type.
const SHORT_TEXT: usize = 3;
/// Glyphs in a row askew that may be writing; fur and leaves, in eleven directions, reach four.
const ASKEW_TEXT: usize = 5;
/// Small letters in a row that may be print; photographs of anything else have three and fewer.
const SMALL_TEXT: usize = 5;
/// Small letters in a row that are print; a fence or windows of a distant town may have eleven.
pub(super) const SURE_SMALL_TEXT: usize = 8;
/// Large letters in a row that are a sign.
pub(super) const LARGE_TEXT: usize = 3;
/// Straight edges of made things, on which short rows of odd letters are writing as well: a plane
/// with its name painted on 5.4, faces and animals at most 4.0.
const MADE: f32 = 4.5;
/// Straight edges on which two even letters are a sign that is partly hidden: a poster behind people 8.4,
/// shirts with letters 10; of animals and plants none has both.
const BUILT: f32 = 6.0;
/// Straight edges of machines, which bear letters and digits though no row of them is found: a
/// calculator 24, planks of wood 11.
const MACHINE: f32 = 18.0;
/// Straight edges of made things that are small in the picture, where no letter is found: coins and
/// a plane with its name on it 3.5 and more, animals and food less.
const MADE_AND_SMALL: f32 = 3.5;
/// Share of the picture that may be a face or a hand.
const LEAST_SKIN: f32 = 0.012;

/// The class of a picture.
pub(super) fn classify(evidence: &Evidence) -> Class {
    RULES.iter().find(|(_, rule)| rule(evidence)).map_or(Class::Photo, |&(class, _)| class)
}

/// Whether left and right may be exchanged. Graphics and things on white paper are logos and
/// writing more often than not; a transparent ground is no paper, and no flat colour of a drawing
/// in shades (`is_shaded`).
pub(super) fn may_mirror(
    class: Class,
    features: &Features,
    transparent: bool,
    is_shaded: bool,
) -> bool {
    match class {
        Class::Texture | Class::Crowd | Class::Scene => true,
        Class::Flat | Class::White | Class::Page => false,
        Class::CutOut | Class::Lines | Class::Photo => {
            let is_shaded = is_shaded && features.line_length < MADE_AND_SMALL;
            (!features.is_graphic() || is_shaded)
                && (transparent || features.white_border <= 0.75)
                && !bears_writing(features)
        }
    }
}

/// Whether something may be written in the picture: rows of letters, or fewer of them on made things.
fn bears_writing(f: &Features) -> bool {
    let in_rows = f.text_chain >= POSSIBLE_TEXT
        || f.typeset_chain >= SHORT_TEXT
        || f.askew_chain >= ASKEW_TEXT
        || f.large_chain >= LARGE_TEXT
        || f.small_chain >= SMALL_TEXT;
    in_rows
        || f.text_chain >= SHORT_TEXT && f.line_length > MADE
        || f.typeset_chain >= 2 && f.large_chain >= 2 && f.line_length > BUILT
        || f.text_chain >= 2 && f.line_length > MACHINE
}

/// Whether a picture may consist of flat colours; whether it does, its palette decides.
pub fn flat_candidate(features: &Features) -> bool {
    features.is_graphic() && features.flat_share > 0.7
}

impl Evidence {
    /// Signs of something that may not be torn: people, writing, buildings, drawings.
    fn has_subject(&self) -> bool {
        let f = &self.features;
        self.has_faces
            || f.skin_area > LEAST_SKIN
            || f.text_chain >= SURE_TEXT
            || f.small_chain >= SMALL_TEXT
            || f.line_length > 6.0
            || f.vertical_line_length > 2.5
            || f.white_border > 0.4
            || f.flat_share > 0.85
            || self.is_transparent
    }

    /// Writing on even ground that is neither paper, which is tinted, nor a label on a subject.
    fn is_page(&self) -> bool {
        let is_ground = self.is_transparent || self.is_cut || self.features.white_border > 0.75;
        self.features.is_page() && !is_ground
    }

    /// No subject, and not drawn: half a drawn tree is seen to be half a tree.
    fn is_land(&self) -> bool {
        !self.has_subject() && !self.features.is_illustration()
    }

    /// Many straight edges, but nobody in front of them: a street 29, a room or a motorcycle 10–14,
    /// for which people make it a photo. Waves and folds have short ones and are torn by whatever is
    /// done to houses.
    fn is_built(&self) -> bool {
        let f = &self.features;
        !f.is_bent()
            && f.line_length > 9.0
            && (f.skin_area < 2.0 * LEAST_SKIN || f.line_length > 20.0)
    }

    /// One clear part and no others: gravel has one too, but not clearly (0.65–0.74).
    fn has_single_part(&self) -> bool {
        self.separability > 0.76 && self.features.largest_share > 0.75
    }

    /// Drift 0.1–0.2 for gravel, grass, bricks and stars; no picture of anything comes near. Lines
    /// and what looks like writing are bricks, then.
    fn is_the_same_everywhere(&self) -> bool {
        let f = &self.features;
        f.drift < 0.25 && f.drift_peak < 0.6 && f.skin_area < LEAST_SKIN && !self.is_transparent
    }

    /// Stuff under uneven light or with large waves drifts further (water 0.42), as far as crowds
    /// of people do (0.47); it counts when it is busy everywhere.
    fn is_similar_everywhere(&self) -> bool {
        let f = &self.features;
        let drifts_little = f.drift < 0.45 && f.drift_peak < 0.9 && f.block_variance < 0.13;
        drifts_little && f.self_similarity > 0.6
    }

    /// Several salient parts of which none is the subject: balloons, a herd, coins.
    fn has_many_parts(&self) -> bool {
        let f = &self.features;
        self.separability > 0.68
            && f.component_count >= 5
            && f.largest_share < 0.65
            && f.component_size < 0.32
    }

    /// A part that stands out from the rest, or a few patches that are unlike all others: valleys
    /// 0.60–0.75 with a ratio of 1.8–2.5, giraffes before trees 0.76, a rocket at dusk 3.8, a plane
    /// 0.83. Less is enough for what has an outline and is built or unlike all others: a castle
    /// with straight edges of 3.0, a crab 0.82.
    fn stands_out(&self) -> bool {
        let f = &self.features;
        // In a picture of clear layers a bright one stands out by itself: a lake, a meadow.
        let limit = if self.is_layer && f.block_variance_in_rows < 0.06 { 0.82 } else { 0.76 };
        let is_thing = f.line_length > 1.0 || f.uniqueness_peak > 0.6;
        self.separability > limit
            || f.uniqueness_peak > 0.95
            || f.uniqueness_peak > 3.0 * f.self_similarity
            || (self.outline_confidence > 0.3 && is_thing)
    }

    /// Rows explain what large blocks do not share: sky above hills above grass.
    fn is_layered(&self) -> bool {
        self.features.block_variance_in_rows < 0.2
    }

    /// Most patches have a like elsewhere.
    fn recurs(&self) -> bool {
        self.features.self_similarity < 0.36
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers like those of a mountain valley.
    fn valley() -> Evidence {
        let features = Features {
            salient_area: 0.4,
            largest_share: 0.98,
            component_count: 2,
            component_size: 0.6,
            block_variance: 0.5,
            block_variance_in_rows: 0.1,
            self_similarity: 0.2,
            uniqueness_peak: 0.4,
            drift: 0.7,
            drift_peak: 1.5,
            flat_share: 0.1,
            ..Features::default()
        };
        Evidence {
            features,
            separability: 0.65,
            outline_confidence: 0.0,
            is_layer: false,
            is_flat: false,
            is_cut: false,
            is_transparent: false,
            has_faces: false,
        }
    }

    fn with(change: impl Fn(&mut Evidence)) -> Class {
        let mut evidence = valley();
        change(&mut evidence);
        classify(&evidence)
    }

    #[test]
    fn a_valley_is_a_scene_until_somebody_stands_in_it() {
        assert_eq!(with(|_| ()), Class::Scene);
        assert_eq!(with(|e| e.features.skin_area = 0.02), Class::Photo);
        assert_eq!(with(|e| e.features.text_chain = 8), Class::Photo);
        assert_eq!(with(|e| e.features.uniqueness_peak = 0.9), Class::Photo);
        assert_eq!(with(|e| e.separability = 0.8), Class::Photo);
        let castle = |e: &mut Evidence| (e.outline_confidence, e.features.line_length) = (0.5, 3.0);
        assert_eq!(with(castle), Class::Photo);
        assert_eq!(with(|e| e.features.line_length = 12.0), Class::Lines);
        let waves =
            |e: &mut Evidence| (e.features.line_length, e.features.bent_share) = (40.0, 0.95);
        assert_eq!(with(waves), Class::Photo);
        assert_eq!(with(|e| e.has_faces = true), Class::Photo, "a portrait in black and white");
        let drawn = |e: &mut Evidence| {
            (e.features.common_colour_share, e.features.flat_share) = (0.7, 0.8);
        };
        assert_eq!(with(drawn), Class::Photo, "deer below trees, in three blues");
    }

    #[test]
    fn small_print_on_even_ground_is_a_page_unless_a_subject_bears_it() {
        let page = |e: &mut Evidence| (e.features.small_chain, e.features.flat_share) = (9, 0.7);
        assert_eq!(with(page), Class::Page);
        let label = with(|e| {
            page(e);
            e.is_cut = true;
        });
        assert_eq!(label, Class::CutOut);
        assert_eq!(with(|e| e.features.small_chain = 9), Class::Photo, "a sign in a street");
    }

    #[test]
    fn a_bright_layer_is_no_subject_and_giraffes_are() {
        let layered = |is_layer: bool| {
            with(|e| {
                (e.separability, e.features.block_variance_in_rows) = (0.79, 0.04);
                (e.outline_confidence, e.is_layer) = (0.9, is_layer);
            })
        };
        assert_eq!(layered(true), Class::Scene);
        assert_eq!(layered(false), Class::Photo);
    }

    #[test]
    fn a_stationary_picture_is_a_texture_unless_one_part_stands_out() {
        let gravel = |e: &mut Evidence| {
            (e.features.drift, e.features.drift_peak) = (0.1, 0.2);
        };
        assert_eq!(with(gravel), Class::Texture);
        assert_ne!(
            with(|e| {
                gravel(e);
                e.separability = 0.85;
            }),
            Class::Texture
        );
    }

    #[test]
    fn many_parts_are_a_crowd_and_two_are_not() {
        let herd = |count: usize| {
            with(|e| {
                e.separability = 0.79;
                e.features.component_count = count;
                e.features.component_size = 0.2;
                e.features.largest_share = 0.4;
            })
        };
        assert_eq!(herd(7), Class::Crowd);
        assert_eq!(herd(2), Class::Photo);
    }

    #[test]
    fn writing_is_not_mirrored_but_grass_is() {
        let may = |class, text_chain, typeset_chain| {
            let features = Features { text_chain, typeset_chain, ..Features::default() };
            may_mirror(class, &features, false, false)
        };
        assert!(may(Class::Photo, 3, 2) && !may(Class::Photo, 4, 2) && !may(Class::Photo, 3, 3));
        assert!(may(Class::Texture, 5, 0) && !may(Class::Flat, 0, 0));
        let carton = Features { askew_chain: 6, ..Features::default() };
        assert!(!may_mirror(Class::Photo, &carton, false, false));
        let screen = Features { small_chain: 5, ..Features::default() };
        assert!(!may_mirror(Class::Photo, &screen, false, false));
        let sign = Features { large_chain: 3, ..Features::default() };
        assert!(!may_mirror(Class::Photo, &sign, false, false));
        let plane = Features { text_chain: 3, line_length: 5.4, ..Features::default() };
        assert!(!may_mirror(Class::Photo, &plane, false, false));
        let poster =
            Features { typeset_chain: 2, large_chain: 2, line_length: 8.4, ..Features::default() };
        assert!(!may_mirror(Class::Photo, &poster, false, false));
        let calculator = Features { text_chain: 2, line_length: 24.0, ..Features::default() };
        assert!(!may_mirror(Class::Photo, &calculator, false, false));
    }

    #[test]
    fn white_paper_is_not_mirrored_but_a_transparent_ground_is() {
        let features = Features { white_border: 1.0, ..Features::default() };
        assert!(!may_mirror(Class::CutOut, &features, false, false));
        assert!(may_mirror(Class::CutOut, &features, true, false));
        let drawn = Features { common_colour_share: 0.9, flat_share: 0.9, ..features };
        assert!(!may_mirror(Class::CutOut, &drawn, true, false));
        assert!(may_mirror(Class::CutOut, &drawn, true, true), "a turkey in soft shades");
        let coin = Features { line_length: 4.3, ..drawn };
        assert!(!may_mirror(Class::CutOut, &coin, true, true));
    }

    #[test]
    fn graphics_need_few_colours_and_flat_ones() {
        let features = |flat_share, common_colour_share| Features {
            flat_share,
            common_colour_share,
            ..Features::default()
        };
        assert!(flat_candidate(&features(0.9, 0.8)));
        assert!(!flat_candidate(&features(0.9, 0.4)) && !flat_candidate(&features(0.5, 0.8)));
    }
}

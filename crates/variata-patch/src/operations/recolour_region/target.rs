//! Which hue a thing may take instead of its own, and the way there.

use super::family::{Family, turn_between};
use crate::color::Oklab;
use crate::operations::harmony::{most_chroma, muddiness, radians, vivid_lightness};
use crate::operations::pixels::smoothstep;

/// What a region may become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dye {
    /// In radians.
    pub(super) hue: f32,
    /// How much lighter it is than the most vivid colour of that hue would have it.
    lift: f32,
    /// How vivid it is as a share of what it replaces, both for their hues.
    vividness: f32,
}

const fn dye(degrees: f32, lift: f32) -> Dye {
    Dye { hue: radians(degrees), lift, vividness: 1.0 }
}

/// Dyes as light as their hues are when they are most vivid.
const fn vivid<const N: usize>(degrees: [f32; N]) -> [Dye; N] {
    let mut dyes = [dye(0.0, 0.0); N];
    let mut at = 0;
    while at < N {
        dyes[at] = dye(degrees[at], 0.0);
        at += 1;
    }
    dyes
}

/// What pink and purple petals, cloth and pottery may be: orange, crimson, yellow, red.
const WARM: [Dye; 4] = vivid([58.0, 8.0, 92.0, 28.0]);
/// What is orange or yellow is yellow, red or orange: oranges are not pink.
const ORANGE: [Dye; 3] = vivid([58.0, 92.0, 28.0]);
/// What is red may be orange, wine and yellow; no fruit and no brick is crimson.
const RED: [Dye; 3] = [dye(60.0, 0.05), dye(17.0, -0.16), dye(90.0, 0.08)];
/// The hue from which on red is orange, in degrees: a hat and a bottle's label are at 26 to 28, the fur of
/// a ginger cat at 37, and no cat is the colour of wine.
const REDDEST_ORANGE: f32 = 32.0;
/// Grass and leaves in the light as they turn: golden, straw, amber.
const GOLDEN: [Dye; 3] = [dye(92.0, 0.10), dye(98.0, 0.14), dye(78.0, 0.06)];
/// What is too dark for gold turns russet, rusty or copper.
const RUSSET: [Dye; 2] = [dye(66.0, 0.0), dye(42.0, -0.04)];
/// Leaves of another plant: bluish as ivy, yellowish as moss. No leaf is emerald.
const FRESH: [Dye; 2] = [Dye { vividness: 0.62, ..dye(149.0, 0.0) }, dye(122.0, 0.03)];
/// Blue things that are not the sky are made, or are blossoms: these may be anything.
const BLUE: [Dye; 6] = vivid([318.0, 150.0, 28.0, 92.0, 205.0, 58.0]);
/// How far sky and sea turn towards the tropics, in degrees. A violet sky is of no hour, and a green
/// one of no place.
const SKY_TURN: f32 = -22.0;

/// A deep blue turned so is a dull green.
const LEAST_SKY_LIGHTNESS: f32 = 0.62;

/// Nearer hues than this do not count as another.
const LEAST_TURN: f32 = radians(18.0);

/// What there is besides its hues to say what a region may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Share of the picture.
    pub(super) share: f32,
    /// Whether it ends at edges.
    pub(super) is_thing: bool,
    /// Whether it may be the sky, the sea or the air if it is blue.
    pub(super) may_be_sky: bool,
}

impl Place {
    /// How much of a change of lightness goes with one of hue, 0.0–1.0. Where colours fade into
    /// others, hardly more than the hue may change.
    pub(super) fn lift(self) -> f32 {
        if self.is_thing { 1.0 } else { 0.5 }
    }
}

/// What a family becomes; `choice` goes through all that suit it. `None` where none
/// would look clean.
pub(super) fn dye_for(family: &Family, place: Place, choice: u64) -> Option<Dye> {
    let degrees = family.hue.to_degrees().rem_euclid(360.0);
    let middle = Oklab::from_hue(family.lightness, family.chroma, family.hue);
    let suiting = |listed: &[Dye], most_turn: f32| -> Vec<Dye> {
        let suits = |dye: &&Dye| {
            let turn = turn_between(family.hue, dye.hue).abs();
            let another = turn > LEAST_TURN || dye.lift < 0.0;
            let way = Turn::new(family, **dye, 1.0, place.lift());
            another && turn < radians(most_turn) && muddiness(way.apply(middle)) < MOST_MUD
        };
        listed.iter().filter(suits).copied().collect()
    };
    let dyes = match degrees {
        112.0..170.0 => {
            let autumn = [&GOLDEN[..], &RUSSET].map(|listed| suiting(listed, 100.0));
            let autumn = autumn.into_iter().find(|dyes| !dyes.is_empty()).unwrap_or_default();
            [autumn, suiting(&FRESH, 90.0)].concat()
        }
        _ if is_sky(family, place) && family.lightness <= LEAST_SKY_LIGHTNESS => return None,
        _ if is_sky(family, place) => suiting(&[dye(degrees + SKY_TURN, 0.0)], 90.0),
        170.0..290.0 => suiting(&BLUE, 180.0),
        0.0..REDDEST_ORANGE => suiting(&RED, most_warm_turn(place)),
        REDDEST_ORANGE..112.0 => suiting(&ORANGE, most_warm_turn(place)),
        _ => suiting(&WARM, most_warm_turn(place)),
    };
    let turn = choice.checked_rem(dyes.len() as u64)?;
    dyes.get(turn as usize).copied()
}

/// Whether a blue is that of the sky, of the sea or of the air.
pub(super) fn is_sky(family: &Family, place: Place) -> bool {
    let degrees = family.hue.to_degrees().rem_euclid(360.0);
    place.may_be_sky && (170.0..290.0).contains(&degrees)
}

/// How far warm colours may turn, in degrees: a thing as far as fruit and cloth do, petals that fill
/// the picture nearly so. What else has no edge is a glow in the sky or on the water, between colours
/// that stay, and only a near hue goes with them: an orange one turned pink or yellow is neon.
fn most_warm_turn(place: Place) -> f32 {
    match place {
        Place { is_thing: true, .. } => 90.0,
        Place { share, .. } if share > 0.5 => 72.0,
        _ => 22.0,
    }
}

/// Golden brown is no mud yet; olive is.
const MOST_MUD: f32 = 0.3;

/// The way from a family's colours to another hue. Shades keep their order: what was warmer than
/// the middle stays warmer, and each is as vivid for its new hue as it was for its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    from: f32,
    to: f32,
    /// How much lighter the dye is than the family's most vivid colour.
    lift: f32,
    /// How vivid colours stay, as a share.
    vividness: f32,
    /// How much of the distance from the middle hue shades keep, below and above it.
    spread: (f32, f32),
}

/// The share of their distance from the middle hue that shades keep.
const SPREAD: f32 = 0.6;

/// Shades end this far from the new hue at most, in radians: 18°. Where yellow passes into orange,
/// orange would pass into crimson.
const MOST_SPREAD: f32 = radians(18.0);

impl Turn {
    /// The way from `family` to `dye`, a share `amount` of it and `lift` of the change of lightness
    /// that goes with it.
    pub(super) fn new(family: &Family, dye: Dye, amount: f32, lift: f32) -> Self {
        let to = family.hue + amount * turn_between(family.hue, dye.hue);
        let way = vivid_lightness(dye.hue) + dye.lift - vivid_lightness(family.hue);
        let lift = amount * lift * way;
        let spread = |reach: f32| SPREAD.min(MOST_SPREAD / reach.max(0.01));
        Self {
            from: family.hue,
            to,
            lift,
            vividness: 1.0 + amount * (dye.vividness - 1.0),
            spread: (spread(family.reach.0), spread(family.reach.1)),
        }
    }

    /// Where a colour goes as far as it belongs to `family`.
    pub(super) fn of_member(&self, family: &Family, color: Oklab) -> Oklab {
        let [changed] = self.of_members([family], color);
        changed
    }

    /// Where a colour goes as far as it belongs to each of `families`.
    pub(super) fn of_members<const N: usize>(
        &self,
        families: [&Family; N],
        color: Oklab,
    ) -> [Oklab; N] {
        let shares = families.map(|family| family.membership(color));
        if shares.iter().all(|share| *share <= 0.0) {
            return [color; N];
        }
        let turned = self.apply(color);
        shares.map(|share| if share > 0.0 { color.lerp(turned, share) } else { color })
    }

    /// Where a colour goes.
    pub(super) fn apply(&self, color: Oklab) -> Oklab {
        let (l, chroma) = (color.l.clamp(0.0, 1.0), color.chroma());
        let vividness = (chroma / most_chroma(l, color.hue()).max(0.01)).min(1.0);
        let apart = turn_between(self.from, color.hue());
        let hue = self.to + apart * if apart < 0.0 { self.spread.0 } else { self.spread.1 };
        // Shadows stay dark; gleams have no colour, and stay because of that.
        let room = (2.5 * l).min(1.0) * (3.0 * (1.0 - l)).min(1.0);
        let room = if self.lift < 0.0 { (2.5 * l).min(1.0) } else { room };
        let l = (l + self.lift * vividness * room).clamp(0.0, 0.985);
        let vivid = self.vividness * vividness * most_chroma(l, hue);
        let limit = chroma * (1.2 - 0.1 * smoothstep(0.1, 0.2, chroma)) + 0.02;
        Oklab::from_hue(l, vivid.min(self.vividness * limit), hue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THING: Place = Place { share: 0.1, is_thing: true, may_be_sky: false };
    const GREEN: Family = Family {
        hue: 2.3,
        reach: (0.5, 0.5),
        fade: 0.0,
        is_parted: false,
        chroma: 0.1,
        lightness: 0.6,
    };

    #[test]
    fn leaves_turn_to_hues_that_leaves_have() {
        for choice in 0..8 {
            let degrees = dye_for(&GREEN, THING, choice).unwrap().hue.to_degrees();
            assert!((40.0..170.0).contains(&degrees), "{degrees}");
        }
    }

    #[test]
    fn no_leaf_is_emerald_and_no_cat_the_colour_of_wine() {
        let leaf = Oklab::from_hue(GREEN.lightness, GREEN.chroma, GREEN.hue);
        let fur = Family { hue: radians(37.0), chroma: 0.135, lightness: 0.5, ..GREEN };
        for choice in 0..6 {
            let dye = dye_for(&GREEN, THING, choice).unwrap();
            let dyed = Turn::new(&GREEN, dye, 1.0, 1.0).apply(leaf);
            assert!(dyed.hue() < radians(140.0) || dyed.chroma() < 0.08, "{dyed:?}");
            assert!(dye_for(&fur, THING, choice).unwrap().hue > radians(50.0));
        }
    }

    #[test]
    fn no_choice_is_the_old_hue() {
        for degrees in (0..360).step_by(15) {
            let family = Family { hue: radians(degrees as f32), ..GREEN };
            for choice in 0..6 {
                let Some(dye) = dye_for(&family, THING, choice) else { continue };
                let turn = turn_between(dye.hue, family.hue).abs();
                assert!(turn > 0.31 || dye.lift < -0.1, "{degrees} {choice}");
            }
        }
    }

    const RED_FRUIT: Family = Family { hue: radians(30.0), chroma: 0.17, lightness: 0.57, ..GREEN };

    #[test]
    fn a_red_thing_has_three_colours_to_choose_from_and_none_is_pink() {
        let middle = Oklab::from_hue(RED_FRUIT.lightness, RED_FRUIT.chroma, RED_FRUIT.hue);
        let dyed = |choice| {
            let dye = dye_for(&RED_FRUIT, THING, choice).unwrap();
            Turn::new(&RED_FRUIT, dye, 1.0, 1.0).apply(middle)
        };
        let colors: Vec<Oklab> = (0..3).map(dyed).collect();
        for (index, color) in colors.iter().enumerate() {
            assert!(color.hue() > radians(12.0) || color.l < 0.5, "{color:?}");
            let others = colors[..index].iter().chain([&middle]);
            assert!(others.map(|other| other.distance(*color)).all(|far| far > 0.08), "{colors:?}");
        }
    }

    #[test]
    fn a_sky_stays_blue() {
        let blue = Family { hue: radians(250.0), lightness: 0.7, ..GREEN };
        let sky = Place { may_be_sky: true, ..THING };
        for choice in 0..6 {
            let dye = dye_for(&blue, sky, choice).unwrap();
            assert!((210.0..270.0).contains(&dye.hue.to_degrees()), "{dye:?}");
        }
    }

    #[test]
    fn a_glow_stays_near_its_hue() {
        let glow = Place { is_thing: false, may_be_sky: true, ..THING };
        for choice in 0..6 {
            let near = dye_for(&RED_FRUIT, glow, choice).unwrap().hue;
            assert!(turn_between(RED_FRUIT.hue, near).abs() < radians(22.0));
        }
    }

    #[test]
    fn a_turn_keeps_black_and_white_and_the_order_of_shades() {
        let turn = Turn::new(&GREEN, dye(58.0, 0.0), 1.0, 1.0);
        let shade = |l: f32| turn.apply(Oklab::from_hue(l, 0.1, 2.3)).l;
        assert!(shade(0.0) < 0.01);
        let shades: Vec<f32> = (1..10).map(|step| shade(step as f32 / 10.0)).collect();
        assert!(shades.windows(2).all(|pair| pair[0] < pair[1]), "{shades:?}");
    }
}

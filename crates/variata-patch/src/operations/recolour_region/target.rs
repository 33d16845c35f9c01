//! Which hue a thing may take instead of its own, and the way there.

use super::family::{Family, turn_between};
use crate::color::Oklab;
use crate::operations::harmony::{most_chroma, muddiness, radians, vivid_lightness};
use crate::operations::pixels::smoothstep;

/// Hues, in degrees, that petals, fruit, cloth and paint share: orange, crimson, yellow, red.
const WARM: [f32; 4] = [58.0, 8.0, 92.0, 28.0];
/// Leaves and grass as they turn: golden, amber, orange.
const FOLIAGE: [f32; 3] = [92.0, 74.0, 58.0];
/// Blue things that are not the sky are made, or are blossoms: these may be anything.
const BLUE: [f32; 6] = [318.0, 150.0, 28.0, 92.0, 205.0, 58.0];
/// Sky and sea in another hour, as turns: towards violet, and towards teal.
const SKY: [f32; 2] = [24.0, -24.0];

/// Nearer hues than this do not count as another.
const LEAST_TURN: f32 = radians(18.0);

/// What there is besides its hues to say what a region may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Share of the picture.
    pub(super) share: f32,
    /// Whether it ends at edges.
    pub(super) is_thing: bool,
}

/// The hue (radians) that a family takes; `choice` goes through all that suit it. `None` where none
/// would look clean.
pub(super) fn hue(family: &Family, place: Place, choice: u64) -> Option<f32> {
    let degrees = family.hue.to_degrees().rem_euclid(360.0);
    let is_sky = (170.0..290.0).contains(&degrees) && (place.share > 0.25 || !place.is_thing);
    let (listed, most_turn) = match degrees {
        112.0..170.0 => (FOLIAGE.to_vec(), 90.0),
        _ if is_sky => (SKY.iter().map(|turn| degrees + turn).collect(), 90.0),
        170.0..290.0 => (BLUE.to_vec(), 180.0),
        _ => (WARM.to_vec(), most_warm_turn(place)),
    };
    let middle = Oklab::from_hue(family.lightness, family.chroma, family.hue);
    let suits = |hue: &f32| {
        let turn = turn_between(family.hue, *hue).abs();
        let another = turn > LEAST_TURN && turn < radians(most_turn);
        another && muddiness(Turn::new(family, *hue, 1.0, 1.0).apply(middle)) < MOST_MUD
    };
    let suiting: Vec<f32> = listed.into_iter().map(radians).filter(suits).collect();
    let place = choice.checked_rem(suiting.len() as u64)?;
    suiting.get(place as usize).copied()
}

/// How far warm colours may turn, in degrees: a thing as far as fruit and cloth do, petals that fill
/// the picture nearly so. What else has no edge is a glow in the sky or on the water, between colours
/// that stay, and only a near hue goes with them.
fn most_warm_turn(place: Place) -> f32 {
    match place {
        Place { is_thing: true, .. } => 90.0,
        Place { share, .. } if share > 0.5 => 72.0,
        _ => 34.0,
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
    /// How much lighter the new hue's most vivid colour is.
    lift: f32,
}

impl Turn {
    /// The way from `family` to `hue` (radians), a share `amount` of it and `lift` of the change of
    /// lightness that goes with it.
    pub(super) fn new(family: &Family, hue: f32, amount: f32, lift: f32) -> Self {
        let to = family.hue + amount * turn_between(family.hue, hue);
        let lift = amount * lift * (vivid_lightness(hue) - vivid_lightness(family.hue));
        Self { from: family.hue, to, lift }
    }

    /// Where a colour goes.
    pub(super) fn apply(&self, color: Oklab) -> Oklab {
        let (l, chroma) = (color.l.clamp(0.0, 1.0), color.chroma());
        let vividness = (chroma / most_chroma(l, color.hue()).max(0.01)).min(1.0);
        let hue = self.to + 0.6 * turn_between(self.from, color.hue());
        // Shadows stay dark; gleams have no colour, and stay because of that.
        let room = (2.5 * l).min(1.0) * (3.0 * (1.0 - l)).min(1.0);
        let room = if self.lift < 0.0 { (2.5 * l).min(1.0) } else { room };
        let l = (l + self.lift * vividness * room).clamp(0.0, 0.985);
        let vivid = vividness * most_chroma(l, hue);
        let limit = chroma * (1.2 - 0.1 * smoothstep(0.1, 0.2, chroma)) + 0.02;
        Oklab::from_hue(l, vivid.min(limit), hue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THING: Place = Place { share: 0.1, is_thing: true };
    const GREEN: Family = Family { hue: 2.3, reach: (0.5, 0.5), chroma: 0.1, lightness: 0.6 };

    #[test]
    fn leaves_turn_to_hues_that_leaves_have() {
        for choice in 0..8 {
            let degrees = hue(&GREEN, THING, choice).unwrap().to_degrees();
            assert!((40.0..165.0).contains(&degrees), "{degrees}");
        }
    }

    #[test]
    fn no_choice_is_the_old_hue() {
        for degrees in (0..360).step_by(15) {
            let family = Family { hue: radians(degrees as f32), ..GREEN };
            for choice in 0..6 {
                let Some(hue) = hue(&family, THING, choice) else { continue };
                assert!(turn_between(hue, family.hue).abs() > 0.31, "{degrees} {choice}");
            }
        }
    }

    #[test]
    fn a_red_thing_has_hues_to_choose_from_and_a_glow_stays_near() {
        let red = Family { hue: radians(30.0), chroma: 0.17, lightness: 0.57, ..GREEN };
        let glow = Place { is_thing: false, ..THING };
        let [one, next] = [0, 1].map(|choice| hue(&red, THING, choice).unwrap());
        assert!(turn_between(one, next).abs() > 0.5);
        for choice in 0..6 {
            let near = hue(&red, glow, choice).unwrap();
            assert!(turn_between(red.hue, near).abs() < radians(34.0));
        }
    }

    #[test]
    fn a_turn_keeps_black_and_white_and_the_order_of_shades() {
        let turn = Turn::new(&GREEN, radians(58.0), 1.0, 1.0);
        let shade = |l: f32| turn.apply(Oklab::from_hue(l, 0.1, 2.3)).l;
        assert!(shade(0.0) < 0.01);
        let shades: Vec<f32> = (1..10).map(|step| shade(step as f32 / 10.0)).collect();
        assert!(shades.windows(2).all(|pair| pair[0] < pair[1]), "{shades:?}");
    }
}

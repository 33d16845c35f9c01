//! The main colour of a subject that stands by itself.
//!
//! A change of hue by any angle makes teal cherries and blue parrots. What a subject is nobody
//! knows here, but its commonest hue may become what a petal, a fruit or a cup of that hue may be,
//! and stalks and beaks keep theirs.

use super::extent::set_count;
use super::family::{Family, families};
use super::target::{Place, Turn, dye_for};
use super::{MOST_TORN, MOST_TRIALS, fringe};
use crate::color::Oklab;
use crate::grid::{LabImage, Mask, Raster};
use crate::operations::pixels::lab_of;
use crate::resample::resize;

/// A change of colours alone.
pub(in crate::operations) struct HueChange {
    family: Family,
    turn: Turn,
}

impl HueChange {
    /// The change for the subject of `image`, transparent elsewhere; a share `amount` of it.
    /// `choice` goes through all that suit it. `None` where no hue stands out, or where none would
    /// look clean in its place.
    pub(in crate::operations) fn of(image: &Raster, choice: u64, amount: f32) -> Option<Self> {
        let small = resize(image, SIDE, SIDE);
        let is_subject = |[.., alpha]: [u8; 4]| alpha > 127;
        let colors = lab_of(&small, SIDE).zip_map(&small, |color, pixel| {
            if is_subject(pixel) { color } else { Oklab { a: 0.0, b: 0.0, ..color } }
        });
        let family = commonest(&colors)?;
        let members = members(&family, &colors);
        let family = family.narrowed(&colors, &members);
        let share = set_count(&members) / set_count(&small.map(is_subject)).max(1.0);
        let place = Place { share, is_thing: true, may_be_sky: false };
        (0..MOST_TRIALS)
            .filter_map(|trial| dye_for(&family, place, choice + trial))
            .map(|dye| Self { family, turn: Turn::new(&family, dye, amount, place.lift()) })
            .find(|change| share > LEAST_SHARE && change.is_whole(&colors, &members))
    }

    /// What becomes of `color`.
    pub(in crate::operations) fn apply(&self, color: Oklab) -> Oklab {
        self.turn.of_member(&self.family, color)
    }

    /// Whether hardly any neighbours come apart.
    fn is_whole(&self, colors: &LabImage, members: &Mask) -> bool {
        let after = colors.map(|color| self.apply(color));
        fringe::torn_share(members, colors, &after) < MOST_TORN
    }
}

/// Side at which a subject is looked at.
const SIDE: usize = 160;

/// Share of the subject that has the hue at least: to change less is hardly seen.
const LEAST_SHARE: f32 = 0.2;

/// The family that colours most of the picture.
fn commonest(colors: &LabImage) -> Option<Family> {
    let weight = |family: &Family| {
        family.chroma * colors.cells().iter().map(|color| family.membership(*color)).sum::<f32>()
    };
    let found = families(colors).into_iter().map(|family| (weight(&family), family));
    found.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, family)| family)
}

fn members(family: &Family, colors: &LabImage) -> Mask {
    colors.map(|color| family.membership(color) > 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fruit with a green stalk.
    fn cherry() -> Raster {
        Raster::from_fn(SIDE, SIDE, |x, y| {
            let (u, v) = (x as f32 - 80.0, y as f32 - 100.0);
            match () {
                () if u * u + v * v < 2000.0 => [170, 20, 40, 255],
                () if u.abs() < 4.0 && v < 0.0 => [90, 150, 60, 255],
                () => [0; 4],
            }
        })
    }

    #[test]
    fn a_cherry_is_never_teal_and_its_stalk_stays_green() {
        for choice in 0..6 {
            let change = HueChange::of(&cherry(), choice, 1.0).unwrap();
            let fruit = change.apply(Oklab::from_srgb([170, 20, 40]));
            let degrees = fruit.hue().to_degrees();
            assert!((0.0..110.0).contains(&degrees), "{degrees}");
            assert!(fruit.distance(Oklab::from_srgb([170, 20, 40])) > 0.06);
            let stalk = Oklab::from_srgb([90, 150, 60]);
            assert!(change.apply(stalk).distance(stalk) < 0.01);
        }
    }

    #[test]
    fn what_has_no_hue_does_not_change() {
        let grey = cherry().map(|[_, green, _, alpha]| [green, green, green, alpha]);
        assert!(HueChange::of(&grey, 0, 1.0).is_none());
        assert!(HueChange::of(&Raster::new(8, 8, [0; 4]), 0, 1.0).is_none());
    }
}

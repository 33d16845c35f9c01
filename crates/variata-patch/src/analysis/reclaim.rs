//! On a plain ground, the ground decides.
//!
//! The colour models that split subject from ground are blind where the two are alike in
//! brightness: a pale cheek before a pale wall goes to the wall. Once the ground is known as a
//! smooth surface, a much smaller difference tells: whatever touches the subject and is not on
//! that surface belongs to the subject, its shadow on the ground excepted; and what the models gave
//! to the subject's edge but lies on that surface is ground. On a ground that is even all over, a
//! studio's or a catalogue's, even the thinnest part tells: legs, horns, stalks, and what lies apart.

use super::Ground;
use super::matte::Outline;
use super::views::{COARSE_PX, Views};
use crate::color::Oklab;
use crate::filter::{
    Component, closed, components, dilated, distance_to, fill_holes, opened, touching,
};
use crate::grid::{Grid, LabImage, Mask, Plane, Raster};
use crate::resample::resize;

/// Distance from the surface, in OKLab, beyond which a pixel is not ground, at least.
const STRANGE: f32 = 0.028;
/// The same in medians of the ground's own distance.
const STRANGE_MEDIANS: f32 = 6.0;
/// Distance in a and b within which something darker than the ground is still its colour, and
/// may be its shadow.
const SHADOW_TINT: f32 = 0.022;
/// Half the thickness, in pixels of the coarse view, of the thinnest part that is reclaimed: the
/// soft rim of the subject is no part of its own.
const THINNEST_PX: usize = 2;
/// Distance from the surface at which thin parts are no soft rim.
const CLEAR: f32 = 0.13;
/// Distance from the surface, as a share of the strange one, within which a pixel is ground.
const FAMILIAR_SHARE: f32 = 0.6;
/// Ground that makes up more of a matte than this is the subject's own colour.
const MOST_DISOWNED: f32 = 0.10;
/// Holes smaller than this share of the picture are filled.
const LARGEST_HOLE: f32 = 0.006;
/// Distance from an even surface within which what the subject encloses is ground seen through it.
const SEEN_THROUGH: f32 = 0.008;
/// Share of what is around a part that has to be the subject's to make it the subject's too.
const ENCLOSED: f32 = 0.75;
/// Pixels of the coarse view from which on a part that is enclosed is looked at.
const LEAST_ENCLOSED: usize = 20;
/// Lightness, as a share of the ground's, below which a neutral colour is no shadow on an even one.
const DEEPEST_SHADOW: f32 = 0.6;
/// The same on one that is smooth, where beaks are black, above the subject's foot. Below, shadows are
/// as black.
const DEEPEST_ABOVE_FOOT: f32 = 0.45;
/// Where the foot begins, as a share of the subject's height.
const FOOT: f32 = 0.75;
/// Width, in pixels of the coarse view, of the rim of a subject that is no part of its own.
const RIM_PX: f32 = 3.0;
/// Parts with fewer pixels of the coarse view are dust.
const LEAST_PART: usize = 5;

/// The outline whose opacity is `alpha` in the middle view, with what it lost of the subject on a plain
/// `ground` and without what it took of that ground; `None` where neither is worth a new one.
pub(super) fn reclaimed(
    views: &Views,
    alpha: &Plane,
    confidence: f32,
    ground: &Ground,
) -> Option<Outline> {
    let subject = resize(alpha, COARSE_PX, COARSE_PX).map(|value| value > 0.5);
    let comparison = Comparison::new(&views.colors, ground, &subject);
    let own = disowned(&subject, &comparison.familiar());
    let lost = comparison.lost_beside(&own);
    if own == subject && lost.cells().iter().all(|&lost| !lost) {
        return None;
    }
    let whole = comparison.whole(&own, &lost);
    let found = Outline::around(views, &whole, confidence);
    let tells = comparison.telling > 0;
    Some(if tells { found.keyed(views, comparison.key(&whole)) } else { found })
}

/// The coarse view beside the surface of its ground.
struct Comparison<'a> {
    colors: &'a LabImage,
    surface: LabImage,
    /// Distance beyond which a pixel is not ground.
    limit: f32,
    even: bool,
    /// The rows from the top in which what is thin tells.
    telling: usize,
    /// Lightness, as a share of the ground's, of the deepest shadow there.
    darkest: f32,
}

impl<'a> Comparison<'a> {
    fn new(colors: &'a LabImage, ground: &Ground, subject: &Mask) -> Self {
        let even = ground.is_even();
        let telling = match () {
            () if even => COARSE_PX,
            () if ground.is_smooth() => foot_of(subject),
            () => 0,
        };
        Self {
            colors,
            surface: resize(&ground.surface, COARSE_PX, COARSE_PX),
            limit: STRANGE.max(STRANGE_MEDIANS * ground.median_residual),
            even,
            telling,
            darkest: if even { DEEPEST_SHADOW } else { DEEPEST_ABOVE_FOOT },
        }
    }

    /// What is surely ground by its colour.
    fn familiar(&self) -> Mask {
        let limit = FAMILIAR_SHARE * self.limit;
        self.colors.zip_map(&self.surface, |color, ground| color.distance(ground) < limit)
    }

    /// What is neither ground nor its shadow.
    fn strange(&self) -> Mask {
        Mask::from_fn(COARSE_PX, COARSE_PX, |x, y| {
            let (color, ground) = (self.colors.at(x, y), self.surface.at(x, y));
            let deepest = if y < self.telling { self.darkest } else { 0.0 };
            color.distance(ground) > self.limit && !is_shadow(color, ground, deepest)
        })
    }

    /// What is not in `own` and should be.
    fn lost_beside(&self, own: &Mask) -> Mask {
        let strange = closed(&self.strange(), 1);
        let beside = strange.zip_map(own, |strange, own| strange && !own);
        let thick = (!self.even).then(|| lost(&beside, self.colors, &self.surface));
        let thin = (self.telling > 0).then(|| beyond_rim(&beside, own));
        let is_set = |mask: &Option<Mask>, x, y| mask.as_ref().is_some_and(|mask| mask.at(x, y));
        Mask::from_fn(COARSE_PX, COARSE_PX, |x, y| {
            y < self.telling && is_set(&thin, x, y) || is_set(&thick, x, y)
        })
    }

    /// `own` and `lost` as one, without holes.
    fn whole(&self, own: &Mask, lost: &Mask) -> Mask {
        let joined = closed(&own.zip_map(lost, |own, lost| own || lost), 1);
        let whole = if self.even { joined } else { touching(&joined, own) };
        let whole = fill_holes(&whole, (LARGEST_HOLE * whole.cells().len() as f32) as usize);
        if self.even { with_enclosed(whole, self.colors, &self.surface) } else { whole }
    }

    /// What finds the thinnest parts of `whole` in a larger picture.
    fn key(self, whole: &Mask) -> Key {
        let near = dilated(whole, 1);
        let reach = |x, y| y < self.telling && near.at(x, y);
        let reach = Mask::from_fn(COARSE_PX, COARSE_PX, reach);
        Key { reach, surface: self.surface, darkest: self.darkest }
    }
}

/// The row where the lowest part of `subject` begins.
fn foot_of(subject: &Mask) -> usize {
    let mut rows = (0..subject.height()).filter(|&y| subject.row(y).contains(&true));
    let top = rows.next().unwrap_or(0);
    let bottom = rows.next_back().unwrap_or(top);
    top + (FOOT * (bottom - top) as f32) as usize
}

/// What of `beside` is no soft rim: thick parts, and thin ones that differ from the ground as a rim
/// does not, a hood around hair.
fn lost(beside: &Mask, colors: &LabImage, surface: &LabImage) -> Mask {
    let clear = colors.zip_map(surface, |color, ground| color.distance(ground) > CLEAR);
    let thin = opened(&beside.zip_map(&clear, |beside, clear| beside && clear), 1);
    opened(beside, THINNEST_PX).zip_map(&thin, |thick, thin| thick || thin)
}

/// `whole` with what it encloses nearly all round and is not even ground, though near it in colour: a
/// bottle's white label. A shadow in a handle is left, unless something lies on it.
fn with_enclosed(whole: Mask, colors: &LabImage, surface: &LabImage) -> Mask {
    let ground = colors.zip_map(surface, |color, ground| color.distance(ground) < SEEN_THROUGH);
    let beside = whole.zip_map(&ground, |own, ground| !own && !ground);
    let (labels, found) = components(&opened(&beside, 1));
    let (parts, _) = components(&whole);
    let shadow = colors.zip_map(surface, |color, ground| is_shadow(color, ground, DEEPEST_SHADOW));
    let is_own = |(at, part): (usize, &Component)| {
        if part.area < LEAST_ENCLOSED {
            return false;
        }
        let own = labels.map(|label| label as usize == at + 1);
        let around = dilated(&own, 2);
        let near = |mask: &Mask| overlap(&around, mask);
        let enclosed = near(&whole) as f32 > ENCLOSED * (near(&whole) + near(&ground)) as f32;
        enclosed && (2 * overlap(&own, &shadow) < part.area || touches_several(&around, &parts))
    };
    let own: Vec<bool> = found.iter().enumerate().map(is_own).collect();
    let own = labels.map(|label| label > 0 && own[label as usize - 1]);
    let grown = dilated(&own, 1).zip_map(&beside, |near, beside| near && beside);
    closed(&whole.zip_map(&grown, |own, grown| own || grown), 1)
}

/// Pixels that are set in both.
fn overlap(one: &Mask, other: &Mask) -> usize {
    one.cells().iter().zip(other.cells()).filter(|&(&one, &other)| one && other).count()
}

/// Whether more than one of the `parts` (labelled from 1 on) lies in `mask`.
fn touches_several(mask: &Mask, parts: &Grid<u32>) -> bool {
    let inside = mask.cells().iter().zip(parts.cells()).filter(|&(&set, &part)| set && part > 0);
    let (least, most) =
        inside.fold((u32::MAX, 0), |(least, most), (_, &part)| (least.min(part), most.max(part)));
    least < most
}

/// What is thinner than the edges that an outline was refined by: within the subject's cells, whatever
/// is clearly not the even ground is opaque.
pub(super) struct Key {
    /// The ground in the coarse view.
    surface: LabImage,
    /// Where the subject may be there, and its colour decides.
    reach: Mask,
    /// Lightness, as a share of the ground's, of the deepest shadow.
    darkest: f32,
}

impl Key {
    /// `alpha` with what is the subject's by its colour in `picture`, of the same size.
    pub(super) fn added_to(&self, mut alpha: Plane, picture: &Raster) -> Plane {
        let cells: Vec<usize> =
            (0..picture.width()).map(|at| at * COARSE_PX / picture.width()).collect();
        alpha.par_rows(|y, row| {
            let (reach, surface) = (self.reach.row(cells[y]), self.surface.row(cells[y]));
            let open = |&x: &usize| reach[cells[x]] && row[x] < 1.0;
            let places: Vec<usize> = (0..row.len()).filter(open).collect();
            let pixels = picture.row(y);
            let colors: Vec<[u8; 3]> = places.iter().map(|&x| rgb(pixels[x])).collect();
            for (x, color) in places.into_iter().zip(Oklab::all_from_srgb(&colors)) {
                let ground = surface[cells[x]];
                if !is_shadow(color, ground, self.darkest) {
                    let apart = ((color.distance(ground) - 0.04) / 0.16).clamp(0.0, 1.0);
                    row[x] = row[x].max(apart);
                }
            }
        });
        alpha
    }
}

fn rgb([red, green, blue, _]: [u8; 4]) -> [u8; 3] {
    [red, green, blue]
}

/// `subject` without the parts at its edge that are `familiar` as ground; as it is where these are
/// too many: a white cat before a white wall.
fn disowned(subject: &Mask, familiar: &Mask) -> Mask {
    let outside = subject.map(|own| !own);
    let open = opened(familiar, 1).zip_map(&outside, |familiar, outside| familiar || outside);
    let ground = touching(&open, &outside);
    let kept = subject.zip_map(&ground, |own, ground| own && !ground);
    let count = |mask: &Mask| mask.cells().iter().filter(|&&set| set).count() as f32;
    if count(&kept) < (1.0 - MOST_DISOWNED) * count(subject) { subject.clone() } else { kept }
}

/// What of `beside` reaches further from `own` than its soft rim, dust left out.
pub(super) fn beyond_rim(beside: &Mask, own: &Mask) -> Mask {
    let far = distance_to(own).zip_map(beside, |away, beside| beside && away > RIM_PX);
    let (labels, parts) = components(&far);
    let parts = labels.map(|label| label > 0 && parts[label as usize - 1].area >= LEAST_PART);
    let roots = dilated(&parts, RIM_PX as usize + 1);
    roots.zip_map(beside, |root, beside| root && beside)
}

/// Whether `color` could be `ground` with less light on it, a share `deepest` of it at least.
pub(super) fn is_shadow(color: Oklab, ground: Oklab, deepest: f32) -> bool {
    let share = color.l / ground.l.max(0.05);
    let (a, b) = (color.a - ground.a * share, color.b - ground.b * share);
    (deepest..1.0).contains(&share) && a * a + b * b < SHADOW_TINT * SHADOW_TINT
}

#[cfg(test)]
mod tests {
    use super::super::Matte;
    use super::super::ground::ground;
    use super::super::matte::matte_of_opacity;
    use super::*;

    /// A brown disc with a pale cheek at its left and a shadow below, of which a matte knows the
    /// disc alone.
    fn scene() -> (Raster, Matte) {
        let disc = |x: usize, y: usize, (cx, cy): (usize, usize), radius: usize| {
            x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < radius * radius
        };
        let full = Raster::from_fn(256, 256, |x, y| match () {
            () if disc(x, y, (140, 120), 50) => [120, 70, 40, 255],
            () if disc(x, y, (88, 120), 22) => [240, 230, 205, 255],
            () if disc(x, y, (140, 185), 22) => [128, 141, 147, 255],
            () => [200, 220, 230, 255],
        });
        let known = Raster::from_fn(256, 256, |x, y| {
            [[0; 4], [255; 4]][usize::from(disc(x, y, (140, 120), 50))]
        });
        let matte = matte_of_opacity(&known, &Views::new(&known));
        (full, matte)
    }

    #[test]
    fn ground_at_the_edge_is_given_back_unless_it_is_much() {
        let disc =
            Mask::from_fn(128, 128, |x, y| x.abs_diff(64).pow(2) + y.abs_diff(64).pow(2) < 1600);
        let rim = |from: usize| Mask::from_fn(128, 128, |x, _| x >= from);
        assert!(!disowned(&disc, &rim(96)).at(100, 64) && disowned(&disc, &rim(96)).at(90, 64));
        assert!(disowned(&disc, &rim(70)) == disc);
        // Ground inside the subject is its own colour.
        let island = Mask::from_fn(128, 128, |x, y| x.abs_diff(64) < 6 && y.abs_diff(64) < 6);
        assert!(disowned(&disc, &island) == disc);
    }

    /// A brown body with thin black legs, a horn and a ball beside it on white, of which a matte
    /// knows the body alone.
    #[test]
    fn on_an_even_ground_nothing_is_too_thin_or_too_far_apart() {
        let body = |x: usize, y: usize| (60..200).contains(&x) && (80..140).contains(&y);
        let leg = |x: usize, y: usize| {
            [70, 100, 160, 190].iter().any(|left| x.abs_diff(*left) < 3) && (140..220).contains(&y)
        };
        let horn = |x: usize, y: usize| x.abs_diff(196) < 2 && (40..80).contains(&y);
        let ball = |x: usize, y: usize| x.abs_diff(40).pow(2) + y.abs_diff(40).pow(2) < 100;
        let full = Raster::from_fn(256, 256, |x, y| match () {
            () if body(x, y) => [120, 70, 40, 255],
            () if leg(x, y) || horn(x, y) => [20, 18, 16, 255],
            () if ball(x, y) => [60, 140, 60, 255],
            () => [255; 4],
        });
        let known = Raster::from_fn(256, 256, |x, y| [[0; 4], [255; 4]][usize::from(body(x, y))]);
        let views = Views::new(&full);
        let matte = matte_of_opacity(&known, &Views::new(&known));
        let ground = ground(&full, &views, &matte.view).unwrap();
        let whole = reclaimed(&views, &matte.view, 1.0, &ground).unwrap().drawn_in(&full);
        for (x, y) in [(70, 200), (100, 160), (190, 210), (196, 50), (40, 40), (130, 110)] {
            assert!(whole.alpha.at(x, y) > 0.8, "{x} {y}: {}", whole.alpha.at(x, y));
        }
        for (x, y) in [(130, 180), (220, 60), (60, 60)] {
            assert!(whole.alpha.at(x, y) < 0.1, "{x} {y}: {}", whole.alpha.at(x, y));
        }
    }

    /// A brown body with a thin black beak high up and a black shadow under it, on a blue that is
    /// smooth but not even, of which a matte knows the body alone.
    #[test]
    fn on_a_smooth_ground_a_beak_is_kept_and_the_shadow_at_the_foot_is_not() {
        let within = |x: usize, y: usize, left: usize, right: usize, top: usize, end: usize| {
            (left..right).contains(&x) && (top..end).contains(&y)
        };
        let body = |x, y| within(x, y, 90, 190, 70, 190);
        let full = Raster::from_fn(256, 256, |x, y| match () {
            () if body(x, y) => [120, 70, 40, 255],
            () if within(x, y, 50, 90, 90, 95) => [22, 24, 26, 255],
            () if within(x, y, 70, 210, 190, 196) => [22, 24, 26, 255],
            () => [90, 110 + ((x / 16 * 7 + y / 16 * 3) % 3) as u8 * 2, 150, 255],
        });
        let known = Raster::from_fn(256, 256, |x, y| [[0; 4], [255; 4]][usize::from(body(x, y))]);
        let views = Views::new(&full);
        let matte = matte_of_opacity(&known, &Views::new(&known));
        let ground = ground(&full, &views, &matte.view).unwrap();
        assert!(!ground.is_even() && ground.is_smooth(), "{}", ground.median_residual);
        let whole = reclaimed(&views, &matte.view, 1.0, &ground).unwrap().drawn_in(&full);
        assert!(whole.alpha.at(60, 92) > 0.8, "{}", whole.alpha.at(60, 92));
        assert!(whole.alpha.at(74, 193) < 0.3, "{}", whole.alpha.at(74, 193));
        assert!(whole.alpha.at(30, 92) < 0.1);
    }

    /// A green bottle with a pale label, print on it, on pale ground, and a cup's handle beside it.
    #[test]
    fn a_label_in_the_grounds_colour_is_the_bottles_and_ground_in_a_handle_is_not() {
        let within =
            |x: usize, y: usize, (left, right): (usize, usize), (top, end): (usize, usize)| {
                (left..right).contains(&x) && (top..end).contains(&y)
            };
        let print = |x, y| within(x, y, (90, 110), (150, 156));
        let label = |x, y| within(x, y, (74, 126), (110, 190));
        let bottle = |x, y| within(x, y, (66, 134), (40, 220));
        let hole = |x, y| within(x, y, (146, 170), (122, 148));
        let cup = |x, y| within(x, y, (134, 182), (110, 160)) && !hole(x, y);
        let full = Raster::from_fn(256, 256, |x, y| match () {
            () if print(x, y) => [20, 20, 20, 255],
            () if label(x, y) => [234, 234, 228, 255],
            () if bottle(x, y) || cup(x, y) => [40, 90, 30, 255],
            () => [242, 245, 245, 255],
        });
        let known = |x, y| bottle(x, y) && !label(x, y);
        let known = Raster::from_fn(256, 256, |x, y| [[0; 4], [255; 4]][usize::from(known(x, y))]);
        let views = Views::new(&full);
        let matte = matte_of_opacity(&known, &Views::new(&known));
        let ground = ground(&full, &views, &matte.view).unwrap();
        let whole = reclaimed(&views, &matte.view, 1.0, &ground).unwrap().drawn_in(&full);
        for (x, y) in [(100, 130), (100, 153), (100, 180), (176, 140)] {
            assert!(whole.alpha.at(x, y) > 0.9, "{x} {y}: {}", whole.alpha.at(x, y));
        }
        for (x, y) in [(158, 135), (230, 60)] {
            assert!(whole.alpha.at(x, y) < 0.1, "{x} {y}: {}", whole.alpha.at(x, y));
        }
    }

    /// Dark hair on a blue ground that is not even, with a pale hood around it, of which a matte knows
    /// the hair alone.
    #[test]
    fn a_thin_hood_is_reclaimed_where_it_is_clear() {
        let within = |x: usize, y: usize, radius: usize| {
            x.abs_diff(128).pow(2) + y.abs_diff(140).pow(2) < radius * radius
        };
        let full = Raster::from_fn(256, 256, |x, y| match () {
            () if within(x, y, 60) => [90, 50, 30, 255],
            () if within(x, y, 67) && y < 120 => [196, 206, 216, 255],
            () => [30, 120 + ((x * 7 + y * 3) % 5) as u8 * 6, 180, 255],
        });
        let known =
            Raster::from_fn(256, 256, |x, y| [[0; 4], [255; 4]][usize::from(within(x, y, 60))]);
        let views = Views::new(&full);
        let matte = matte_of_opacity(&known, &Views::new(&known));
        let ground = ground(&full, &views, &matte.view).unwrap();
        assert!(!ground.is_even());
        let whole = reclaimed(&views, &matte.view, 1.0, &ground).unwrap().drawn_in(&full);
        for (x, y) in [(128, 76), (90, 88), (166, 88)] {
            assert!(whole.alpha.at(x, y) > 0.8, "{x} {y}: {}", whole.alpha.at(x, y));
        }
        assert!(whole.alpha.at(128, 64) < 0.1 && whole.alpha.at(30, 140) < 0.1);
    }

    #[test]
    fn a_pale_cheek_is_reclaimed_and_a_shadow_is_not() {
        let (full, matte) = scene();
        let views = Views::new(&full);
        let ground = ground(&full, &views, &matte.view).unwrap();
        let whole = reclaimed(&views, &matte.view, 1.0, &ground).unwrap().drawn_in(&full);
        assert!(matte.alpha.at(78, 120) < 0.1 && whole.alpha.at(78, 120) > 0.9);
        assert!(whole.alpha.at(140, 195) < 0.1);
        assert!(whole.alpha.at(20, 20) < 0.1);
    }
}

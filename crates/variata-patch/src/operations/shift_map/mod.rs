//! A house more, a tower less: structure inserted or removed along an invisible seam.
//!
//! The left of the picture and its right, moved against each other, meet along a seam on which both
//! agree (the two-label case of Pritch, Kav-Venaki and Peleg, "Shift-map image editing", 2009).
//! What lies between is shown twice or not at all. Where it works, the result is a picture of
//! another place; where it does not, it is a torn one, so that the gates are strict and faces are
//! never touched.

mod composite;
mod seam;
mod search;

use composite::{Cut, Layout, sized};
use search::{Limits, shifts};

pub(super) use search::Shift;

use super::reframe::mirrored_on_odd_seeds;
use super::{Context, Frame, Operation, Stop};
use crate::analysis::{Analysis, Class};
use crate::grid::Plane;
use crate::random::Random;

/// The shifts of a source that pass the gate, the least visible first.
#[derive(Debug, Clone, Default)]
pub struct ShiftSearch {
    found: Vec<Shift>,
}

impl ShiftSearch {
    /// Searches the source; finds nothing where nothing may be shifted.
    pub fn of(analysis: &Analysis) -> Self {
        if !suits(analysis) {
            return Self::default();
        }
        let saliency = &analysis.saliency.map;
        let mut found = shifts(&analysis.view, limits(analysis, saliency));
        keep_harmless(&mut found, analysis, saliency);
        Self { found }
    }
}

/// Shifts the picture against itself by the offset of the given rank; 0 is the least visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShiftMap {
    /// Which of the offsets that pass the gate.
    pub rank: usize,
}

impl Operation for ShiftMap {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        let analysis = context.analysis;
        // The search is of the source: a frame whose pixels moved since has to be searched anew.
        let moved = frame.saliency != analysis.saliency.map
            || frame.image.width() != analysis.source.width();
        let fresh = if moved { searched(frame, analysis) } else { Vec::new() };
        let found = if moved { &fresh } else { &context.shared.shifts.found };
        let reach = REACH * context.boldness;
        let mut near = found.iter().filter(|shift| shift.dx.abs() <= reach);
        let shift = near.nth(self.rank).ok_or(Stop::Refused)?;
        context.check_cancelled()?;
        let shifted = shifted(frame, shift, random);
        Ok(mirrored_on_odd_seeds(&shifted, context))
    }
}

/// Two shifts of opposite sign, one after the other: a structure less and another more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DoubleShift;

impl Operation for DoubleShift {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        let analysis = context.analysis;
        let reach = REACH * context.boldness;
        let first = context.shared.shifts.found.iter().find(|shift| shift.dx.abs() <= reach);
        let first = first.ok_or(Stop::Refused)?;
        let once = shifted(frame, first, random);
        context.check_cancelled()?;
        let found = searched(&once, analysis);
        context.check_cancelled()?;
        let opposite = |shift: &&Shift| shift.dx * first.dx < 0.0 && shift.dx.abs() <= reach;
        let second = found.iter().find(opposite).ok_or(Stop::Refused)?;
        Ok(mirrored_on_odd_seeds(&shifted(&once, second, random), context))
    }
}

/// The largest offset at boldness 1.0, in shares of the side.
const REACH: f32 = 0.376;

/// From this share of possible skin on nothing is shifted: the worst a seam can do is cut a face.
const MOST_SKIN: f32 = 0.02;

fn suits(analysis: &Analysis) -> bool {
    let features = &analysis.features;
    let has_people = analysis.has_people() || features.skin_area >= MOST_SKIN;
    !features.is_graphic() && !analysis.transparent && !has_people && !is_vehicle(analysis)
}

/// Whether the lines of a structure are those of one thing, a car: long, bent, and hardly any of them
/// upright, as walls, posts and windows are.
fn is_vehicle(analysis: &Analysis) -> bool {
    let features = &analysis.features;
    analysis.class == Class::Lines
        && features.vertical_line_length < FEWEST_UPRIGHT * features.line_length
        && features.bent_share > MOST_BENT
}

/// The least share of a structure's lines that is upright: of a car's 0.13, of houses' 0.25 and more.
const FEWEST_UPRIGHT: f32 = 0.2;
/// The share of its edges that bends from which on it is no sea or field, which have no uprights either:
/// a car's 0.85, a sea's 0.73.
const MOST_BENT: f32 = 0.8;

/// Structures may be cut anywhere; elsewhere what is salient keeps the seam away, and it has to be
/// far less visible.
fn limits<'a>(analysis: &Analysis, saliency: &'a Plane) -> Limits<'a> {
    match analysis.class {
        Class::Lines => Limits { saliency: None, cost: 0.06, worst: 0.12 },
        _ => Limits { saliency: Some(saliency), cost: 0.010, worst: 0.03 },
    }
}

fn searched(frame: &Frame, analysis: &Analysis) -> Vec<Shift> {
    if !suits(analysis) {
        return Vec::new();
    }
    let mut found = shifts(&frame.image, limits(analysis, &frame.saliency));
    keep_harmless(&mut found, analysis, &frame.saliency);
    found
}

/// Drops the shifts that take or repeat the subject, or leave too little of the picture.
fn keep_harmless(found: &mut Vec<Shift>, analysis: &Analysis, saliency: &Plane) {
    let (weights, most) = match analysis.class {
        Class::Lines => (saliency.map(|z| z * z * z), MOST_OF_A_STREET),
        _ => (saliency.clone(), MOST_OF_A_PHOTO),
    };
    // Removing widely leaves so little that enlarging it shows.
    found.retain(|shift| shift.dx < 0.32 && salient_share(shift, &weights) < most);
}

/// Share of what is salient in the strip that goes or comes twice, at most.
const MOST_OF_A_PHOTO: f32 = 0.3;
/// The same in a street, where everything is salient, of what is most so: of rows of houses a strip
/// has up to 0.6, somebody who walks there is 0.74 and more of a picture.
const MOST_OF_A_STREET: f32 = 0.65;

/// Share of the saliency in the strip that is removed or repeated.
fn salient_share(shift: &Shift, saliency: &Plane) -> f32 {
    let middle = shift.seam.iter().sum::<f32>() / shift.seam.len().max(1) as f32;
    let (from, to) =
        if shift.dx > 0.0 { (middle, middle + shift.dx) } else { (middle + shift.dx, middle) };
    let (mut inside, mut total) = (0.0f64, 1e-9f64);
    for y in 0..saliency.height() {
        for (x, &z) in saliency.row(y).iter().enumerate() {
            let at = (x as f32 + 0.5) / saliency.width() as f32;
            total += f64::from(z);
            inside += if at > from && at < to { f64::from(z) } else { 0.0 };
        }
    }
    (inside / total) as f32
}

fn shifted(frame: &Frame, shift: &Shift, random: &mut Random) -> Frame {
    let side = frame.image.width();
    let layout = Layout::new(shift, side);
    let cut = cut_of(&layout, &frame.saliency, random);
    let mut done = frame.done.clone();
    done.push(if shift.dx < 0.0 { "structure added" } else { "structure removed" }.to_owned());
    Frame {
        image: sized(&layout.picture(&frame.image, cut), side).into(),
        saliency: layout.plane(&frame.saliency, cut),
        done,
        scores: frame.scores.clone(),
    }
}

/// A square that shows the seam, without which nothing would have changed, and as much of what is
/// salient as any other.
fn cut_of(layout: &Layout, saliency: &Plane, random: &mut Random) -> Cut {
    let side = layout.width().min(layout.height());
    let (across, down) = (layout.width() - side, layout.height() - side);
    let cuts = [0, across / 2, across]
        .into_iter()
        .flat_map(|left| [0, down / 2, down].into_iter().map(move |top| Cut { left, top, side }));
    let shows_seam = |cut: &Cut| {
        let place = (layout.seam_column() - cut.left as f32) / side as f32;
        (0.15..0.85).contains(&place)
    };
    let judged: Vec<(f32, Cut)> = cuts
        .filter(shows_seam)
        .map(|cut| {
            let shown = layout.plane(saliency, cut);
            (shown.cells().iter().sum::<f32>() / shown.cells().len() as f32, cut)
        })
        .collect();
    let best = judged.iter().map(|(shown, _)| *shown).fold(0.0, f32::max);
    let good: Vec<Cut> =
        judged.iter().filter(|(shown, _)| *shown >= 0.92 * best).map(|(_, cut)| *cut).collect();
    let middle = Cut { left: across / 2, top: down / 2, side };
    good.get(random.below(good.len())).copied().unwrap_or(middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Bounds;
    use crate::grid::Raster;
    use crate::operations::testing::{apply, check_withstands, photo, scene};

    /// A row of equal houses, 32 px wide, under a flat sky.
    fn row_of_houses() -> Analysis {
        let image = Raster::from_fn(256, 256, |x, y| {
            let (u, v) = (x % 32, y);
            match v {
                0..80 => [150, 180, 230, 255],
                _ if u < 3 => [40, 30, 30, 255],
                _ if (10..20).contains(&u) && v % 40 < 18 => [60, 70, 90, 255],
                _ => [190, 160, 120, 255],
            }
        });
        let mut analysis = photo(image);
        analysis.class = Class::Lines;
        analysis.may_mirror = false;
        analysis
    }

    #[test]
    fn equal_houses_are_added_without_a_trace() {
        let analysis = row_of_houses();
        let frame = apply(&ShiftMap { rank: 0 }, &analysis, 1.0, 4).unwrap();
        let again = apply(&ShiftMap { rank: 0 }, &analysis, 1.0, 4).unwrap();
        assert_eq!(frame.image, again.image);
        let colors = [[150u8, 180, 230], [40, 30, 30], [60, 70, 90], [190, 160, 120]];
        // Away from the edges of windows and walls every pixel has a colour of the source.
        let near = |pixel: &[u8; 4]| {
            colors.iter().any(|color| (0..3).all(|c| pixel[c].abs_diff(color[c]) < 6))
        };
        let strange = frame.image.cells().iter().filter(|pixel| !near(pixel)).count();
        assert!(strange < frame.image.cells().len() / 5, "{strange}");
    }

    #[test]
    fn ranks_differ_and_end() {
        let analysis = row_of_houses();
        let pictures: Vec<_> =
            (0..9).map_while(|rank| apply(&ShiftMap { rank }, &analysis, 1.0, 4).ok()).collect();
        assert!((2..9).contains(&pictures.len()), "{}", pictures.len());
        assert!(pictures[0].image != pictures[1].image);
        assert!(pictures[0].done != pictures[1].done);
    }

    #[test]
    fn little_boldness_has_no_room_for_a_shift() {
        assert_eq!(
            apply(&ShiftMap { rank: 0 }, &row_of_houses(), 0.2, 4).err(),
            Some(Stop::Refused)
        );
    }

    #[test]
    fn people_graphics_noise_and_cars_are_refused() {
        let mut people = row_of_houses();
        people.features.skin_area = 0.1;
        let mut portrait = row_of_houses();
        portrait.faces = vec![Bounds { left: 0.4, top: 0.4, right: 0.6, bottom: 0.6 }];
        let mut graphic = row_of_houses();
        graphic.features.common_colour_share = 0.9;
        graphic.features.flat_share = 0.9;
        let noise = photo(Raster::from_fn(128, 128, |x, y| {
            let bits = crate::operations::pixels::hash(x as u32, y as u32).to_le_bytes();
            [bits[0], bits[1], bits[2], 255]
        }));
        let mut car = row_of_houses();
        car.class = Class::Lines;
        car.features.line_length = 12.0;
        car.features.vertical_line_length = 1.5;
        car.features.bent_share = 0.85;
        for analysis in [people, portrait, graphic, noise, car] {
            assert_eq!(apply(&ShiftMap { rank: 0 }, &analysis, 1.0, 4).err(), Some(Stop::Refused));
            assert_eq!(apply(&DoubleShift, &analysis, 1.0, 4).err(), Some(Stop::Refused));
        }
    }

    #[test]
    fn shifts_withstand_every_picture() {
        check_withstands(&ShiftMap { rank: 0 });
        check_withstands(&DoubleShift);
        let houses = photo(scene(96));
        assert!(apply(&ShiftMap { rank: 50 }, &houses, 1.0, 4).is_err());
    }
}

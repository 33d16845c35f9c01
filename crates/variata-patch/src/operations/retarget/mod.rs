//! Another composition without a tear: surroundings stretch and shrink, the subject keeps its shape.
//!
//! A picture's columns and rows are given scales of their own. The box around the subject has one
//! scale, the same across and down, so that a face or an animal is merely larger or smaller; what
//! lies around it absorbs the rest. Each axis has its own smooth monotone map, so horizontal and
//! vertical lines stay straight and nothing can fold (the axis-aligned case of Panozzo, Weber and
//! Sorkine, "Robust Image Retargeting via Axis-Aligned Deformation", 2012).

mod stretch;

use self::stretch::{Taps, stretched};
use super::pixels::smoothstep;
use super::reframe::mirrored_on_odd_seeds;
use super::{Context, Frame, Operation, Stop};
use crate::analysis::{Analysis, Matte};
use crate::grid::Plane;
use crate::random::Random;
use crate::resample::resize;

/// Moves the subject within the frame and changes its size against its surroundings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retarget;

impl Operation for Retarget {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        let frame = mirrored_on_odd_seeds(&outlined(frame, context.analysis), context);
        let plan = Plan::draw(&frame.saliency, context, random).ok_or(Stop::Refused)?;
        context.check_cancelled()?;
        let side = (frame.image.width(), frame.image.height());
        let image = stretched(&frame.image, &plan.across.taps(side.0), &plan.down.taps(side.1));
        let small = (frame.saliency.width(), frame.saliency.height());
        let saliency =
            stretched(&frame.saliency, &plan.across.taps(small.0), &plan.down.taps(small.1));
        let mut done = frame.done;
        done.push("recomposed".to_owned());
        Ok(Frame { image: image.into(), saliency, done, scores: frame.scores.clone() })
    }
}

/// `frame` in which all of a drawn subject is salient, as far as its outline is known: a sign with the
/// ring around it, which would be no circle any more.
fn outlined(frame: &Frame, analysis: &Analysis) -> Frame {
    let fits = analysis.features.is_drawn() && frame.saliency == analysis.saliency.map;
    let trusted = |matte: &&Matte| fits && matte.confidence > LEAST_CONFIDENCE;
    let Some(matte) = analysis.matte.as_ref().filter(trusted) else { return frame.clone() };
    let subject = resize(&matte.view, frame.saliency.width(), frame.saliency.height());
    let saliency = frame.saliency.zip_map(&subject, f32::max);
    Frame { saliency, ..frame.clone() }
}

/// How far an outline has to be trusted to keep its shape.
const LEAST_CONFIDENCE: f32 = 0.4;

/// The maps of both axes.
struct Plan {
    across: AxisMap,
    down: AxisMap,
}

impl Plan {
    /// The boldest of a few draws; `None` where there is no room for a change that shows.
    fn draw(saliency: &Plane, context: &Context<'_>, random: &mut Random) -> Option<Self> {
        let analysis = context.analysis;
        let columns = salient_span(saliency, analysis)?;
        let rows = salient_span(&saliency.transposed(), analysis)?;
        let limit = amplitude_limit(analysis) * context.boldness;
        let candidates: Vec<Self> =
            (0..24).filter_map(|_| Self::candidate(columns, rows, limit, random)).collect();
        let best = candidates.into_iter().max_by(|a, b| a.change().total_cmp(&b.change()))?;
        (best.change() > LEAST_CHANGE).then_some(best)
    }

    fn candidate(columns: Span, rows: Span, limit: f32, random: &mut Random) -> Option<Self> {
        let (least, most) = columns.scales(limit);
        let (low, high) = rows.scales(limit);
        let scale = random.between(least.max(low), most.min(high));
        let across = AxisMap::new(columns, scale, columns.moved(scale, limit, random))?;
        let down = AxisMap::new(rows, scale, rows.moved(scale, 0.7 * limit, random))?;
        Some(Self { across, down })
    }

    /// How much another composition this is: the subject's way plus its growth.
    fn change(&self) -> f32 {
        let growth = libm::logf(self.across.scale).abs();
        self.across.shift().abs() + self.down.shift().abs() + 0.5 * growth
    }
}

/// Below this a change of composition does not show.
const LEAST_CHANGE: f32 = 0.10;

/// The longest single oblique line that may bend, in sides: roofs and tables up to 0.3, a pencil across
/// the picture 0.38.
const LONGEST_OBLIQUE: f32 = 0.33;

/// Oblique straight lines bend under any map of the axes: the more of them, the less is allowed. A
/// logo on a transparent ground has no surroundings that could take the change up: its rings would.
fn amplitude_limit(analysis: &Analysis) -> f32 {
    let features = &analysis.features;
    if analysis.transparent || features.longest_oblique > LONGEST_OBLIQUE {
        return 0.0;
    }
    let oblique = features.line_length;
    match oblique {
        length if length > 12.0 => 0.0,
        length if length > 9.0 => 0.6,
        _ => 1.0,
    }
}

/// The part of an axis that the subject takes up, in shares of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    start: f32,
    end: f32,
}

impl Span {
    fn length(self) -> f32 {
        self.end - self.start
    }

    fn front(self) -> Surround {
        Surround::new(self.start)
    }

    fn back(self) -> Surround {
        Surround::new(1.0 - self.end)
    }

    /// The scales that leave the surroundings within reason; a subject that fills the axis can
    /// neither grow nor shrink.
    fn scales(self, limit: f32) -> (f32, f32) {
        let (front, back) = (self.front(), self.back());
        let eased = front.eased() + back.eased();
        let at = |far: f32| (1.0 - far * (1.0 - self.length() - eased)) / (self.length() + eased);
        let growth = libm::expf(0.34 * limit);
        (at(MOST_SCALE).max(1.0 / growth), at(LEAST_SCALE).min(growth))
    }

    /// Where the span begins at this scale once it moved towards either side as far as the
    /// surroundings allow (`limit` 1.0); a side at which the frame cuts the subject stays there.
    fn moved(self, scale: f32, limit: f32, random: &mut Random) -> f32 {
        let room = 1.0 - scale * self.length();
        let (front, back) = (self.front(), self.back());
        let least = front.width(scale, LEAST_SCALE).max(room - back.width(scale, MOST_SCALE));
        let most = front.width(scale, MOST_SCALE).min(room - back.width(scale, LEAST_SCALE));
        let still = (self.start + 0.5 * (1.0 - scale) * self.length()).clamp(least.min(most), most);
        let end = if random.coin() { most } else { least };
        still + (end - still) * (limit * random.between(0.5, 1.0)).min(1.0)
    }
}

/// Scales outside these show: people beside the subject turn thin, clouds smear.
const LEAST_SCALE: f32 = 0.58;
const MOST_SCALE: f32 = 1.6;

/// The columns that anything salient touches, with a margin; all of them where hardly any other is
/// left, `None` where there is nothing.
fn salient_span(saliency: &Plane, analysis: &Analysis) -> Option<Span> {
    let (width, height) = (saliency.width(), saliency.height());
    let salient = |x: usize| {
        let over = (0..height).filter(|&y| saliency.at(x, y) > analysis.saliency.threshold);
        over.count() as f32 > LEAST_SHARE * height as f32
    };
    let first = (0..width).find(|&x| salient(x))? as f32 - MARGIN;
    let last = (0..width).rev().find(|&x| salient(x))? as f32 + 1.0 + MARGIN;
    let (start, end) = (first / width as f32, last / width as f32);
    let start = if start < 0.04 { 0.0 } else { start };
    let end = if end > 0.96 { 1.0 } else { end };
    let whole = Span { start: 0.0, end: 1.0 };
    Some(if end - start > 0.86 { whole } else { Span { start, end } })
}

/// Share of a column that has to be salient for the column to belong to the subject.
const LEAST_SHARE: f32 = 0.08;

/// Cells around the subject that keep its scale, so that hair and shadows move along.
const MARGIN: f32 = 2.0;

/// A monotone map of one axis onto itself, smooth everywhere and of constant scale on the span.
struct AxisMap {
    span: Span,
    scale: f32,
    /// Places in the result of the edges of `CELLS` equal source cells, from 0.0 to 1.0.
    edges: Vec<f32>,
}

impl AxisMap {
    const CELLS: usize = 256;

    /// The map that shows the span at `scale`, `before` of the result in front of it; `None` where
    /// the surroundings would have to shrink or stretch too far.
    fn new(span: Span, scale: f32, before: f32) -> Option<Self> {
        let (front, back) = (span.front(), span.back());
        let front_scale = front.far_scale(scale, before)?;
        let back_scale = back.far_scale(scale, 1.0 - before - scale * span.length())?;
        let mut edges = vec![0.0f32];
        for cell in 0..Self::CELLS {
            let at = (cell as f32 + 0.5) / Self::CELLS as f32;
            let density = if at < span.start {
                front.density(scale, front_scale, span.start - at)
            } else {
                back.density(scale, back_scale, at - span.end)
            };
            edges.push(edges[cell] + density);
        }
        let total = edges[Self::CELLS];
        edges.iter_mut().for_each(|edge| *edge /= total);
        Some(Self { span, scale, edges })
    }

    /// How far the middle of the span moves, in shares of the axis.
    fn shift(&self) -> f32 {
        let middle = 0.5 * (self.span.start + self.span.end);
        self.forward(middle) - middle
    }

    fn forward(&self, at: f32) -> f32 {
        let place = (at * Self::CELLS as f32).clamp(0.0, Self::CELLS as f32 - 1e-3);
        let cell = place as usize;
        let (low, high) = (self.edges[cell], self.edges[cell + 1]);
        low + (high - low) * (place - cell as f32)
    }

    /// Where in the source the place `at` of the result comes from.
    fn backward(&self, at: f32) -> f32 {
        let after = self.edges.partition_point(|&edge| edge <= at).clamp(1, Self::CELLS);
        let (low, high) = (self.edges[after - 1], self.edges[after]);
        (after as f32 - 1.0 + (at - low) / (high - low)) / Self::CELLS as f32
    }

    /// The source pixels and weights of each of `length` result pixels.
    fn taps(&self, length: usize) -> Vec<Taps> {
        let pixels = length as f32;
        let source = |edge: f32| (self.backward(edge / pixels) * pixels).clamp(0.0, pixels);
        (0..length)
            .map(|at| Taps::new(source(at as f32), source(at as f32 + 1.0), length))
            .collect()
    }
}

/// One side of the span: its scale eases from the subject's to another that holds farther away.
#[derive(Debug, Clone, Copy)]
struct Surround {
    length: f32,
    ease: f32,
}

impl Surround {
    fn new(length: f32) -> Self {
        Self { length, ease: (0.6 * length).min(0.12) }
    }

    /// How much of it counts at the subject's scale.
    fn eased(self) -> f32 {
        0.5 * self.ease
    }

    /// Its width in the result.
    fn width(self, scale: f32, far_scale: f32) -> f32 {
        scale * self.eased() + far_scale * (self.length - self.eased())
    }

    /// The far scale that makes it as wide as `wanted`; `None` where that is out of reason.
    fn far_scale(self, scale: f32, wanted: f32) -> Option<f32> {
        if self.length <= 0.0 {
            // The subject touches this side of the frame and has to go on doing so.
            return (wanted.abs() < 1e-3).then_some(scale);
        }
        let far_scale = (wanted - scale * self.eased()) / (self.length - self.eased());
        (LEAST_SCALE - 1e-3..=MOST_SCALE + 1e-3).contains(&far_scale).then_some(far_scale)
    }

    /// The scale at a distance from the span; the subject's own within it.
    fn density(self, scale: f32, far_scale: f32, distance: f32) -> f32 {
        if distance <= 0.0 {
            return scale;
        }
        scale + (far_scale - scale) * smoothstep(0.0, self.ease, distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Raster;
    use crate::operations::testing::{apply, check_withstands, photo, scene};

    /// A ring in the middle of a smooth ground, where the test's saliency is.
    fn ring() -> Raster {
        Raster::from_fn(192, 192, |x, y| {
            let (u, v) = (x as f32 - 95.5, y as f32 - 95.5);
            let radius = (u * u + v * v).sqrt();
            let value = if (24.0..34.0).contains(&radius) { 20 } else { 200 };
            [value, value, value, 255]
        })
    }

    /// Left, top, right and bottom of what is dark.
    fn dark_box(image: &Raster) -> [usize; 4] {
        let dark = |x: usize, y: usize| image.at(x, y)[0] < 110;
        let side = image.width();
        let column = |x: &usize| (0..side).any(|y| dark(*x, y));
        let row = |y: &usize| (0..side).any(|x| dark(x, *y));
        [
            (0..side).find(column).unwrap(),
            (0..side).find(row).unwrap(),
            (0..side).rev().find(column).unwrap(),
            (0..side).rev().find(row).unwrap(),
        ]
    }

    #[test]
    fn the_subject_keeps_its_proportions_and_moves() {
        let analysis = photo(ring());
        for seed in 0..30 {
            let frame = apply(&Retarget, &analysis, 1.0, seed).unwrap();
            let [left, top, right, bottom] = dark_box(&frame.image);
            let (width, height) = ((right - left) as f32, (bottom - top) as f32);
            assert!((width / height - 1.0).abs() < 0.04, "{seed}: {width} × {height}");
            let moved = (left + right).abs_diff(191) + (top + bottom).abs_diff(191);
            assert!(moved > 8 || (width / 67.0 - 1.0).abs() > 0.08, "{seed}: {moved}");
        }
    }

    #[test]
    fn surroundings_stretch_within_reason_and_never_fold() {
        let analysis = photo(ring());
        let ramp = analysis.source.map(|_| [0, 0, 0, 255]);
        let ramp = Raster::from_fn(192, 192, |x, y| [x as u8, y as u8, 0, ramp.at(x, y)[3]]);
        let analysis = Analysis { source: ramp.into(), may_mirror: false, ..analysis };
        for seed in 0..30 {
            let frame = apply(&Retarget, &analysis, 1.43, seed).unwrap();
            for y in (4..188).step_by(16) {
                let row: Vec<f32> = frame.image.row(y).iter().map(|p| f32::from(p[0])).collect();
                assert!(row.windows(2).all(|pair| pair[1] >= pair[0]), "{seed} {y}");
                for pair in row.windows(25).skip(4) {
                    let slope = (pair[24] - pair[0]) / 24.0;
                    assert!((0.55..1.95).contains(&slope), "{seed} {y}: {slope}");
                }
            }
        }
    }

    #[test]
    fn a_map_leads_there_and_back() {
        let map = AxisMap::new(Span { start: 0.3, end: 0.6 }, 1.2, 0.25).unwrap();
        for step in 0..=20 {
            let at = step as f32 / 20.0;
            assert!((map.backward(map.forward(at)) - at).abs() < 1e-3, "{at}");
        }
        assert!((map.forward(0.3) - 0.25).abs() < 2e-3 && (map.forward(0.6) - 0.61).abs() < 2e-3);
        assert!(AxisMap::new(Span { start: 0.3, end: 0.6 }, 3.0, 0.02).is_none());
    }

    #[test]
    fn full_frames_lines_and_what_has_no_surroundings_are_refused() {
        let mut lines = photo(ring());
        lines.features.line_length = 26.0;
        let mut pencil = photo(ring());
        pencil.features.longest_oblique = 0.4;
        let logo = Analysis { transparent: true, ..photo(ring()) };
        let mut full = photo(ring());
        full.saliency.map = Plane::new(96, 96, 1.0);
        let mut empty = photo(ring());
        empty.saliency.map = Plane::new(96, 96, 0.0);
        for analysis in [lines, pencil, logo, full, empty] {
            assert_eq!(apply(&Retarget, &analysis, 1.0, 1).err(), Some(Stop::Refused));
        }
        assert_eq!(apply(&Retarget, &photo(ring()), 0.0, 1).err(), Some(Stop::Refused));
    }

    #[test]
    fn any_picture_is_withstood() {
        check_withstands(&Retarget);
        assert!(apply(&Retarget, &photo(scene(64)), 1.0, 1).is_ok());
    }
}

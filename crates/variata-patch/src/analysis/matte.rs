//! The subject's outline, and how far to trust it.
//!
//! Three splits from slightly different seeds are made at 64 px. Where they agree, the outline is
//! the picture's and not the method's; their majority is refined at 128 px, then to a soft edge at
//! full size.

use rayon::prelude::*;

use super::reclaim::Key;
use super::segment::{Seeds, Segmenter};
use super::views::{COARSE_PX, MIDDLE_PX, Views};
use super::{Bounds, Matte, Saliency, Sides};
use crate::color::Oklab;
use crate::filter::{
    apply_model, box_mean_lanes, dilated, eroded, fill_holes, guided_filter, guided_models,
    largest_components, percentile,
};
use crate::grid::{Grid, LabImage, Mask, Plane, Raster};
use crate::resample::{Border, resize, sample_linear};

/// Parts smaller than this share of the largest are not the subject.
const LEAST_PART: f32 = 0.12;
/// Holes smaller than this share of the picture are filled.
const LARGEST_HOLE: f32 = 0.004;
/// Side of the view in which the subject is sought before its outline is.
const SPLIT_PX: usize = 64;
/// Outlines less sure than this are of no use to anyone.
const LEAST_CONFIDENCE: f32 = 0.1;
/// Half the width, in pixels of the coarse view, of the band in which opacity may be partial.
const BAND_PX: usize = 3;

/// The most salient thing, as it is found before the source is looked at in full size.
pub(super) struct Subject {
    /// What belongs to it in the coarse view.
    mask: Mask,
    /// How far to trust that, 0.0–1.0.
    confidence: f32,
}

/// The most salient thing in an opaque source; `None` where saliency gives nothing to start from.
pub(super) fn subject(views: &Views, saliency: &Saliency) -> Option<Subject> {
    let colors = &views.colors;
    let map = resize(&saliency.map, SPLIT_PX, SPLIT_PX);
    let splits = splits(resize(colors, SPLIT_PX, SPLIT_PX), &map, saliency.threshold);
    if splits.len() < 2 {
        return None;
    }
    let found = cleaned(&majority(&splits));
    let mask = refined(colors, &found)?;
    let salient = map.map(|value| value > saliency.threshold);
    let confidence = stability(&splits)
        * ramp(contour_contrast(colors, &mask), 0.0, 0.07)
        * ramp(overlap(&found, &salient), 0.45, 0.75);
    (confidence >= LEAST_CONFIDENCE).then_some(Subject { mask, confidence })
}

/// An outline as the middle view shows it. At full size it is drawn once it is known to stay.
pub(super) struct Outline {
    /// Opacity in the middle view.
    pub(super) view: Plane,
    /// How far to trust it, 0.0–1.0.
    pub(super) confidence: f32,
    edge: SoftEdge,
    key: Option<Key>,
}

impl Outline {
    /// That of what was found.
    pub(super) fn of(views: &Views, subject: &Subject) -> Self {
        Self::around(views, &subject.mask, subject.confidence)
    }

    /// That of `subject`, a mask of the coarse view, with the picture's own edges.
    pub(super) fn around(views: &Views, subject: &Mask, confidence: f32) -> Self {
        let edge = SoftEdge::new(&views.middle, subject);
        Self { view: edge.of(&views.middle), confidence, edge, key: None }
    }

    /// The outline with what `key` adds to it.
    pub(super) fn keyed(self, views: &Views, key: Key) -> Self {
        let view = key.added_to(self.view, &views.middle);
        Self { view, key: Some(key), ..self }
    }

    /// The matte at the size of `full`, the source.
    pub(super) fn drawn_in(&self, full: &Raster) -> Matte {
        let alpha = self.edge.of(full);
        let alpha = match &self.key {
            Some(key) => key.added_to(alpha, full),
            None => alpha,
        };
        described(alpha, self.view.clone(), self.confidence)
    }
}

/// The outline of a source that is transparent itself: its own opacity.
pub(super) fn matte_of_opacity(full: &Raster, views: &Views) -> Matte {
    let alpha = full.map(|pixel| f32::from(pixel[3]) / 255.0);
    described(alpha, views.opacity.clone(), 1.0)
}

/// Splits from three sets of thresholds around Otsu's.
fn splits(colors: LabImage, map: &Plane, threshold: f32) -> Vec<Mask> {
    let segmenter = Segmenter::new(colors, 25.0);
    let seeds = [(0.25, 1.0), (0.12, 0.75), (0.4, 1.25)].map(|(ground, subject)| Seeds {
        ground: ground * threshold,
        subject: (subject * threshold).min(0.9),
    });
    let split = |seeds| segmenter.split(map, seeds).map(|split| cleaned(&split));
    let splits: Vec<Option<Mask>> = seeds.into_par_iter().map(split).collect();
    splits.into_iter().flatten().collect()
}

/// The split at the coarse view's size, its contour cut anew among twice as many pixels.
fn refined(colors: &LabImage, found: &Mask) -> Option<Mask> {
    const SCALE: usize = COARSE_PX / SPLIT_PX;
    let enlarged = Mask::from_fn(COARSE_PX, COARSE_PX, |x, y| found.at(x / SCALE, y / SCALE));
    let split = Segmenter::new(colors.clone(), 50.0).refined(&enlarged, 2 * SCALE)?;
    Some(cleaned(&split))
}

fn cleaned(mask: &Mask) -> Mask {
    let hole = (LARGEST_HOLE * mask.cells().len() as f32) as usize;
    fill_holes(&largest_components(mask, LEAST_PART), hole)
}

fn majority(splits: &[Mask]) -> Mask {
    Mask::from_fn(splits[0].width(), splits[0].height(), |x, y| {
        2 * splits.iter().filter(|split| split.at(x, y)).count() > splits.len()
    })
}

/// How well the splits agree, pair by pair: 0.0 for an overlap of 0.55, 1.0 from 0.9.
fn stability(splits: &[Mask]) -> f32 {
    let pairs = (0..splits.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let overlaps: Vec<f32> = pairs.map(|(i, j)| overlap(&splits[i], &splits[j])).collect();
    ramp(overlaps.iter().sum::<f32>() / overlaps.len() as f32, 0.55, 0.9)
}

/// Intersection over union.
fn overlap(a: &Mask, b: &Mask) -> f32 {
    let pairs = || a.cells().iter().zip(b.cells());
    let both = pairs().filter(|&(&p, &q)| p && q).count();
    let either = pairs().filter(|&(&p, &q)| p || q).count();
    both as f32 / either.max(1) as f32
}

/// Colour distance across the contour, the weakest quarter of it: an outline that is invisible
/// along a quarter of its length is a guess there.
fn contour_contrast(colors: &LabImage, subject: &Mask) -> f32 {
    let outer = dilated(subject, 2).zip_map(subject, |grown, own| grown && !own);
    let inner = subject.zip_map(&eroded(subject, 2), |own, shrunk| own && !shrunk);
    let (outside, inside) = (local_mean(colors, &outer), local_mean(colors, &inner));
    let edge = dilated(subject, 1).zip_map(subject, |grown, own| grown && !own);
    let within = 1..COARSE_PX - 1;
    let distances: Vec<f32> = (0..COARSE_PX * COARSE_PX)
        .map(|at| (at % COARSE_PX, at / COARSE_PX))
        .filter(|&(x, y)| edge.at(x, y) && within.contains(&x) && within.contains(&y))
        .map(|(x, y)| inside.at(x, y).distance(outside.at(x, y)))
        .collect();
    if distances.len() < 10 { 0.0 } else { percentile(&distances, 0.25) }
}

/// The mean colour of the pixels of `mask` near each pixel.
fn local_mean(colors: &LabImage, mask: &Mask) -> LabImage {
    let weighted = colors
        .zip_map(mask, |color, set| if set { [color.l, color.a, color.b, 1.0] } else { [0.0; 4] });
    let sums = box_mean_lanes(&box_mean_lanes(&weighted, 2), 2);
    sums.map(|[l, a, b, weight]| {
        let scale = 1.0 / (weight + 1e-6);
        Oklab { l: l * scale, a: a * scale, b: b * scale }
    })
}

/// Opacity at any size: a guided filter gives the outline the picture's own edges. Its models are
/// made at 256 px and applied at the size that is wanted, only near the outline.
struct SoftEdge {
    models: Grid<[f32; 4]>,
    /// What is certainly the subject's, and what may be.
    core: Mask,
    reach: Mask,
}

impl SoftEdge {
    fn new(middle: &Raster, subject: &Mask) -> Self {
        let guide = middle.map(guide_of);
        let hard = resize(&subject.map(|set| if set { 1.0 } else { 0.0 }), MIDDLE_PX, MIDDLE_PX);
        let coarse = guided_filter(&guide, &hard.map(|value: f32| value.clamp(0.0, 1.0)), 4, 1e-4);
        let models = guided_models(&guide, &coarse, 2, 1e-5);
        Self { models, core: eroded(subject, BAND_PX), reach: dilated(subject, BAND_PX) }
    }

    /// The opacity of each pixel of `picture`.
    fn of(&self, picture: &Raster) -> Plane {
        let side = picture.width();
        let point = |at: usize| (at as f32 + 0.5) * MIDDLE_PX as f32 / side as f32 - 0.5;
        let cells: Vec<usize> = (0..side).map(|x| x * COARSE_PX / side).collect();
        let mut alpha = Plane::new(side, side, 0.0);
        alpha.par_rows(|y, row| {
            let (core, reach) = (self.core.row(cells[y]), self.reach.row(cells[y]));
            for (x, value) in row.iter_mut().enumerate() {
                if core[cells[x]] {
                    *value = 1.0;
                } else if reach[cells[x]] {
                    let model = sample_linear(&self.models, point(x), point(y), Border::Clamp);
                    *value = ramp(apply_model(model, guide_of(picture.at(x, y))), 0.12, 0.88);
                }
            }
        });
        alpha
    }
}

fn guide_of([red, green, blue, _]: [u8; 4]) -> [f32; 3] {
    [red, green, blue].map(|value| f32::from(value) / 255.0)
}

/// A matte of this opacity.
#[cfg(test)]
pub(crate) fn describe(alpha: Plane, confidence: f32) -> Matte {
    let view = resize(&alpha, MIDDLE_PX, MIDDLE_PX);
    described(alpha, view, confidence)
}

/// A matte of this opacity at the output's size and in the middle view, its box and sides measured.
pub(crate) fn described(alpha: Plane, view: Plane, confidence: f32) -> Matte {
    let area = view.cells().iter().map(|&value| f64::from(value)).sum::<f64>();
    let area = (area / view.cells().len() as f64) as f32;
    Matte {
        confidence,
        area,
        on_side: on_side(&view),
        bounds: Bounds::around(&view, |value| value > 0.5),
        alpha,
        view,
    }
}

/// Mean opacity of the outermost 0.6 % along each side.
fn on_side(alpha: &Plane) -> Sides {
    let (width, height) = (alpha.width(), alpha.height());
    let rim = (width * 3 / 512).max(1);
    let mean = |columns: std::ops::Range<usize>, rows: std::ops::Range<usize>| {
        let count = (columns.len() * rows.len()) as f32;
        rows.map(|y| alpha.row(y)[columns.clone()].iter().sum::<f32>()).sum::<f32>() / count
    };
    Sides {
        top: mean(0..width, 0..rim.min(height)),
        bottom: mean(0..width, height.saturating_sub(rim)..height),
        left: mean(0..rim, 0..height),
        right: mean(width - rim..width, 0..height),
    }
}

/// 0.0 at `low` and below, 1.0 at `high` and above, straight between.
fn ramp(value: f32, low: f32, high: f32) -> f32 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::saliency::saliency;
    use super::*;

    fn inside(x: usize, y: usize, side: usize) -> bool {
        let unit = |at: usize| (at as f32 + 0.5) / side as f32 - 0.5;
        let (u, v) = (unit(x), unit(y) - 0.02);
        u * u / 0.06 + v * v / 0.09 < 1.0
    }

    fn source(side: usize) -> Raster {
        Raster::from_fn(side, side, |x, y| {
            let grain = ((x * 31 + y * 17) % 7) as u8;
            if inside(x, y, side) {
                [200 - grain, 90 + (y * 60 / side) as u8, 50, 255]
            } else {
                [90 + grain, 110 + (x * 30 / side) as u8, 130, 255]
            }
        })
    }

    #[test]
    fn the_matte_of_an_ellipse_is_sure_and_exact_at_any_size() {
        for side in [256, 700] {
            let full = source(side);
            let views = Views::new(&full);
            let subject = subject(&views, &saliency(&views)).unwrap();
            let found = Outline::of(&views, &subject).drawn_in(&full);
            assert!(found.confidence > 0.9, "{}", found.confidence);
            let wrong: f32 = (0..side * side)
                .map(|at| (at % side, at / side))
                .map(|(x, y)| {
                    (found.alpha.at(x, y) - f32::from(u8::from(inside(x, y, side)))).abs()
                })
                .sum();
            assert!(wrong < 0.005 * (side * side) as f32, "{wrong} at {side}");
            assert!((found.bounds.left - 0.255).abs() < 0.02);
            assert_eq!(found.on_side, Sides::default());
        }
    }

    #[test]
    fn gravel_has_no_outline() {
        let gravel = Raster::from_fn(256, 256, |x, y| {
            let value = ((x / 6 * 131 + y / 6 * 241) * 97 % 199) as u8;
            [value, value, value, 255]
        });
        let views = Views::new(&gravel);
        let found = subject(&views, &saliency(&views));
        assert!(found.is_none_or(|subject| subject.confidence < 0.4));
    }

    #[test]
    fn an_opacity_is_described_as_it_is() {
        let full =
            Raster::from_fn(256, 256, |x, y| [0, 0, 0, if x < 128 && y >= 64 { 255 } else { 0 }]);
        let found = matte_of_opacity(&full, &Views::new(&full));
        assert!((found.area - 0.375).abs() < 0.003 && found.confidence == 1.0);
        assert_eq!(found.bounds, Bounds { left: 0.0, top: 0.25, right: 0.5, bottom: 1.0 });
        let Sides { top, bottom, left, right } = found.on_side;
        let on_side = [top, bottom - 0.5, left - 0.75, right];
        assert!(on_side.iter().all(|share| share.abs() < 0.003), "{on_side:?}");
    }
}

//! How a photograph looks where it is small, and how far two places of it look alike.

use super::scenery::{Scenery, resized};
use crate::color::Oklab;
use crate::filter::{box_mean, dilated, gradient};
use crate::grid::{Grid, LabImage, Mask, Plane};
use crate::operations::pixels::labs_of;
use crate::resample::resize;

/// How a pixel looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Lightness, `a` and `b`, and the slopes of lightness.
    values: [f32; 5],
    /// How much difference is hard to see here: more amid texture.
    tolerance: f32,
    /// Whether it is part of something that may not be torn.
    pub(super) is_thing: bool,
}

/// OKLab's `a` and `b` are small numbers beside its lightness.
const CHROMA_WEIGHT: f32 = 1.5;
/// A seam between equal colours with other slopes is a kink.
const SLOPE_WEIGHT: f32 = 1.5;
/// What is hard to see on smooth ground.
const LEAST_TOLERANCE: f32 = 0.1;
/// How many times the deviation of texture is hard to see amid it.
const TOLERANCE_OF_TEXTURE: f32 = 8.0;

impl Look {
    /// How visible it is where `other` takes this look's place; 1.0 can be seen.
    pub(super) fn apart(&self, other: &Self) -> f32 {
        self.distance(other) / self.tolerance.min(other.tolerance)
    }

    /// How much of a thing is torn where `other` takes this look's place.
    pub(super) fn torn(&self, other: &Self) -> f32 {
        if self.is_thing || other.is_thing { self.distance(other) } else { 0.0 }
    }

    fn distance(&self, other: &Self) -> f32 {
        self.values.iter().zip(other.values).map(|(a, b)| (a - b).abs()).sum()
    }
}

/// A photograph at the scale of a composition.
pub(super) struct Material {
    /// Bytes with fractions.
    pub(super) colors: Grid<[f32; 3]>,
    pub(super) looks: Grid<Look>,
    /// The subject and a margin: what stays as it is.
    pub(super) held: Mask,
    /// The subject and a wider margin: what is shown nowhere else.
    pub(super) barred: Mask,
    pub(super) saliency: Plane,
    /// How much there is to see around a pixel that its reflection would show again: deviation of
    /// lightness.
    pub(super) relief: Plane,
}

/// Margins of the subject, in pixels of the canvas; whiskers reach beyond the narrower one.
const HELD_PX: usize = 2;
const BARRED_PX: usize = 4;

impl Material {
    /// The photograph of `scenery` at `side` × `side` pixels.
    pub(super) fn new(scenery: &Scenery, side: usize) -> Self {
        let picture = resize(&scenery.view, side, side);
        let subject = resized(&scenery.subject, side);
        let labs = labs_of(&picture);
        Self {
            relief: relief(&labs.map(|color| color.l)),
            looks: looks(&labs, &dilated(&resized(&scenery.things, side), 1)),
            colors: picture.map(|[red, green, blue, _]| [red, green, blue].map(f32::from)),
            held: dilated(&subject, HELD_PX),
            barred: dilated(&subject, BARRED_PX),
            saliency: resize(&scenery.saliency, side, side),
        }
    }
}

fn looks(labs: &LabImage, things: &Mask) -> Grid<Look> {
    let (across, down) = gradient(&labs.map(|color| color.l));
    let texture = texture(labs);
    Grid::from_fn(labs.width(), labs.height(), |x, y| {
        let Oklab { l, a, b } = labs.at(x, y);
        let slopes = [across.at(x, y), down.at(x, y)].map(|slope| SLOPE_WEIGHT * slope);
        Look {
            values: [l, CHROMA_WEIGHT * a, CHROMA_WEIGHT * b, slopes[0], slopes[1]],
            tolerance: LEAST_TOLERANCE + TOLERANCE_OF_TEXTURE * texture.at(x, y),
            is_thing: things.at(x, y),
        }
    })
}

/// Pixels to each side over which lightness is smoothed, so that texture does not count, and those
/// over which its deviation is taken.
const FINE_PX: usize = 1;
const AROUND_PX: usize = 5;

fn relief(lightness: &Plane) -> Plane {
    let smooth = box_mean(lightness, FINE_PX);
    let mean = box_mean(&smooth, AROUND_PX);
    let square = box_mean(&smooth.map(|value| value * value), AROUND_PX);
    square.zip_map(&mean, |square, mean| (square - mean * mean).max(0.0).sqrt())
}

/// How far pixels are from the mean around them.
fn texture(labs: &LabImage) -> Plane {
    let lane = |lane: fn(Oklab) -> f32| {
        let plane = labs.map(lane);
        plane.zip_map(&box_mean(&plane, 2), |value, mean| (value - mean).abs())
    };
    let rough = lane(|color| color.l)
        .zip_map(&lane(|color| color.a), |sum, a| sum + CHROMA_WEIGHT * a)
        .zip_map(&lane(|color| color.b), |sum, b| sum + CHROMA_WEIGHT * b);
    box_mean(&rough, 2)
}

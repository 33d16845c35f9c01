//! Small things on a common ground: balloons in the sky, cows on a meadow, stars.
//!
//! Things like these are moved as wholes, or the repair makes one of two halves. Saliency, which
//! looks for subjects, passes over the small ones; what is needed here is everything that parts
//! from the ground around it.

use crate::filter::{Component, closed, components, dilated, gaussian_blur};
use crate::grid::{Grid, Mask, Plane, Raster};

/// What stands out from the ground of a picture.
#[derive(Debug, Clone)]
pub struct Things {
    /// For each pixel 0 or the number of the thing that it belongs to, from 1.
    pub labels: Grid<u32>,
    /// The things, by number − 1.
    pub parts: Vec<Component>,
}

/// How far the ground is looked for around a pixel, as a share of the side.
const GROUND_REACH: f32 = 0.1;
/// The least difference from the ground, in bytes, that counts.
const LEAST_DIFFERENCE: f32 = 12.0;
/// How many times the ground's own deviation a thing differs at least.
const DEVIATIONS: f32 = 3.0;
/// The least area of a thing in pixels; less is grain.
const LEAST_AREA: usize = 4;

/// How far beyond that its most different pixel is at least: clouds and shadows fade out.
const PEAK: f32 = 2.5;

impl Things {
    /// Finds the things in a small picture.
    pub fn find(picture: &Raster) -> Self {
        let difference = difference_from_ground(picture);
        let mask = closed(&difference.map(|value| value > 1.0), 1);
        let (labels, parts) = components(&mask);
        let mut peaks = vec![0.0f32; parts.len() + 1];
        for (&label, &value) in labels.cells().iter().zip(difference.cells()) {
            peaks[label as usize] = peaks[label as usize].max(value);
        }
        let stands_out = |at: usize| parts[at].area >= LEAST_AREA && peaks[at + 1] > PEAK;
        let kept: Vec<usize> = (0..parts.len()).filter(|&at| stands_out(at)).collect();
        let mut numbers = vec![0; parts.len() + 1];
        for (number, &at) in kept.iter().enumerate() {
            numbers[at + 1] = number as u32 + 1;
        }
        let labels = labels.map(|label| numbers[label as usize]);
        Self { labels, parts: kept.into_iter().map(|at| parts[at]).collect() }
    }

    /// The pixels of all things and those within `radius` pixels of one.
    pub fn mask(&self, radius: usize) -> Mask {
        dilated(&self.labels.map(|label| label != 0), radius)
    }
}

/// How much each pixel differs from the ground around it; 1.0 is where things begin.
///
/// The ground is a local mean in which what differs counts less and less.
fn difference_from_ground(picture: &Raster) -> Plane {
    let sigma = GROUND_REACH * picture.width() as f32;
    let channels: [Plane; 3] =
        std::array::from_fn(|lane| picture.map(|pixel| f32::from(pixel[lane])));
    let mut weight = Plane::new(picture.width(), picture.height(), 1.0);
    let mut result = weight.clone();
    for _ in 0..4 {
        let total = gaussian_blur(&weight, sigma);
        let mut squares = Plane::new(picture.width(), picture.height(), 0.0);
        for channel in &channels {
            let sum =
                gaussian_blur(&channel.zip_map(&weight, |value, weight| value * weight), sigma);
            let ground = sum.zip_map(&total, |sum, total| sum / total.max(1e-6));
            let difference =
                channel.zip_map(&ground, |value, ground| (value - ground) * (value - ground));
            squares = squares.zip_map(&difference, |a, b| a + b);
        }
        let deviation = weighted_deviation(&squares, &weight).max(LEAST_DIFFERENCE / DEVIATIONS);
        let unit = 1.0 / (DEVIATIONS * deviation * DEVIATIONS * deviation);
        result = squares.map(|square| square * unit);
        weight = result.map(|ratio| 1.0 / ((1.0 + 4.0 * ratio) * (1.0 + 4.0 * ratio)));
    }
    result
}

fn weighted_deviation(squares: &Plane, weight: &Plane) -> f32 {
    crate::filter::weighted_mean(squares, weight).sqrt()
}

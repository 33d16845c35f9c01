//! The lines that a draughtsman would draw: long, clean and only where something ends.
//!
//! A difference of Gaussians taken across the picture's flow and averaged along it joins what
//! belongs together and drops what does not (Kang, Lee and Chui, "Flow-based image abstraction",
//! 2009; Winnemöller, Kyprianidis and Olsen, "XDoG", 2012). Tone plays no part: a dark wall is
//! a wash, not a blot.

use super::flow::Flow;
use crate::filter::percentile;
use crate::grid::Plane;
use crate::kernels::recompiled;
use crate::resample::{Border, sample_linear};

/// Lines at the size of a lightness plane.
pub(super) struct Lines {
    /// How far each place is above the threshold for a line, in units of lightness.
    pub(super) strength: Plane,
}

impl Lines {
    /// Lines of about `width` pixels that cover at most about `share` of the sheet.
    pub(super) fn new(lightness: &Plane, flow: &Flow, width: f32, share: f32) -> Self {
        let across = Profile::new(0.45 * width);
        let (width_px, height_px) = (lightness.width(), lightness.height());
        let edges =
            Plane::from_rows(width_px, height_px, |y| responses(&across, lightness, flow, y));
        let joined = flow.smoothed(&edges, (1.9 * width) as usize + 1);
        // Busy pictures would turn black: of hair and grass only the strongest lines are drawn.
        let threshold = percentile(joined.cells(), 1.0 - share).max(FAINTEST);
        Self { strength: joined.map(|response| response - threshold) }
    }
}

recompiled! {
    /// The responses to edges along row `y`.
    fn responses(across: &Profile, lightness: &Plane, flow: &Flow, y: usize) -> Vec<f32> {
        let (width, height) = (lightness.width() as f32, lightness.height() as f32);
        let response = |x: usize| {
            let (dx, dy) = flow.at_share(x as f32 / width, y as f32 / height);
            across.response(lightness, (x as f32, y as f32), (-dy, dx))
        };
        (0..lightness.width()).map(response).collect()
    }
}

/// The response to a step of 0.05 at middle lightness.
const FAINTEST: f32 = 0.0085;

/// Weights of a difference of Gaussians along a short way.
struct Profile {
    weights: Vec<f32>,
}

impl Profile {
    fn new(sigma: f32) -> Self {
        let reach = (3.2 * sigma * 1.6).ceil() as i32;
        let gaussian = |sigma: f32| {
            let weight = |at: i32| libm::expf(-0.5 * (at * at) as f32 / (sigma * sigma));
            let weights: Vec<f32> = (-reach..=reach).map(weight).collect();
            let total: f32 = weights.iter().sum();
            weights.into_iter().map(move |weight| weight / total)
        };
        let weights = gaussian(1.6 * sigma).zip(gaussian(sigma)).map(|(wide, fine)| wide - fine);
        Self { weights: weights.collect() }
    }

    /// How much darker a place is than its surroundings along `way`, as the eye sees it: a step
    /// in the dark counts more than the same step in the light.
    #[inline(always)]
    fn response(&self, plane: &Plane, place: (f32, f32), way: (f32, f32)) -> f32 {
        let reach = (self.weights.len() / 2) as f32;
        let mut sum = 0.0;
        for (index, weight) in self.weights.iter().enumerate() {
            let s = index as f32 - reach;
            let (x, y) = (place.0 + s * way.0, place.1 + s * way.1);
            sum += weight * sample_linear(plane, x, y, Border::Clamp);
        }
        let here = plane.at(place.0 as usize, place.1 as usize);
        sum / (0.35 + here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(contrast: f32) -> Plane {
        Plane::from_fn(96, 96, |x, y| if x + y / 4 < 60 { 0.4 } else { 0.4 + contrast })
    }

    fn lines(plane: &Plane) -> Plane {
        Lines::new(plane, &Flow::new(plane, 2.0), 2.0, 0.2).strength
    }

    #[test]
    fn an_edge_is_drawn_along_its_dark_side_and_a_ramp_is_not() {
        let drawn = lines(&edge(0.3));
        let strongest =
            |y: usize| (4..92).max_by(|&a, &b| drawn.at(a, y).total_cmp(&drawn.at(b, y))).unwrap();
        for y in [20, 48, 76] {
            let border: usize = 59 - y / 4;
            assert!(border.abs_diff(strongest(y)) <= 1, "row {y}: {}", strongest(y));
            assert!(drawn.at(strongest(y), y) > 0.0);
        }
        let ramp = Plane::from_fn(96, 96, |x, _| x as f32 / 96.0);
        assert!(lines(&ramp).cropped(8, 8, 80, 80).cells().iter().all(|&value| value < 0.0));
    }

    #[test]
    fn dark_parts_without_edges_stay_free_of_lines() {
        assert!(lines(&Plane::new(48, 48, 0.05)).cells().iter().all(|&value| value < 0.0));
    }
}

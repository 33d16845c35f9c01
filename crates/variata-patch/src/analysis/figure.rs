//! Figures: a face has a head around it and a body below.
//!
//! Where a face is, hair, hats and shoulders are not told by what they look like but by where they
//! are. What is surely a person's gives the outline its start, and what may be is left for colours to
//! decide. Head and chest then count as salient for whatever cuts, stretches or moves.

use super::{Bounds, Saliency};
use crate::grid::{Mask, Plane};

/// The saliency of what surely is a person's.
const SURE: f32 = 1.0;
/// The saliency of head and chest.
const LIKELY: f32 = 0.8;
/// From where the outline starts, above the threshold.
const START_ABOVE: f32 = 0.04;
/// What may be a person's, as a share of the threshold: colours decide.
const POSSIBLE: f32 = 0.6;

/// `saliency` as the outline of the persons with these `faces` may start from it.
pub(super) fn start(saliency: &Saliency, faces: &[Bounds]) -> Saliency {
    raised(saliency, faces, saliency.threshold + START_ABOVE, POSSIBLE * saliency.threshold)
}

/// `saliency` with the persons in it who have these `faces`.
pub(super) fn with_figures(saliency: &Saliency, faces: &[Bounds]) -> Saliency {
    raised(saliency, faces, LIKELY, 0.0)
}

/// Where the persons with these `faces` may be, in a picture of `side` pixels: arms and long hair that
/// look like what is behind them are no part of any outline, and may not be shown again all the same.
pub(crate) fn figures(faces: &[Bounds], side: usize) -> Mask {
    let share = |at: usize| (at as f32 + 0.5) / side as f32;
    Mask::from_fn(side, side, |x, y| {
        faces.iter().any(|face| Place::of(face, share(x), share(y)).is_within_arms())
    })
}

/// `saliency` raised to `likely` and `possible` where a person is likely and possible.
fn raised(saliency: &Saliency, faces: &[Bounds], likely: f32, possible: f32) -> Saliency {
    let side = saliency.map.width();
    let share = |at: usize| (at as f32 + 0.5) / side as f32;
    let level = |place: Place| match () {
        () if place.is_sure() => SURE,
        () if place.is_likely() => likely,
        () if place.is_possible() => possible,
        () => 0.0,
    };
    let map = Plane::from_fn(side, side, |x, y| {
        let levels = faces.iter().map(|face| level(Place::of(face, share(x), share(y))));
        levels.fold(saliency.map.at(x, y), f32::max)
    });
    Saliency { map, ..*saliency }
}

/// A place as seen from a face: in its widths from its middle and in its heights from its top.
#[derive(Debug, Clone, Copy)]
struct Place {
    across: f32,
    down: f32,
}

impl Place {
    fn of(face: &Bounds, x: f32, y: f32) -> Self {
        Self {
            across: (x - 0.5 * (face.left + face.right)).abs() / (face.right - face.left),
            down: (y - face.top) / (face.bottom - face.top),
        }
    }

    /// The face, the hair above it, the neck and the chest.
    fn is_sure(self) -> bool {
        self.is_in_head(0.4, 0.65) || self.is_in_body(0.3, 0.6, 2.2)
    }

    /// With hats and hair and towards the shoulders.
    fn is_likely(self) -> bool {
        self.is_in_head(0.62, 0.9) || self.is_in_body(0.45, 0.8, 2.2)
    }

    /// With hair and arms, as most people hold them.
    fn is_within_arms(self) -> bool {
        self.is_in_head(0.9, 1.0) || self.is_in_body(0.6, 1.5, f32::MAX)
    }

    /// With long hair and arms however they are held.
    fn is_possible(self) -> bool {
        self.is_in_head(1.1, 1.2) || self.is_in_body(0.7, 1.9, f32::MAX)
    }

    /// Within an ellipse around the head of these half axes.
    fn is_in_head(self, across: f32, down: f32) -> bool {
        let (u, v) = (self.across / across, (self.down - 0.4) / down);
        u * u + v * v < 1.0
    }

    /// Below the face, within half a `neck` that widens to half the `shoulders`, down to `end`.
    fn is_in_body(self, neck: f32, shoulders: f32, end: f32) -> bool {
        let below = self.down - 0.95;
        let half = neck + (shoulders - neck) * (below / 0.6).min(1.0);
        below > 0.0 && self.down < end && self.across < half
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_and_chest_are_salient_and_what_is_beside_them_is_as_it_was() {
        let map = Plane::from_fn(96, 96, |x, _| if x < 10 { 0.9 } else { 0.1 });
        let before = Saliency { map, threshold: 0.4, separability: 0.7 };
        let face = Bounds { left: 0.4, top: 0.25, right: 0.6, bottom: 0.45 };
        let at = |saliency: &Saliency, x: f32, y: f32| {
            saliency.map.at((x * 96.0) as usize, (y * 96.0) as usize)
        };
        let seen = with_figures(&before, &[face]);
        for (x, y) in [(0.5, 0.35), (0.5, 0.23), (0.5, 0.6), (0.44, 0.6)] {
            assert_eq!(at(&seen, x, y), SURE, "{x} {y}");
        }
        assert_eq!(at(&seen, 0.5, 0.18), LIKELY, "a hat");
        for (x, y) in [(0.2, 0.35), (0.8, 0.6), (0.5, 0.05), (0.5, 0.9)] {
            assert_eq!(at(&seen, x, y), 0.1, "{x} {y}");
        }
        assert_eq!(at(&seen, 0.05, 0.5), 0.9);
        let start = start(&before, &[face]);
        assert_eq!(at(&start, 0.32, 0.35), POSSIBLE * 0.4, "long hair may be");
        assert_eq!(at(&start, 0.5, 0.9), POSSIBLE * 0.4, "and so may a coat");
        assert_eq!(with_figures(&before, &[]).map, before.map);
        let arms = figures(&[face], 96);
        assert!(arms.at(24, 80) && arms.at(72, 80) && !arms.at(10, 80) && !arms.at(24, 40));
    }
}

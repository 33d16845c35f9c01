//! A change of coat as a change of colours alone, for whoever knows where the animal is.

use super::coat::Coat;
use super::{CoatKind, SIDE};
use crate::color::Oklab;
use crate::filter::{eroded, gaussian_blur, weighted_mean};
use crate::grid::{LabImage, Plane, Raster};
use crate::operations::Context;
use crate::operations::pixels::lab_of;
use crate::resample::resize;

/// What becomes of the colours of a coat.
#[derive(Debug, Clone, Copy)]
pub(in crate::operations) struct CoatChange {
    coat: Coat,
    kind: CoatKind,
    strength: f32,
}

impl CoatChange {
    /// The change to one kind of coat, a share `strength` of it.
    pub(super) fn new(coat: Coat, kind: CoatKind, strength: f32) -> Self {
        Self { coat, kind, strength }
    }

    /// The word shown to users.
    pub(in crate::operations) fn word(self) -> &'static str {
        self.kind.name()
    }

    /// What becomes of `color`.
    pub(in crate::operations) fn apply(self, color: Oklab) -> Oklab {
        color.lerp(self.kind.look().apply(color), self.strength * self.coat.membership(color))
    }
}

/// A subject as it looks from near, for telling fur from other stuff.
pub(in crate::operations) struct Surface {
    colors: LabImage,
    /// 1.0 within the subject, its edge left out.
    inside: Plane,
}

impl Surface {
    /// The surface of what `is_subject` tells from its ground by a pixel of `image`.
    pub(in crate::operations) fn new(
        image: &Raster,
        is_subject: impl Fn([u8; 4]) -> bool + Sync,
    ) -> Self {
        let small = resize(image, SIDE, SIDE);
        let inside = eroded(&small.map(is_subject), 2).map(|own| if own { 1.0 } else { 0.0 });
        Self { colors: lab_of(&small, SIDE), inside }
    }

    /// Whether it is rough to the eye, as fur, feathers and bark are.
    pub(in crate::operations) fn is_rough(&self) -> bool {
        let lightness = self.colors.map(|color| color.l);
        let fine = lightness.zip_map(&gaussian_blur(&lightness, 1.2), |l, near| (l - near).abs());
        weighted_mean(&fine, &self.inside) > LEAST_ROUGHNESS
    }

    /// The change to another coat, a share of it that grows with boldness; `None` where it is no
    /// coat: most of it has to be brown or grey, and it has to be rough.
    pub(in crate::operations) fn change(&self, context: &Context<'_>) -> Option<CoatChange> {
        self.drawn(context.seed, context.boldness.min(1.0))
    }

    fn drawn(&self, seed: u64, strength: f32) -> Option<CoatChange> {
        let coat = Coat::find(&self.colors, &self.inside)?;
        if coat.share() < LEAST_SHARE || !self.is_rough() {
            return None;
        }
        let others: Vec<CoatKind> =
            CoatKind::ALL.into_iter().filter(|kind| !coat.is_already(*kind)).collect();
        let turn = seed.checked_rem(others.len() as u64)?;
        Some(CoatChange { coat, kind: *others.get(turn as usize)?, strength })
    }
}

/// Share of a subject that its coat covers at least.
const LEAST_SHARE: f32 = 0.85;
/// Mean difference of lightness from pixel to pixel that fur has at least.
const LEAST_ROUGHNESS: f32 = 0.008;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::harmony::radians;

    fn surface(smooth: bool, hue: f32) -> Surface {
        let image = Raster::from_fn(SIDE, SIDE, |x, y| {
            if x.abs_diff(80) > 50 || y.abs_diff(80) > 50 {
                return [0; 4];
            }
            let hair = if smooth { 0.0 } else { ((x * 7 + y * 13) % 5) as f32 * 0.03 };
            let [r, g, b] = Oklab::from_hue(0.5 + hair, 0.06, radians(hue)).to_srgb();
            [r, g, b, 255]
        });
        Surface::new(&image, |[.., alpha]| alpha > 0)
    }

    #[test]
    fn fur_takes_the_colours_of_coats_and_nothing_else_does() {
        for seed in 0..6 {
            let change = surface(false, 60.0).drawn(seed, 1.0).unwrap();
            let after = change.apply(Oklab::from_hue(0.5, 0.06, radians(60.0)));
            assert!((20.0..110.0).contains(&after.hue().to_degrees()) || after.chroma() < 0.025);
            assert!(surface(true, 60.0).drawn(seed, 1.0).is_none());
            assert!(surface(false, 250.0).drawn(seed, 1.0).is_none());
        }
    }

    #[test]
    fn a_nose_goes_most_of_the_way_with_a_coat_and_an_orange_ball_stays() {
        let fur = surface(false, 60.0);
        let coat = Coat::find(&fur.colors, &fur.inside).unwrap();
        let silver = CoatChange::new(coat, CoatKind::Silver, 1.0);
        let kept =
            |chroma| silver.apply(Oklab::from_hue(0.55, chroma, radians(45.0))).chroma() / chroma;
        assert!(kept(0.06) < 0.2 && kept(0.13) < 0.5, "{} {}", kept(0.06), kept(0.13));
        assert!(kept(0.25) > 0.99);
    }
}

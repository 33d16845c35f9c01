//! A change of coat as a change of colours alone, for whoever knows where the animal is.

use super::CoatKind;
use super::coat::Coat;
use crate::color::Oklab;
use crate::filter::{eroded, gaussian_blur, weighted_mean};
use crate::grid::{LabImage, Mask};

/// What becomes of the colours of a coat.
#[derive(Debug, Clone, Copy)]
pub(in crate::operations) struct CoatChange {
    coat: Coat,
    kind: CoatKind,
    strength: f32,
}

impl CoatChange {
    /// The change to another coat of a subject that covers `extent`; `None` where it has no coat:
    /// most of it has to be brown or grey, and to be rough as fur, feathers and bark are. `strength`
    /// is the share of the change, 0.0–1.0.
    pub(in crate::operations) fn draw(
        colors: &LabImage,
        extent: &Mask,
        seed: u64,
        strength: f32,
    ) -> Option<Self> {
        let inside = eroded(extent, 2).map(|inside| if inside { 1.0 } else { 0.0 });
        let coat = Coat::find(colors, &inside)?;
        if coat.share() < LEAST_SHARE || !is_rough(colors, extent) {
            return None;
        }
        let others: Vec<CoatKind> =
            CoatKind::ALL.into_iter().filter(|kind| !coat.is_already(*kind)).collect();
        let turn = (seed % others.len().max(1) as u64) as usize;
        let kind = *others.get(turn)?;
        Some(Self { coat, kind, strength })
    }

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

/// Whether a subject that covers `extent` is rough to the eye, as fur, feathers and bark are.
pub(in crate::operations) fn is_rough(colors: &LabImage, extent: &Mask) -> bool {
    let inside = eroded(extent, 2).map(|inside| if inside { 1.0 } else { 0.0 });
    let lightness = colors.map(|color| color.l);
    let fine = lightness.zip_map(&gaussian_blur(&lightness, 1.2), |l, near| (l - near).abs());
    weighted_mean(&fine, &inside) > LEAST_ROUGHNESS
}

/// Share of a subject that its coat covers at least.
const LEAST_SHARE: f32 = 0.85;
/// Mean difference of lightness from pixel to pixel that fur has at least.
const LEAST_ROUGHNESS: f32 = 0.008;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;
    use crate::operations::harmony::radians;

    fn subject(smooth: bool, hue: f32) -> (LabImage, Mask) {
        let colors = Grid::from_fn(160, 160, |x, y| {
            let hair = if smooth { 0.0 } else { ((x * 7 + y * 13) % 5) as f32 * 0.03 };
            Oklab::from_hue(0.5 + hair, 0.06, radians(hue))
        });
        let extent = Grid::from_fn(160, 160, |x, y| x.abs_diff(80) < 50 && y.abs_diff(80) < 50);
        (colors, extent)
    }

    #[test]
    fn fur_takes_the_colours_of_coats_and_nothing_else_does() {
        for seed in 0..6 {
            let draw =
                |(colors, extent): (LabImage, Mask)| CoatChange::draw(&colors, &extent, seed, 1.0);
            let change = draw(subject(false, 60.0)).unwrap();
            let after = change.apply(Oklab::from_hue(0.5, 0.06, radians(60.0)));
            assert!((20.0..110.0).contains(&after.hue().to_degrees()) || after.chroma() < 0.025);
            assert!(draw(subject(true, 60.0)).is_none());
            assert!(draw(subject(false, 250.0)).is_none());
        }
    }
}

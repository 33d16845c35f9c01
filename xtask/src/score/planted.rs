//! Losses planted on purpose: a measure that misses these is worth nothing.

use variata_core::SquareImage;
use variata_patch::filter::{dilated, gaussian_blur};
use variata_patch::grid::{Grid, Mask, Plane};
use variata_patch::resample::resize;

/// What is done to a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// All of it is painted over with its surroundings.
    Gone,
    /// One half of it is.
    Halved,
    /// The quarters of the picture change places crosswise.
    Torn,
}

impl Loss {
    pub(super) const ALL: [Self; 3] = [Self::Gone, Self::Halved, Self::Torn];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Halved => "halved",
            Self::Torn => "torn",
        }
    }

    /// `image` with this loss of what is above `threshold` in `saliency`.
    pub(super) fn plant(
        self,
        image: &SquareImage,
        saliency: &Plane,
        threshold: f32,
    ) -> SquareImage {
        let side = image.side() as usize;
        let salient = dilated(&saliency.map(|value| value > threshold), 4);
        match self {
            Self::Gone => painted_over(image, &salient, &salient),
            Self::Halved => {
                let middle = middle_column(&salient);
                let half = Mask::from_fn(salient.width(), salient.height(), |x, y| {
                    x < middle && salient.at(x, y)
                });
                painted_over(image, &half, &salient)
            }
            Self::Torn => SquareImage::from_fn(image.side(), |x, y| {
                let (x, y) = ((x as usize + side / 2) % side, (y as usize + side / 2) % side);
                image.pixels()[y * side + x]
            }),
        }
    }
}

/// The column that halves a mask's area.
fn middle_column(mask: &Mask) -> usize {
    let column = |x: usize| (0..mask.height()).filter(|&y| mask.at(x, y)).count();
    let half = (0..mask.width()).map(column).sum::<usize>() / 2;
    let mut seen = 0;
    (0..mask.width())
        .find(|&x| {
            seen += column(x);
            seen >= half
        })
        .unwrap_or(0)
}

/// `image` where the coarse `mask` is set filled smoothly from what is around the `subject`.
fn painted_over(image: &SquareImage, mask: &Mask, subject: &Mask) -> SquareImage {
    let side = image.side() as usize;
    let soft = |mask: &Mask| {
        let mask = resize(&mask.map(|set| if set { 1.0 } else { 0.0f32 }), side, side);
        gaussian_blur(&mask, side as f32 / 128.0).map(|value| value.clamp(0.0, 1.0))
    };
    let (hole, subject) = (soft(mask), soft(subject));
    let channels = [0, 1, 2, 3].map(|c| filled(image, (&hole, &subject), c));
    SquareImage::from_fn(image.side(), |x, y| {
        channels.each_ref().map(|channel| (channel.at(x as usize, y as usize) + 0.5) as u8)
    })
}

/// One channel of `image`, in the `hole` replaced by ever wider means of what is outside of the
/// `subject`.
fn filled(image: &SquareImage, (hole, subject): (&Plane, &Plane), channel: usize) -> Plane {
    let side = image.side() as usize;
    let values = Grid::from_fn(side, side, |x, y| f32::from(image.pixels()[y * side + x][channel]));
    let kept = subject.map(|subject| if subject < 0.02 { 1.0 } else { 0.0f32 });
    let mut fill = Plane::new(side, side, 0.0);
    let mut known = Plane::new(side, side, 0.0);
    for part in [48.0, 16.0, 6.0, 2.0] {
        let sigma = side as f32 / part;
        let weight = gaussian_blur(&kept, sigma);
        let mean = gaussian_blur(&values.zip_map(&kept, |value, kept| value * kept), sigma);
        for at in 0..side * side {
            let weight = weight.cells()[at];
            // What a narrow mean already knows well is not overwritten by wider ones.
            let share = (1.0 - known.cells()[at]) * (4.0 * weight).min(1.0);
            fill.cells_mut()[at] += share * mean.cells()[at] / weight.max(1e-6);
            known.cells_mut()[at] += share;
        }
    }
    let fill = fill.zip_map(&known, |fill, known| fill / known.max(1e-6));
    Grid::from_fn(side, side, |x, y| {
        let (old, new) = (values.at(x, y), fill.at(x, y));
        old + (new - old) * hole.at(x, y)
    })
}

/// The chance that a clean value is above a lost one (area under the ROC curve).
pub(super) fn separation(clean: &[f64], lost: &[f64]) -> f64 {
    let pairs = clean.iter().flat_map(|clean| lost.iter().map(move |lost| (clean, lost)));
    let wins = pairs.map(|(clean, lost)| match clean.total_cmp(lost) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    });
    wins.sum::<f64>() / (clean.len() * lost.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_painted_over_looks_like_its_surroundings() {
        let image = SquareImage::from_fn(128, |x, y| {
            let inside = x.abs_diff(64).pow(2) + y.abs_diff(64).pow(2) < 400;
            if inside { [200, 30, 30, 255] } else { [60, 90 + x as u8 / 4, 120, 255] }
        });
        let saliency = Plane::from_fn(96, 96, |x, y| {
            if x.abs_diff(48).pow(2) + y.abs_diff(48).pow(2) < 260 { 1.0 } else { 0.0 }
        });
        let gone = Loss::Gone.plant(&image, &saliency, 0.5);
        let halved = Loss::Halved.plant(&image, &saliency, 0.5);
        let red = |image: &SquareImage, x: usize| image.pixels()[64 * 128 + x][0];
        assert!(red(&gone, 64) < 90 && red(&gone, 4) == 60);
        assert!(red(&halved, 54) < 110 && red(&halved, 74) > 190);
    }

    #[test]
    fn separation_is_one_for_values_apart_and_a_half_for_the_same() {
        assert_eq!(separation(&[3.0, 4.0], &[1.0, 2.0]), 1.0);
        assert_eq!(separation(&[1.0, 2.0], &[1.0, 2.0]), 0.5);
    }
}

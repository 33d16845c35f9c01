//! The few colours of which a subject or a ground is made: mixtures of normal distributions.

use super::gaussian::ColorGaussian;
use crate::color::Oklab;

/// Normal distributions in a mixture, as in GrabCut.
const PARTS: usize = 5;
/// Rounds of reassigning colours to their nearest distribution.
const ROUNDS: usize = 2;
/// Variance added to each distribution: a deviation of 0.015, about what one notices.
const VARIANCE_FLOOR: f32 = 2.2e-4;

/// A mixture of normal distributions of colours.
#[derive(Debug, Clone)]
pub(super) struct ColorMixture {
    /// Each with minus the logarithm of its share.
    parts: Vec<(ColorGaussian, f32)>,
}

impl ColorMixture {
    /// The mixture that explains `colors`; `None` for none.
    pub(super) fn fit(colors: &[Oklab]) -> Option<Self> {
        let mut heaps = split_at_medians(colors.to_vec());
        let mut mixture = Self::of_heaps(&heaps)?;
        for _ in 0..ROUNDS {
            heaps = vec![Vec::new(); mixture.parts.len()];
            for &color in colors {
                heaps[mixture.nearest(color).0].push(color);
            }
            mixture = Self::of_heaps(&heaps)?;
        }
        Some(mixture)
    }

    /// Minus the logarithm of the density of the likeliest part, up to a constant.
    pub(super) fn cost(&self, color: Oklab) -> f32 {
        self.nearest(color).1
    }

    fn of_heaps(heaps: &[Vec<Oklab>]) -> Option<Self> {
        let total: usize = heaps.iter().map(Vec::len).sum();
        let part = |heap: &Vec<Oklab>| {
            let gaussian =
                ColorGaussian::fit(heap.iter().map(|&color| (color, 1.0)), VARIANCE_FLOOR)?;
            Some((gaussian, -libm::logf(heap.len() as f32 / total as f32)))
        };
        let parts: Vec<_> = heaps.iter().filter_map(part).collect();
        (!parts.is_empty()).then_some(Self { parts })
    }

    fn nearest(&self, color: Oklab) -> (usize, f32) {
        let costs = self.parts.iter().map(|(gaussian, rarity)| gaussian.cost(color) + rarity);
        costs.enumerate().fold(
            (0, f32::INFINITY),
            |best, (part, cost)| {
                if cost < best.1 { (part, cost) } else { best }
            },
        )
    }
}

/// Splits the widest heap at the median of its widest axis until there are enough (median cut).
fn split_at_medians(colors: Vec<Oklab>) -> Vec<Vec<Oklab>> {
    let mut heaps = vec![colors];
    while heaps.len() < PARTS {
        let widest = heaps.iter().enumerate().map(|(index, heap)| (index, widest_axis(heap)));
        let Some((index, (axis, width))) = widest.max_by(|a, b| a.1.1.total_cmp(&b.1.1)) else {
            break;
        };
        if width < 0.02 {
            break;
        }
        let heap = &mut heaps[index];
        heap.sort_by(|a, b| axis(a).total_cmp(&axis(b)));
        let upper = heap.split_off(heap.len() / 2);
        heaps.push(upper);
    }
    heaps
}

type Axis = fn(&Oklab) -> f32;

/// The axis along which the colours spread most, and how far; chroma counts double, since it
/// spreads less.
fn widest_axis(heap: &[Oklab]) -> (Axis, f32) {
    let axes: [(Axis, f32); 3] = [(|c| c.l, 1.0), (|c| c.a, 2.0), (|c| c.b, 2.0)];
    let deviation = |axis: Axis| {
        let count = heap.len().max(1) as f32;
        let mean = heap.iter().map(axis).sum::<f32>() / count;
        (heap.iter().map(|color| (axis(color) - mean) * (axis(color) - mean)).sum::<f32>() / count)
            .sqrt()
    };
    let widths = axes.map(|(axis, weight)| (axis, weight * deviation(axis)));
    widths.into_iter().fold(widths[0], |best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_the_mixture_are_cheap_and_others_dear() {
        let reds = (0..200).map(|i| Oklab { l: 0.5 + 0.0005 * i as f32, a: 0.15, b: 0.1 });
        let blues = (0..100).map(|i| Oklab { l: 0.4, a: 0.0, b: -0.1 - 0.0005 * i as f32 });
        let mixture = ColorMixture::fit(&reds.chain(blues).collect::<Vec<_>>()).unwrap();
        let green = Oklab { l: 0.6, a: -0.15, b: 0.1 };
        for own in [Oklab { l: 0.55, a: 0.15, b: 0.1 }, Oklab { l: 0.4, a: 0.0, b: -0.12 }] {
            assert!(mixture.cost(own) + 10.0 < mixture.cost(green));
        }
    }

    #[test]
    fn one_colour_is_enough_and_none_is_not() {
        let one = ColorMixture::fit(&[Oklab { l: 0.5, a: 0.0, b: 0.0 }; 7]).unwrap();
        assert!(one.cost(Oklab::default()).is_finite());
        assert!(ColorMixture::fit(&[]).is_none());
    }
}

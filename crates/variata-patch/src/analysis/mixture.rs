//! The few colours of which a subject or a ground is made: mixtures of normal distributions.

use super::gaussian::ColorGaussian;
use crate::color::Oklab;
use crate::kernels::recompiled;

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
            for (&color, (part, _)) in colors.iter().zip(mixture.nearest(colors)) {
                heaps[part as usize].push(color);
            }
            mixture = Self::of_heaps(&heaps)?;
        }
        Some(mixture)
    }

    /// Of each colour, minus the logarithm of the density of the likeliest part, up to a constant.
    pub(super) fn costs(&self, colors: &[Oklab]) -> impl Iterator<Item = f32> + use<> {
        self.nearest(colors).into_iter().map(|(_, cost)| cost)
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

    /// The likeliest part of each colour, and its cost.
    fn nearest(&self, colors: &[Oklab]) -> Vec<(u32, f32)> {
        nearest(&self.parts, colors)
    }
}

recompiled! {
    /// The first of the parts that are cheapest for each colour, and what it costs.
    fn nearest(parts: &[(ColorGaussian, f32)], colors: &[Oklab]) -> Vec<(u32, f32)> {
        let mut found = Vec::with_capacity(colors.len());
        for colors in colors.chunks(TOGETHER) {
            // Whole vectors, whatever is left at the end.
            let color = |at: usize| colors.get(at).copied().unwrap_or_default();
            let colors_here: [Oklab; TOGETHER] = std::array::from_fn(color);
            let mut best = [(0, f32::INFINITY); TOGETHER];
            for (part, (gaussian, rarity)) in (0..).zip(parts) {
                for (best, color) in best.iter_mut().zip(colors_here) {
                    let cost = gaussian.cost(color) + rarity;
                    *best = if cost < best.1 { (part, cost) } else { *best };
                }
            }
            found.extend_from_slice(&best[..colors.len()]);
        }
        found
    }
}

/// Colours that are looked at together.
const TOGETHER: usize = 16;

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
        heap.sort_by_cached_key(|color| ordinal(axis(color)));
        let upper = heap.split_off(heap.len() / 2);
        heaps.push(upper);
    }
    heaps
}

/// A whole number in whose order numbers are, as [`f32::total_cmp`] has it: sorted at a third of the
/// cost.
fn ordinal(value: f32) -> i32 {
    let bits = value.to_bits() as i32;
    bits ^ (bits >> 31 & i32::MAX)
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
        let own = [Oklab { l: 0.55, a: 0.15, b: 0.1 }, Oklab { l: 0.4, a: 0.0, b: -0.12 }];
        let costs: Vec<f32> = mixture.costs(&[own[0], own[1], green]).collect();
        assert!(costs[0].max(costs[1]) + 10.0 < costs[2], "{costs:?}");
    }

    #[test]
    fn ordinals_are_in_the_order_of_their_numbers() {
        let numbers = [f32::NEG_INFINITY, -2.5, -0.1, -0.0, 0.0, 1e-9, 0.1, 7.0, f32::INFINITY];
        assert!(numbers.is_sorted_by_key(|&number| ordinal(number)));
        assert_ne!(ordinal(-0.0), ordinal(0.0));
    }

    #[test]
    fn one_colour_is_enough_and_none_is_not() {
        let one = ColorMixture::fit(&[Oklab { l: 0.5, a: 0.0, b: 0.0 }; 7]).unwrap();
        assert!(one.costs(&[Oklab::default()]).all(f32::is_finite));
        assert!(ColorMixture::fit(&[]).is_none());
    }
}

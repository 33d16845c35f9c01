//! What can be measured of a variation without a network.
//!
//! Composition errors show only where a picture is seen as a whole, at 16 to 32 px; at finer scales
//! every pixel is a copy of the source, and statistics of details say nothing. All searches here
//! are exact and by brute force: a measure must not share the approximations of what it measures.
//!
//! A variation in another light is not a broken one, so measures of composition are taken twice,
//! as it is and with each channel brought to the source's mean and deviation, and the better counts.

use variata_core::SquareImage;
use variata_patch::color::Oklab;
use variata_patch::grid::{Grid, LabImage, Plane};
use variata_patch::resample::{Blend, resize};

/// Side of the patches that are compared, in pixels.
const PATCH_PX: usize = 7;
/// Numbers of a patch, rounded up to whole vectors.
const PATCH_LANES: usize = (PATCH_PX * PATCH_PX * 3).next_multiple_of(LANES);
const LANES: usize = 8;

/// One pixel over white paper, each channel −1.0 to 1.0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pixel([f32; 3]);

impl Blend for Pixel {
    fn to_lanes(self) -> [f32; 4] {
        [self.0[0], self.0[1], self.0[2], 0.0]
    }
    fn from_lanes([red, green, blue, _]: [f32; 4]) -> Self {
        Self([red, green, blue])
    }
}

/// A picture at the sizes at which it is measured.
#[derive(Debug)]
pub(super) struct Views {
    full: Grid<Pixel>,
    small: Small,
    /// 192 px, in OKLab.
    pub(super) lab: LabImage,
}

/// A picture at the sizes at which compositions are compared.
#[derive(Debug)]
struct Small {
    px16: Grid<Pixel>,
    px24: Grid<Pixel>,
    px32: Grid<Pixel>,
}

impl Views {
    pub(super) fn new(image: &SquareImage) -> Self {
        let side = image.side() as usize;
        let pixels = image.pixels();
        let full = Grid::from_fn(side, side, |x, y| over_white(pixels[y * side + x]));
        let middle = resize(&full, 192, 192);
        let at = |side| resize(&middle, side, side);
        let small = Small { px16: at(16), px24: at(24), px32: at(32) };
        Self { full, small, lab: middle.map(lab_of) }
    }

    /// The lower of a measure as the variation is and in the source's light.
    fn in_either_light(&self, variation: &Self, measure: impl Fn(&Small) -> f64) -> f64 {
        measure(&variation.small).min(measure(&variation.small.lit_like(&self.small)))
    }
}

impl Small {
    /// Each channel with the mean and the deviation that it has in `other`.
    fn lit_like(&self, other: &Self) -> Self {
        let (from, to) = (mean(&self.px32), mean(&other.px32));
        let (spread, wanted) = (channel_variances(&self.px32), channel_variances(&other.px32));
        let gain = [0, 1, 2].map(|i| (wanted[i] / (spread[i] + 1e-6)).sqrt());
        let relit = |pixel: Pixel| {
            let channel = |i: usize| (f64::from(pixel.0[i]) - from[i]) * gain[i] + to[i];
            Pixel([0, 1, 2].map(|i| channel(i) as f32))
        };
        let map = |grid: &Grid<Pixel>| grid.map(relit);
        Self { px16: map(&self.px16), px24: map(&self.px24), px32: map(&self.px32) }
    }
}

/// How well a variation is made of pieces of its source, seen at 16 px: the mean distance of its
/// 7 × 7 patches to the nearest of the source or its mirror image, over the source's variance.
/// 0 for a copy, about 0.2 for a faithful recomposition, above 0.35 for a broken one.
/// (Simakov et al., "Summarizing visual data using bidirectional similarity", 2008.)
pub(super) fn coherence_16(source: &Views, variation: &Views) -> f64 {
    source.in_either_light(variation, |small| coherence(&source.small.px16, &small.px16))
}

/// The same at 24 px.
pub(super) fn coherence_24(source: &Views, variation: &Views) -> f64 {
    source.in_either_light(variation, |small| coherence(&source.small.px24, &small.px24))
}

/// How much of what is salient in the source is missing: the mean distance of the source's patches
/// to the nearest of the variation or its mirror image at 32 px, weighted by saliency, over the
/// source's variance. Subjects vanish from about 0.35 on.
///
/// `saliency` has any size. Recoloured subjects count as missing: see
/// [`Subject`](super::structure::Subject).
pub(super) fn incompleteness(source: &Views, variation: &Views, saliency: &Plane) -> f64 {
    source.in_either_light(variation, |small| missing(&source.small.px32, &small.px32, saliency))
}

fn missing(source: &Grid<Pixel>, variation: &Grid<Pixel>, saliency: &Plane) -> f64 {
    let distances = nearest(source, &[variation, &variation.mirrored()]);
    let weights = resize(saliency, source.width(), source.height());
    let across = source.width() - PATCH_PX + 1;
    let weight_at =
        |index: usize| f64::from(weights.at(index % across + 3, index / across + 3)).max(0.0);
    let weighted: f64 = distances.iter().enumerate().map(|(i, d)| weight_at(i) * d).sum();
    let total: f64 = (0..distances.len()).map(weight_at).sum();
    weighted / (total + 1e-6) / (variance(source) + 1e-3)
}

/// How much a variation's layout is the source's, −1.0 to 1.0: correlation at 16 px with the source
/// or its mirror image, whichever is higher.
pub(super) fn layout(source: &Views, variation: &Views) -> f64 {
    let (source, variation) = (&source.small.px16, &variation.small.px16);
    correlation(source, variation).max(correlation(&source.mirrored(), variation))
}

/// How far the colours moved, wherever they are: distance in OKLab between the two distributions,
/// one axis at a time (earth mover's distance). About 0.02 is just visible, 0.2 is another palette.
pub(super) fn colour_change(source: &Views, variation: &Views) -> f64 {
    let axes: [fn(&Oklab) -> f32; 3] = [|c| c.l, |c| c.a, |c| c.b];
    let squares = axes.iter().map(|axis| {
        let (from, to) = (sorted(&source.lab, axis), sorted(&variation.lab, axis));
        let moved: f64 = from.iter().zip(&to).map(|(a, b)| f64::from((a - b).abs())).sum();
        let mean = moved / from.len() as f64;
        mean * mean
    });
    squares.sum::<f64>().sqrt()
}

/// How different the variations of one set are: the standard deviation of each pixel over the set,
/// averaged, over the source's (as in SinGAN's diversity; Shaham et al., 2019). 0 for one picture
/// over and over; unlike neural variations have 0.67 to 0.74.
pub(super) fn diversity(source: &Views, set: &[&Views]) -> f64 {
    let Some(first) = set.first() else { return 0.0 };
    let pixels = first.full.cells().len();
    let deviation = |at: usize, channel: usize| {
        let values = set.iter().filter_map(|view| view.full.cells().get(at));
        let values: Vec<f64> = values.map(|pixel| f64::from(pixel.0[channel])).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares = values.iter().map(|value| (value - mean) * (value - mean));
        (squares.sum::<f64>() / values.len() as f64).sqrt()
    };
    let sum: f64 = (0..pixels * 3).map(|index| deviation(index / 3, index % 3)).sum();
    sum / (pixels * 3) as f64 / (variance(&source.full).sqrt() + 1e-6)
}

fn coherence(source: &Grid<Pixel>, variation: &Grid<Pixel>) -> f64 {
    let distances = nearest(variation, &[source, &source.mirrored()]);
    let mean = distances.iter().sum::<f64>() / distances.len() as f64;
    mean / (variance(source) + 1e-3)
}

/// For each patch of `queries`, row by row, the mean squared difference to the nearest patch of
/// any of `keys`.
fn nearest(queries: &Grid<Pixel>, keys: &[&Grid<Pixel>]) -> Vec<f64> {
    let keys: Vec<[f32; PATCH_LANES]> = keys.iter().flat_map(|key| patches(key)).collect();
    let least = |query: &[f32; PATCH_LANES]| {
        keys.iter().map(|key| squared_distance(query, key)).fold(f32::MAX, f32::min)
    };
    let scale = 1.0 / (PATCH_PX * PATCH_PX * 3) as f64;
    patches(queries).iter().map(|query| f64::from(least(query)) * scale).collect()
}

fn patches(grid: &Grid<Pixel>) -> Vec<[f32; PATCH_LANES]> {
    let (across, down) = (grid.width() - PATCH_PX + 1, grid.height() - PATCH_PX + 1);
    let patch = |left: usize, top: usize| {
        let mut lanes = [0.0; PATCH_LANES];
        for (index, lane) in lanes.iter_mut().take(PATCH_PX * PATCH_PX * 3).enumerate() {
            let (pixel, channel) = (index / 3, index % 3);
            *lane = grid.at(left + pixel % PATCH_PX, top + pixel / PATCH_PX).0[channel];
        }
        lanes
    };
    (0..across * down).map(|index| patch(index % across, index / across)).collect()
}

/// Eight running sums, so that the compiler may use vectors.
fn squared_distance(a: &[f32; PATCH_LANES], b: &[f32; PATCH_LANES]) -> f32 {
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            let difference = a[lane] - b[lane];
            sums[lane] += difference * difference;
        }
    }
    sums.iter().sum()
}

fn correlation(a: &Grid<Pixel>, b: &Grid<Pixel>) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut product, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.cells().iter().zip(b.cells()) {
        for channel in 0..3 {
            let a = f64::from(a.0[channel]) - mean_a[channel];
            let b = f64::from(b.0[channel]) - mean_b[channel];
            product += a * b;
            square_a += a * a;
            square_b += b * b;
        }
    }
    product / (square_a * square_b + 1e-9).sqrt()
}

fn mean(grid: &Grid<Pixel>) -> [f64; 3] {
    let count = grid.cells().len() as f64;
    [0, 1, 2].map(|i| grid.cells().iter().map(|pixel| f64::from(pixel.0[i])).sum::<f64>() / count)
}

/// Mean variance of the three channels.
fn variance(grid: &Grid<Pixel>) -> f64 {
    channel_variances(grid).iter().sum::<f64>() / 3.0
}

fn channel_variances(grid: &Grid<Pixel>) -> [f64; 3] {
    let mean = mean(grid);
    let away = |pixel: &Pixel, i: usize| f64::from(pixel.0[i]) - mean[i];
    let squares = |i: usize| grid.cells().iter().map(move |p| away(p, i) * away(p, i)).sum::<f64>();
    [0, 1, 2].map(|i| squares(i) / grid.cells().len() as f64)
}

fn sorted(lab: &LabImage, axis: impl Fn(&Oklab) -> f32) -> Vec<f32> {
    let mut values: Vec<f32> = lab.cells().iter().map(axis).collect();
    values.sort_by(f32::total_cmp);
    values
}

fn over_white([red, green, blue, alpha]: [u8; 4]) -> Pixel {
    let alpha = f32::from(alpha) / 255.0;
    Pixel([red, green, blue].map(|c| (f32::from(c) * alpha + 255.0 * (1.0 - alpha)) / 127.5 - 1.0))
}

fn lab_of(pixel: Pixel) -> Oklab {
    Oklab::from_srgb(pixel.0.map(|value| ((value + 1.0) * 127.5 + 0.5) as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(side: u32, colours: [[u8; 4]; 2]) -> Views {
        let colour = |x: u32, y: u32| colours[((x * 3 / side + y * 5 / side) % 2) as usize];
        Views::new(&SquareImage::from_fn(side, colour))
    }

    const DARK: [u8; 4] = [20, 30, 40, 255];
    const LIGHT: [u8; 4] = [230, 210, 160, 255];

    #[test]
    fn a_copy_is_perfect_and_not_diverse() {
        let source = checks(96, [DARK, LIGHT]);
        assert!(coherence_16(&source, &source) < 1e-9);
        assert!(incompleteness(&source, &source, &Plane::new(8, 8, 1.0)) < 1e-9);
        assert!(layout(&source, &source) > 0.999);
        assert!(colour_change(&source, &source) < 1e-9);
        assert!(diversity(&source, &[&source, &source]) < 1e-9);
    }

    #[test]
    fn a_plain_picture_misses_what_was_salient() {
        let (source, plain) = (checks(96, [DARK, LIGHT]), checks(96, [DARK, DARK]));
        assert!(incompleteness(&source, &plain, &Plane::new(8, 8, 1.0)) > 0.4);
        assert!(colour_change(&source, &plain) > 0.1);
        assert!(diversity(&source, &[&source, &plain]) > 0.3);
    }

    #[test]
    fn another_light_is_not_another_composition() {
        let source = checks(96, [DARK, LIGHT]);
        let dusk = checks(96, [DARK, LIGHT].map(|c| [c[0] / 2, c[1] / 3 + 20, c[2] / 2 + 9, 255]));
        assert!(coherence_16(&source, &dusk) < 0.01);
        assert!(incompleteness(&source, &dusk, &Plane::new(8, 8, 1.0)) < 0.01);
    }

    #[test]
    fn transparent_pixels_count_as_white() {
        let clear = checks(64, [[0, 0, 0, 0], [0, 0, 0, 0]]);
        let white = checks(64, [[255; 4], [255; 4]]);
        assert!(colour_change(&clear, &white) < 1e-9);
    }
}

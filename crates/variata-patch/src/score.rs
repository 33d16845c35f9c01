//! How faithful and how new a variation is, without any network.
//!
//! Faults of composition show at 16 to 32 px: there, every 7 × 7 patch is a part of a thing, not
//! a detail. Finer statistics say nothing about a picture whose every pixel is copied.

use crate::filter::{box_mean, percentile};
use crate::grid::{Plane, Raster};
use crate::kernels::{PATCH_PX, Tier};
use crate::resample::resize;
use crate::synthesis::{Field, Padded, Picture, nearest_distances};

/// What is added to every variance, so that uniform pictures can be compared too.
const LEAST_VARIANCE: f32 = 1e-3 * 127.5 * 127.5;

/// How well the parts of a variation are parts of the source.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Coherence {
    /// Mean distance of the variation's patches to the nearest of the source or its mirror image,
    /// over the source's variance: 0.0 for a copy, above 0.35 for most broken scenes.
    pub mean: f32,
    /// The 95th percentile of the same.
    pub p95: f32,
}

/// A source, measured once for all of its variations.
#[derive(Debug)]
pub struct Yardstick {
    layout: Raster,
    coarse: Small,
    medium: Small,
    fine: Small,
    /// How salient each patch of `fine` is.
    saliency: Vec<f32>,
    variance: f32,
    variance_within_patches: f32,
}

impl Yardstick {
    /// Measures `source`, whose `saliency` may have any size.
    pub fn of(source: &Raster, saliency: &Plane) -> Self {
        let fine = Small::of(source, 32);
        let saliency = resize(saliency, fine.plain.side(), fine.plain.side());
        let middle = PATCH_PX / 2;
        let row = |y: usize| &saliency.row(y + middle)[middle..][..fine.plain.patches()];
        Self {
            layout: resize(source, 16, 16),
            coarse: Small::of(source, 16),
            medium: Small::of(source, 24),
            saliency: (0..fine.plain.patches()).flat_map(row).copied().collect(),
            fine,
            variance: variance(source),
            variance_within_patches: variance_within_patches(source) + LEAST_VARIANCE,
        }
    }

    /// Compares a variation with the source at 16 px: the distances from its patches to the nearest of
    /// the source or of its mirror image (Simakov et al., 2008).
    pub fn coherence_at_16(&self, variation: &Raster) -> Coherence {
        self.coarse.coherence(variation)
    }

    /// The same at 24 px.
    pub fn coherence_at_24(&self, variation: &Raster) -> Coherence {
        self.medium.coherence(variation)
    }

    /// How visible the seams of a rearranged picture are: `distances` of its patches to their matches
    /// in the source, the mean of the worst hundredth, over the mean variance inside the source's
    /// patches, which hides them. Below 1.0 they hardly show; above 1.2 things are cut through.
    pub fn seams(&self, distances: &Padded<i32>) -> f32 {
        let mut values: Vec<i32> =
            (0..distances.side()).flat_map(|y| distances.row(y)).copied().collect();
        let count = (values.len() / 100).max(1).min(values.len());
        if count < values.len() {
            values.select_nth_unstable_by(count, |a, b| b.cmp(a));
        }
        let sum: i64 = values[..count].iter().map(|&distance| i64::from(distance)).sum();
        let mean = sum as f32 / (count.max(1) * 3 * PATCH_PX * PATCH_PX) as f32;
        mean / self.variance_within_patches
    }

    /// The contrast of a variation as a multiple of the source's, both at their own sizes: well below
    /// 1.0 where stars or birds have vanished into their ground.
    pub fn contrast(&self, variation: &Raster) -> f32 {
        (variance(variation) / self.variance).sqrt()
    }

    /// How much of what is salient in the source a variation lacks: the mean distance from the
    /// source's patches to the nearest of the variation or its mirror image at 32 px, weighted by
    /// saliency, over the source's variance. 0.0 when all of it is there; a subject has vanished from
    /// about 0.35 on.
    pub fn incompleteness(&self, variation: &Raster) -> f32 {
        let variation = Small::of(variation, self.fine.plain.side());
        let (mut sum, mut total) = (0.0, 1e-6);
        for (weight, distance) in self.saliency.iter().zip(nearest(&self.fine.plain, &variation)) {
            sum += weight * distance;
            total += weight;
        }
        sum / total / self.fine.variance
    }

    /// The correlation of the colours of variation and source at 16 px: 1.0 for the same layout. The
    /// larger of the source's and its mirror image's.
    pub fn layout(&self, variation: &Raster) -> f32 {
        let variation = resize(variation, 16, 16);
        let mirrored = correlation(&variation, &self.layout.mirrored());
        correlation(&variation, &self.layout).max(mirrored)
    }
}

/// A picture shrunk, and its mirror image.
#[derive(Debug)]
struct Small {
    plain: Picture,
    mirrored: Picture,
    variance: f32,
}

impl Small {
    fn of(picture: &Raster, side_px: usize) -> Self {
        let side = side_px.max(PATCH_PX);
        let small = resize(picture, side, side);
        Self {
            plain: Picture::from_raster(&small),
            mirrored: Picture::from_raster(&small.mirrored()),
            variance: variance(&small),
        }
    }

    fn coherence(&self, variation: &Raster) -> Coherence {
        let side = self.plain.side();
        let variation = Picture::from_raster(&resize(variation, side, side));
        let unit = 1.0 / self.variance;
        let values: Vec<f32> = nearest(&variation, self).map(|distance| distance * unit).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        Coherence { mean, p95: percentile(&values, 0.95) }
    }
}

/// How much of a rearranged picture is drawn out or stammers: the share of its patches, by their
/// contrast, from which a few steps to the right or down lead hardly anywhere in the source. Gravel,
/// grass and stars have 0.001 to 0.01; land that is stretched 0.04 to 0.12.
pub fn smears(field: &Field, picture: &Raster) -> f32 {
    let side = field.side();
    let contrast = contrast_within_patches(picture);
    let origin = |x: usize, y: usize| {
        let offset = field.at(x, y);
        (x as isize + offset.dx(), y as isize + offset.dy())
    };
    let (mut smeared, mut total) = (0.0, 1e-6);
    for y in 0..side.saturating_sub(STRIDE_PX) {
        for x in 0..side.saturating_sub(STRIDE_PX) {
            let (u, v) = origin(x, y);
            let stays = [(x + STRIDE_PX, y), (x, y + STRIDE_PX)].into_iter().any(|(x, y)| {
                let (to_u, to_v) = origin(x, y);
                (to_u - u).abs().max((to_v - v).abs()) < LEAST_PROGRESS_PX
            });
            let value = contrast.at(x + PATCH_PX / 2, y + PATCH_PX / 2);
            total += value;
            smeared += if stays { value } else { 0.0 };
        }
    }
    smeared / total
}

/// So many steps are taken, and so far they lead at least in the source where nothing is drawn out.
const STRIDE_PX: usize = 8;
const LEAST_PROGRESS_PX: isize = 4;

/// For each patch of `query`, the distance to the nearest of `key` or of its mirror image, as the
/// mean square of byte differences.
fn nearest(query: &Picture, key: &Small) -> impl Iterator<Item = f32> {
    let to = |key: &Picture| nearest_distances(Tier::detect(), key, query);
    let (plain, mirrored) = rayon::join(|| to(&key.plain), || to(&key.mirrored));
    let values = (3 * PATCH_PX * PATCH_PX) as f32;
    (0..query.patches() * query.patches()).map(move |at| {
        let (x, y) = (at % plain.side(), at / plain.side());
        plain.at(x, y).min(mirrored.at(x, y)) as f32 / values
    })
}

/// The variance of the colours, the mean of three channels, in square bytes, and a little
/// more.
fn variance(picture: &Raster) -> f32 {
    let count = picture.cells().len() as f32;
    let channel = |lane: usize| {
        let values = picture.cells().iter().map(|pixel| f32::from(pixel[lane]));
        let mean = values.clone().sum::<f32>() / count;
        values.map(|value| (value - mean) * (value - mean)).sum::<f32>() / count
    };
    (channel(0) + channel(1) + channel(2)) / 3.0 + LEAST_VARIANCE
}

/// The standard deviation of brightness in 7 × 7 patches around each pixel, in bytes.
fn contrast_within_patches(picture: &Raster) -> Plane {
    let values = picture
        .map(|[red, green, blue, _]| (f32::from(red) + f32::from(green) + f32::from(blue)) / 3.0);
    variance_around(&values).map(|variance| variance.max(0.0).sqrt())
}

/// The variance of `values` in 7 × 7 patches around each of them; rounding can leave it below zero.
fn variance_around(values: &Plane) -> Plane {
    let means = box_mean(values, PATCH_PX / 2);
    let squares = box_mean(&values.map(|value| value * value), PATCH_PX / 2);
    squares.zip_map(&means, |square, mean| square - mean * mean)
}

/// The mean variance of the colours inside 7 × 7 patches.
fn variance_within_patches(picture: &Raster) -> f32 {
    let channel = |lane: usize| {
        let variance = variance_around(&picture.map(|pixel| f32::from(pixel[lane])));
        variance.cells().iter().sum::<f32>() / variance.cells().len() as f32
    };
    (channel(0) + channel(1) + channel(2)) / 3.0
}

fn correlation(a: &Raster, b: &Raster) -> f32 {
    let count = a.cells().len() as f32;
    let mean = |picture: &Raster, lane: usize| {
        picture.cells().iter().map(|pixel| f32::from(pixel[lane])).sum::<f32>() / count
    };
    let (mut product, mut squares) = (0.0, (0.0, 0.0));
    for lane in 0..3 {
        let means = (mean(a, lane), mean(b, lane));
        for (p, q) in a.cells().iter().zip(b.cells()) {
            let (p, q) = (f32::from(p[lane]) - means.0, f32::from(q[lane]) - means.1);
            product += p * q;
            squares = (squares.0 + p * p, squares.1 + q * q);
        }
    }
    product / (squares.0 * squares.1 + 1.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Offset;
    use crate::random::Random;

    fn blobs(seed: u64) -> Raster {
        let mut random = Random::new(seed, 0);
        let mut nodes = Raster::new(8, 8, [0; 4]);
        nodes.cells_mut().fill_with(|| {
            let [red, green, blue, _] = random.bits().to_le_bytes();
            [red, green, blue, 255]
        });
        resize(&nodes, 64, 64)
    }

    #[test]
    fn a_copy_and_a_mirror_image_are_coherent_complete_and_alike() {
        let source = blobs(1);
        let yardstick = Yardstick::of(&source, &Plane::new(9, 9, 1.0));
        for variation in [source.clone(), source.mirrored()] {
            assert!(yardstick.coherence_at_24(&variation).mean < 1e-3);
            assert!(yardstick.incompleteness(&variation) < 1e-3);
            assert!(yardstick.layout(&variation) > 0.99);
            assert!((yardstick.contrast(&variation) - 1.0).abs() < 1e-3);
        }
    }

    #[test]
    fn another_picture_is_neither() {
        let (source, other) = (blobs(1), blobs(2));
        let yardstick = Yardstick::of(&source, &Plane::new(9, 9, 1.0));
        assert!(yardstick.coherence_at_16(&other).mean > 0.3);
        assert!(yardstick.incompleteness(&other) > 0.3);
        assert!(yardstick.layout(&other) < 0.5);
    }

    #[test]
    fn the_worst_hundredth_makes_a_seam() {
        let yardstick = Yardstick::of(&blobs(1), &Plane::new(9, 9, 1.0));
        let mut distances = Padded::new(58);
        assert_eq!(yardstick.seams(&distances), 0.0);
        distances.row_mut(7)[..33].fill(30_000);
        let worst = yardstick.seams(&distances);
        distances.row_mut(9).fill(20_000);
        assert!(worst > 0.0 && yardstick.seams(&distances) == worst);
    }

    #[test]
    fn what_is_drawn_out_smears_and_what_is_moved_does_not() {
        let picture = blobs(3);
        let field_of = |offset: &dyn Fn(usize) -> isize| {
            let mut field = Field::new(58);
            for y in 0..58 {
                for (x, cell) in field.row_mut(y).iter_mut().enumerate() {
                    *cell = Offset::new(offset(x), 0);
                }
            }
            field
        };
        assert_eq!(smears(&field_of(&|_| 5), &picture), 0.0);
        assert!(smears(&field_of(&|x| 20 - x as isize), &picture) > 0.9);
        let stammering = smears(&field_of(&|x| -(x as isize / 3 * 3)), &picture);
        assert!(stammering > 0.9, "{stammering}");
    }

    #[test]
    fn uniform_pictures_have_finite_scores() {
        let flat = Raster::new(40, 40, [7, 7, 7, 255]);
        let yardstick = Yardstick::of(&flat, &Plane::new(4, 4, 0.0));
        assert_eq!(yardstick.coherence_at_24(&flat), Coherence::default());
        assert_eq!(yardstick.incompleteness(&flat), 0.0);
        assert!(yardstick.layout(&flat).is_finite());
    }
}

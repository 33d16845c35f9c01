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

/// Compares a variation with its source at `side_px` (7 to 32) pixels: the distances from its
/// patches to the nearest of the source or of its mirror image (Simakov et al., 2008).
pub fn coherence(variation: &Raster, source: &Raster, side_px: usize) -> Coherence {
    let (variation, source) = (small(variation, side_px), small(source, side_px));
    let distances = nearest(&variation, &source);
    let unit = 1.0 / variance(&source);
    let values: Vec<f32> = distances.iter().map(|distance| distance * unit).collect();
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    Coherence { mean, p95: percentile(&values, 0.95) }
}

/// How visible the seams of a rearranged picture are: `distances` of its patches to their matches
/// in `source`, the mean of the worst hundredth, over the mean variance inside the source's
/// patches, which hides them. Below 1.0 they hardly show; above 1.2 things are cut through.
pub fn seams(distances: &Padded<i32>, source: &Raster) -> f32 {
    let mut values: Vec<i32> =
        (0..distances.side()).flat_map(|y| distances.row(y)).copied().collect();
    values.sort_unstable_by(|a, b| b.cmp(a));
    let worst = &values[..(values.len() / 100).max(1).min(values.len())];
    let sum: f64 = worst.iter().map(|&distance| f64::from(distance)).sum();
    let mean = sum as f32 / (worst.len().max(1) * 3 * PATCH_PX * PATCH_PX) as f32;
    mean / (variance_within_patches(source) + LEAST_VARIANCE)
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

/// The contrast of a variation as a multiple of its source's, both at their own sizes: well below
/// 1.0 where stars or birds have vanished into their ground.
pub fn contrast(variation: &Raster, source: &Raster) -> f32 {
    (variance(variation) / variance(source)).sqrt()
}

/// How much of what is salient in the source a variation lacks: the mean distance from the
/// source's patches to the nearest of the variation or its mirror image at `side_px` pixels,
/// weighted by `saliency` (any size, of the source), over the source's variance. 0.0 when all of
/// it is there; a subject has vanished from about 0.35 on.
pub fn incompleteness(
    variation: &Raster,
    source: &Raster,
    saliency: &Plane,
    side_px: usize,
) -> f32 {
    let (variation, source) = (small(variation, side_px), small(source, side_px));
    let saliency = resize(saliency, source.width(), source.height());
    let across = source.width() + 1 - PATCH_PX;
    let (mut sum, mut total) = (0.0, 1e-6);
    for (at, distance) in nearest(&source, &variation).into_iter().enumerate() {
        let weight = saliency.at(at % across + PATCH_PX / 2, at / across + PATCH_PX / 2);
        sum += weight * distance;
        total += weight;
    }
    sum / total / variance(&source)
}

/// The correlation of the colours of two pictures at 16 px: 1.0 for the same layout. The larger
/// of the source's and its mirror image's.
pub fn layout(variation: &Raster, source: &Raster) -> f32 {
    let (variation, source) = (resize(variation, 16, 16), resize(source, 16, 16));
    correlation(&variation, &source).max(correlation(&variation, &source.mirrored()))
}

/// For each patch of `query`, the distance to the nearest of `key` or of its mirror image, as the
/// mean square of byte differences.
fn nearest(query: &Raster, key: &Raster) -> Vec<f32> {
    let query = Picture::from_raster(query);
    let to = |key: &Raster| nearest_distances(Tier::detect(), &Picture::from_raster(key), &query);
    let (plain, mirrored) = rayon::join(|| to(key), || to(&key.mirrored()));
    let values = (3 * PATCH_PX * PATCH_PX) as f32;
    (0..query.patches())
        .flat_map(|y| plain.row(y).iter().zip(mirrored.row(y)))
        .map(|(&a, &b)| a.min(b) as f32 / values)
        .collect()
}

fn small(picture: &Raster, side_px: usize) -> Raster {
    let side = side_px.max(PATCH_PX);
    resize(picture, side, side)
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
        for variation in [source.clone(), source.mirrored()] {
            assert!(coherence(&variation, &source, 24).mean < 1e-3);
            assert!(incompleteness(&variation, &source, &Plane::new(9, 9, 1.0), 32) < 1e-3);
            assert!(layout(&variation, &source) > 0.99);
        }
    }

    #[test]
    fn another_picture_is_neither() {
        let (source, other) = (blobs(1), blobs(2));
        assert!(coherence(&other, &source, 16).mean > 0.3);
        assert!(incompleteness(&other, &source, &Plane::new(9, 9, 1.0), 16) > 0.3);
        assert!(layout(&other, &source) < 0.5);
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
        assert_eq!(coherence(&flat, &flat, 24), Coherence::default());
        assert_eq!(incompleteness(&flat, &flat, &Plane::new(4, 4, 0.0), 32), 0.0);
        assert!(layout(&flat, &flat).is_finite());
    }
}

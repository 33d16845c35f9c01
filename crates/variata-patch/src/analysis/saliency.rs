//! Where the eye goes, from colours alone.
//!
//! Subjects are what cannot be reached from the border without crossing an edge (minimum barrier
//! distance), what is unlike the border's colours, and what lies near the middle. Portraits and
//! standing things usually leave the frame at the bottom, so the map is made with and without the
//! bottom border and the clearer one is kept.

use super::Saliency;
use super::barrier::barrier_distance;
use super::gaussian::ColorGaussian;
use super::views::{SALIENCY_PX, Views};
use crate::color::Oklab;
use crate::filter::{closed, gaussian_blur, opened, percentile};
use crate::grid::{LabImage, Mask, Plane};
use crate::resample::resize;

/// OKLab's chroma counts for less than its lightness in equal numbers; CIELAB, in which the
/// method was tuned, has them in this proportion.
const CHROMA_WEIGHT: f32 = 1.4;
/// Barriers below this are noise, not edges: a picture without any has no salient part.
const LEAST_BARRIER: f32 = 0.06;
/// Rows and columns at the border that count as ground.
const BORDER_PX: usize = 2;
/// Share of the border's colour contrast beside the barrier distance.
const CONTRAST_SHARE: f32 = 0.6;
/// Bins of the histogram in which Otsu's threshold is sought.
const BINS: usize = 64;

/// The saliency of a picture.
pub(super) fn saliency(views: &Views) -> Saliency {
    let colors = edge_kept(&views.saliency);
    let contrast = normalized(&border_contrast(&colors), 0.1);
    let opacity = resize(&views.opacity, SALIENCY_PX, SALIENCY_PX);
    let with = |bottom: bool| finished(&barriers(&colors, bottom), &contrast, &opacity);
    let (all, open_bottom) = (with(true), with(false));
    if all.separability >= open_bottom.separability { all } else { open_bottom }
}

/// Otsu's threshold of values in 0.0–1.0 and the between-class over total variance there.
pub(super) fn otsu(values: &Plane) -> (f32, f32) {
    let mut counts = [0u32; BINS];
    for &value in values.cells() {
        counts[((value * BINS as f32) as usize).min(BINS - 1)] += 1;
    }
    let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let moment = |power: i32| -> f64 {
        let bins = counts.iter().enumerate();
        bins.map(|(bin, &count)| {
            f64::from(count) * if power == 1 { bin as f64 } else { (bin * bin) as f64 }
        })
        .sum()
    };
    let mean = moment(1) / total;
    let variance = moment(2) / total - mean * mean;
    let (mut weight, mut sum, mut best) = (0.0, 0.0, (0, 0.0));
    for (bin, &count) in counts.iter().enumerate() {
        weight += f64::from(count) / total;
        sum += f64::from(count) * bin as f64 / total;
        let apart = mean * weight - sum;
        let between = apart * apart / (weight * (1.0 - weight)).max(1e-9);
        if between > best.1 {
            best = (bin, between);
        }
    }
    ((best.0 + 1) as f32 / BINS as f32, (best.1 / variance.max(1e-6)).min(1.0) as f32)
}

/// Sums the barriers of the three colour channels from the border.
fn barriers(colors: &LabImage, bottom: bool) -> Plane {
    let seeds = Mask::from_fn(SALIENCY_PX, SALIENCY_PX, |x, y| {
        let far = SALIENCY_PX - BORDER_PX;
        x < BORDER_PX || x >= far || y < BORDER_PX || (bottom && y >= far)
    });
    let channels: [fn(Oklab) -> f32; 3] =
        [|c| c.l, |c| CHROMA_WEIGHT * c.a, |c| CHROMA_WEIGHT * c.b];
    channels.into_iter().fold(Plane::new(SALIENCY_PX, SALIENCY_PX, 0.0), |sum, channel| {
        sum.zip_map(&barrier_distance(&colors.map(channel), &seeds), |a, b| a + b)
    })
}

/// How unlike each pixel is to the borders; the side it is least like does not count, since a
/// subject may cover a whole side.
fn border_contrast(colors: &LabImage) -> Plane {
    let far = SALIENCY_PX - BORDER_PX;
    let sides: [fn(usize, usize, usize) -> bool; 4] = [
        |_, y, _| y < BORDER_PX,
        |_, y, far| y >= far,
        |x, _, _| x < BORDER_PX,
        |x, _, far| x >= far,
    ];
    let distances: Vec<Plane> = sides
        .into_iter()
        .filter_map(|inside| {
            let cells =
                (0..SALIENCY_PX * SALIENCY_PX).map(|at| (at % SALIENCY_PX, at / SALIENCY_PX));
            let border =
                cells.filter(|&(x, y)| inside(x, y, far)).map(|(x, y)| (colors.at(x, y), 1.0));
            ColorGaussian::fit(border, 3e-4)
        })
        .map(|gaussian| {
            let distance = colors.map(|color| gaussian.distance_squared(color).max(0.0).sqrt());
            let largest = distance.cells().iter().fold(4.0f32, |a, &b| a.max(b));
            distance.map(|value| value / largest)
        })
        .collect();
    Plane::from_fn(SALIENCY_PX, SALIENCY_PX, |x, y| {
        let values = distances.iter().map(|distance| distance.at(x, y));
        let largest = values.clone().fold(0.0f32, f32::max);
        values.sum::<f32>() - largest
    })
}

/// Joins the cues, prefers the middle, and smooths away what is smaller than any subject.
fn finished(barriers: &Plane, contrast: &Plane, opacity: &Plane) -> Saliency {
    let barriers = normalized(barriers, LEAST_BARRIER);
    let joined =
        barriers.zip_map(contrast, |barrier, contrast| barrier + CONTRAST_SHARE * contrast);
    let centered = Plane::from_fn(SALIENCY_PX, SALIENCY_PX, |x, y| {
        joined.at(x, y) * (0.45 + 0.55 * centrality(x, y)) * opacity.at(x, y)
    });
    let smooth = opened(&closed(&normalized(&centered, 0.3), 2), 2);
    let map = gaussian_blur(&smooth, 1.2).map(|value| value.clamp(0.0, 1.0));
    let (threshold, separability) = otsu(&map);
    Saliency { map, threshold, separability }
}

/// 1.0 just below the middle, falling to 0.0 towards the corners.
fn centrality(x: usize, y: usize) -> f32 {
    let unit = |v: usize| (v as f32 + 0.5) / SALIENCY_PX as f32;
    let (dx, dy) = (unit(x) - 0.5, 0.9 * (unit(y) - 0.55));
    1.0 - ((dx * dx + dy * dy).sqrt() / 0.75).min(1.0)
}

/// Stretches values to 0.0–1.0 from the smallest to the 99th percentile, but not those that
/// differ by less than `least`.
fn normalized(plane: &Plane, least: f32) -> Plane {
    let smallest = plane.cells().iter().fold(f32::MAX, |a, &b| a.min(b));
    let range = (percentile(plane.cells(), 0.99) - smallest).max(least);
    plane.map(|value| ((value - smallest) / range).clamp(0.0, 1.0))
}

/// Smooths grain but not edges: a bilateral filter of 5 × 5 pixels (Tomasi and Manduchi, 1998)
/// with a rational kernel in the place of the Gaussian.
fn edge_kept(colors: &LabImage) -> LabImage {
    const SCALE: f32 = 0.1;
    LabImage::from_fn(colors.width(), colors.height(), |x, y| {
        let center = colors.at(x, y);
        let (mut sum, mut total) = (Oklab::default(), 0.0);
        for at in 0..25 {
            let near = colors.clamped(x as isize + at % 5 - 2, y as isize + at / 5 - 2);
            let closeness = 1.0 + near.distance_squared(center) / (SCALE * SCALE);
            let weight = 1.0 / (closeness * closeness);
            sum = Oklab {
                l: sum.l + weight * near.l,
                a: sum.a + weight * near.a,
                b: sum.b + weight * near.b,
            };
            total += weight;
        }
        Oklab { l: sum.l / total, a: sum.a / total, b: sum.b / total }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Raster;

    fn disc(radius: f32) -> Saliency {
        let raster = Raster::from_fn(200, 200, |x, y| {
            let (dx, dy) = (x as f32 - 100.0, y as f32 - 110.0);
            if dx * dx + dy * dy < radius * radius {
                [200, 60, 40, 255]
            } else {
                [90, 120, 160, 255]
            }
        });
        saliency(&Views::new(&raster))
    }

    #[test]
    fn a_disc_on_plain_ground_parts_clearly() {
        let found = disc(50.0);
        assert!(found.separability > 0.9, "{}", found.separability);
        assert!(found.map.at(48, 52) > 0.9 && found.map.at(8, 8) < 0.1);
    }

    #[test]
    fn a_picture_of_nothing_has_no_salient_part() {
        let found = disc(0.0);
        assert!(found.map.cells().iter().all(|&value| value < 0.05));
        assert!(found.separability.is_finite());
    }

    #[test]
    fn otsu_finds_the_gap_between_two_heaps() {
        let values = Plane::from_fn(50, 2, |x, _| if x < 20 { 0.2 } else { 0.8 });
        let (threshold, separability) = otsu(&values);
        assert!((0.2..0.8).contains(&threshold) && separability > 0.99);
    }
}

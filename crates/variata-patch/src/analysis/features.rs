//! The numbers by which pictures are told apart.

use super::similarity::uniqueness;
use super::views::{MIDDLE_PX, Views, labs_of};
use super::{Features, Saliency, outline, skin, stationarity};
use crate::color::Oklab;
use crate::filter::{Component, components, percentile};
use crate::grid::{LabImage, Mask, Plane, Raster};
use crate::resample::resize;

/// Components below this share of the picture are specks.
const SPECK: f32 = 0.002;
/// Blocks along each side in which the layout is summarized.
const BLOCKS: usize = 4;

/// Everything that can be measured without looking for the subject, lines or writing.
pub(super) fn features(views: &Views) -> Features {
    let mut features = Features::default();
    measure_layout(&views.coarse, &mut features);
    measure_recurrence(&views.tiny, &mut features);
    let colors = labs_of(&views.middle);
    measure_colours(&views.middle, &colors, &mut features);
    (features.drift, features.drift_peak) = stationarity::drift(&views.colors);
    features.outline_share = outline::outline_share(&colors);
    features.skin_area = skin::skin_area(&views.saliency);
    features
}

/// Whether the picture consists of few flat colours, before anything else is known of it.
pub(super) fn is_graphic(middle: &Raster) -> bool {
    let (flat_share, common_colour_share) = (flat_share(middle), common_colour_share(middle));
    Features { flat_share, common_colour_share, ..Features::default() }.is_graphic()
}

/// What there is to be said of the parts that are salient.
pub(super) fn measure_components(saliency: &Saliency, features: &mut Features) {
    let mask = saliency.map.map(|value| value > saliency.threshold);
    let (_, found) = components(&mask);
    let cells = mask.cells().len() as f32;
    let total = found.iter().map(|component| component.area).sum::<usize>().max(1) as f32;
    let largest = found.iter().map(|component| component.area).max().unwrap_or(0) as f32;
    let size = |component: &Component| {
        let area = component.area as f32;
        area / total * area.sqrt() / mask.width() as f32
    };
    features.salient_area = total / cells;
    features.largest_share = largest / total;
    features.component_count =
        found.iter().filter(|component| component.area as f32 > SPECK * cells).count();
    features.component_size = found.iter().map(size).sum();
}

/// How much of the variance lies between large blocks, with and without layers.
fn measure_layout(coarse: &Raster, features: &mut Features) {
    let mut between = [0.0; 2];
    let mut total = 0.001;
    for channel in 0..3 {
        let plane = coarse.map(|pixel| f32::from(pixel[channel]) / 255.0);
        let blocks = resize(&plane, BLOCKS, BLOCKS);
        total += variance(&plane);
        between[0] += variance(&blocks);
        between[1] += variance(&without_row_means(&blocks));
    }
    features.block_variance = between[0] / total;
    features.block_variance_in_rows = between[1] / total;
}

fn measure_recurrence(tiny: &Raster, features: &mut Features) {
    let unique = uniqueness(tiny);
    let count = unique.cells().len() as f32;
    features.self_similarity = unique.cells().iter().sum::<f32>() / count;
    features.uniqueness_peak = percentile(unique.cells(), 0.95);
    let (_, found) = components(&unique.map(|value| value > 0.5));
    features.unique_area = found.iter().map(|c| c.area).max().unwrap_or(0) as f32 / count;
}

/// `lab` being the same picture as `middle`.
fn measure_colours(middle: &Raster, lab: &LabImage, features: &mut Features) {
    features.flat_share = flat_share(middle);
    features.common_colour_share = common_colour_share(middle);
    let cells = lab.cells().len() as f32;
    features.lightness = lab.cells().iter().map(|color| color.l).sum::<f32>() / cells;
    let grey = lab.cells().iter().filter(|color| color.chroma() < LEAST_COLOUR).count();
    features.grey_share = grey as f32 / cells;
    features.toned_share = toned_share(lab);
    let white = lab.map(|color| color.l > 0.95 && color.chroma() < 0.02);
    features.white_border = border_share(&white);
}

/// Share of pixels that differ from their right neighbour by at most two levels.
fn flat_share(middle: &Raster) -> f32 {
    let flat: usize = (0..middle.height())
        .map(|y| {
            let pairs = middle.row(y).windows(2);
            pairs.filter(|pair| (0..3).all(|c| pair[0][c].abs_diff(pair[1][c]) <= 2)).count()
        })
        .sum();
    flat as f32 / (middle.height() * (middle.width() - 1).max(1)) as f32
}

/// Share of pixels in the one tone that the whole picture has, if that is a sepia: brown to olive.
fn toned_share(lab: &LabImage) -> f32 {
    // Tangents of 50° and 95°, the latter behind yellow.
    const BROWN: f32 = 1.19;
    const OLIVE: f32 = -0.087;
    const MOST_CHROMA: f32 = 0.06;
    const MOST_ASIDE: f32 = 0.012;
    let (a, b) = lab.cells().iter().fold((0.0, 0.0), |(a, b), color| (a + color.a, b + color.b));
    let length = (a * a + b * b).sqrt();
    if length < 0.01 * lab.cells().len() as f32 || b < BROWN * a || a < OLIVE * b {
        return 0.0;
    }
    let (a, b) = (a / length, b / length);
    let is_toned = |color: &&Oklab| {
        (color.a * b - color.b * a).abs() < MOST_ASIDE && color.chroma() < MOST_CHROMA
    };
    lab.cells().iter().filter(is_toned).count() as f32 / lab.cells().len() as f32
}

/// Chroma that one sees: a print's black and white has less.
const LEAST_COLOUR: f32 = 0.025;

/// Share of the four commonest colours when each channel has sixteen levels. Greys have 128, or every
/// black-and-white photograph would consist of few colours.
fn common_colour_share(middle: &Raster) -> f32 {
    let mut counts = vec![0u32; 4096 + 128];
    for &[red, green, blue, _] in middle.cells() {
        let level = |value: u8| usize::from(value >> 4);
        let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
        let at = match most - least {
            0..=8 => 4096 + usize::from(green >> 1),
            _ => level(red) << 8 | level(green) << 4 | level(blue),
        };
        counts[at] += 1;
    }
    counts.sort_unstable_by(|a, b| b.cmp(a));
    counts[..4].iter().sum::<u32>() as f32 / middle.cells().len() as f32
}

fn border_share(mask: &Mask) -> f32 {
    const RIM_PX: usize = MIDDLE_PX / 85;
    let (width, height) = (mask.width(), mask.height());
    let on_rim = |x: usize, y: usize| {
        x < RIM_PX || y < RIM_PX || x + RIM_PX >= width || y + RIM_PX >= height
    };
    let cells = (0..width * height).map(|at| (at % width, at / width));
    let rim: Vec<bool> = cells.filter(|&(x, y)| on_rim(x, y)).map(|(x, y)| mask.at(x, y)).collect();
    rim.iter().filter(|&&set| set).count() as f32 / rim.len() as f32
}

fn variance(plane: &Plane) -> f32 {
    let count = plane.cells().len() as f32;
    let mean = plane.cells().iter().sum::<f32>() / count;
    plane.cells().iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / count
}

fn without_row_means(blocks: &Plane) -> Plane {
    let means: Vec<f32> = (0..blocks.height())
        .map(|y| blocks.row(y).iter().sum::<f32>() / blocks.width() as f32)
        .collect();
    Plane::from_fn(blocks.width(), blocks.height(), |x, y| blocks.at(x, y) - means[y])
}

#[cfg(test)]
mod tests {
    use super::super::saliency;
    use super::*;

    fn of(pixel: impl Fn(usize, usize) -> [u8; 3] + Sync) -> Features {
        let raster = Raster::from_fn(256, 256, |x, y| {
            let [red, green, blue] = pixel(x, y);
            [red, green, blue, 255]
        });
        let views = Views::new(&raster);
        let mut found = features(&views);
        measure_components(&saliency::saliency(&views), &mut found);
        found
    }

    #[test]
    fn a_disc_on_white_is_one_flat_part_on_a_white_border() {
        let found = of(|x, y| {
            let (dx, dy) = (x as f32 - 128.0, y as f32 - 128.0);
            if dx * dx + dy * dy < 3600.0 { [30, 80, 200] } else { [255; 3] }
        });
        assert!(found.is_graphic() && found.white_border == 1.0);
        assert_eq!(found.component_count, 1);
        assert!((found.salient_area - 0.17).abs() < 0.05, "{}", found.salient_area);
    }

    #[test]
    fn layers_vary_between_blocks_but_not_within_rows() {
        let found = of(|_, y| if y < 120 { [120, 160, 230] } else { [70, 110, 40] });
        assert!(found.block_variance > 0.8 && found.block_variance_in_rows < 0.01);
        assert!(found.self_similarity < 0.01);
    }

    #[test]
    fn no_picture_gives_a_number_that_is_none() {
        for found in [of(|_, _| [0; 3]), of(|x, y| [(x * y % 251) as u8; 3])] {
            let numbers =
                [found.block_variance, found.self_similarity, found.drift, found.lightness];
            assert!(numbers.iter().all(|number| number.is_finite()), "{found:?}");
        }
    }

    #[test]
    fn a_black_and_white_photograph_is_no_graphic_and_printed_paper_is() {
        let photo = of(|x, y| [(40 + x / 3 + y / 4 + (x * y) % 3) as u8; 3]);
        assert!(photo.is_monochrome() && !photo.is_graphic(), "{}", photo.common_colour_share);
        let page = of(|x, y| if x % 16 < 4 && y % 16 < 8 { [20; 3] } else { [250; 3] });
        assert!(page.is_monochrome() && page.is_graphic(), "{}", page.common_colour_share);
        assert!(!of(|x, _| [x as u8, 90, 60]).is_monochrome());
        let toned = |x: usize| [70, 64, 52].map(|value: usize| (value + x / 2) as u8);
        assert!(of(|x, _| toned(x)).is_monochrome(), "a sepia");
        assert!(!of(|x, y| if y < 20 { [120, 140, 190] } else { toned(x) }).is_monochrome());
    }
}

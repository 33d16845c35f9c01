//! Where the sky is: what is smooth, light and blue or grey, and open towards the upper edge.

use crate::color::Oklab;
use crate::filter::{components, dilated, eroded, percentile};
use crate::grid::{Grid, LabImage, Mask, Plane};
use crate::operations::skin::skin_likeness;
use crate::resample::resize;

/// The sky of a picture given by its colours; nothing where what lies along the upper edge is no
/// sky or has no clear border. Behind people, what looks like it anywhere else makes it a wall.
pub(super) fn find(colors: &LabImage, saliency: &Plane, has_people: bool) -> Option<Mask> {
    let saliency = resize(saliency, colors.width(), colors.height());
    let sky = with_clouds(&open_above(colors), colors, &saliency);
    let reach = if has_people { colors.width() } else { LEFT_PX };
    let is_sky = covers_enough(&sky)
        && !is_framed(&sky)
        && !is_paper(&sky, colors)
        && is_smooth(&sky, colors)
        && stands_behind(&sky, &saliency)
        && clear_share(&sky, colors) - 2.0 * left_share(&sky, colors, reach) >= LEAST_CLEAR;
    is_sky.then_some(sky)
}

/// Whether a colour may be that of the sky by day: blue, or pale.
fn may_be_sky(color: Oklab) -> bool {
    let (chroma, degrees) = (color.chroma(), color.hue().to_degrees().rem_euclid(360.0));
    let blue = (192.0..290.0).contains(&degrees) && color.l > 0.36;
    let pale = (color.l > 0.80 && chroma < 0.075) || (color.l > 0.62 && chroma < 0.03);
    blue || pale
}

/// What can be reached from the upper edge by small steps from one colour of the sky to the next.
fn open_above(colors: &LabImage) -> Mask {
    let (width, height) = (colors.width(), colors.height());
    let mut reached = Mask::new(width, height, false);
    let mut open: Vec<(usize, usize)> = (0..width).map(|x| (x, 0)).collect();
    open.retain(|&(x, y)| may_be_sky(colors.at(x, y)));
    open.iter().for_each(|&(x, y)| reached.set(x, y, true));
    while let Some((x, y)) = open.pop() {
        let beside = [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)];
        for (u, v) in beside.into_iter().filter(|&(u, v)| u < width && v < height) {
            let (from, to) = (colors.at(x, y), colors.at(u, v));
            if !reached.at(u, v) && may_be_sky(to) && from.distance(to) < LARGEST_STEP {
                reached.set(u, v, true);
                open.push((u, v));
            }
        }
    }
    reached
}

/// Steps from pixel to pixel within a sky, at most: clouds have soft edges, roofs have not.
const LARGEST_STEP: f32 = 0.035;

/// The sky with the clouds that it surrounds and the gaps between dark branches near it.
fn with_clouds(sky: &Mask, colors: &LabImage, saliency: &Plane) -> Mask {
    let pale = sky.zip_map(colors, |set, color| !set && may_be_sky(color));
    let near = dilated(sky, NEAR_PX);
    let (labels, parts) = components(&pale);
    let mut seen = vec![PalePart::default(); parts.len() + 1];
    for y in 0..sky.height() {
        for x in (0..sky.width()).filter(|&x| labels.at(x, y) > 0) {
            let part = &mut seen[labels.at(x, y) as usize];
            part.near += u32::from(near.at(x, y) && saliency.at(x, y) < MOST_SALIENT);
            part.area += 1;
            part.look_around((x, y), &labels, sky, colors);
        }
    }
    sky.zip_map(&labels, |set, label| set || label > 0 && seen[label as usize].is_of_sky())
}

/// A pale part of the picture that is not the sky yet, and what lies around it.
#[derive(Debug, Clone, Copy, Default)]
struct PalePart {
    area: u32,
    /// Pixels of the part near the sky where nothing stands out.
    near: u32,
    pairs: u32,
    /// Pairs of a pixel of the part and one around it that is sky, or much darker.
    open: u32,
    skin: f32,
}

impl PalePart {
    fn look_around(
        &mut self,
        (x, y): (usize, usize),
        labels: &Grid<u32>,
        sky: &Mask,
        colors: &LabImage,
    ) {
        for v in y.saturating_sub(2)..(y + 3).min(sky.height()) {
            for u in x.saturating_sub(2)..(x + 3).min(sky.width()) {
                if labels.at(u, v) != labels.at(x, y) {
                    let dark = colors.at(u, v).l < colors.at(x, y).l - DARKER;
                    self.pairs += 1;
                    self.open += u32::from(sky.at(u, v) || dark);
                    self.skin += skin_likeness(colors.at(u, v));
                }
            }
        }
    }

    /// Whether the part is a cloud or a gap. A cheek and teeth are pale, too, and so is a shirt.
    fn is_of_sky(&self) -> bool {
        let of = |count: u32, total: u32| count as f32 / total.max(1) as f32;
        of(self.near, self.area) > 0.9
            && of(self.open, self.pairs) > 0.7
            && self.skin < 0.1 * self.pairs as f32
    }
}

/// How near to the sky its clouds and gaps lie.
const NEAR_PX: usize = 4;
/// Saliency of a cloud, at most: a gull is white, too.
const MOST_SALIENT: f32 = 0.5;
/// By how much the branches around a gap are darker than it.
const DARKER: f32 = 0.3;

/// Whether the sky is large enough to matter, leaves room for a land, and lies above.
fn covers_enough(sky: &Mask) -> bool {
    let count = |cells: &[bool]| cells.iter().filter(|&&set| set).count() as f32;
    let share = count(sky.cells()) / sky.cells().len() as f32;
    let above = count(sky.row(0)) / sky.width() as f32;
    let below = count(sky.row(sky.height() - 1)) / sky.width() as f32;
    (0.10..0.85).contains(&share) && above > 0.65 && below < 0.1
}

/// Whether the sky is as white as paper, and so is the picture below: a product on a page.
fn is_paper(sky: &Mask, colors: &LabImage) -> bool {
    let white = |color: Oklab| color.l > PAPER && color.chroma() < 0.01;
    let count = |wanted: bool| {
        let cells = sky.cells().iter().zip(colors.cells());
        cells.filter(|&(&set, &color)| set == wanted && white(color)).count() as f32
    };
    let area = sky.cells().iter().filter(|&&set| set).count() as f32;
    count(true) > MOST_WHITE * area && count(false) > LEAST_BELOW * area
}

/// Lightness of paper.
const PAPER: f32 = 0.985;
/// Share of a sky that is as white, at most, where so much is elsewhere, as a share of it too.
const MOST_WHITE: f32 = 0.8;
const LEAST_BELOW: f32 = 0.04;

/// Whether what might be a pale sky lies below as well: a wall down to the skirting board, a
/// tablecloth, snow. Water that shows a pale sky is darker than it for the most part.
pub(super) fn is_backdrop(colors: &LabImage) -> bool {
    goes_on_below(&open_above(colors), colors)
}

fn goes_on_below(sky: &Mask, colors: &LabImage) -> bool {
    let Some(above) = mean_where(sky.cells().iter().zip(colors.cells())) else { return false };
    let lowest = (3 * sky.height() / 4..sky.height()).flat_map(|y| {
        let pixels = sky.row(y).iter().zip(colors.row(y));
        pixels.map(|(&set, color)| !set && color.distance(above) < ALIKE)
    });
    let (alike, all) = lowest.fold((0u32, 0u32), |(n, all), is| (n + u32::from(is), all + 1));
    above.chroma() < PALE && alike as f32 > MOST_BELOW * all as f32
}

/// Chroma below which a sky might be a wall.
const PALE: f32 = 0.03;
/// Share of the picture's lowest quarter in the colours of the sky, at most: rooms, tables and snow have 0.22
/// and more, snow before mountains in haze 0.15, everything else less than 0.05.
const MOST_BELOW: f32 = 0.19;

/// Whether a straight edge ends the sky at its left or right from the top downwards: what ends so is
/// a wall in its corner, or seen through a window. Trees and hills are never that straight.
fn is_framed(sky: &Mask) -> bool {
    let last = sky.width() - 1;
    let left = |y: usize| sky.row(y).iter().position(|&set| set);
    let right = |y: usize| sky.row(y).iter().rposition(|&set| set).map(|x| last - x);
    is_straight(left) || is_straight(right)
}

/// Whether the distance of the sky from one side, given by row, grows or falls evenly; never where
/// the sky begins at the side itself.
fn is_straight(begins: impl Fn(usize) -> Option<usize>) -> bool {
    let rows = (TOP_PX..TOP_PX + UPRIGHT_PX).map(|y| begins(y).map(|x| x as f32));
    let rows: Option<Vec<f32>> = rows.collect();
    let Some(rows) = rows.filter(|rows| rows.iter().all(|&x| x > 1.0)) else { return false };
    let slope = (rows[UPRIGHT_PX - 1] - rows[0]) / (UPRIGHT_PX - 1) as f32;
    let off = rows.iter().enumerate().map(|(y, x)| (x - rows[0] - slope * y as f32).abs());
    slope.abs() < MOST_LEAN && off.fold(0.0, f32::max) <= STRAIGHT_PX
}

/// Rows at the top that may be cut anyhow, and those below them in which the sides of the sky are
/// looked at.
const TOP_PX: usize = 5;
const UPRIGHT_PX: usize = 28;
/// By how much an upright edge leans, at most: walls do, seen from below.
const MOST_LEAN: f32 = 0.5;
/// How far a straight edge is off a line, at most.
const STRAIGHT_PX: f32 = 1.3;

/// Whether the sky has no texture and no boards.
fn is_smooth(sky: &Mask, colors: &LabImage) -> bool {
    let inside = eroded(sky, 2);
    let pairs = (0..sky.height() - 1).flat_map(|y| (0..sky.width()).map(move |x| (x, y)));
    let within = pairs.filter(|&(x, y)| inside.at(x, y) && inside.at(x, y + 1));
    let steps = within.map(|(x, y)| colors.at(x, y).distance(colors.at(x, y + 1)));
    percentile(&steps.collect::<Vec<f32>>(), 0.9) < MOST_ROUGH
}

/// The steps from pixel to pixel in a sky, but for a tenth of them, at most.
const MOST_ROUGH: f32 = 0.03;

/// Whether the subject is elsewhere: a white petal is smooth and light, too.
fn stands_behind(sky: &Mask, saliency: &Plane) -> bool {
    let mean = |wanted: bool| {
        let cells = sky.cells().iter().zip(saliency.cells());
        let (sum, count) = cells
            .filter(|&(&set, _)| set == wanted)
            .fold((0.0, 1e-6), |(sum, count), (_, z)| (sum + z, count + 1.0));
        sum / count
    };
    mean(true) < mean(false)
}

/// Share of the border of the sky along which another colour begins, 0.0–1.0: haze has no border
/// that a new sky could end at.
fn clear_share(sky: &Mask, colors: &LabImage) -> f32 {
    border_share(sky, colors, |above, below| above.distance(below) > LEAST_STEP)
}

/// Whether what the sky meets is for a good part as pale as a cloud and would stay so at night.
pub(super) fn meets_pale_land(sky: &Mask, colors: &LabImage) -> bool {
    border_share(sky, colors, |_, below| may_be_sky(below)) > MOST_PALE
}

/// Share of the lower border of the sky where the colours above and below are as asked, 0.0–1.0.
fn border_share(sky: &Mask, colors: &LabImage, wanted: impl Fn(Oklab, Oklab) -> bool) -> f32 {
    let (mut border, mut found) = (0u32, 0u32);
    for y in 0..sky.height() - BORDER_PX {
        for x in (0..sky.width()).filter(|&x| sky.at(x, y) && !sky.at(x, y + 1)) {
            let (above, below) = (colors.at(x, y.saturating_sub(1)), colors.at(x, y + BORDER_PX));
            border += 1;
            found += u32::from(wanted(above, below));
        }
    }
    found as f32 / border.max(1) as f32
}

/// How far below the border of the sky the land is looked at.
const BORDER_PX: usize = 3;
/// The step in colour from the sky to the land, at least.
const LEAST_STEP: f32 = 0.06;
/// Share of the border that is pale, at most, for a dark sky.
const MOST_PALE: f32 = 0.3;
/// Share of the border that is clear, at least; what is left of the sky counts against it, twice.
const LEAST_CLEAR: f32 = 0.84;

/// What else looks as the sky does within `reach_px` of it, as a share of the sky: gaps between branches and
/// legs that a new sky would leave behind.
fn left_share(sky: &Mask, colors: &LabImage, reach_px: usize) -> f32 {
    let (mut left, mut within) = (0u32, 0u32);
    let near = dilated(sky, reach_px);
    let typical = colors_by_row(sky, colors);
    for (y, typical) in typical.into_iter().enumerate() {
        for x in 0..sky.width() {
            let alike = typical.is_some_and(|color| color.distance(colors.at(x, y)) < ALIKE);
            within += u32::from(sky.at(x, y));
            left += u32::from(alike && near.at(x, y) && !sky.at(x, y));
        }
    }
    left as f32 / within.max(1) as f32
}

/// How far around the sky is looked for what was left of it.
const LEFT_PX: usize = 12;
/// Distance to the sky's colour of what looks as it does.
const ALIKE: f32 = 0.06;
/// The mean colour of the sky in each row, of the last one above that has any, and of none below the
/// lowest.
fn colors_by_row(sky: &Mask, colors: &LabImage) -> Vec<Option<Oklab>> {
    let mut last = None;
    let mean = |y: usize| mean_where(sky.row(y).iter().zip(colors.row(y)));
    let lowest = (0..sky.height()).rev().find(|&y| mean(y).is_some()).unwrap_or(0);
    let rows = (0..sky.height()).map(|y| {
        last = mean(y).or(last);
        last.filter(|_| y <= lowest)
    });
    rows.collect()
}

/// The mean of the colours that are set, if there are three of them at least.
fn mean_where<'a>(cells: impl Iterator<Item = (&'a bool, &'a Oklab)>) -> Option<Oklab> {
    let set = cells.filter(|&(&set, _)| set);
    let (sum, count) = set.fold(([0.0f32; 3], 0.0f32), |([l, a, b], count), (_, color)| {
        ([l + color.l, a + color.a, b + color.b], count + 1.0)
    });
    let [l, a, b] = sum.map(|value| value / count);
    (count > 2.0).then_some(Oklab { l, a, b })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_ends_at_an_upright_edge_and_a_sky_at_trees_or_the_frame() {
        let sky = |begins: fn(usize) -> usize| {
            Mask::from_fn(128, 128, move |x, y| y < 70 && x >= begins(y))
        };
        assert!(is_framed(&sky(|_| 40)) && is_framed(&sky(|y| 30 + y / 4)));
        assert!(!is_framed(&sky(|_| 0)));
        assert!(!is_framed(&sky(|y| 30 + (y * 7) % 11)), "a tree");
        assert!(!is_framed(&sky(|y| 90 - 2 * y.min(45))), "a hill");
    }

    #[test]
    fn a_pale_wall_goes_on_below_and_a_blue_sky_over_water_is_one() {
        let picture = |chroma: f32, below: f32| {
            LabImage::from_fn(128, 128, move |_, y| match y {
                0..40 => Oklab { l: 0.9, a: 0.0, b: -chroma },
                40..90 => Oklab { l: 0.3, a: 0.0, b: 0.0 },
                _ => Oklab { l: below, a: 0.0, b: -chroma },
            })
        };
        let above = Mask::from_fn(128, 128, |_, y| y < 40);
        assert!(goes_on_below(&above, &picture(0.01, 0.88)));
        assert!(!goes_on_below(&above, &picture(0.01, 0.7)), "water");
        assert!(!goes_on_below(&above, &picture(0.08, 0.88)), "blue");
    }

    #[test]
    fn white_above_and_below_a_product_is_paper() {
        let picture = |below: f32| {
            LabImage::from_fn(128, 128, move |_, y| {
                let l = match y {
                    0..40 => 1.0,
                    40..100 => 0.2,
                    _ => below,
                };
                Oklab { l, a: 0.0, b: 0.0 }
            })
        };
        let above = Mask::from_fn(128, 128, |_, y| y < 40);
        assert!(is_paper(&above, &picture(1.0)) && !is_paper(&above, &picture(0.5)));
    }
}

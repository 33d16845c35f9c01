//! The same place under another sky: a clear day, the last hour of light, after sunset, clouds.
//!
//! The sky is found as what is smooth, light and open towards the upper edge ([`region`]), and the
//! land is graded for the hour. Then the difference between the new sky and the old one's smooth
//! part is added, as much of it as a pixel shows sky. That is exact also where branches and hair
//! mix with the sky, since what is not sky stays in the sum, and it keeps the clouds.

mod cover;
mod gaps;
mod hour;
mod region;

pub use hour::SkyKind;

use cover::Cover;
use hour::Hour;

use super::grade::is_drawing;
use super::pixels::{Field, guide_of, lab_of, repainted_in_rows, straight, with_picture};
use super::{Context, Frame, Grade, Operation, Stop};
use crate::filter::{eroded, gaussian_blur, percentile};
use crate::grid::{Grid, Mask, Plane, Raster};
use crate::kernels::recompiled;
use crate::random::Random;

/// Puts the picture under another sky. Refused where no sky is found, and on what is drawn or black and white.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sky {
    /// The hour or the weather.
    pub kind: SkyKind,
}

impl Operation for Sky {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        let sky = self.found(frame, context).ok_or(Stop::Refused)?;
        // The grade draws the side of the sun first, and so does the sky.
        let right = random.clone().coin();
        let land = Grade { kind: self.kind.grade() }.apply(frame, context, random)?;
        context.check_cancelled()?;
        let strength = context.boldness.clamp(0.0, 1.0);
        let change = change_of(&land.image, &sky, &self.kind.hour(right, random), strength);
        if mean_change(&change, &sky) < strength * LEAST_CHANGE {
            return Err(Stop::Refused);
        }
        let (change, cover) =
            (Field::new(change), Cover::of(frame, &sky, context.analysis.has_people()));
        context.check_cancelled()?;
        let (width, height) = (frame.image.width(), frame.image.height());
        let land_gain = 1.0 - strength * self.kind.shade();
        let image = repainted_in_rows(&land.image, |y| {
            let (cover, change) = (cover.row(&frame.image, y), change.row(y, width, height));
            moved_row(land.image.row(y), &cover, &change, land_gain)
        });
        Ok(with_picture(frame, image, self.kind.name()))
    }
}

impl Sky {
    /// The sky of `frame` where there is one that this one can take the place of.
    fn found(self, frame: &Frame, context: &Context<'_>) -> Option<Mask> {
        let features = &context.analysis.features;
        if is_drawing(features) || features.is_monochrome() || context.analysis.transparent {
            return None;
        }
        // Of the source: a view of its upper part does not show what is below.
        if region::is_backdrop(&lab_of(&context.analysis.view, SIDE)) {
            return None;
        }
        let colors = lab_of(&frame.image, SIDE);
        let has_people = context.analysis.has_people();
        let sky = region::find(&colors, &frame.saliency, has_people)?;
        let stays_pale = self.kind == SkyKind::Dusk && region::meets_pale_land(&sky, &colors);
        (!stays_pale).then_some(sky)
    }
}

/// Side of the planes on which the sky is found.
const SIDE: usize = 128;

/// What to add to the sky of `land`, as bytes with fractions: from its smooth part to `hour`.
fn change_of(land: &Raster, sky: &Mask, hour: &Hour, strength: f32) -> Grid<[f32; 3]> {
    let old = mean_around(&guide_of(land, SIDE), &eroded(sky, 1));
    let horizon = horizon_of(sky);
    Grid::from_fn(SIDE, SIDE, |x, y| {
        let height = 1.0 - y as f32 / horizon;
        let new = hour.color(x as f32 / SIDE as f32, height.max(0.0)).to_srgb_unrounded();
        std::array::from_fn(|c| strength * (new[c] - 255.0 * old.at(x, y)[c]))
    })
}

/// By how many bytes the change moves a colour of the sky, on average over sky and channels.
fn mean_change(change: &Grid<[f32; 3]>, sky: &Mask) -> f32 {
    let cells = change.cells().iter().zip(sky.cells()).filter(|&(_, &set)| set);
    let (sum, count) = cells.fold((0.0f32, 1e-6f32), |(sum, count), (change, _)| {
        (sum + change.iter().map(|value| value.abs()).sum::<f32>() / 3.0, count + 1.0)
    });
    sum / count
}

/// A mean change in bytes that is another sky, at least.
const LEAST_CHANGE: f32 = 12.0;

/// The lowest row of the sky but for the odd gap between houses.
fn horizon_of(sky: &Mask) -> f32 {
    let rows = (0..SIDE).flat_map(|y| sky.row(y).iter().filter(|&&set| set).map(move |_| y as f32));
    percentile(&rows.collect::<Vec<f32>>(), 0.98).max(1.0)
}

/// The colours within `mask` without their detail, carried on smoothly outside of it.
fn mean_around(colors: &Grid<[f32; 3]>, mask: &Mask) -> Grid<[f32; 3]> {
    let inside = mask.map(|set| if set { 1.0 } else { 0.0 });
    let planes: [Plane; 3] = std::array::from_fn(|c| colors.map(|color| color[c]));
    let mut sums = Grid::new(SIDE, SIDE, [0.0f32; 4]);
    for (sigma, weight) in [(4.0, 1.0), (12.0, 1e-2), (48.0, 1e-4)] {
        let total = gaussian_blur(&inside, sigma);
        let parts = planes.each_ref().map(|plane| {
            gaussian_blur(&plane.zip_map(&inside, |value, share| value * share), sigma)
        });
        sums = Grid::from_fn(SIDE, SIDE, |x, y| {
            let [r, g, b] = parts.each_ref().map(|part| part.at(x, y));
            let sum = sums.at(x, y);
            let added = [r, g, b, total.at(x, y)];
            std::array::from_fn(|c| sum[c] + weight * added[c])
        });
    }
    sums.map(|[r, g, b, total]| [r, g, b].map(|value| value / total.max(1e-9)))
}

recompiled! {
    /// Each of a row of pixels with its share of the change, and what is land with its gain.
    fn moved_row(
        pixels: &[[u8; 4]],
        cover: &[f32],
        change: &[[f32; 3]],
        land_gain: f32,
    ) -> Vec<[f32; 3]> {
        let moved = |((&pixel, &share), change): ((&[u8; 4], &f32), &[f32; 3])| {
            let color = straight(pixel);
            let gain = land_gain + (1.0 - land_gain) * share;
            std::array::from_fn(|c| gain * f32::from(color[c]) + share * change[c])
        };
        pixels.iter().zip(cover).zip(change).map(moved).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Analysis, Bounds};
    use crate::operations::testing::{apply, check_withstands, photo, shows_source};

    /// A hazy blue sky over dark hills, with a branch hanging into it.
    fn view() -> Raster {
        Raster::from_fn(256, 256, |x, y| {
            let branch = x.abs_diff(60) < 3 && y < 70;
            let hills = y > 110 + (x % 64) / 4;
            match branch || hills {
                true => [40, 50, 30, 255],
                false => [150 + (y / 4) as u8, 180 + (y / 5) as u8, 225, 255],
            }
        })
    }

    #[test]
    fn every_sky_withstands_every_picture() {
        for kind in SkyKind::ALL {
            check_withstands(&Sky { kind });
        }
    }

    #[test]
    fn boldness_zero_leaves_the_picture_alone() {
        let analysis = photo(view());
        let same = apply(&Sky { kind: SkyKind::Sunset }, &analysis, 0.0, 1).unwrap();
        assert!(shows_source(&same, &analysis));
    }

    #[test]
    fn what_stands_before_the_sky_is_left_alone() {
        let analysis = photo(view());
        let frame = apply(&Sky { kind: SkyKind::Sunset }, &analysis, 1.0, 1).unwrap();
        let warmth = |x, y| {
            let [red, _, blue, _]: [u8; 4] = frame.image.at(x, y);
            i32::from(red) - i32::from(blue)
        };
        assert!(warmth(160, 100) > 20, "the sky {:?}", frame.image.at(160, 100));
        let branch = frame.image.at(60, 50);
        assert!(branch[..3].iter().all(|&value| value < 90), "the branch {branch:?}");
    }

    #[test]
    fn gaps_between_leaves_show_the_new_sky_and_a_shirt_does_not() {
        let source = view();
        let dotted = |light: [u8; 4], land: [u8; 4]| {
            photo(Raster::from_fn(256, 256, |x, y| match (y > 120, x % 16 < 2 && y % 16 < 2) {
                (false, _) => source.at(x, y),
                (true, true) => light,
                (true, false) => land,
            }))
        };
        let blueness = |analysis| {
            let frame = apply(&Sky { kind: SkyKind::Sunset }, &analysis, 1.0, 1).unwrap();
            let [red, _, blue, _]: [u8; 4] = frame.image.at(128, 128);
            i32::from(blue) - i32::from(red)
        };
        let (leaves, skin) = ([40, 50, 30, 255], [196, 140, 112, 255]);
        let light = [178, 204, 225, 255];
        let (gap, glint) = (blueness(dotted(light, leaves)), blueness(dotted(light, skin)));
        assert!(glint > gap + 20, "a gap {gap}, a glint on skin {glint}");
        let face = Bounds { left: 0.4, top: 0.5, right: 0.6, bottom: 0.7 };
        let label = blueness(Analysis { faces: vec![face], ..dotted(light, leaves) });
        assert!(label > gap + 20, "a gap {gap}, a label on a cap {label}");
    }

    #[test]
    fn a_wall_of_pattern_is_no_sky() {
        let stripes = Raster::from_fn(128, 128, |x, _| match x / 4 % 2 {
            0 => [220, 225, 235, 255],
            _ => [120, 140, 170, 255],
        });
        let refused = apply(&Sky { kind: SkyKind::Clear }, &photo(stripes), 1.0, 1);
        assert_eq!(refused.err(), Some(Stop::Refused));
    }
}

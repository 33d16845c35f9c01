//! The sky between leaves: gaps too small for the plane on which the sky is found.
//!
//! Amid dark foliage near the sky, a pixel is a mixture of two colours that are known there, the
//! foliage's and the sky's. How much of it is sky is its place on the line between them; what lies
//! off that line is a blossom or a wall.

use super::{SIDE, mean_around};
use crate::filter::{dilated, gaussian_blur};
use crate::grid::{Grid, LabImage, Mask, Plane};
use crate::kernels::recompiled;
use crate::operations::pixels::{Field, smoothstep, straight};
use crate::operations::skin::skin_likeness;

/// What is known of the gaps at each place.
pub(super) struct Gaps {
    /// The colours of sky and foliage as bytes with fractions, and how likely gaps are, 0.0–1.0.
    places: Field<7>,
}

impl Gaps {
    /// The gaps in what stands before `sky`, by the colours of the picture: straight, 0.0–1.0, and
    /// in OKLab. `people` is the saliency of a picture that shows some.
    pub(super) fn of(
        guide: &Grid<[f32; 3]>,
        colors: &LabImage,
        sky: &Mask,
        people: Option<&Plane>,
    ) -> Self {
        let land = sky.map(|set| !set);
        let (above, below) = (mean_around(guide, sky), mean_around(guide, &land));
        let mut likely = likelihood(colors, sky);
        if let Some(people) = people {
            likely = likely.zip_map(people, |likely, person| {
                likely * (1.0 - smoothstep(CALM, SALIENT, person))
            });
        }
        let places = Grid::from_fn(SIDE, SIDE, |x, y| {
            let ([r, g, b], [u, v, w]) = (above.at(x, y), below.at(x, y));
            let [r, g, b, u, v, w] = [r, g, b, u, v, w].map(|value| 255.0 * value);
            [r, g, b, u, v, w, likely.at(x, y)]
        });
        Self { places: Field::new(places) }
    }

    /// How much of each pixel of row `y` is a gap, of a picture of this height.
    pub(super) fn row(&self, pixels: &[[u8; 4]], y: usize, height: usize) -> Vec<f32> {
        gaps_of_row(pixels, &self.places.row(y, pixels.len(), height))
    }
}

/// How likely gaps are at each place: near the sky, where all is much darker and nothing is skin.
fn likelihood(colors: &LabImage, sky: &Mask) -> Plane {
    let share = |set: bool| if set { 1.0 } else { 0.0 };
    let land = sky.map(|set| share(!set));
    let near = gaussian_blur(&dilated(sky, NEAR_PX).map(share), 2.0);
    let over_land = |value: &Plane, sigma: f32| {
        let sum = gaussian_blur(&value.zip_map(&land, |value, share| value * share), sigma);
        sum.zip_map(&gaussian_blur(&land, sigma), |sum, total| sum / total.max(1e-3))
    };
    let lightness = over_land(&colors.map(|color| color.l), 2.5);
    let skin = over_land(&colors.map(skin_likeness), 3.0);
    let light = mean_lightness(colors, sky);
    let dark = lightness.map(|l| smoothstep(0.16, 0.28, light - l));
    let bare = skin.map(|skin| 1.0 - smoothstep(0.02, 0.10, skin));
    dark.zip_map(&bare, |dark, bare| dark * bare).zip_map(&near, |likely, near| likely * near)
}

/// Saliency among people up to which there may be gaps, and from which on there are none: a cap's
/// label is one, to all appearances.
const CALM: f32 = 0.6;
const SALIENT: f32 = 0.75;

/// How far from the sky gaps are looked for.
const NEAR_PX: usize = 16;

fn mean_lightness(colors: &LabImage, mask: &Mask) -> f32 {
    let cells = colors.cells().iter().zip(mask.cells()).filter(|&(_, &set)| set);
    let (sum, count) = cells.fold((0.0f32, 1e-6f32), |(sum, n), (c, _)| (sum + c.l, n + 1.0));
    sum / count
}

recompiled! {
    /// How much of each of a row of pixels is a gap.
    fn gaps_of_row(pixels: &[[u8; 4]], places: &[[f32; 7]]) -> Vec<f32> {
        let gap = |(&pixel, place): (&[u8; 4], &[f32; 7])| {
            let color = straight(pixel).map(f32::from);
            let way: [f32; 3] = std::array::from_fn(|c| place[c] - place[c + 3]);
            let from: [f32; 3] = std::array::from_fn(|c| color[c] - place[c + 3]);
            let length = (way[0] * way[0] + way[1] * way[1] + way[2] * way[2]).max(1.0);
            let along = (way[0] * from[0] + way[1] * from[1] + way[2] * from[2]) / length;
            let off: [f32; 3] = std::array::from_fn(|c| from[c] - along * way[c]);
            let off = (off[0] * off[0] + off[1] * off[1] + off[2] * off[2]) / length;
            place[6] * smoothstep(0.25, 0.95, along) * (1.0 - smoothstep(0.015, 0.06, off))
        };
        pixels.iter().zip(places).map(gap).collect()
    }
}

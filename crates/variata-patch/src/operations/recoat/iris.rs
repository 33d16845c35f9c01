//! The eyes of an animal: bright spots of another hue in its coat, with something dark in them.

use super::SIDE;
use super::coat::Coat;
use crate::color::{HueRotation, Oklab};
use crate::filter::{
    Component, closed, components, distance_to, fill_holes, gaussian_blur, percentile,
    weighted_mean,
};
use crate::grid::{LabImage, Mask, Plane, Raster};
use crate::operations::Frame;
use crate::operations::harmony::radians;
use crate::operations::pixels::{
    ColorTable, EdgeMask, MaskReach, guide_of, mix_all, smoothstep, straight,
};

/// Where the irises are.
#[derive(Debug)]
pub(super) struct Irises {
    mask: Mask,
    hue: f32,
    /// Columns of the larger one.
    width: usize,
}

impl Irises {
    /// The irises in a coat; `None` where there are none.
    pub(super) fn find(colors: &LabImage, extent: &Plane, coat: &Coat) -> Option<Self> {
        let bright = colors.zip_map(extent, |color, inside| inside > 0.5 && is_iris(color, coat));
        let spots = fill_holes(&bright, SIDE * SIDE / 100);
        let (labels, parts) = components(&spots);
        let spots: Vec<Spot> = parts
            .into_iter()
            .enumerate()
            .filter(|(_, part)| part.area >= LEAST_SPOT)
            .take(MOST_SPOTS)
            .map(|(index, part)| Spot { part, own: labels.map(|label| label == index as u32 + 1) })
            .collect();
        let sure = spots.iter().filter(|spot| spot.is_eye(colors, coat));
        let largest = sure.max_by_key(|spot| spot.part.area)?;
        // Eyes come in pairs; the other may be half shut, half seen or half in the shade.
        let is_other = |spot: &&Spot| spot.could_pair(largest, colors, coat);
        let alone = spots.iter().filter(is_other).count() < 2;
        if alone && !largest.has_pupil(colors, SURELY_DARKER) {
            return None;
        }
        let mask = spots.iter().filter(is_other).fold(largest.whole(colors, coat), |mask, spot| {
            mask.zip_map(&spot.whole(colors, coat), |set, own| set || own)
        });
        let hues: Vec<f32> = colors
            .cells()
            .iter()
            .zip(bright.zip_map(&mask, |bright, own| bright && own).cells())
            .filter_map(|(color, own)| own.then_some(color.hue()))
            .collect();
        let width = largest.part.width();
        (!hues.is_empty()).then(|| Self { mask, hue: percentile(&hues, 0.5), width })
    }

    /// Whether they are so large that hardly more than the face is in the picture. From further away,
    /// what is brown or grey around an animal would change with it.
    pub(super) fn are_close(&self) -> bool {
        10 * self.width >= SIDE
    }

    /// The irises of `frame` at another `hue` (radians); `None` where one is so large that its
    /// shades and gleams would show where its colour was found and where not.
    pub(super) fn recoloured(&self, frame: &Frame, hue: f32, strength: f32) -> Option<Recoloured> {
        let count = self.mask.cells().iter().filter(|set| **set).count();
        if count > SIDE * SIDE / 25 {
            return None;
        }
        let rotation = HueRotation::new(strength * (hue - self.hue));
        let table =
            ColorTable::of(&frame.image, |color| rotation.apply(color).with_chroma_scaled(0.85));
        let soft = gaussian_blur(&self.mask.map(|set| if set { 1.0 } else { 0.0 }), 0.9);
        let guide = guide_of(&frame.image, SIDE);
        let mask = EdgeMask::new(&guide, &soft, 2, 1e-3);
        Some(Recoloured { table, reach: mask.reach(RAMP[0]), mask })
    }
}

/// Cells of a spot that may be an eye half shut, and how many spots are looked at.
const LEAST_SPOT: usize = SIDE * SIDE / 1100;
const MOST_SPOTS: usize = 64;

/// What belongs to the coat this far is no iris in a shadow.
const SURELY_COAT: f32 = 0.95;

/// How much of what is around an eye is coat, 0.0–1.0: 0.97 around a cat's, 0.83 around the ear of a man
/// in yellow light.
const LEAST_COAT_AROUND: f32 = 0.88;

/// How far the colours of two eyes lie apart at most, in OKLab without lightness: a duck's beak and its
/// flank 0.1.
const MOST_UNLIKE: f32 = 0.06;

/// By how much a pupil is darker than its iris, in lightness; and where there is only one eye, which
/// a shadow in yellow light can look like (0.24): a cat's is by 0.4.
const DARKER: f32 = 0.15;
const SURELY_DARKER: f32 = 0.32;

/// Eyes of another colour.
pub(super) struct Recoloured {
    table: ColorTable,
    mask: EdgeMask,
    reach: MaskReach,
}

/// Where the mask begins to count, and where it counts altogether.
const RAMP: [f32; 2] = [0.25, 0.7];

impl Recoloured {
    /// Paints the irises in row `y` of `image` over the `colors` that the row has so far.
    pub(super) fn paint(&self, image: &Raster, y: usize, colors: &mut [[f32; 3]]) {
        let columns = self.reach.columns(y, (image.width(), image.height()));
        let mask = self.mask.part(image, y, columns.clone());
        let pixels = image.row(y)[columns.clone()].iter().zip(mask);
        for (color, (&pixel, value)) in colors[columns].iter_mut().zip(pixels) {
            let share = smoothstep(RAMP[0], RAMP[1], value);
            if share > 0.0 {
                *color = mix_all(*color, self.table.at(straight(pixel)), share);
            }
        }
    }
}

/// Whether a colour is that of an iris: clearly coloured, from amber over green to blue, and not
/// the coat's.
fn is_iris(color: Oklab, coat: &Coat) -> bool {
    let hues = radians(68.0)..radians(165.0);
    let blues = radians(-160.0)..radians(-90.0);
    let hue = color.hue();
    color.chroma() > 0.04
        && color.l > 0.3
        && (hues.contains(&hue) || blues.contains(&hue))
        && coat.membership(color) < 0.55
}

/// A part of the picture in an iris's colours.
struct Spot {
    part: Component,
    own: Mask,
}

impl Spot {
    /// Whether it is round enough, has a pupil in its middle, and the coat around it.
    fn is_eye(&self, colors: &LabImage, coat: &Coat) -> bool {
        let share = self.part.area as f32 / (SIDE * SIDE) as f32;
        (0.003..0.12).contains(&share)
            && !self.is_framed()
            && self.is_round(0.42)
            && self.has_pupil(colors, DARKER)
            && self.coat_around(colors, coat) > LEAST_COAT_AROUND
    }

    /// Whether it may be the other eye of `sure`.
    fn could_pair(&self, sure: &Self, colors: &LabImage, coat: &Coat) -> bool {
        let (area, other) = (self.part.area * 10, sure.part.area);
        (3 * other..=30 * other).contains(&area)
            && self.is_round(0.35)
            && self.coat_around(colors, coat) > 0.6
            && self.tint(colors).distance(sure.tint(colors)) < MOST_UNLIKE
    }

    /// Its mean colour, without lightness.
    fn tint(&self, colors: &LabImage) -> Oklab {
        let own = colors.cells().iter().zip(self.own.cells()).filter(|&(_, &own)| own);
        let (mut a, mut b) = (0.0, 0.0);
        for (color, _) in own {
            a += color.a;
            b += color.b;
        }
        let area = self.part.area.max(1) as f32;
        Oklab { l: 0.0, a: a / area, b: b / area }
    }

    /// The iris that the spot is the bright part of: with what lies between its parts, which is iris in
    /// a shadow or under a gleam, and with the part of its disc that the lid's shadow lies on.
    fn whole(&self, colors: &LabImage, coat: &Coat) -> Mask {
        let closed = closed(&self.own, self.part.width() / 5 + 1);
        let part = &self.part;
        let (width, height) = (part.width() as f32, part.height() as f32);
        let (x, bottom) = (0.5 * (part.left + part.right) as f32, part.bottom as f32 + 0.5);
        // Whether a cell is in the ellipse that rests on the bottom and is this high.
        let within = |u: usize, v: usize, height: f32| {
            let (u, v) = (u as f32 - x, v as f32 - (bottom - 0.5 * height));
            let (u, v) = (2.0 * u / width, 2.0 * v / height);
            u * u + v * v < 1.0
        };
        let shaded = Mask::from_fn(SIDE, SIDE, |u, v| {
            let in_shade = coat.membership(colors.at(u, v)) < SURELY_COAT;
            within(u, v, height) || (in_shade && within(u, v, width.max(height)))
        });
        closed.zip_map(&shaded, |set, shaded| set || shaded)
    }

    fn is_framed(&self) -> bool {
        let part = &self.part;
        part.left == 0 || part.top == 0 || part.right + 1 >= SIDE || part.bottom + 1 >= SIDE
    }

    /// Whether it fills its box by `fill` at least, and the box is no bar.
    fn is_round(&self, fill: f32) -> bool {
        let (width, height) = (self.part.width() as f32, self.part.height() as f32);
        self.part.area as f32 > fill * width * height
            && width < 2.4 * height
            && height < 1.6 * width
    }

    /// How much of what is around it is coat, 0.0–1.0.
    fn coat_around(&self, colors: &LabImage, coat: &Coat) -> f32 {
        let ring = distance_to(&self.own).map(|far| f32::from(u8::from((1.5..5.0).contains(&far))));
        weighted_mean(&colors.map(|color| coat.membership(color)), &ring)
    }

    /// Whether there is something in its middle that is darker by `step`.
    fn has_pupil(&self, colors: &LabImage, step: f32) -> bool {
        let part = &self.part;
        let (width, height) = (part.width() as f32, part.height() as f32);
        let (mut middle, mut own) = (Vec::new(), Vec::new());
        for y in part.top..=part.bottom.min(SIDE - 1) {
            for x in part.left..=part.right.min(SIDE - 1) {
                let u = (x as f32 + 0.5 - part.left as f32) / width - 0.5;
                let v = (y as f32 + 0.5 - part.top as f32) / height - 0.5;
                if u * u + v * v < 0.1 {
                    middle.push(colors.at(x, y).l);
                }
                if self.own.at(x, y) {
                    own.push(colors.at(x, y).l);
                }
            }
        }
        percentile(&middle, 0.1) < percentile(&own, 0.6) - step
    }
}

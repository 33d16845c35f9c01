//! The subject by itself, free of the old ground's colour.
//!
//! At its edge every pixel is a mixture of subject and ground. Laid on another ground as it is,
//! the old one shows as a fringe; so the ground's part is taken out again (it is known: the model
//! of the ground), and where too little of the subject remains to tell its colour, the colour
//! comes from further inside.

use super::fade::faded;
use super::place::Stance;
use super::spill::Spill;
use crate::analysis::{Analysis, Bounds, Ground};
use crate::color::Oklab;
use crate::filter::{gaussian_blur, percentile};
use crate::grid::{Plane, Raster};
use crate::operations::backdrop::{Backdrop, Line, Painter};
use crate::operations::pixels::{Field, premultiplied};
use crate::resample::{Border, resize, sample_linear};

/// A cut-out subject; it is the same in all variations of a source.
#[derive(Debug)]
pub struct Cutout {
    /// How it stands in the source.
    pub(super) stance: Stance,
    /// The subject, premultiplied, where it was in the source.
    pub(super) image: Raster,
    /// The box around all of it, also what is hardly there: glows and shadows.
    pub(super) extent: Bounds,
    /// The old ground without it; `None` in a transparent picture.
    pub(super) ground: Option<Backdrop>,
    /// Its mean colour.
    pub(super) mean: Oklab,
    /// How light it is.
    pub(super) lightness: Lightness,
    /// The chroma that 70 % of it stay below.
    pub(super) chroma: f32,
    /// The subject at [`SMALL_PX`] on each side, for what needs no detail.
    pub(super) small: Raster,
}

/// The lightness of a subject, 0.0–1.0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lightness {
    /// What a tenth of it stays below.
    low: f32,
    pub(super) median: f32,
    /// What a tenth of it exceeds.
    high: f32,
}

impl Lightness {
    fn of(colors: &[Oklab]) -> Self {
        let values: Vec<f32> = colors.iter().map(|color| color.l).collect();
        let [low, median, high] = [0.1, 0.5, 0.9].map(|share| percentile(&values, share));
        Self { low, median, high }
    }

    /// How far its light and its dark parts are apart.
    pub(super) fn range(self) -> f32 {
        self.high - self.low
    }
}

/// The size at which light and shadow are worked out.
pub(super) const SMALL_PX: usize = 256;

/// Share of a subject that may be hardly opaque if the rest is to be lit.
const MOST_GLOW: f32 = 0.4;

/// Opacities this near to 0.0 or 1.0 are taken for it.
const CERTAIN: f32 = 0.02;

impl Cutout {
    /// Cuts the subject of `analysis` out; `None` where that cannot be done cleanly.
    pub fn of(analysis: &Analysis) -> Option<Self> {
        let stance = Stance::of(analysis)?;
        let graphic = stance.graphic;
        let (image, ground) = match (&analysis.matte, &analysis.ground) {
            (Some(matte), Some(ground)) if !analysis.transparent => {
                let (source, alpha) = (&analysis.source, &matte.alpha);
                let vivid = || Spill::find(source, alpha, &ground.surface);
                let spill = if graphic { None } else { vivid() };
                let ground = old_ground(source, ground, alpha, graphic);
                (freed(source, alpha, &ground, spill.as_ref()), Some(ground))
            }
            _ => (faded(Raster::clone(&analysis.source), stance.cut), None),
        };
        let colors = solid_colors(&image);
        let chromas: Vec<f32> = colors.iter().map(|color| color.chroma()).collect();
        Some(Self {
            mean: mean_color(&colors),
            lightness: Lightness::of(&colors),
            chroma: percentile(&chromas, 0.7),
            small: resize(&image, SMALL_PX, SMALL_PX),
            stance,
            extent: Bounds::around(&image, |[.., alpha]| alpha > 0),
            image,
            ground,
        })
    }

    /// Whether light can fall on it: not on graphics, and not on what is mostly a glow.
    pub(super) fn takes_light(&self) -> bool {
        let (mut faint, mut all) = (0u32, 0u32);
        for &[.., alpha] in self.small.cells().iter().filter(|pixel| pixel[3] > 8) {
            all += 1;
            faint += u32::from(alpha < 128);
        }
        !self.is_graphic() && (faint as f32) < MOST_GLOW * all as f32
    }

    /// Whether it consists of few flat colours: it then has neither light nor shadow.
    pub(super) fn is_graphic(&self) -> bool {
        self.stance.graphic
    }
}

/// The old ground: its smooth model, or one even colour for a graphic, where any unevenness of a
/// model shows.
fn old_ground(source: &Raster, ground: &Ground, alpha: &Plane, graphic: bool) -> Backdrop {
    if !graphic {
        return Backdrop::from_surface(&ground.surface);
    }
    let pixels = source.cells().iter().zip(alpha.cells());
    let outside: Vec<[u8; 4]> =
        pixels.filter(|&(_, &alpha)| alpha < 0.01).map(|(&pixel, _)| pixel).step_by(61).collect();
    let median = |channel: usize| {
        let mut values: Vec<u8> = outside.iter().map(|pixel| pixel[channel]).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or(255)
    };
    Backdrop::constant(Oklab::from_srgb([median(0), median(1), median(2)]))
}

/// Colours of a regular grid of solid pixels.
pub(super) fn solid_colors(image: &Raster) -> Vec<Oklab> {
    let step = (image.width() / 160).max(1);
    let rows = (0..image.height()).step_by(step).map(|y| image.row(y));
    rows.flat_map(|row| row.iter().step_by(step))
        .filter(|pixel| pixel[3] > 230)
        .map(|&[red, green, blue, _]| Oklab::from_srgb([red, green, blue]))
        .collect()
}

fn mean_color(colors: &[Oklab]) -> Oklab {
    let sum = colors.iter().fold(Oklab::default(), |sum, color| Oklab {
        l: sum.l + color.l,
        a: sum.a + color.a,
        b: sum.b + color.b,
    });
    let share = 1.0 / colors.len().max(1) as f32;
    Oklab { l: sum.l * share, a: sum.a * share, b: sum.b * share }
}

/// The subject without the ground's part, premultiplied.
fn freed(source: &Raster, alpha: &Plane, ground: &Backdrop, spill: Option<&Spill>) -> Raster {
    let painter = ground.painter(source.width(), source.height());
    let inside = Inside::new(source, alpha);
    let own_shadow = OwnShadow::find(source, alpha, &painter);
    let mut image = source.clone();
    image.par_rows(|y, row| {
        if alpha.row(y).iter().all(|&alpha| alpha <= CERTAIN) {
            row.fill([0; 4]);
            return;
        }
        let ground = painter.line(y);
        let depths = inside.depth.row(y, source.width(), source.height());
        let spill = spill.map(|spill| (spill, spill.row(y, source.width(), source.height())));
        for (x, pixel) in row.iter_mut().enumerate() {
            let backed = Inside::backed(depths[x][0], rgb(*pixel), || ground.at(x));
            let alpha = alpha.at(x, y) * backed;
            let (color, opacity) = match alpha {
                alpha if alpha <= CERTAIN => ([0.0; 3], 0.0),
                alpha if alpha >= 1.0 - CERTAIN => (rgb(*pixel), 1.0),
                alpha => (unmixed(rgb(*pixel), alpha, ground.at(x), inside.color(x, y)), alpha),
            };
            let (color, opacity) = own_shadow.lifted((x, y), color, opacity, &ground);
            let color = match &spill {
                Some((spill, limits)) if opacity > 0.0 => spill.removed(color, limits[x]),
                _ => color,
            };
            *pixel = premultiplied(rounded(color), (opacity * 255.0 + 0.5) as u8);
        }
    });
    image
}

fn rgb([red, green, blue, _]: [u8; 4]) -> [f32; 3] {
    [red, green, blue].map(f32::from)
}

/// The nearest bytes.
pub(super) fn rounded(color: [f32; 3]) -> [u8; 3] {
    color.map(|value| (value + 0.5) as u8)
}

/// The subject's colour in a mixed pixel; `inside` is its colour further in.
fn unmixed(pixel: [f32; 3], alpha: f32, ground: [f32; 3], inside: Option<[f32; 3]>) -> [f32; 3] {
    let own: [f32; 3] = std::array::from_fn(|c| {
        ((pixel[c] - (1.0 - alpha) * ground[c]) / alpha.max(0.15)).clamp(0.0, 255.0)
    });
    let Some(inside) = inside else { return own };
    // Darker than any mixture of both: the edge lies in its own shadow, and so does its colour.
    let brightness = |color: [f32; 3]| color[0] + 2.0 * color[1] + color[2] + 1.0;
    let mixed = std::array::from_fn(|c| alpha * inside[c] + (1.0 - alpha) * ground[c]);
    let shade = (brightness(pixel) / brightness(mixed)).min(1.0);
    let inside = inside.map(|value| value * shade);
    let trust = ((alpha - 0.35) / 0.55).clamp(0.0, 1.0);
    std::array::from_fn(|c| inside[c] + (own[c] - inside[c]) * trust)
}

/// The colours of the solid part, spread a few pixels outwards.
struct Inside {
    /// Premultiplied, a fourth of the picture's size; red, green, blue and weight.
    near: [Plane; 4],
    /// How far inside the subject, 0.0–1.0, one half at its edge.
    depth: Field<1>,
    scale: f32,
}

impl Inside {
    fn new(source: &Raster, alpha: &Plane) -> Self {
        let solid = source.zip_map(alpha, |pixel, alpha| if alpha > 0.97 { pixel } else { [0; 4] });
        let side = (source.width() / 4).max(1);
        let small = resize(&solid, side, side);
        // Twice the reach of a blurred edge: it must find the solid part everywhere.
        let sigma = (side as f32 / 110.0).max(0.8);
        let near =
            std::array::from_fn(|c| gaussian_blur(&small.map(|pixel| f32::from(pixel[c])), sigma));
        let hard = alpha.map(|alpha| if alpha > 0.5 { 1.0 } else { 0.0f32 });
        let depth = gaussian_blur(&resize(&hard, side, side), side as f32 / 100.0);
        let depth = Field::of_plane(&depth);
        Self { near, depth, scale: side as f32 / source.width() as f32 }
    }

    /// What remains of a pixel's opacity, 0.0–1.0: crumbs of the ground that the outline caught at
    /// its edge look exactly like the ground and vanish.
    fn backed(depth: f32, pixel: [f32; 3], ground: impl FnOnce() -> [f32; 3]) -> f32 {
        let outside = ((0.85 - depth) / 0.2).clamp(0.0, 1.0);
        if outside <= 0.0 || depth < 0.01 {
            return 1.0;
        }
        let ground = ground();
        let far = (0..3).map(|c| (pixel[c] - ground[c]).abs()).fold(0.0, f32::max);
        1.0 - outside * (1.0 - ((far - 5.0) / 10.0).clamp(0.0, 1.0))
    }

    /// The colour, 0.0–255.0, if there is anything solid near by.
    fn color(&self, x: usize, y: usize) -> Option<[f32; 3]> {
        let place = |at: usize| (at as f32 + 0.5) * self.scale - 0.5;
        let [red, green, blue, weight] = self
            .near
            .each_ref()
            .map(|plane| sample_linear(plane, place(x), place(y), Border::Clamp));
        (weight > 1.0).then(|| [red, green, blue].map(|value| (value * 255.0 / weight).min(255.0)))
    }
}

/// The subject's own shadow, where the matte took it for part of the subject: darker than the
/// ground but of its hue, at the subject's foot. It becomes what it is, a darkening of whatever
/// lies under it. A black shoe that is mistaken for a shadow loses hardly anything by that.
struct OwnShadow {
    /// The first row of the foot; the picture's height where there is no such shadow.
    from_row: usize,
    /// Rows over which the test fades in.
    fade_rows: f32,
}

impl OwnShadow {
    /// Subjects with more such colours elsewhere have them of their own.
    const MOST_ELSEWHERE: f32 = 0.04;
    /// The foot: this share of the subject's height.
    const FOOT: f32 = 0.35;

    fn find(source: &Raster, alpha: &Plane, painter: &Painter<'_>) -> Self {
        let height = source.height();
        let none = Self { from_row: height, fade_rows: 1.0 };
        let solid = |y: usize| alpha.row(y).iter().any(|&alpha| alpha > 0.5);
        let Some(top) = (0..height).find(|&y| solid(y)) else { return none };
        let bottom = (0..height).rfind(|&y| solid(y)).unwrap_or(top);
        let from_row = bottom - ((bottom - top) as f32 * Self::FOOT) as usize;
        let below = painter.row(bottom);
        let (mut dark, mut all) = (0.0, 1.0);
        let step = (height / 160).max(1);
        for y in (top..from_row).step_by(step) {
            for x in (0..source.width()).step_by(step) {
                if alpha.at(x, y) > 0.9 {
                    dark += darkening(rgb(source.at(x, y)), below[x]).0;
                    all += 1.0;
                }
            }
        }
        if dark > Self::MOST_ELSEWHERE * all {
            return none;
        }
        Self { from_row, fade_rows: (bottom - from_row) as f32 * 0.3 + 1.0 }
    }

    /// The colour and opacity of the pixel `(x, y)`, shadows turned into darkening.
    fn lifted(
        &self,
        (x, y): (usize, usize),
        color: [f32; 3],
        opacity: f32,
        ground: &Line<'_>,
    ) -> ([f32; 3], f32) {
        if y < self.from_row || opacity <= 0.0 {
            return (color, opacity);
        }
        let ground = ground.at(x);
        let (likely, depth) = darkening(color, ground);
        let likely = likely * ((y - self.from_row) as f32 / self.fade_rows).min(1.0);
        if likely <= 0.0 || depth >= 1.0 {
            return (color, opacity);
        }
        let lifted = 1.0 + (depth - 1.0) * likely;
        let own = std::array::from_fn(|c| {
            ((color[c] - (1.0 - lifted) * ground[c]) / lifted.max(0.05)).clamp(0.0, 255.0)
        });
        (own, opacity * lifted)
    }
}

/// How likely (0.0–1.0) `color` is nothing but `ground` in shadow, and how deep that shadow is
/// (0.0 none, 1.0 black).
fn darkening(color: [f32; 3], ground: [f32; 3]) -> (f32, f32) {
    // Lightness is mostly green, and encoded light nearly lightness: most pixels end here.
    if color[1] > 0.85 * ground[1] {
        return (0.0, 0.0);
    }
    let lab = |rgb: [f32; 3]| Oklab::from_srgb(rounded(rgb));
    let (color_lab, ground_lab) = (lab(color), lab(ground));
    let darker = ((0.75 * ground_lab.l - color_lab.l) / 0.1).clamp(0.0, 1.0);
    if darker <= 0.0 {
        return (0.0, 0.0);
    }
    let fade = color_lab.l / ground_lab.l.max(0.01);
    let (a, b) = (color_lab.a - fade * ground_lab.a, color_lab.b - fade * ground_lab.b);
    let same_hue = ((0.03 - (a * a + b * b).sqrt()) / 0.015).clamp(0.0, 1.0);
    let depth = (0..3).map(|c| 1.0 - color[c] / ground[c].max(1.0)).fold(0.0, f32::max);
    (darker * same_hue, depth)
}

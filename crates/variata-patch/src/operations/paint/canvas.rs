//! What every medium paints from: the picture reduced to what a hand would say of it.

use super::flow::Flow;
use super::kuwahara::{Lanes, kuwahara, kuwahara_where};
use crate::filter::{dilated, gaussian_blur, gradient};
use crate::grid::{Grid, Mask, Plane, Raster};
use crate::kernels::recompiled;
use crate::operations::pixels::{Field, hash, mix_all, smoothstep};
use crate::operations::{Context, Stop};
use crate::resample::resize;

/// How coarsely to paint, in shares of the picture's side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Brush {
    /// Radius of the strokes where nothing but ground is.
    pub(super) broad: f32,
    /// Radius of the strokes where detail counts.
    pub(super) fine: f32,
}

impl Brush {
    /// Broader for bolder pictures.
    pub(super) fn scaled(self, boldness: f32) -> Self {
        let scale = (0.4 + 0.6 * boldness).min(1.2);
        Self { broad: self.broad * scale, fine: self.fine * scale }
    }
}

/// What is needed to lay a medium's texture along a picture's strokes.
pub(super) struct Canvas {
    /// Lightness of the strokes at half size, 0.0–1.0.
    pub(super) lightness: Plane,
    /// How much happens around each place, at half size: 0.0 on plain ground, where every texture
    /// looks like dirt, to 1.0 in detail, which hides it.
    pub(super) bustle: Plane,
    /// Directions of the hand at a quarter of the size, smooth enough for long strokes.
    pub(super) hand: Flow,
}

/// The picture in the two ways that media start from.
pub(super) struct Sketch {
    /// Broad strokes alone, at half size: tones without detail, 0.0–255.0.
    pub(super) broad: Lanes,
    /// The sheet at full size: for paintings with fine strokes where there is detail and broad ones
    /// elsewhere; for drawings as it was, since nothing but its opacity is used.
    pub(super) strokes: Raster,
}

impl Canvas {
    /// The canvas of a drawing, whose hand at rest moves along `angle` (radians).
    pub(super) fn drawn(
        image: &Raster,
        brush: Brush,
        angle: f32,
        context: &Context<'_>,
    ) -> Result<(Self, Sketch), Stop> {
        let (half, flow) = halved(image);
        context.check_cancelled()?;
        let broad = kuwahara(&half, &flow, radius(brush.broad, half.width()));
        context.check_cancelled()?;
        let fine = kuwahara(&half, &flow, radius(brush.fine, half.width()));
        let sketch = Sketch { broad, strokes: image.clone() };
        Ok((Self::of_lightness(fine.map(lightness_of), angle), sketch))
    }

    /// The canvas of a painting.
    pub(super) fn painted(
        image: &Raster,
        brush: Brush,
        angle: f32,
        context: &Context<'_>,
    ) -> Result<(Self, Sketch), Stop> {
        let (half, flow) = halved(image);
        context.check_cancelled()?;
        let broad = kuwahara(&half, &flow, radius(brush.broad, half.width()));
        context.check_cancelled()?;
        let detail = detail(&half, &broad);
        let full = image.map(|pixel| pixel.map(f32::from));
        let radius_px = radius(brush.fine, image.width());
        let mut strokes = kuwahara_where(full, &flow, radius_px, &detail);
        context.check_cancelled()?;
        join(&mut strokes, &broad, &detail);
        let (right, bottom) = (image.width() - 1, image.height() - 1);
        let lightness = Plane::from_fn(half.width(), half.height(), |x, y| {
            lightness_of(strokes.at((2 * x).min(right), (2 * y).min(bottom)))
        });
        let strokes = with_alpha_of(image, &strokes);
        Ok((Self::of_lightness(lightness, angle), Sketch { broad, strokes }))
    }

    fn of_lightness(lightness: Plane, angle: f32) -> Self {
        let (columns, rows) = (lightness.width().div_ceil(2), lightness.height().div_ceil(2));
        let quarter = resize(&lightness, columns, rows);
        let hand = Flow::combed(&quarter, 0.022 * columns as f32, angle);
        let bustle = bustle(&quarter);
        let bustle = resize(&bustle, lightness.width(), lightness.height());
        Self { lightness, bustle, hand }
    }

    /// Strokes of noise at half size, as long as `length` and as wide as `width`, both in shares of
    /// the picture's side; deviation about 1.0.
    pub(super) fn bristles(&self, length: f32, width: f32, seed: u32) -> Plane {
        let steps = (0.5 * self.pixels(length)) as usize;
        let grain = self.pixels(width).max(1.0) as usize;
        let noise = Plane::from_fn(self.lightness.width(), self.lightness.height(), |x, y| {
            let bits = hash((x / grain) as u32 ^ seed, (y / grain) as u32);
            bits as f32 / (1u64 << 32) as f32 - 0.5
        });
        self.hand.strokes(&noise, steps.max(1))
    }

    /// The tooth of a sheet at half size: smooth noise, −1.0 to 1.0, with bumps as wide as `size`,
    /// a share of the picture's side.
    pub(super) fn paper(&self, size: f32, seed: u32) -> Plane {
        let pixels = self.pixels(size).max(1.0);
        let (width, height) = (self.lightness.width(), self.lightness.height());
        Plane::from_rows(width, height, |y| bumps(width, pixels, y as f32 / pixels, seed))
    }

    /// Hatching at half size, −1.0 to 1.0: long from the top left to the bottom right, or the other
    /// way, and as wide as `width`, a share of the picture's side.
    pub(super) fn hatching(&self, width: f32, falling: bool, seed: u32) -> Plane {
        let pixels = self.pixels(width).max(0.7);
        let sense = if falling { 1.0 } else { -1.0 };
        Plane::from_fn(self.lightness.width(), self.lightness.height(), |x, y| {
            let (x, y) = (sense * x as f32, y as f32);
            bump(0.06 * (x + y) / pixels, (y - x) / pixels, seed)
        })
    }

    /// A share of the picture's side in pixels of the half-size planes.
    pub(super) fn pixels(&self, share: f32) -> f32 {
        share * self.lightness.width() as f32
    }
}

/// How much happens around each place, 0.0–1.0.
fn bustle(lightness: &Plane) -> Plane {
    let side = lightness.width() as f32;
    let (across, down) = gradient(lightness);
    let slopes = across.zip_map(&down, |u, v| (u * u + v * v).sqrt().min(0.08));
    // In slopes over the side, so that the size of the picture does not matter.
    gaussian_blur(&slopes, 0.012 * side).map(|slope| smoothstep(0.6, 4.0, slope * side))
}

/// The picture at half size and which way it runs.
fn halved(image: &Raster) -> (Lanes, Flow) {
    let (columns, rows) = (image.width().div_ceil(2), image.height().div_ceil(2));
    let half = resize(image, columns, rows).map(|pixel| pixel.map(f32::from));
    let flow = Flow::new(&half.map(lightness_of), (0.006 * columns as f32).max(0.7));
    (half, flow)
}

/// Encoded lightness, 0.0–1.0.
pub(super) fn lightness_of([red, green, blue, _]: [f32; 4]) -> f32 {
    (0.299 * red + 0.587 * green + 0.114 * blue) / 255.0
}

recompiled! {
    /// A row of smooth noise at the height `v`, its bumps `pixels` wide.
    fn bumps(width: usize, pixels: f32, v: f32, seed: u32) -> Vec<f32> {
        (0..width).map(|x| bump(x as f32 / pixels, v, seed)).collect()
    }
}

/// Smooth noise, −1.0 to 1.0, whose bumps are one unit wide.
#[inline(always)]
fn bump(u: f32, v: f32, seed: u32) -> f32 {
    let (column, row) = (u.floor(), v.floor());
    let (s, t) = (smoothstep(0.0, 1.0, u - column), smoothstep(0.0, 1.0, v - row));
    let at = |dx: i32, dy: i32| {
        let bits = hash((column as i32 + dx) as u32 ^ seed, (row as i32 + dy) as u32);
        bits as f32 / (1u64 << 31) as f32 - 1.0
    };
    let top = at(0, 0) + (at(1, 0) - at(0, 0)) * s;
    let bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * s;
    top + (bottom - top) * t
}

fn radius(share: f32, side: usize) -> f32 {
    (share * side as f32).max(1.5)
}

/// Where, at half size, the broad strokes leave something out that fine ones may say.
fn detail(half: &Lanes, broad: &Lanes) -> Mask {
    let lost = half.zip_map(broad, |pixel, wide| apart(pixel, wide) > DETAIL.0);
    // As far as fine strokes reach from what was lost.
    dilated(&lost, 2)
}

/// Keeps the fine strokes where they say more than the broad ones, takes the broad ones elsewhere.
fn join(fine: &mut Lanes, broad: &Lanes, detail: &Mask) {
    let (width, height) = (fine.width(), fine.height());
    let broad = Field::new(broad.clone());
    fine.par_rows(|y, row| {
        let detail = detail.row(y * detail.height() / height);
        for (x, (pixel, wide)) in row.iter_mut().zip(broad.row(y, width, height)).enumerate() {
            let fine = detail[x * detail.len() / width];
            let share =
                if fine { smoothstep(DETAIL.0, DETAIL.1, apart(*pixel, wide)) } else { 0.0 };
            *pixel = mix_all(wide, *pixel, share);
        }
    });
}

/// Summed difference of the three bytes of two colours.
fn apart(a: [f32; 4], b: [f32; 4]) -> f32 {
    (0..3).map(|c| (a[c] - b[c]).abs()).sum()
}

/// Summed difference below which detail goes, and above which it stays.
const DETAIL: (f32, f32) = (12.0, 60.0);

/// The picture of painted premultiplied `colors`, with the alpha that `source` has: a medium may
/// change the colours of a transparent picture but not its outline.
fn with_alpha_of(source: &Raster, colors: &Lanes) -> Raster {
    Grid::from_fn(source.width(), source.height(), |x, y| {
        let ([red, green, blue, alpha], target) = (colors.at(x, y), source.at(x, y)[3]);
        if alpha <= 0.0 {
            return [0, 0, 0, target];
        }
        let scale = f32::from(target) / alpha;
        let byte = |value: f32| ((value * scale + 0.5) as u8).min(target);
        [byte(red), byte(green), byte(blue), target]
    })
}

//! The one pass that makes the picture: ground, shadows, subject, grain.

use super::cutout::Cutout;
use super::place::{Pose, SHRINK_BELOW, mapped_bounds};
use super::shadow::{self, ShadowSide};
use crate::analysis::Bounds;
use crate::geometry::Projective;
use crate::grid::{Grid, Plane, Raster};
use crate::kernels::{recompiled, whole_byte};
use crate::operations::backdrop::{Backdrop, Noise};
use crate::operations::pixels::Field;
use crate::operations::{Context, Stop};
use crate::resample::{Border, Warp, resize, sample_linear, warp};

/// What is to be seen.
pub(super) struct Scene<'a> {
    pub(super) cutout: &'a Cutout,
    /// The subject as it will look.
    pub(super) subject: &'a Raster,
    /// The instances, those behind first.
    pub(super) poses: &'a [Pose],
    /// `None` for a transparent ground.
    pub(super) backdrop: Option<Backdrop>,
    pub(super) side: ShadowSide,
}

/// The finished picture.
pub(super) fn composed(scene: &Scene<'_>, context: &Context<'_>) -> Result<Raster, Stop> {
    let source = scene.subject;
    let mut image = match &scene.backdrop {
        None => Raster::new(source.width(), source.height(), [0; 4]),
        Some(backdrop) => painted(scene, backdrop, context),
    };
    for pose in scene.poses {
        context.check_cancelled()?;
        Layer::new(source, pose, scene.cutout.extent).lay_on(&mut image);
    }
    Ok(image)
}

/// The saliency of the finished picture.
pub(super) fn saliency(scene: &Scene<'_>, old: &Plane) -> Plane {
    let side = old.width() as f32;
    let backs: Vec<Projective> = scene.poses.iter().map(|pose| pose.map.inverse()).collect();
    Grid::from_fn(old.width(), old.height(), |x, y| {
        let value = |back: &Projective| {
            let (u, v) = back.apply((x as f32 + 0.5) / side, (y as f32 + 0.5) / side);
            sample_linear(old, u * side - 0.5, v * side - 0.5, Border::Zero)
        };
        backs.iter().map(value).fold(0.0, f32::max).min(1.0)
    })
}

/// The ground with its shadows, its grain and dither.
fn painted(scene: &Scene<'_>, backdrop: &Backdrop, context: &Context<'_>) -> Raster {
    let source = scene.subject;
    let (width, height) = (source.width(), source.height());
    let painter = backdrop.painter(width, height);
    let graphic = scene.cutout.is_graphic();
    let shade = if graphic { None } else { Some(Field::of_plane(&shade(scene))) };
    let grain = context.analysis.ground.as_ref().map_or(0.0, |ground| ground.grain);
    let grain = if grain > 0.0015 { 0.8 * 255.0 * grain.min(0.03) } else { 0.0 };
    let (dither, noise) = (Noise::new(context.seed), Noise::new(!context.seed));
    let mut image = Raster::new(width, height, [255; 4]);
    image.par_rows(|y, row| {
        let mut colors = painter.row(y);
        if let Some(shade) = &shade {
            darken(&mut colors, &shade.row(y, width, height));
        }
        let extra =
            if graphic { vec![0.5; width] } else { roughness(width, y, (dither, noise), grain) };
        round_row(&colors, &extra, row);
    });
    image
}

recompiled! {
    /// What is left of a row of ground under shadows.
    fn darken(colors: &mut [[f32; 3]], light: &[[f32; 1]]) {
        for (color, &[light]) in colors.iter_mut().zip(light) {
            *color = color.map(|value| value * light);
        }
    }
}

recompiled! {
    /// What dither and grain add to row `y`, and half a step for rounding.
    fn roughness(width: usize, y: usize, noise: (Noise, Noise), grain: f32) -> Vec<f32> {
        let (dither, noise) = noise;
        (0..width).map(|x| 0.5 + dither.dither(x, y) + grain * noise.grain(x, y)).collect()
    }
}

recompiled! {
    fn round_row(colors: &[[f32; 3]], extra: &[f32], row: &mut [[u8; 4]]) {
        for (pixel, (color, extra)) in row.iter_mut().zip(colors.iter().zip(extra)) {
            let [red, green, blue] = color.map(|value| whole_byte(value + extra));
            *pixel = [red, green, blue, 255];
        }
    }
}

/// What shadows leave of the ground's encoded light.
fn shade(scene: &Scene<'_>) -> Plane {
    let mut light = Plane::new(1, 1, 1.0);
    for pose in scene.poses {
        let cast = shadow::cast(&scene.cutout.small, pose, scene.side);
        // Darkening of linear light, as a factor of the encoded one.
        let left =
            cast.map(|dark| if dark > 0.0 { libm::powf(1.0 - dark, 1.0 / 2.2) } else { 1.0 });
        light = if light.width() == 1 { left } else { light.zip_map(&left, |a, b| a * b) };
    }
    light
}

/// A subject in its place, premultiplied: the part of the picture that it touches.
struct Layer {
    left: usize,
    top: usize,
    image: Raster,
}

impl Layer {
    /// `source`, of which `extent` is not empty, as `pose` has it.
    fn new(source: &Raster, pose: &Pose, extent: Bounds) -> Self {
        let (width, height) = (source.width(), source.height());
        let shrunk = (pose.scale < SHRINK_BELOW).then(|| {
            let side = |length: usize| ((length as f32 * pose.scale + 0.5) as usize).max(1);
            resize(source, side(width), side(height))
        });
        let source = shrunk.as_ref().unwrap_or(source);
        let bounds = mapped_bounds(&pose.map, extent);
        let (left, right) = covered(bounds.left, bounds.right, width);
        let (top, bottom) = covered(bounds.top, bounds.bottom, height);
        let back = pose.map.inverse();
        let (from_width, from_height) = (source.width() as f32, source.height() as f32);
        let how =
            Warp { width: right - left, height: bottom - top, border: Border::Zero, samples: 1 };
        let image = warp(source, how, |x, y| {
            let u = (x + left as f32 + 0.5) / width as f32;
            let v = (y + top as f32 + 0.5) / height as f32;
            let (u, v) = back.apply(u, v);
            (u * from_width - 0.5, v * from_height - 0.5)
        });
        Self { left, top, image }
    }

    fn lay_on(&self, image: &mut Raster) {
        image.par_rows(|y, row| {
            let inside = y.checked_sub(self.top).filter(|&v| v < self.image.height());
            let Some(v) = inside else { return };
            for (pixel, over) in row[self.left..].iter_mut().zip(self.image.row(v)) {
                *pixel = laid_over(*pixel, *over);
            }
        });
    }
}

/// The pixels from `low` to `high` (shares), with a margin for soft edges, within the picture.
fn covered(low: f32, high: f32, length: usize) -> (usize, usize) {
    let margin = 0.02;
    let from = ((low - margin).max(0.0) * length as f32) as usize;
    let to = ((high + margin).clamp(0.0, 1.0) * length as f32 + 1.0) as usize;
    let to = to.clamp(1, length);
    (from.min(to - 1), to)
}

/// Porter and Duff's "over", premultiplied.
fn laid_over(under: [u8; 4], over: [u8; 4]) -> [u8; 4] {
    match over[3] {
        0 => under,
        255 => over,
        alpha => {
            let clear = u32::from(255 - alpha);
            std::array::from_fn(|c| {
                let kept = (u32::from(under[c]) * clear + 127) / 255;
                (u32::from(over[c]) + kept).min(255) as u8
            })
        }
    }
}

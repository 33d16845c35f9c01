//! What makes a subject stand: a dark line of contact and a shadow cast to one side.

use super::appearance::Look;
use super::cutout::small_alpha;
use super::place::Pose;
use crate::analysis::Ground;
use crate::filter::gaussian_blur;
use crate::grid::{Grid, Plane, Raster};
use crate::operations::Context;
use crate::random::Random;
use crate::resample::{Border, resize, sample_linear};

/// Shadows are soft: this many samples along each side are enough.
const SIDE_PX: usize = 256;
/// Height of a cast shadow over that of the subject.
const FLATNESS: f32 = 0.20;
const STRENGTH: f32 = 0.38;

/// To which side shadows fall: −1.0 left to 1.0 right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ShadowSide(f32);

impl ShadowSide {
    /// Away from the light: from a new light if there is one, else from the one that cast the
    /// subject's old shadow, else anywhere.
    pub(super) fn of(
        context: &Context<'_>,
        look: &Look,
        mirrored: bool,
        random: &mut Random,
    ) -> Self {
        let drawn = random.between(0.25, 0.7) * random.sign();
        let old = context.analysis.ground.as_ref().and_then(|ground| old_side(context, ground));
        let old = old.map(|side| if mirrored { -side } else { side });
        Self(match (look.light_side(), old) {
            (Some(light), _) => -0.75 * light,
            (None, Some(side)) => drawn.abs() * side,
            (None, None) => drawn,
        })
    }
}

/// The side (−1.0 or 1.0) on which the ground beside the subject's foot is darker than its model.
fn old_side(context: &Context<'_>, ground: &Ground) -> Option<f32> {
    let matte = context.analysis.matte.as_ref()?;
    let (width, height) = (ground.surface.width(), ground.surface.height());
    let small: Raster = resize(&context.analysis.source, width, height);
    let alpha = resize(&matte.alpha, width, height);
    let middle = 0.5 * (matte.bounds.left + matte.bounds.right) * width as f32;
    let (mut left, mut right) = (0.0, 0.0);
    for y in height / 2..height {
        for x in (0..width).filter(|&x| alpha.at(x, y) < 0.05) {
            let [red, green, blue, _] = small.at(x, y);
            let seen = crate::color::Oklab::from_srgb([red, green, blue]).l;
            let missing = (ground.surface.at(x, y).l - seen - 0.04).clamp(0.0, 0.3);
            if (x as f32) < middle { left += missing } else { right += missing }
        }
    }
    (left + right > 4.0).then_some(if right > left { 1.0 } else { -1.0 })
}

/// How much light the subject of `image` in `pose` takes from the ground, 0.0 to 0.8, at
/// [`SIDE_PX`] on each side.
pub(super) fn cast(image: &Raster, pose: &Pose, side: ShadowSide) -> Plane {
    let alpha = posed_alpha(image, pose);
    let base = pose.bounds.bottom.min(1.0) * SIDE_PX as f32;
    let size = SIDE_PX as f32;
    let lean = 0.6 * side.0 / FLATNESS;
    let flat = Grid::from_fn(SIDE_PX, SIDE_PX, |x, y| {
        let above = (y as f32 - 0.012 * size - base) / FLATNESS;
        let u = x as f32 + lean * FLATNESS * above;
        sample_linear(&alpha, u, base + above, Border::Zero).clamp(0.0, 1.0)
    });
    let near = gaussian_blur(&flat, 0.008 * size);
    let far = gaussian_blur(&flat, 0.030 * size);
    let contact = contact(&alpha, base);
    let reach = FLATNESS * size * 0.8 * (pose.bounds.bottom - pose.bounds.top);
    Grid::from_fn(SIDE_PX, SIDE_PX, |x, y| {
        let distance = ((base - y as f32) / reach).clamp(0.0, 1.0);
        let cast = near.at(x, y) * (1.0 - distance) + 0.8 * far.at(x, y) * distance;
        let strength = STRENGTH * (cast + 0.9 * contact.at(x, y));
        strength.clamp(0.0, 0.8)
    })
}

/// The foot, smeared a little downwards.
fn contact(alpha: &Plane, base: f32) -> Plane {
    let foot = base - 0.05 * SIDE_PX as f32;
    let down = (0.008 * SIDE_PX as f32 + 0.5) as isize;
    let base = Grid::from_fn(SIDE_PX, SIDE_PX, |x, y| {
        if y as f32 > foot { alpha.clamped(x as isize, y as isize - down) } else { 0.0 }
    });
    gaussian_blur(&base, 0.010 * SIDE_PX as f32)
}

fn posed_alpha(image: &Raster, pose: &Pose) -> Plane {
    let alpha = small_alpha(image, SIDE_PX);
    let back = pose.map.inverse();
    let size = SIDE_PX as f32;
    Grid::from_fn(SIDE_PX, SIDE_PX, |x, y| {
        let (u, v) = back.apply((x as f32 + 0.5) / size, (y as f32 + 0.5) / size);
        sample_linear(&alpha, u * size - 0.5, v * size - 0.5, Border::Zero)
    })
}

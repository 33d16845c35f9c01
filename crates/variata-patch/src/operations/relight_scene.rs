//! The same scene lit from elsewhere: a window to the side, a low sun, a spot.
//!
//! Light is multiplied onto the picture in linear light, as lamps do, by a field that changes
//! slowly and follows the picture's edges. Where the source is lit from one side, its own fall-off
//! is taken out first; what is left of the form — brighter where a cheek or a fold turns towards
//! the old light — is shaded again from the new side.

use super::exposure::exposed;
use super::grade::is_drawing;
use super::pixels::{
    ColorTable, EdgeMask, guide_of, lab_of, mix_all, packed, repainted_in_rows, smoothstep,
    straight, with_picture,
};
use super::skin::skin_likeness;
use super::{Context, Frame, Operation, Stop};
use crate::color::Oklab;
use crate::filter::{gaussian_blur, gradient, percentile, weighted_mean};
use crate::grid::Plane;
use crate::kernels::recompiled;
use crate::random::Random;
use crate::resample::resize;

/// Where the new light comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LightKind {
    /// A large window to one side.
    Window,
    /// A low warm sun from one side, cool shade on the other.
    LowSun,
    /// A soft spot on the subject.
    Spot,
}

impl LightKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Window, Self::LowSun, Self::Spot];

    /// The name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Window => "window light",
            Self::LowSun => "low sun",
            Self::Spot => "spotlight",
        }
    }

    fn lamp(self) -> Lamp {
        match self {
            Self::Window => Lamp { fall_off: 1.2, form: 0.5, warmth: 0.014, ground: 0.35 },
            Self::LowSun => Lamp { fall_off: 1.1, form: 0.55, warmth: 0.050, ground: 0.15 },
            Self::Spot => Lamp { fall_off: 1.0, form: 0.2, warmth: 0.014, ground: 0.85 },
        }
    }
}

/// Lights the whole picture from another side. Refused on graphics and drawings, which have no
/// light of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelightScene {
    /// Where the new light comes from.
    pub kind: LightKind,
}

impl Operation for RelightScene {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        if is_drawing(&context.analysis.features) {
            return Err(Stop::Refused);
        }
        let name = self.kind.name();
        if context.boldness <= 0.0 {
            return Ok(with_picture(frame, frame.image.clone(), name));
        }
        let lamp = self.kind.lamp();
        let stops = exposure(self.kind, lamp, frame, random);
        context.check_cancelled()?;
        let strength = context.boldness.min(1.25);
        let stops = stops.map(|stop| (0.5 + 0.5 * strength * stop / REACH).clamp(0.0, 1.0));
        let guide = guide_of(&frame.image, SIDE);
        let field = EdgeMask::new(&guide, &stops, SIDE / 12, 4e-3);
        context.check_cancelled()?;
        let [dark, same, bright] = [-REACH, 0.0, REACH]
            .map(|stop| ColorTable::of(&frame.image, |color| lit(color, stop, lamp.warmth)));
        let image = repainted_in_rows(&frame.image, |y| {
            let stops = field.row(&frame.image, y);
            relit_row([&dark, &same, &bright], &stops, frame.image.row(y))
        });
        Ok(with_picture(frame, image, name))
    }
}

recompiled! {
    /// Each of a row of pixels in the light of its place: 0.0 by the first table, 1.0 by the last.
    fn relit_row(tables: [&ColorTable; 3], light: &[f32], pixels: &[[u8; 4]]) -> Vec<[f32; 3]> {
        let relit = |(&light, &pixel): (&f32, &[u8; 4])| {
            let (color, place) = (straight(pixel), 2.0 * light);
            let (half, share) = if place < 1.0 { (0, place) } else { (1, place - 1.0) };
            mix_all(tables[half].lanes_at(color), tables[half + 1].lanes_at(color), share)
        };
        packed(&light.iter().zip(pixels).map(relit).collect::<Vec<[f32; 4]>>())
    }
}

/// Side of the planes on which the light is worked out.
const SIDE: usize = 128;

/// Stops at the ends of the field.
const REACH: f32 = 1.6;

/// What tells one lamp from another.
#[derive(Debug, Clone, Copy)]
struct Lamp {
    /// Stops between the middle and the brightest place.
    fall_off: f32,
    /// Stops between a form's lit and its shaded side.
    form: f32,
    /// Shift towards yellow in full light, towards blue in full shade.
    warmth: f32,
    /// Stops by which the surroundings are darker than the subject.
    ground: f32,
}

/// The change of exposure at each place, in stops around zero.
fn exposure(kind: LightKind, lamp: Lamp, frame: &Frame, random: &mut Random) -> Plane {
    let lightness = lab_of(&frame.image, SIDE).map(|color| color.l);
    let subject = resize(&frame.saliency, SIDE, SIDE).map(|z| smoothstep(0.15, 0.7, z));
    let subject = gaussian_blur(&subject, 0.04 * SIDE as f32);
    let tilt = tilt_of(&lightness, &subject);
    // The new light comes from the darker side, so that something changes.
    let side = if tilt.abs() > 0.02 { -tilt.signum() } else { random.sign() };
    let height = random.between(0.15, 0.45);
    let form = form(&lightness, side);
    let middle = middle_of(&subject);
    let shape = Plane::from_fn(SIDE, SIDE, |x, y| {
        let (u, v) = (x as f32 / SIDE as f32, y as f32 / SIDE as f32);
        let toward = side * (u - 0.5) * 2.0;
        let fall_off = match kind {
            LightKind::Spot => spot(u - middle.0 - 0.06 * side, v - middle.1),
            _ => 0.85 * toward - height * (2.0 * v - 1.0),
        };
        let ground = lamp.ground * (subject.at(x, y) - 0.5);
        let undone = 1.2 * tilt * (u - 0.5);
        lamp.fall_off * fall_off.clamp(-1.0, 1.0) + lamp.form * form.at(x, y) + ground - undone
    });
    balanced(&shape, &lightness)
}

/// A soft spot around the origin: 1.0 in it, −1.0 far away.
fn spot(u: f32, v: f32) -> f32 {
    2.0 * libm::expf(-(u * u + v * v) / 0.11) - 1.0
}

/// How much brighter the right of the subject is than its left, in lightness over the side.
fn tilt_of(lightness: &Plane, subject: &Plane) -> f32 {
    let (mut moment, mut square) = (0.0f64, 1e-9f64);
    let (center, mean) = (middle_of(subject).0, weighted_mean(lightness, subject));
    for y in 0..SIDE {
        for x in 0..SIDE {
            let way = f64::from(x as f32 / SIDE as f32 - center);
            let weight = f64::from(subject.at(x, y));
            moment += weight * way * f64::from(lightness.at(x, y) - mean);
            square += weight * way * way;
        }
    }
    ((moment / square) as f32).clamp(-0.5, 0.5)
}

/// The subject's centre, in shares of the picture.
fn middle_of(subject: &Plane) -> (f32, f32) {
    let along = |value: fn(usize, usize) -> usize| {
        let coordinate =
            Plane::from_fn(SIDE, SIDE, |x, y| (value(x, y) as f32 + 0.5) / SIDE as f32);
        weighted_mean(&coordinate, subject)
    };
    let (x, y) = (along(|x, _| x), along(|_, y| y));
    if x > 0.0 { (x, y) } else { (0.5, 0.5) }
}

/// Shading of the forms by light from the left (−1.0) or right (1.0): where lightness rises
/// towards that side, the surface turns towards it, at three sizes of forms.
fn form(lightness: &Plane, side: f32) -> Plane {
    let mut sum = Plane::new(SIDE, SIDE, 0.0);
    for (sigma, weight) in [(4.0, 0.3), (8.0, 0.4), (14.0, 0.3)] {
        let smooth = gaussian_blur(lightness, sigma);
        let (across, down) = gradient(&smooth);
        let slope = across.zip_map(&down, |u, v| -side * u - 0.5 * v);
        // Forms of every size count alike, however strong their contrast.
        let sizes: Vec<f32> = slope.cells().iter().map(|value| value.abs()).collect();
        let scale = weight / percentile(&sizes, 0.9).max(0.02 / sigma);
        sum = sum.zip_map(&slope, |total, value| {
            total + (scale * value).clamp(-1.0, 1.0) * weight.sqrt()
        });
    }
    gaussian_blur(&sum, 1.5).map(|value| value.clamp(-1.0, 1.0))
}

/// The field moved so that the picture as a whole keeps its exposure, but darker rather than
/// brighter where it is bright: light that burns out cannot be had back.
fn balanced(stops: &Plane, lightness: &Plane) -> Plane {
    let mean = weighted_mean(stops, lightness);
    stops.zip_map(lightness, |stop, l| {
        let stop = stop - mean;
        if stop > 0.0 { stop * (1.0 - 0.8 * smoothstep(0.55, 0.9, l)) } else { stop }
    })
}

/// A colour under `stops` more light, warmer in light and cooler in shade. Skin is lit with
/// restraint: it is what the eye knows best.
fn lit(color: Oklab, stops: f32, warmth: f32) -> Oklab {
    let skin = skin_likeness(color);
    let stops = if stops > 0.0 { stops * (1.0 - 0.4 * skin) } else { stops * (1.0 - 0.2 * skin) };
    let lit = exposed(color, stops);
    let tint = warmth * (1.0 - 0.4 * skin) * (stops / REACH);
    let room = (4.0 * lit.l * (1.02 - lit.l)).clamp(0.0, 1.0);
    Oklab { l: lit.l, a: lit.a + 0.3 * tint * room, b: lit.b + tint * room }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Raster;
    use crate::operations::testing::{apply, check_withstands, photo, scene, shows_source};

    #[test]
    fn every_light_withstands_every_picture() {
        for kind in LightKind::ALL {
            check_withstands(&RelightScene { kind });
        }
    }

    #[test]
    fn boldness_zero_leaves_the_picture_alone() {
        let analysis = photo(scene(64));
        for kind in LightKind::ALL {
            let same = apply(&RelightScene { kind }, &analysis, 0.0, 1).unwrap();
            assert!(shows_source(&same, &analysis));
        }
    }

    #[test]
    fn the_light_comes_from_the_side_that_was_dark() {
        // A subject that gets brighter to the right.
        let source = Raster::from_fn(128, 128, |x, y| {
            let (u, v) = (x as f32 - 63.5, y as f32 - 63.5);
            let inside = u * u + v * v < 1000.0;
            let value = if inside { (120.0 + u) as u8 } else { 110 };
            [value, value, value, 255]
        });
        let analysis = photo(source);
        let frame = apply(&RelightScene { kind: LightKind::Window }, &analysis, 1.0, 1).unwrap();
        let gain = |x: usize| {
            f32::from(frame.image.at(x, 64)[1]) / f32::from(analysis.source.at(x, 64)[1])
        };
        assert!(gain(40) > gain(88) * 1.15, "{} {}", gain(40), gain(88));
    }

    #[test]
    fn drawings_are_refused() {
        let mut drawing = photo(scene(64));
        drawing.features.outline_share = 0.3;
        for kind in LightKind::ALL {
            assert_eq!(apply(&RelightScene { kind }, &drawing, 1.0, 1).err(), Some(Stop::Refused));
        }
    }
}

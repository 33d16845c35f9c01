//! Grades: the hour, the weather and the stock a picture seems to be taken on.
//!
//! A grade is the one change that is always clean on a face, so it has to look like one a colourist
//! would sign: tone by a curve, tints that differ between shadow and light, skin moved less than
//! the rest, and what is darkened is darkened along the subject's edges and not by a blurred blob.
//! In OKLab an exposure is a plain factor on all three numbers, since the space is homogeneous.

mod look;

use super::pixels::{
    ColorTable, EdgeMask, Field, dither, guide_of, mix_all, recolored_row, repainted_in_rows,
    smoothstep, with_picture,
};
use super::{Context, Frame, Operation, Stop};
use crate::analysis::{Analysis, Features};
use crate::color::Oklab;
use crate::filter::gaussian_blur;
use crate::grid::{Plane, Raster};
use crate::kernels::recompiled;
use crate::random::Random;
use look::{Look, tinted};

/// A look for the whole picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GradeKind {
    /// After sunset: warm lights, violet shadows.
    Dusk,
    /// The hour before it: everything warm, light from one side.
    Golden,
    /// An overcast day.
    Cool,
    /// Moonlight. Refused on drawings, on dark pictures and under bright skies.
    Night,
    /// High key: light and airy.
    High,
    /// Black and white with a full range of tones.
    Mono,
    /// A print toned brown.
    Sepia,
    /// A print toned deep and violet-brown.
    Selenium,
    /// A print in Prussian blue.
    Cyanotype,
    /// Faded colour film.
    Film,
    /// A stage: the subject as it is, its surroundings dark and coloured. Refused on drawings and
    /// where nothing stands out or the sky is bright.
    Rim,
}

impl GradeKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Dusk,
        Self::Golden,
        Self::Cool,
        Self::Night,
        Self::High,
        Self::Mono,
        Self::Sepia,
        Self::Selenium,
        Self::Cyanotype,
        Self::Film,
        Self::Rim,
    ];

    /// The name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dusk => "dusk",
            Self::Golden => "golden hour",
            Self::Cool => "overcast",
            Self::Night => "night",
            Self::High => "high key",
            Self::Mono => "black and white",
            Self::Sepia => "sepia",
            Self::Selenium => "selenium print",
            Self::Cyanotype => "cyanotype",
            Self::Film => "film",
            Self::Rim => "stage light",
        }
    }
}

/// Grades the whole picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grade {
    /// The look.
    pub kind: GradeKind,
}

impl Operation for Grade {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        if !allowed(self.kind, frame, context.analysis) {
            return Err(Stop::Refused);
        }
        if context.boldness <= 0.0 {
            return Ok(with_picture(frame, frame.image.clone(), self.kind.name()));
        }
        let look = Look::of(self.kind);
        let light = Light::new(&look, frame, random);
        context.check_cancelled()?;
        // Beyond 1.2 a tint turns into a stain, and a black-and-white picture has no "more".
        let limit = if look.chroma == 0.0 { 1.0 } else { 1.2 };
        let image = graded(&frame.image, &look, &light, context.boldness.min(limit));
        Ok(with_picture(frame, image, self.kind.name()))
    }
}

/// What of the light depends on the place: where the sun is, and where the subject.
struct Light {
    side: Field<1>,
    subject: Option<EdgeMask>,
    ground_tint: [f32; 2],
}

impl Light {
    fn new(look: &Look, frame: &Frame, random: &mut Random) -> Self {
        let center = if random.coin() { 0.05 } else { 0.95 };
        // From blue over violet to magenta: stage light that no skin is confused with.
        let hue = random.between(200.0, 320.0).to_radians();
        let tint = Oklab::from_hue(0.0, look.ground_chroma, hue);
        let side = Plane::from_fn(32, 32, |x, y| {
            let (u, v) = (x as f32 / 31.0 - center, y as f32 / 31.0 - 0.2);
            look.side_light * (2.0 * libm::expf(-(u * u + 0.6 * v * v) / 0.5) - 1.0)
        });
        let parted = look.parts_subject_from_ground();
        Self {
            side: Field::of_plane(&side),
            subject: parted.then(|| subject_mask(frame)),
            ground_tint: [tint.a, tint.b],
        }
    }
}

/// Saliency drawn along the picture's edges, soft over a twentieth of the side.
fn subject_mask(frame: &Frame) -> EdgeMask {
    let wide = gaussian_blur(&frame.saliency.map(|z| (1.3 * z).min(1.0)), 3.0);
    EdgeMask::new(&guide_of(&frame.image, MASK_SIDE), &wide, MASK_SIDE / 16, 4e-3)
}

const MASK_SIDE: usize = 128;

fn graded(image: &Raster, look: &Look, light: &Light, strength: f32) -> Raster {
    let curve = look.curve();
    let table = |gain: f32, tint: [f32; 2]| {
        ColorTable::of(image, |color| {
            let result = tinted(color, curve.at(color.l), look, tint);
            let result = Oklab { l: result.l * gain, ..result.with_chroma_scaled(gain) };
            color.lerp(result, strength)
        })
    };
    let on_subject = table(look.subject_gain, [0.0; 2]);
    let on_ground = light.subject.as_ref().map(|_| table(look.ground_gain, light.ground_tint));
    let (width, height) = (image.width(), image.height());
    let grain = 255.0 * look.grain * strength;
    repainted_in_rows(image, |y| {
        let pixels = image.row(y);
        let mut colors = recolored_row(&on_subject, pixels);
        if let (Some(mask), Some(ground)) = (&light.subject, &on_ground) {
            let (mask, ground) = (mask.row(image, y), recolored_row(ground, pixels));
            let pairs = colors.iter_mut().zip(ground).zip(mask);
            pairs.for_each(|((color, ground), share)| {
                *color = mix_all(ground, *color, smoothstep(0.12, 0.75, share));
            });
        }
        let gains =
            light.side.row(y, width, height).into_iter().map(|[side]| 1.0 + strength * side);
        shine_on(&mut colors, &gains.collect::<Vec<f32>>(), y, grain);
        colors
    })
}

recompiled! {
    /// Multiplies the colours of row `y` by their gains and adds grain of this amplitude.
    fn shine_on(colors: &mut [[f32; 3]], gains: &[f32], y: usize, amplitude: f32) {
        for (x, (color, gain)) in colors.iter_mut().zip(gains).enumerate() {
            let grain = amplitude * dither(x + 7919, y);
            *color = color.map(|value| value * gain + grain);
        }
    }
}

fn allowed(kind: GradeKind, frame: &Frame, analysis: &Analysis) -> bool {
    let features = &analysis.features;
    let drawing = is_drawing(features);
    match kind {
        GradeKind::Night => {
            let lightness = (0.40..0.80).contains(&features.lightness);
            !drawing && lightness && !has_bright_sky(frame)
        }
        GradeKind::Rim => {
            !drawing
                && analysis.saliency.separability > 0.74
                && stands_out(&frame.saliency)
                && !has_bright_sky(frame)
        }
        _ => !features.is_graphic(),
    }
}

/// Whether the picture is drawn: it has no light of its own, and its paper would turn grey.
pub(super) fn is_drawing(features: &Features) -> bool {
    features.is_graphic() || features.is_drawing()
}

/// A bright sky stays bright at night and shows a halo wherever a mask meets it.
fn has_bright_sky(frame: &Frame) -> bool {
    let small = super::pixels::lab_of(&frame.image, 48);
    let top = &small.cells()[..48 * 16];
    let bright = top.iter().filter(|color| color.l > 0.78).count();
    bright * 3 > top.len()
}

/// Whether saliency parts the picture at all: enough of both subject and ground.
fn stands_out(saliency: &Plane) -> bool {
    let total = saliency.cells().len() as f32;
    let share = |from: f32, to: f32| {
        saliency.cells().iter().filter(|z| (from..to).contains(*z)).count() as f32 / total
    };
    share(0.6, 2.0) > 0.04 && share(-1.0, 0.3) > 0.25
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Raster;
    use crate::operations::testing::{apply, check_withstands, photo, scene, shows_source};

    fn greys() -> Raster {
        Raster::from_fn(64, 64, |x, y| {
            let value = (x * 4) as u8 / 2 + y as u8;
            [value, value, value, 255]
        })
    }

    #[test]
    fn every_grade_withstands_every_picture() {
        for kind in GradeKind::ALL {
            check_withstands(&Grade { kind });
        }
    }

    #[test]
    fn greys_stay_grey_where_the_look_has_no_tint() {
        for (kind, limit) in [(GradeKind::Mono, 1), (GradeKind::High, 8)] {
            let frame = apply(&Grade { kind }, &photo(greys()), 1.0, 1).unwrap();
            for [r, g, b, _] in frame.image.cells() {
                assert!(r.abs_diff(*g).max(g.abs_diff(*b)) <= limit, "{kind:?} {r} {g} {b}");
            }
        }
        let colour = apply(&Grade { kind: GradeKind::Mono }, &photo(scene(64)), 1.0, 1).unwrap();
        assert!(colour.image.cells().iter().all(|p| p[0].abs_diff(p[2]) <= 1));
    }

    #[test]
    fn boldness_zero_leaves_the_picture_alone_and_one_does_not() {
        let analysis = photo(scene(64));
        for kind in GradeKind::ALL {
            let same = apply(&Grade { kind }, &analysis, 0.0, 1).unwrap();
            assert!(shows_source(&same, &analysis), "{kind:?}");
            let graded = apply(&Grade { kind }, &analysis, 1.0, 1).unwrap();
            assert!(!shows_source(&graded, &analysis), "{kind:?}");
            assert_eq!(graded.done, [kind.name()]);
        }
    }

    #[test]
    fn a_smooth_ramp_stays_free_of_bands() {
        let ramp = Raster::from_fn(512, 64, |x, _| [100 + (x / 64) as u8; 4].map(|v| v | 3))
            .map(|[r, g, b, _]| [r, g, b, 255]);
        let frame = apply(&Grade { kind: GradeKind::Dusk }, &photo(ramp), 1.0, 1).unwrap();
        let steps = frame.image.row(10).windows(2).filter(|pair| pair[0][0] != pair[1][0]).count();
        assert!(steps > 60, "dithering breaks every step up: {steps}");
    }

    #[test]
    fn night_and_stage_light_refuse_drawings_and_bright_skies() {
        let mut drawing = photo(scene(64));
        drawing.features.outline_share = 0.3;
        let bright =
            Raster::from_fn(
                64,
                64,
                |_, y| {
                    if y < 30 { [235, 240, 250, 255] } else { [60, 80, 40, 255] }
                },
            );
        for kind in [GradeKind::Night, GradeKind::Rim] {
            assert!(apply(&Grade { kind }, &photo(scene(64)), 1.0, 1).is_ok());
            assert_eq!(apply(&Grade { kind }, &drawing, 1.0, 1).err(), Some(Stop::Refused));
            assert_eq!(
                apply(&Grade { kind }, &photo(bright.clone()), 1.0, 1).err(),
                Some(Stop::Refused)
            );
        }
    }
}

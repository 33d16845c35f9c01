//! What tells one medium from another: pigment, paper and the mark of the tool.

use super::canvas::{Canvas, Sketch, lightness_of};
use super::lines::Lines;
use super::strokes::{Layer, Painting};
use crate::color::Oklab;
use crate::filter::{gaussian_blur, gradient, percentile};
use crate::grid::{Grid, Plane, Raster};
use crate::kernels::recompiled;
use crate::operations::pixels::{
    ColorTable, Field, mix_all, recolored_row, repainted, repainted_in_rows, smoothstep, straight,
};
use crate::operations::{Context, Stop};
use crate::random::Random;

/// Oil on canvas: rich colour in distinct strokes, and a relief of bristles that catches the light
/// from the top left.
pub(super) fn oil(
    sketch: &Sketch,
    canvas: &Canvas,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<Raster, Stop> {
    let table = ColorTable::new(|color| {
        let l = color.l + 0.12 * (smoothstep(0.0, 1.0, color.l) - color.l);
        Oklab { l, ..color.with_chroma_scaled(1.15) }
    });
    let reference = &sketch.strokes;
    let side = reference.width() as f32;
    let mut painting = Painting::new(reference);
    for (radius, reach, tolerance) in OIL_LAYERS {
        let layer = Layer { radius: (radius * side).max(1.2), reach: reach * side, tolerance };
        context.check_cancelled()?;
        painting.paint(reference, &canvas.hand, layer, random.bits());
    }
    let relief = gaussian_blur(&painting.relief, (0.0006 * side).max(0.4));
    let bustle = Field::of_plane(&canvas.bustle);
    let (width, height) = (reference.width(), reference.height());
    let row_state = |y: usize| (y, bustle.row(y, width, height));
    context.check_cancelled()?;
    Ok(repainted(reference, row_state, |(y, bustle), x, color| {
        let (column, row) = (x as isize, *y as isize);
        let slope = relief.clamped(column + 1, row + 1) - relief.clamped(column - 1, row - 1);
        // Thick paint is where it is light; shadows are laid thin, and so is a sky.
        let thickness = (0.5 + f32::from(color[1]) / 512.0) * (0.25 + 0.75 * bustle[x][0]);
        let shade = 1.0 + thickness * (0.06 * slope).clamp(-0.07, 0.07);
        let paint = faithful(painting.colors.at(x, *y), color);
        table.at(paint).map(|value| value * shade)
    }))
}

/// Radius and reach of the brush in shares of the side, and what it leaves alone.
const OIL_LAYERS: [(f32, f32, f32); 3] =
    [(0.012, 0.055, -1.0), (0.0055, 0.028, 26.0), (0.0024, 0.013, 30.0)];

/// The paint, held to what it stands for where it would hide it: a face has to stay that face.
fn faithful(paint: [f32; 3], wanted: [u8; 3]) -> [u8; 3] {
    std::array::from_fn(|c| {
        let wanted = f32::from(wanted[c]);
        (wanted + (paint[c] - wanted).clamp(-OIL_FREEDOM, OIL_FREEDOM) + 0.5).clamp(0.0, 255.0)
            as u8
    })
}

/// By how much of 255 paint may differ from what it stands for.
const OIL_FREEDOM: f32 = 22.0;

/// Watercolour on cold-pressed paper over a faint pencil drawing: light washes, one over the other,
/// whose pigment gathers along edges and, barely, in the paper's hollows (Bousseau, Kaplan, Thollot
/// and Sillion, "Interactive watercolor rendering with temporal coherence and abstraction", 2006).
/// They end a little before the sheet does.
pub(super) fn watercolour(
    sketch: &Sketch,
    canvas: &Canvas,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<Raster, Stop> {
    let table = ColorTable::new(|color| {
        // Paper shines through every wash: nothing is black, and colours are pure.
        let l = 0.985 - 0.82 * (1.0 - color.l);
        Oklab { l, ..color.with_chroma_scaled(1.25) }
    });
    let smooth = gaussian_blur(&canvas.lightness, canvas.pixels(0.0022));
    let (across, down) = gradient(&smooth);
    let scale = 2.6 * canvas.pixels(0.005);
    let edges = across.zip_map(&down, |u, v| ((u * u + v * v).sqrt() * scale).min(0.6));
    let tooth = canvas.paper(0.0026, random.bits());
    let flow = canvas.paper(0.16, random.bits());
    let ripple = canvas.paper(0.035, random.bits());
    context.check_cancelled()?;
    let pencil = Lines::new(&canvas.lightness, &canvas.hand, canvas.pixels(0.004), 0.10);
    let opaque = sketch.strokes.cells().iter().all(|pixel| pixel[3] == u8::MAX);
    let marks = Grid::from_fn(edges.width(), edges.height(), |x, y| {
        let bustle = canvas.bustle.at(x, y);
        let layers = layered(smooth.at(x, y) + 0.03 * ripple.at(x, y)) * (0.35 + 0.65 * bustle);
        let washes = 0.06 * flow.at(x, y) + 0.05 * bustle * ripple.at(x, y);
        let grain = (0.02 + 0.03 * bustle) * tooth.at(x, y);
        let ragged = 0.007 * ripple.at(x, y) + 0.001 * tooth.at(x, y) + 0.007 * flow.at(x, y);
        let (inside, rim) = if opaque { sheet(&edges, (x, y), ragged) } else { (1.0, 0.0) };
        let density = 0.96 + grain + washes + layers + edges.at(x, y) + rim;
        [density, pencil.strength.at(x, y), inside]
    });
    context.check_cancelled()?;
    Ok(textured_in_rows(&sketch.strokes, &Field::new(marks), |pixels, marks| {
        washed_row(&table, pixels, marks)
    }))
}

recompiled! {
    /// Each of a row of pixels in pigment of its density, with the pencil's mark on it, where the
    /// washes reach.
    fn washed_row(table: &ColorTable, pixels: &[[u8; 4]], marks: &[[f32; 3]]) -> Vec<[f32; 3]> {
        let washed = |(color, &[density, line, inside]): ([f32; 3], &[f32; 3])| {
            let washed = color.map(|value| 255.0 * pigment(value / 255.0, density));
            mix_all(PAPER, mix_all(washed, GRAPHITE, 0.42 * drawn(line)), inside)
        };
        recolored_row(table, pixels).into_iter().zip(marks).map(washed).collect()
    }
}

/// What the last wash adds to or takes from a tone, so that tones gather in steps (Winnemöller,
/// Olsen and Gooch, "Real-time video abstraction", 2006): in density of pigment.
#[inline(always)]
fn layered(lightness: f32) -> f32 {
    let place = WASHES * lightness - 0.5;
    let way = place - place.floor() - 0.5;
    let step = 0.5 * (smoothstep(-0.22, 0.22, way) * 2.0 - 1.0);
    2.2 * (way - step) / WASHES
}

/// Tones of a watercolour from white to black.
const WASHES: f32 = 6.0;

/// How far the washes reach at a pixel of the sheet, 0.0 (bare paper) or 1.0, and how much pigment
/// has gathered at their rim; `ragged` is how far in shares of the side they stray.
#[inline(always)]
fn sheet(sheet: &Plane, (x, y): (usize, usize), ragged: f32) -> (f32, f32) {
    let (u, v) = (x as f32 / sheet.width() as f32, y as f32 / sheet.height() as f32);
    let within = u.min(v).min(1.0 - u).min(1.0 - v) - 0.022 + ragged;
    let rim = smoothstep(0.0, 0.002, within) * (1.0 - smoothstep(0.002, 0.009, within));
    (smoothstep(-0.0012, 0.0012, within), 0.35 * rim)
}

const PAPER: [f32; 3] = [250.0, 248.0, 243.0];
const GRAPHITE: [f32; 3] = [62.0, 56.0, 54.0];

/// Pastel on toned paper, which shows through between the strokes.
pub(super) fn pastel(
    sketch: &Sketch,
    canvas: &Canvas,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<Raster, Stop> {
    let hue = random.between(40.0, 75.0).to_radians();
    // A sheet of about the picture's own tone: chalk stands out on it in lights and in shadows.
    let tone = 0.75 * percentile(canvas.lightness.cells(), 0.6) + 0.22;
    let ground = Oklab::from_hue(tone, 0.03, hue).to_srgb().map(f32::from);
    let table = ColorTable::new(|color| {
        let l = 0.12 + 0.87 * color.l;
        Oklab { l, ..color.with_chroma_scaled(1.30) }
    });
    let chalk = canvas.bristles(0.018, 0.0028, random.bits());
    let tooth = canvas.paper(0.0024, random.bits());
    let marks = Grid::from_fn(chalk.width(), chalk.height(), |x, y| {
        let calm = 0.45 + 0.55 * canvas.bustle.at(x, y);
        let (chalk, tooth) = (calm * chalk.at(x, y), calm * tooth.at(x, y));
        [0.07 * chalk + 0.15 * tooth, 0.030 * chalk]
    });
    context.check_cancelled()?;
    Ok(textured(&sketch.strokes, &Field::new(marks), |color, [cover, shade]| {
        let color = table.at(color).map(|value| value * (1.0 + shade));
        mix_all(ground, color, (0.88 + cover).clamp(0.55, 1.0))
    }))
}

/// Pen and ink over washes: clean lines where something ends, and tone in three washes.
pub(super) fn ink(
    sketch: &Sketch,
    canvas: &Canvas,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<Raster, Stop> {
    let (sheet, ink) = random.choose([
        (Oklab::from_hue(0.96, 0.022, 1.45), Oklab::from_hue(0.24, 0.035, 1.0)),
        (Oklab::from_hue(0.97, 0.010, 1.6), Oklab::from_hue(0.26, 0.055, -1.6)),
        (Oklab::from_hue(0.95, 0.028, 1.35), Oklab::from_hue(0.20, 0.010, 1.0)),
    ]);
    let tones: Vec<[f32; 3]> =
        (0..=64).map(|step| ink.lerp(sheet, step as f32 / 64.0).to_srgb().map(f32::from)).collect();
    context.check_cancelled()?;
    let lines = Lines::new(&canvas.lightness, &canvas.hand, canvas.pixels(0.0042), 0.13);
    let tone = tones_of(sketch);
    let tooth = canvas.paper(0.003, random.bits());
    let pool = canvas.paper(0.10, random.bits());
    let marks = Grid::from_fn(tooth.width(), tooth.height(), |x, y| {
        let washed = wash(tone.at(x, y) + 0.02 * pool.at(x, y));
        let grain = (1.0 - washed) * 0.02 * (tooth.at(x, y) + pool.at(x, y));
        [lines.strength.at(x, y), washed + grain]
    });
    context.check_cancelled()?;
    Ok(textured_in_rows(&sketch.strokes, &Field::new(marks), |_, marks| inked_row(&tones, marks)))
}

recompiled! {
    /// The tones of a row of lines and washes, `tones` being those from black to white.
    fn inked_row(tones: &[[f32; 3]], marks: &[[f32; 2]]) -> Vec<[f32; 3]> {
        let steps = tones.len() - 1;
        let inked = |&[line, washed]: &[f32; 2]| {
            let tone = washed * (1.0 - 0.94 * drawn(line));
            let place = tone.clamp(0.0, 1.0) * steps as f32;
            let step = (place as usize).min(steps - 1);
            mix_all(tones[step], tones[step + 1], place - step as f32)
        };
        marks.iter().map(inked).collect()
    }
}

/// Graphite on paper: soft outlines, tone hatched along one direction and, where it is dark, along
/// another.
pub(super) fn pencil(
    sketch: &Sketch,
    canvas: &Canvas,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<Raster, Stop> {
    let sheet = Oklab::from_hue(0.97, 0.010, 1.5).to_srgb().map(f32::from);
    let lead = Oklab { l: 0.27, a: 0.0, b: 0.004 }.to_srgb().map(f32::from);
    context.check_cancelled()?;
    let lines = Lines::new(&canvas.lightness, &canvas.hand, canvas.pixels(0.0040), 0.13);
    let tone = tones_of(sketch);
    let tooth = canvas.paper(0.0018, random.bits());
    let falling = canvas.hatching(0.0026, true, random.bits());
    let rising = canvas.hatching(0.0026, false, random.bits());
    let marks = Grid::from_fn(tooth.width(), tooth.height(), |x, y| {
        let (tooth, dark) = (0.5 * tooth.at(x, y), 1.0 - tone.at(x, y));
        let layer =
            |hatch: f32, from: f32| smoothstep(-0.9, 0.9, hatch + tooth + 2.3 * dark - from);
        let first = 0.55 * layer(falling.at(x, y), 1.2) * dark.sqrt();
        let second = 0.45 * layer(rising.at(x, y), 1.95) * dark;
        [lines.strength.at(x, y), first + second, 0.85 * (0.85 + 0.3 * tooth)]
    });
    context.check_cancelled()?;
    Ok(textured(&sketch.strokes, &Field::new(marks), |_, [line, shading, pressure]| {
        let cover = 1.0 - (1.0 - shading) * (1.0 - pressure * drawn(line));
        mix_all(sheet, lead, cover.clamp(0.0, 1.0))
    }))
}

/// Changes every colour by what the half-size `texture` says at its place.
fn textured<const N: usize>(
    strokes: &Raster,
    texture: &Field<N>,
    change: impl Fn([u8; 3], [f32; N]) -> [f32; 3] + Sync,
) -> Raster {
    textured_in_rows(strokes, texture, |pixels, texture| {
        let pairs = pixels.iter().zip(texture);
        pairs.map(|(&pixel, &marks)| change(straight(pixel), marks)).collect()
    })
}

/// As [`textured`], a row of pixels and its texture at a time.
fn textured_in_rows<const N: usize>(
    strokes: &Raster,
    texture: &Field<N>,
    change: impl Fn(&[[u8; 4]], &[[f32; N]]) -> Vec<[f32; 3]> + Sync,
) -> Raster {
    let (width, height) = (strokes.width(), strokes.height());
    repainted_in_rows(strokes, |y| change(strokes.row(y), &texture.row(y, width, height)))
}

/// How much of a line there is at a place of this strength, 0.0–1.0; 0.004 above the threshold it
/// is whole.
#[inline(always)]
fn drawn(strength: f32) -> f32 {
    smoothstep(-0.003, 0.006, strength)
}

/// The tones of the broad strokes at half size, from 0.0 for the picture's black to 1.0 for its
/// white.
fn tones_of(sketch: &Sketch) -> Plane {
    let lightness = sketch.broad.map(lightness_of);
    let black = percentile(lightness.cells(), 0.02).min(0.25);
    let white = percentile(lightness.cells(), 0.97).max(black + 0.25);
    lightness.map(|value| ((value - black) / (white - black)).clamp(0.0, 1.0))
}

/// Three washes over bare paper with soft borders, 0.0–1.0.
fn wash(tone: f32) -> f32 {
    let step = |at: f32| smoothstep(at - 0.06, at + 0.06, tone);
    0.26 + 0.22 * step(0.16) + 0.20 * step(0.38) + 0.16 * step(0.60) + 0.14 * step(0.80)
}

/// The colour of a wash of more (above 1.0) or less pigment, per channel (Bousseau et al., eq. 1).
#[inline(always)]
fn pigment(color: f32, density: f32) -> f32 {
    color - (color - color * color) * (density - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_pigment_darkens_all_but_paper_and_black() {
        assert!(pigment(0.5, 1.5) < 0.5 && pigment(0.5, 0.7) > 0.5);
        assert_eq!((pigment(0.0, 1.5), pigment(1.0, 1.5)), (0.0, 1.0));
    }

    #[test]
    fn layers_of_washes_gather_tones_without_ever_reversing_them() {
        let tone = |step: usize| step as f32 / 200.0;
        // More pigment is darker, by at most about a quarter of the density at a middle tone.
        let seen = |l: f32| l - 0.25 * layered(l);
        assert!((1..200).all(|step| seen(tone(step)) >= seen(tone(step - 1)) - 1e-4));
        assert!((0..200).any(|step| layered(tone(step)).abs() > 0.05));
    }

    #[test]
    fn paper_is_bare_along_the_frame_only() {
        let plane = Plane::new(200, 200, 0.0);
        assert_eq!(sheet(&plane, (0, 100), 0.0).0, 0.0);
        assert_eq!(sheet(&plane, (100, 100), 0.0), (1.0, 0.0));
        assert_eq!(sheet(&plane, (100, 8), 0.0).0, 1.0);
    }

    #[test]
    fn washes_get_lighter_with_tone() {
        let tones: Vec<f32> = (0..=20).map(|step| wash(step as f32 / 20.0)).collect();
        assert!(tones.windows(2).all(|pair| pair[1] >= pair[0]));
        assert!((0.95..=1.0).contains(&tones[20]));
    }
}

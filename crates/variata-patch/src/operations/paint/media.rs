//! What tells one medium from another: pigment, paper and the mark of the tool.

use super::canvas::Canvas;
use crate::color::Oklab;
use crate::filter::{gaussian_blur, gradient, percentile};
use crate::grid::{Grid, Plane, Raster};
use crate::operations::pixels::{ColorTable, Field, mix_all, repainted, smoothstep};
use crate::random::Random;

/// Oil on canvas: rich colour, and a relief of bristles that catches the light from the top left.
pub(super) fn oil(strokes: &Raster, canvas: &Canvas, random: &mut Random) -> Raster {
    let table = ColorTable::new(|color| {
        let l = color.l + 0.16 * (smoothstep(0.0, 1.0, color.l) - color.l);
        Oklab { l, ..color.with_chroma_scaled(1.18) }
    });
    let bristles = canvas.bristles(0.035, 0.0022, random.bits());
    let relief = Grid::from_fn(bristles.width(), bristles.height(), |x, y| {
        let (column, row) = (x as isize, y as isize);
        let slope = bristles.clamped(column + 1, row + 1) - bristles.clamped(column - 1, row - 1);
        [0.019 * bristles.at(x, y) + 0.016 * slope]
    });
    textured(strokes, &Field::new(relief), |color, [relief]| {
        // Thick paint is where it is light; shadows are laid thin.
        let thickness = 0.5 + f32::from(color[1]) / 320.0;
        let shade = 1.0 + thickness * relief.clamp(-0.14, 0.14);
        table.at(color).map(|value| value * shade)
    })
}

/// Watercolour on cold-pressed paper: light washes whose pigment gathers in the paper's hollows and
/// along edges (Bousseau, Kaplan, Thollot and Sillion, "Interactive watercolor rendering with
/// temporal coherence and abstraction", 2006).
pub(super) fn watercolour(strokes: &Raster, canvas: &Canvas, random: &mut Random) -> Raster {
    let brightest = percentile(canvas.lightness.cells(), 0.98).max(0.3);
    let table = ColorTable::new(|color| {
        // Paper is the only white there is: the brightest tones become it.
        let l = (color.l / brightest.sqrt()).min(1.0);
        let l = 1.0 - 0.80 * (1.0 - l) - 0.02;
        Oklab { l, ..color.with_chroma_scaled(1.28) }
    });
    let smooth = gaussian_blur(&canvas.lightness, canvas.pixels(0.0022));
    let (across, down) = gradient(&smooth);
    let scale = 3.0 * canvas.pixels(0.005);
    let edges = across.zip_map(&down, |u, v| ((u * u + v * v).sqrt() * scale).min(0.8));
    let tooth = canvas.paper(0.0032, random.bits());
    let flow = canvas.paper(0.09, random.bits());
    let ripple = canvas.paper(0.030, random.bits());
    let density = Grid::from_fn(edges.width(), edges.height(), |x, y| {
        let washes = 0.16 * flow.at(x, y) + 0.09 * ripple.at(x, y);
        [0.95 + 0.13 * tooth.at(x, y) + washes + edges.at(x, y)]
    });
    textured(strokes, &Field::new(density), |color, [density]| {
        table.at(color).map(|value| 255.0 * pigment(value / 255.0, density))
    })
}

/// Pastel on toned paper, which shows through between the strokes.
pub(super) fn pastel(strokes: &Raster, canvas: &Canvas, random: &mut Random) -> Raster {
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
    let marks = chalk.zip_map(&tooth, |chalk, tooth| [0.07 * chalk + 0.15 * tooth, 0.030 * chalk]);
    textured(strokes, &Field::new(marks), |color, [cover, shade]| {
        let color = table.at(color).map(|value| value * (1.0 + shade));
        mix_all(ground, color, (0.88 + cover).clamp(0.55, 1.0))
    })
}

/// Brush and ink over washes: black where the picture's difference of Gaussians is darkest
/// (Winnemöller, Kyprianidis and Olsen, "XDoG", 2012).
pub(super) fn ink(strokes: &Raster, canvas: &Canvas, random: &mut Random) -> Raster {
    let (sheet, ink) = random.choose([
        (Oklab::from_hue(0.94, 0.025, 1.45), Oklab::from_hue(0.24, 0.035, 1.0)),
        (Oklab::from_hue(0.95, 0.012, 1.6), Oklab::from_hue(0.25, 0.055, -1.6)),
        (Oklab::from_hue(0.90, 0.040, 1.35), Oklab::from_hue(0.20, 0.010, 1.0)),
    ]);
    let tones: Vec<[f32; 3]> =
        (0..=64).map(|step| ink.lerp(sheet, step as f32 / 64.0).to_srgb().map(f32::from)).collect();
    let lines = Lines::new(canvas, 0.15);
    let grain = canvas.paper(0.003, random.bits());
    let pool = canvas.paper(0.07, random.bits());
    let marks = Grid::from_fn(grain.width(), grain.height(), |x, y| {
        let grain = grain.at(x, y);
        let washed = wash(lines.tone.at(x, y) + 0.02 * grain);
        [lines.contrast.at(x, y), washed + 0.05 * pool.at(x, y) + 0.025 * grain]
    });
    textured(strokes, &Field::new(marks), |_, [contrast, washed]| {
        let place = (washed * bare(contrast, 0.05)).clamp(0.0, 1.0) * 64.0;
        let step = (place as usize).min(63);
        mix_all(tones[step], tones[step + 1], place - step as f32)
    })
}

/// Graphite on paper: soft outlines, tone hatched along one direction and, where it is dark, along
/// another.
pub(super) fn pencil(strokes: &Raster, canvas: &Canvas, random: &mut Random) -> Raster {
    let sheet = Oklab::from_hue(0.97, 0.010, 1.5).to_srgb().map(f32::from);
    let lead = Oklab { l: 0.27, a: 0.0, b: 0.004 }.to_srgb().map(f32::from);
    let lines = Lines::new(canvas, 0.11);
    let tooth = canvas.paper(0.0018, random.bits());
    let falling = canvas.hatching(0.0026, true, random.bits());
    let rising = canvas.hatching(0.0026, false, random.bits());
    let marks = Grid::from_fn(tooth.width(), tooth.height(), |x, y| {
        let (tooth, dark) = (0.5 * tooth.at(x, y), 1.0 - lines.tone.at(x, y));
        let layer =
            |hatch: f32, from: f32| smoothstep(-0.9, 0.9, hatch + tooth + 2.3 * dark - from);
        let first = 0.55 * layer(falling.at(x, y), 1.2) * dark.sqrt();
        let second = 0.45 * layer(rising.at(x, y), 1.95) * dark;
        [lines.contrast.at(x, y), first + second, 0.85 * (0.85 + 0.3 * tooth)]
    });
    textured(strokes, &Field::new(marks), |_, [contrast, shading, pressure]| {
        let line = pressure * (1.0 - bare(contrast, 0.14));
        let cover = 1.0 - (1.0 - shading) * (1.0 - line);
        mix_all(sheet, lead, cover.clamp(0.0, 1.0))
    })
}

/// Changes every colour by what the half-size `texture` says at its place.
fn textured<const N: usize>(
    strokes: &Raster,
    texture: &Field<N>,
    change: impl Fn([u8; 3], [f32; N]) -> [f32; 3] + Sync,
) -> Raster {
    let (width, height) = (strokes.width(), strokes.height());
    let row_state = |y: usize| texture.row(y, width, height);
    repainted(strokes, row_state, |texture, x, color| change(color, texture[x]))
}

/// The picture as a draughtsman sees it: outlines and tone.
struct Lines {
    /// How far each place is above the threshold for ink.
    contrast: Plane,
    /// 0.0 (black) to 1.0 (the picture's white).
    tone: Plane,
}

impl Lines {
    /// Lines that cover about `share` of the sheet.
    fn new(canvas: &Canvas, share: f32) -> Self {
        let fine = gaussian_blur(&canvas.lightness, canvas.pixels(0.0015).max(0.6));
        let wide = gaussian_blur(&canvas.lightness, canvas.pixels(0.0024).max(0.96));
        let edges = fine.zip_map(&wide, |f, w| SHARPNESS * (f - w));
        let sharpened = fine.zip_map(&edges, |f, edge| f + edge);
        let black = percentile(sharpened.cells(), share).clamp(0.08, 0.5);
        // Where large parts are black, outlines in the light would not come under that threshold.
        let outline = percentile(edges.cells(), 0.4 * share).min(-0.10);
        let range = percentile(canvas.lightness.cells(), 0.98).max(0.2);
        Self {
            contrast: sharpened.zip_map(&edges, |s, edge| (s - black).min(edge - outline)),
            tone: fine.map(|value| (value / range).clamp(0.0, 1.0)),
        }
    }
}

/// The p of XDoG: how much more edges count than tone.
const SHARPNESS: f32 = 16.0;

/// 0.0 under a line to 1.0 on bare paper; `softness` in lightness.
fn bare(contrast: f32, softness: f32) -> f32 {
    smoothstep(-softness, softness, contrast)
}

/// Three washes with soft borders, 0.0–1.0.
fn wash(tone: f32) -> f32 {
    let step = |at: f32| smoothstep(at - 0.05, at + 0.05, tone);
    0.45 + 0.22 * step(0.28) + 0.18 * step(0.50) + 0.15 * step(0.72)
}

/// The colour of a wash of more (above 1.0) or less pigment, per channel (Bousseau et al., eq. 1).
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
    fn washes_get_lighter_with_tone() {
        let tones: Vec<f32> = (0..=20).map(|step| wash(step as f32 / 20.0)).collect();
        assert!(tones.windows(2).all(|pair| pair[1] >= pair[0]));
        assert!((tones[20] - 1.0).abs() < 1e-5);
    }
}

//! New colours for flat graphics: logos, icons, posters.

use super::inset::{Inset, content_bounds};
use super::palette_scheme;
pub use super::palette_scheme::PaletteKind;
use super::pixels::premultiplied;
use super::{Context, Frame, Operation, Stop};
use crate::analysis::{Mixture, Palette};
use crate::color::{HueRotation, Oklab};
use crate::grid::{Grid, Raster};
use crate::random::Random;

/// Gives a flat graphic another palette and another place on its ground.
///
/// Anti-aliasing stays exact, since each pixel is mixed anew of the new colours; transparency
/// stays as it is, and a transparent ground is not a colour. Needs [`Palette`]; kinds that exchange
/// light and dark or hues refuse graphics that their palette explains badly, and kinds that change
/// the ground refuse graphics without one.
#[derive(Debug, Clone, Copy)]
pub struct RecolourPalette {
    /// Which kind of palette.
    pub kind: PaletteKind,
}

impl RecolourPalette {
    /// The operation for one kind of palette.
    pub const fn new(kind: PaletteKind) -> Self {
        Self { kind }
    }

    /// Above this, speckles of the old colours show.
    const MAX_RESIDUAL: f32 = 0.016;

    fn tolerates(self, palette: &Palette) -> bool {
        let forgiving = matches!(
            self.kind,
            PaletteKind::Hue | PaletteKind::Mono | PaletteKind::Pastel | PaletteKind::Duotone
        );
        forgiving || palette.residual < Self::MAX_RESIDUAL
    }
}

impl Operation for RecolourPalette {
    fn apply(
        &self,
        frame: &Frame,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Result<Frame, Stop> {
        let palette = context.analysis.palette.as_ref().ok_or(Stop::Refused)?;
        if !frame.done.is_empty() || !self.tolerates(palette) {
            return Err(Stop::Refused);
        }
        if context.boldness <= Context::LEAST_BOLDNESS {
            return Ok(frame.clone());
        }
        let colors = palette_scheme::draw(self.kind, palette, context.seed, context.boldness)
            .ok_or(Stop::Refused)?;
        let image = recoloured(palette, &colors, &context.analysis.source);
        context.check_cancelled()?;
        let inset = draw_inset(palette, context, random);
        let fill = palette.ground.map_or([0; 4], |at| opaque(colors[usize::from(at)].to_srgb()));
        let mut done = frame.done.clone();
        done.push(format!("palette: {}", self.kind.name()));
        Ok(Frame {
            image: inset.apply(&image, fill).into(),
            saliency: inset.apply_to_saliency(&frame.saliency),
            done,
            scores: frame.scores.clone(),
        })
    }
}

fn opaque([red, green, blue]: [u8; 3]) -> [u8; 4] {
    [red, green, blue, 255]
}

/// A place on the ground, if there is a ground to see all around.
fn draw_inset(palette: &Palette, context: &Context<'_>, random: &mut Random) -> Inset {
    let source = &context.analysis.source;
    if palette.ground.is_none() && !context.analysis.transparent {
        return Inset::NONE;
    }
    let is_content = |x: usize, y: usize| match palette.ground {
        None => source.at(x, y)[3] > 2,
        Some(ground) => {
            let mixture = palette.mixtures[palette.index.at(x, y) as usize];
            (mixture.first, mixture.second) != (ground, ground)
        }
    };
    let bounds = content_bounds(source, is_content);
    bounds
        .map_or(Inset::NONE, |content| Inset::draw(content, context.seed, context.boldness, random))
}

/// The picture with `colors` in place of the palette's own.
fn recoloured(palette: &Palette, colors: &[Oklab], source: &Raster) -> Raster {
    let old: Vec<Oklab> = palette.colors.iter().map(|&(color, _)| color).collect();
    let repaint = Repaint { old: Paints::new(&old), new: Paints::new(colors) };
    let table: Vec<[u8; 3]> =
        palette.mixtures.iter().map(|&mixture| repaint.color(mixture)).collect();
    let mut image = Grid::new(source.width(), source.height(), [0; 4]);
    image.par_rows(|y, row| {
        let mixtures = palette.index.row(y).iter().zip(source.row(y));
        for (cell, (&mixture, pixel)) in row.iter_mut().zip(mixtures) {
            *cell = premultiplied(table[mixture as usize], pixel[3]);
        }
    });
    image
}

/// The same colours in both spaces.
struct Paints {
    lab: Vec<Oklab>,
    rgb: Vec<[f32; 3]>,
}

impl Paints {
    fn new(colors: &[Oklab]) -> Self {
        let rgb = colors.iter().map(|color| color.to_srgb().map(|byte| f32::from(byte) / 255.0));
        Self { lab: colors.to_vec(), rgb: rgb.collect() }
    }

    fn mixed(&self, mixture: Mixture) -> [f32; 3] {
        let first = self.rgb[usize::from(mixture.first)];
        let second = self.rgb[usize::from(mixture.second)];
        std::array::from_fn(|c| first[c] + (second[c] - first[c]) * mixture.share)
    }
}

struct Repaint {
    old: Paints,
    new: Paints,
}

impl Repaint {
    /// Up to this much, in sRGB 0.0–1.0, is rounding and is added as it is.
    const ROUNDING: f32 = 2.5 / 255.0;

    fn color(&self, mixture: Mixture) -> [u8; 3] {
        let base = self.new.mixed(mixture);
        if mixture.residual.iter().all(|value| value.abs() <= Self::ROUNDING) {
            return std::array::from_fn(|c| byte(base[c] + mixture.residual[c]));
        }
        self.shaded(base, mixture)
    }

    /// What the palette leaves unexplained is shading: its lightness stays, its hue turns along
    /// with the colour it belongs to.
    fn shaded(&self, base: [f32; 3], mixture: Mixture) -> [u8; 3] {
        let plain = self.old.mixed(mixture);
        let pixel = std::array::from_fn(|c| plain[c] + mixture.residual[c]);
        let (plain, pixel) = (Oklab::from_srgb(plain.map(byte)), Oklab::from_srgb(pixel.map(byte)));
        let base = Oklab::from_srgb(base.map(byte));
        let main = usize::from(if mixture.share > 0.5 { mixture.second } else { mixture.first });
        let (old, new) = (self.old.lab[main], self.new.lab[main]);
        let turn = if old.chroma() > 0.03 { new.hue() - old.hue() } else { 0.0 };
        let fade = ((new.chroma() + 0.03) / (old.chroma() + 0.03)).min(1.0);
        let rest = Oklab { l: 0.0, a: pixel.a - plain.a, b: pixel.b - plain.b };
        let rest = HueRotation::new(turn).apply(rest).with_chroma_scaled(fade);
        Oklab { l: base.l + pixel.l - plain.l, a: base.a + rest.a, b: base.b + rest.b }.to_srgb()
    }
}

fn byte(value: f32) -> u8 {
    (value * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Analysis, Class};
    use crate::operations::testing;

    fn flat(ground: Option<[u8; 3]>) -> Analysis {
        let source = testing::logo(ground);
        let palette = Palette::find(&source, &testing::flat_features());
        Analysis { palette, ..testing::analysis(source, Class::Flat) }
    }

    #[test]
    fn the_old_colours_give_the_old_picture_to_the_byte() {
        for ground in [Some([255; 3]), Some([240, 200, 90]), None] {
            let analysis = flat(ground);
            let palette = analysis.palette.as_ref().unwrap();
            let colors: Vec<Oklab> = palette.colors.iter().map(|&(color, _)| color).collect();
            let again = recoloured(palette, &colors, &analysis.source);
            let worst =
                again.cells().iter().flatten().zip(analysis.source.cells().iter().flatten());
            assert!(worst.map(|(a, b)| a.abs_diff(*b)).max() <= Some(1), "{ground:?}");
        }
    }

    #[test]
    fn anti_aliasing_lies_between_the_new_colours() {
        let analysis = flat(Some([255; 3]));
        let palette = analysis.palette.as_ref().unwrap();
        let green = Oklab::from_srgb([40, 160, 60]);
        let image = recoloured(palette, &vec![green; palette.colors.len()], &analysis.source);
        let off = |pixel: &[u8; 4]| (0..3).map(|c| pixel[c].abs_diff([40, 160, 60][c])).max();
        assert!(image.cells().iter().all(|pixel| off(pixel) <= Some(2)));
    }

    #[test]
    fn hues_are_not_turned_where_there_are_none() {
        let white = testing::logo(None).map(|[.., alpha]| [alpha; 4]);
        let palette = Palette::find(&white, &testing::flat_features());
        let analysis = Analysis { palette, ..testing::analysis(white, Class::Flat) };
        let [hue, mono] = [PaletteKind::Hue, PaletteKind::Mono]
            .map(|kind| testing::apply(&RecolourPalette::new(kind), &analysis, 1.0, 1));
        assert_eq!(hue.err(), Some(Stop::Refused));
        assert!(mono.is_ok());
    }

    #[test]
    fn every_kind_keeps_neighbours_apart() {
        let analysis = flat(Some([255; 3]));
        for kind in PaletteKind::ALL {
            for seed in 0..12 {
                let frame = testing::apply(&RecolourPalette::new(kind), &analysis, 1.0, seed);
                let Ok(frame) = frame else {
                    panic!("{kind:?} with seed {seed} was refused");
                };
                let shown = Palette::find(&frame.image, &testing::flat_features()).unwrap();
                assert!(shown.colors.len() >= 3, "{kind:?} {seed}: {:?}", shown.colors);
            }
        }
    }

    #[test]
    fn transparent_graphics_stay_transparent_and_keep_their_place_free() {
        let analysis = flat(None);
        for kind in PaletteKind::ALL {
            match testing::apply(&RecolourPalette::new(kind), &analysis, 1.0, 5) {
                Ok(frame) => {
                    assert_eq!(frame.image.at(0, 0), [0; 4]);
                    assert!(frame.image.cells().iter().all(|p| p[..3].iter().all(|&c| c <= p[3])));
                }
                Err(stop) => {
                    assert_eq!(stop, Stop::Refused);
                    assert!(matches!(
                        kind,
                        PaletteKind::Ground | PaletteKind::Reversed | PaletteKind::Dark
                    ));
                }
            }
        }
    }

    #[test]
    fn people_keep_their_skin_where_there_is_more_to_recolour() {
        let source = Raster::from_fn(96, 96, |x, y| match (x, y) {
            (36..60, 10..34) => [255, 204, 153, 255],
            (24..72, 34..80) => [40, 80, 200, 255],
            (72..90, 50..80) => [200, 40, 60, 255],
            _ => [255; 4],
        });
        let palette = Palette::find(&source, &testing::flat_features());
        let analysis = Analysis { palette, ..testing::analysis(source, Class::Flat) };
        for kind in [PaletteKind::Hue, PaletteKind::Swap] {
            let operation = RecolourPalette::new(kind);
            let frame = testing::apply(&operation, &analysis, 1.0, 2).unwrap();
            let shows = |color: [u8; 4]| frame.image.cells().contains(&color);
            assert!(shows([255, 204, 153, 255]), "{kind:?}: nobody is of this colour any more");
            assert!(!shows([40, 80, 200, 255]), "{kind:?}: the shirt is as blue as it was");
        }
    }

    #[test]
    fn graphics_explained_badly_keep_their_light_and_dark() {
        let mut analysis = flat(Some([255; 3]));
        if let Some(palette) = &mut analysis.palette {
            palette.residual = 0.018;
        }
        let apply = |kind| testing::apply(&RecolourPalette::new(kind), &analysis, 1.0, 1);
        assert_eq!(apply(PaletteKind::Dark).err(), Some(Stop::Refused));
        assert_eq!(apply(PaletteKind::Swap).err(), Some(Stop::Refused));
        assert!(apply(PaletteKind::Hue).is_ok());
    }

    #[test]
    fn no_boldness_gives_the_source_and_no_palette_is_refused() {
        let analysis = flat(Some([255; 3]));
        let operation = RecolourPalette::new(PaletteKind::Mono);
        let same = testing::apply(&operation, &analysis, 0.0, 3).unwrap();
        assert_eq!(same.image, analysis.source);
        let without = Analysis { palette: None, ..analysis };
        assert_eq!(testing::apply(&operation, &without, 1.0, 3).err(), Some(Stop::Refused));
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let analysis = flat(Some([255; 3]));
        let operation = RecolourPalette::new(PaletteKind::Duotone);
        let [one, two] = [1, 2].map(|n| testing::apply_on(n, &operation, &analysis, 4).unwrap());
        assert_eq!(one.image, two.image);
    }
}

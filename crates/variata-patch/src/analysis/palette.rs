//! The flat colours of a graphic, and how every pixel is mixed from them.
//!
//! Recolouring a logo pixel by pixel leaves fringes: the pixels between two areas are mixtures,
//! and a mixture must change with both of its parts. Here each pixel is taken apart once into at
//! most two palette colours, so that a new palette gives new pixels with the old anti-aliasing.
//!
//! Which two colours a pixel is mixed of cannot be told from its own colour: the grey between
//! black and white may also be a grey of the palette. Colours that are seen flat close by are
//! therefore preferred. A mixture depends on nothing else, so it is computed once for each
//! distinct colour and neighbourhood, a few thousand times for a logo of a million pixels.

mod modes;
mod unmix;

use self::modes::Modes;
use self::unmix::Unmixing;
use super::Features;
use crate::color::Oklab;
use crate::grid::{Grid, Raster};

/// The flat colours of a graphic and how each pixel is mixed from them.
#[derive(Debug, Clone)]
pub struct Palette {
    /// The colours, commonest first, with their share (0.0–1.0) of what is not transparent.
    pub colors: Vec<(Oklab, f32)>,
    /// The distinct mixtures that occur.
    pub mixtures: Vec<Mixture>,
    /// Which of `mixtures` each pixel at the output's size is; its opacity is the picture's.
    pub index: Grid<u32>,
    /// Which colours touch.
    pub contacts: Vec<Contact>,
    /// The colour that fills the frame's border, so that the graphic may be made smaller on it.
    pub ground: Option<u8>,
    /// Mean distance between pixels and their mixtures, in sRGB 0.0–1.0.
    pub residual: f32,
}

/// A pixel as a mixture of two palette colours plus what they leave unexplained.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mixture {
    /// Index of the first colour.
    pub first: u8,
    /// Index of the second colour.
    pub second: u8,
    /// Share of the second colour, 0.0–1.0, in sRGB space as renderers mix.
    pub share: f32,
    /// What is left, in sRGB 0.0–1.0.
    pub residual: [f32; 3],
}

/// Two palette colours that touch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contact {
    /// Index of the first colour, the smaller one.
    pub first: u8,
    /// Index of the second colour.
    pub second: u8,
    /// Share of all edges that lie between the two, 0.0–1.0.
    pub share: f32,
}

impl Palette {
    /// The palette of a flat graphic; `None` where `source` is none: where it is not flat, has
    /// too many colours, or where two colours a pixel leave too much unexplained.
    ///
    /// Takes about 20 ms for a logo of 1024².
    pub fn find(source: &Raster, features: &Features) -> Option<Self> {
        if !features.is_graphic() || features.flat_share <= MIN_FLAT_SHARE {
            return None;
        }
        let modes = Modes::of(source)?;
        let palette = Unmixing::new(source, &modes).finish(modes.shares(source));
        (palette.residual < MAX_RESIDUAL && palette.ramp() < MAX_RAMP).then_some(palette)
    }

    /// The share of all edges (0.0–1.0) that lie between similar colours: large where the
    /// palette's colours are steps of a continuous tone.
    fn ramp(&self) -> f32 {
        let color = |at: u8| self.colors[usize::from(at)].0;
        let similar =
            |contact: &&Contact| color(contact.first).distance(color(contact.second)) < 0.14;
        self.contacts.iter().filter(similar).map(|contact| contact.share).sum()
    }

    /// The share of all edges (0.0–1.0) that lie between these two colours.
    pub fn contact(&self, first: u8, second: u8) -> f32 {
        let pair = (first.min(second), first.max(second));
        let found = self.contacts.iter().find(|contact| (contact.first, contact.second) == pair);
        found.map_or(0.0, |contact| contact.share)
    }
}

/// The tests of flatness, set on logos, drawings and photographs.
const MIN_FLAT_SHARE: f32 = 0.7;
const MAX_RESIDUAL: f32 = 0.02;
/// Above this the palette's colours are steps of shading: 0.74 for a smooth product on white, 0.75
/// for a tinted photograph in a logo, below 0.05 for flat logos.
const MAX_RAMP: f32 = 0.4;
const MAX_COLORS: usize = 12;

/// The colour of a premultiplied pixel without its opacity; black for a transparent one.
fn straight([red, green, blue, alpha]: [u8; 4]) -> [u8; 3] {
    match alpha {
        255 => [red, green, blue],
        0 => [0; 3],
        _ => [red, green, blue].map(|channel| {
            let scaled = (u32::from(channel) * 255 + u32::from(alpha) / 2) / u32::from(alpha);
            scaled.min(255) as u8
        }),
    }
}

fn squared(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.iter().zip(other).map(|(&a, b)| u32::from(a.abs_diff(b)) * u32::from(a.abs_diff(b))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat() -> Features {
        Features { flat_share: 0.9, common_colour_share: 0.9, ..Features::default() }
    }

    const PAPER: [u8; 3] = [250, 250, 245];
    const INK: [u8; 3] = [20, 20, 40];
    const GREY: [u8; 3] = [135, 135, 143];

    fn mixed(one: [u8; 3], other: [u8; 3], share: f32) -> [u8; 4] {
        let mix = |c: usize| f32::from(one[c]) * (1.0 - share) + f32::from(other[c]) * share + 0.5;
        [mix(0) as u8, mix(1) as u8, mix(2) as u8, 255]
    }

    /// An ink disc with smooth edges and a grey bar, on paper. The grey is half ink, half paper.
    fn disc_and_bar() -> Raster {
        Grid::from_fn(160, 160, |x, y| {
            let (dx, dy) = (x as f32 - 80.3, y as f32 - 60.7);
            let inside = (40.5 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0);
            if (120..140).contains(&y) && (20..140).contains(&x) {
                mixed(GREY, GREY, 0.0)
            } else {
                mixed(PAPER, INK, inside)
            }
        })
    }

    #[test]
    fn the_colours_are_found_to_the_byte() {
        let palette = Palette::find(&disc_and_bar(), &flat()).unwrap();
        let found: Vec<[u8; 3]> = palette.colors.iter().map(|(color, _)| color.to_srgb()).collect();
        assert_eq!(found, [PAPER, INK, GREY]);
        assert_eq!(palette.ground, Some(0));
        assert!(palette.residual < 0.001);
    }

    #[test]
    fn edges_are_mixtures_of_their_sides_even_where_they_look_like_a_third_colour() {
        let palette = Palette::find(&disc_and_bar(), &flat()).unwrap();
        for y in 0..110 {
            for &mixture in palette.index.row(y) {
                let mixture = palette.mixtures[mixture as usize];
                assert!(mixture.first < 2 && mixture.second < 2, "row {y}: {mixture:?}");
            }
        }
    }

    #[test]
    fn a_thin_line_keeps_its_own_colour() {
        let thin = Grid::from_fn(120, 120, |x, y| match (x, y) {
            (60, _) => mixed(GREY, GREY, 0.0),
            (10..40, 10..40) => mixed(INK, INK, 0.0),
            (70..100, 70..100) => mixed(GREY, GREY, 0.0),
            _ => mixed(PAPER, PAPER, 0.0),
        });
        let palette = Palette::find(&thin, &flat()).unwrap();
        let line = palette.mixtures[palette.index.at(60, 5) as usize];
        let grey = palette.colors.iter().position(|(color, _)| color.to_srgb() == GREY);
        assert_eq!((Some(usize::from(line.first)), line.share), (grey, 0.0));
    }

    #[test]
    fn transparency_is_no_colour() {
        let icon = disc_and_bar().map(|pixel| if pixel[0] > 200 { [0; 4] } else { pixel });
        let palette = Palette::find(&icon, &flat()).unwrap();
        assert_eq!(palette.ground, None);
        assert_eq!(palette.colors[0].0.to_srgb(), INK);
    }

    #[test]
    fn black_on_white_gradients_and_photographs_have_no_palette() {
        let writing =
            disc_and_bar().map(|[red, ..]| if red < 150 { [0, 0, 0, 255] } else { [255; 4] });
        assert!(Palette::find(&writing, &flat()).is_none());
        let ramp = Grid::from_fn(128, 128, |x, y| [(2 * x) as u8, (2 * y) as u8, 90, 255]);
        assert!(Palette::find(&ramp, &flat()).is_none());
        assert!(Palette::find(&disc_and_bar(), &Features::default()).is_none());
    }
}

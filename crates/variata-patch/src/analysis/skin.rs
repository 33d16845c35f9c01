//! Skin: the cheapest sign of people.
//!
//! A torn face is the worst thing a variation can show, and no measure finds it afterwards. So
//! anything that may be skin counts as a subject; sand and wood are taken for skin too, which only
//! costs those pictures their bolder variations.

use crate::color::Oklab;
use crate::filter::{Component, components, opened};
use crate::grid::LabImage;

/// Share of the picture, 0.0–1.0, in the largest compact part that has the colour of skin.
pub(super) fn skin_area(colors: &LabImage) -> f32 {
    let mask = opened(&colors.map(is_skin), 1);
    let (_, found) = components(&mask);
    let largest = found.iter().filter(|part| is_compact(part)).map(|part| part.area).max();
    largest.unwrap_or(0) as f32 / mask.cells().len() as f32
}

/// Human skin of every tone keeps to a narrow range of hues, and to a lightness at which hue can
/// be told at all.
pub(super) fn is_skin(color: Oklab) -> bool {
    // Tangents of 18° and 72°: the hue lies between orange-red and orange-yellow.
    let hue = color.a > 0.0 && color.b > 0.325 * color.a && color.b < 3.08 * color.a;
    let chroma = color.chroma();
    hue && (0.025..0.16).contains(&chroma) && (0.35..0.95).contains(&color.l)
}

/// Faces and hands fill their box; flames, grass and sand grains do not.
fn is_compact(part: &Component) -> bool {
    let (width, height) = (part.width() as f32, part.height() as f32);
    part.area as f32 > 0.4 * width * height && width < 3.0 * height && height < 3.0 * width
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(color: [u8; 3]) -> f32 {
        let inside = |x: usize, y: usize| (40..56).contains(&x) && (30..52).contains(&y);
        let ground = Oklab::from_srgb([70, 90, 120]);
        let colors =
            LabImage::from_fn(
                96,
                96,
                |x, y| {
                    if inside(x, y) { Oklab::from_srgb(color) } else { ground }
                },
            );
        skin_area(&colors)
    }

    #[test]
    fn skin_of_every_tone_is_found_and_leaves_and_skies_are_not() {
        for tone in [[255, 219, 190], [224, 172, 140], [160, 110, 80], [110, 70, 50]] {
            assert!((area(tone) - 352.0 / 9216.0).abs() < 0.005, "{tone:?}");
        }
        for other in [[60, 120, 40], [90, 140, 220], [128, 128, 128], [230, 30, 40]] {
            assert_eq!(area(other), 0.0, "{other:?}");
        }
    }
}

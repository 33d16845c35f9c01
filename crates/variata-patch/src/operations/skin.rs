//! Skin: the colour that stays where others change. Nobody is green, drawn or not.

use super::pixels::smoothstep;
use crate::color::Oklab;

/// How much a colour could be skin of any tone, 0.0–1.0: hues between pink and tan at low chroma.
pub(super) fn skin_likeness(color: Oklab) -> f32 {
    // The tangents of 74° and 80°.
    likeness(color, [3.5, 6.0], [0.9, 0.97])
}

/// The same in drawings, where skin is lighter and yellower as well (lightness 0.91, 79°).
pub(super) fn drawn_skin_likeness(color: Oklab) -> f32 {
    // The tangents of 83° and 86°.
    likeness(color, [8.0, 14.0], [0.93, 0.98])
}

/// Whether a colour could be skin, fading as its hue, given as a tangent, and its lightness rise.
fn likeness(color: Oklab, yellow: [f32; 2], light: [f32; 2]) -> f32 {
    let chroma = color.chroma();
    if chroma < 0.015 || color.a <= 0.0 || color.b <= 0.0 {
        return 0.0;
    }
    // From the tangents of 23° and 37°.
    let slope = color.b / color.a;
    let hue = smoothstep(0.42, 0.75, slope) * (1.0 - smoothstep(yellow[0], yellow[1], slope));
    let vividness = smoothstep(0.015, 0.035, chroma) * (1.0 - smoothstep(0.105, 0.14, chroma));
    let lightness =
        smoothstep(0.2, 0.32, color.l) * (1.0 - smoothstep(light[0], light[1], color.l));
    hue * vividness * lightness
}

/// Chroma from which a colour of skin's hue is none: the oranges of posters.
const VIVID: f32 = 0.13;
/// So many times as much of those beside what could be skin, and that is their haze.
const LEAST_VIVID: f32 = 4.0;

/// Whether what could be skin among the `colors` of a place that was drawn is but the paler part of an
/// orange: the haze of an evening.
pub(super) fn is_haze(colors: &[Oklab]) -> bool {
    let is_orange = |color: &Oklab| {
        color.a > 0.0
            && color.b > 0.42 * color.a
            && color.b < 8.0 * color.a
            && color.chroma() > VIVID
    };
    let vivid: f32 =
        colors.iter().filter(|color| is_orange(color)).map(|color| color.chroma()).sum();
    vivid > LEAST_VIVID * skin_chroma(colors)
}

/// Whether what could be skin among the `colors` of a thing that was drawn is most of what has a
/// colour at all: a thing of clay or wood.
pub(super) fn is_most(colors: &[Oklab]) -> bool {
    2.0 * skin_chroma(colors) > colors.iter().map(|color| color.chroma()).sum()
}

fn skin_chroma(colors: &[Oklab]) -> f32 {
    colors.iter().map(|&color| color.chroma() * drawn_skin_likeness(color)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colors(skin: usize, orange: usize, blue: usize) -> Vec<Oklab> {
        let [peach, vivid, other] =
            [[224, 172, 140], [250, 120, 45], [40, 120, 220]].map(Oklab::from_srgb);
        [vec![peach; skin], vec![vivid; orange], vec![other; blue]].concat()
    }

    #[test]
    fn the_paler_part_of_an_orange_sky_is_haze_and_faces_are_not() {
        assert!(is_haze(&colors(10, 40, 30)));
        assert!(!is_haze(&colors(10, 5, 30)) && !is_haze(&colors(10, 0, 30)));
    }

    #[test]
    fn a_thing_of_clay_is_no_person() {
        assert!(is_most(&colors(30, 0, 2)) && !is_most(&colors(10, 5, 30)));
        assert!(!is_most(&[]) && !is_haze(&[]));
    }

    #[test]
    fn skin_is_lighter_and_yellower_where_it_is_drawn() {
        for drawn in [[250, 221, 176], [235, 206, 162], [192, 169, 126]].map(Oklab::from_srgb) {
            assert!(skin_likeness(drawn) < 0.8 && drawn_skin_likeness(drawn) > 0.95, "{drawn:?}");
        }
        let yellow = Oklab::from_srgb([240, 225, 120]);
        assert_eq!(drawn_skin_likeness(yellow), 0.0);
    }
}

//! More light and less light on a colour, as film takes it.
//!
//! In OKLab an exposure is a plain factor on all three numbers, since the space is homogeneous. But
//! a factor burns highlights out and drives pale colours to the edge of the gamut, where their hue
//! turns: a nose goes orange. So lightness rolls off towards white, and chroma follows by half.

use crate::color::Oklab;

/// `color` under `stops` more light, −3.0 to 1.6; never lighter than white.
pub(super) fn exposed(color: Oklab, stops: f32) -> Oklab {
    // A factor on linear light is its cube root on lightness.
    brightened(color, libm::exp2f(stops / 3.0) - 1.0)
}

/// `color` with its lightness changed by the share `gain`, −1.0 to 0.5.
pub(super) fn brightened(color: Oklab, gain: f32) -> Oklab {
    if gain <= 0.0 {
        let left = 1.0 + gain;
        return Oklab { l: color.l * left, ..color.with_chroma_scaled(left) };
    }
    // Rises with lightness for every gain up to one half, and leaves white where it is.
    let room = (1.0 - color.l * color.l).max(0.0);
    let grown = 1.0 + gain * room;
    let vivid = 1.0 + 0.5 * gain * room;
    Oklab { l: color.l * grown, ..color.with_chroma_scaled(vivid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_light_is_no_change_and_more_light_is_brighter() {
        let color = Oklab { l: 0.5, a: 0.05, b: 0.03 };
        assert!(exposed(color, 0.0).distance(color) < 1e-6);
        assert!(exposed(color, 1.0).l > 0.59 && exposed(color, -1.0).l < 0.42);
    }

    #[test]
    fn tones_keep_their_order_and_white_stays_white() {
        for stops in [0.5, 1.0, 1.6] {
            let at =
                |step: usize| exposed(Oklab { l: step as f32 / 100.0, a: 0.0, b: 0.0 }, stops).l;
            assert!((1..=100).all(|step| at(step) > at(step - 1)), "{stops}");
            assert!((at(100) - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn chroma_grows_less_than_lightness() {
        let skin = Oklab { l: 0.7, a: 0.05, b: 0.05 };
        let lit = exposed(skin, 1.0);
        assert!(lit.chroma() / skin.chroma() < 0.5 + 0.5 * lit.l / skin.l + 1e-4);
    }
}

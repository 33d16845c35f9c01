//! Colours that touch must stay apart.
//!
//! A new palette may give two neighbours the same lightness, and a word or an outline is gone. The
//! lightness of touching colours is pushed apart until each pair has most of the contrast it had.

use crate::analysis::Palette;
use crate::color::Oklab;

/// Pairs with a smaller share of all edges are accidents of anti-aliasing.
const LEAST_CONTACT: f32 = 0.012;
const LIGHTNESS: std::ops::RangeInclusive<f32> = 0.14..=0.985;

/// `colors` with the lightness of touching ones pushed apart where they came too near. The colour
/// `fixed` stays.
pub(super) fn restored(palette: &Palette, colors: &[Oklab], fixed: Option<u8>) -> Vec<Oklab> {
    let mut colors = colors.to_vec();
    for _ in 0..24 {
        let before = colors.clone();
        for contact in contacts(palette) {
            let (first, second) = (usize::from(contact.0), usize::from(contact.1));
            push_apart(palette, &mut colors, (first, second), fixed.map(usize::from));
        }
        if colors == before {
            break;
        }
    }
    colors
}

/// Whether every touching pair keeps at least 0.9 of the contrast that it needs.
pub(super) fn holds(palette: &Palette, colors: &[Oklab]) -> bool {
    contacts(palette).all(|(first, second)| {
        let (first, second) = (usize::from(first), usize::from(second));
        let need = Need::of(palette.colors[first].0, palette.colors[second].0);
        let (one, other) = (shown(colors[first]), shown(colors[second]));
        one.distance(other) >= 0.9 * need.distance
            && (one.l - other.l).abs() >= 0.9 * need.lightness
    })
}

fn contacts(palette: &Palette) -> impl Iterator<Item = (u8, u8)> + '_ {
    let strong = palette.contacts.iter().filter(|contact| contact.share > LEAST_CONTACT);
    strong.map(|contact| (contact.first, contact.second))
}

/// The colour that sRGB makes of it.
fn shown(color: Oklab) -> Oklab {
    Oklab::from_srgb(color.to_srgb())
}

/// The contrast that two touching colours need, given the one they had.
struct Need {
    distance: f32,
    /// Writing is read by lightness: pairs that had much of it keep it.
    lightness: f32,
}

impl Need {
    fn of(first: Oklab, second: Oklab) -> Self {
        let lightness = (first.l - second.l).abs();
        Self {
            distance: (0.65 * first.distance(second)).min(0.15),
            lightness: if lightness > 0.3 { (0.75 * lightness).min(0.38) } else { 0.0 },
        }
    }
}

fn push_apart(
    palette: &Palette,
    colors: &mut [Oklab],
    (first, second): (usize, usize),
    fixed: Option<usize>,
) {
    let old = [palette.colors[first].0, palette.colors[second].0];
    let need = Need::of(old[0], old[1]);
    let difference = colors[first].l - colors[second].l;
    let (one, other) = (shown(colors[first]), shown(colors[second]));
    let missing = (need.lightness - difference.abs()).max(need.distance - one.distance(other));
    if missing <= 0.002 {
        return;
    }
    let up = if difference.abs() > 0.01 { difference > 0.0 } else { old[0].l >= old[1].l };
    let sign = if up { 1.0 } else { -1.0 };
    let (mine, yours) = match fixed {
        Some(at) if at == first => (0.0, 1.0),
        Some(at) if at == second => (1.0, 0.0),
        _ => (0.5, 0.5),
    };
    let moved = |l: f32, way: f32| (l + way).clamp(*LIGHTNESS.start(), *LIGHTNESS.end());
    colors[first].l = moved(colors[first].l, sign * mine * missing);
    colors[second].l = moved(colors[second].l, -sign * yours * missing);
}

//! What is painted on skin: cheeks and lips, redder than the face and with the face all around.
//!
//! By its colour alone a blush is the pink of any dress; a girl with blue cheeks is ill.

use super::pixels::{Field, smoothstep};
use super::skin::drawn_skin_likeness;
use crate::color::Oklab;
use crate::filter::{
    Component, closed, components, dilated, fill_holes, gaussian_blur, opened, touching,
};
use crate::grid::{LabImage, Mask, Plane};

/// The share of the picture that a cheek takes at most.
const LARGEST: f32 = 0.015;
/// The same of all that skin surrounds altogether, a mouth or an eye.
const LARGEST_HOLE: f32 = 0.1;
/// The share of what is around a cheek that skin is at least: hair falls over it.
const ENCLOSED: f32 = 0.45;
/// What is skin this far stays of itself.
const SURELY_SKIN: f32 = 0.95;
/// How far around it that is looked for, in cells.
const AROUND: usize = 2;

/// How far each place is painted skin in `colors`, a drawing at a size of some 100 cells a side,
/// 0.0–1.0; `None` where no place is.
pub(super) fn on_skin(colors: &LabImage) -> Option<Field<1>> {
    // The rim of anything red on white is pale as skin, but thin all along.
    let pale = colors.map(|color| drawn_skin_likeness(color) > 0.5);
    let skin = touching(&pale, &opened(&pale, 1));
    let red = colors.map(|color| is_red(color) && drawn_skin_likeness(color) < SURELY_SKIN);
    let cells = |share: f32| (share * colors.cells().len() as f32) as usize;
    let face = fill_holes(&closed(&skin, 1), cells(LARGEST_HOLE));
    let (labels, found) = components(&red);
    let is_painted = |(at, part): (usize, &Component)| {
        let own = || labels.map(|label| label as usize == at + 1);
        part.area <= cells(LARGEST) && is_enclosed(&own(), &skin)
    };
    let painted: Vec<bool> = found.iter().enumerate().map(is_painted).collect();
    let painted = Mask::from_fn(colors.width(), colors.height(), |x, y| {
        let label = labels.at(x, y) as usize;
        label > 0 && (painted[label - 1] || face.at(x, y))
    });
    painted.cells().contains(&true).then(|| Field::of_plane(&faded(&painted)))
}

/// Whether the hue of `color` is between pink and orange.
fn is_red(color: Oklab) -> bool {
    color.a > 0.0
        && (-0.36 * color.a..1.2 * color.a).contains(&color.b)
        && color.chroma() > 0.04
        && (0.35..0.96).contains(&color.l)
}

/// Whether nearly all that lies around `part` is `skin`.
fn is_enclosed(part: &Mask, skin: &Mask) -> bool {
    let near = dilated(part, AROUND);
    let ring = near.cells().iter().zip(part.cells()).map(|(&near, &own)| near && !own);
    let (mut around, mut skins) = (0usize, 0usize);
    for (ring, &skin) in ring.zip(skin.cells()) {
        around += usize::from(ring);
        skins += usize::from(ring && skin);
    }
    skins as f32 > ENCLOSED * around as f32
}

/// `painted` with a soft rim, which what melts into skin has.
fn faded(painted: &Mask) -> Plane {
    let near = dilated(painted, 1).map(|near| if near { 1.0 } else { 0.0 });
    gaussian_blur(&near, 0.7).map(|share| smoothstep(0.2, 0.8, share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cheek_and_a_tongue_are_painted_and_a_dress_is_not() {
        let [skin, pink] = [[250, 224, 200], [244, 170, 165]].map(Oklab::from_srgb);
        let colors = LabImage::from_fn(96, 96, |x, y| match (x, y) {
            (30..38, 40..45) => pink,
            (46..54, 42..46) => pink,
            (44..56, 38..48) => Oklab::from_srgb([40, 20, 20]),
            (10..70, 20..60) => skin,
            (_, 60..) => pink,
            _ => Oklab::from_srgb([80, 120, 200]),
        });
        let painted = on_skin(&colors).unwrap();
        let at = |x: usize, y: usize| painted.row(y, 96, 96)[x][0];
        assert!(at(34, 42) > 0.9 && at(50, 44) > 0.9, "{} {}", at(34, 42), at(50, 44));
        assert!(at(34, 80) < 0.01 && at(60, 30) < 0.01 && at(80, 10) < 0.01);
        assert!(on_skin(&colors.map(|_| skin)).is_none());
    }
}

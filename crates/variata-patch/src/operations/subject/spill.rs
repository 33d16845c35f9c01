//! A vivid ground's colour on the edge of the subject before it.
//!
//! A blue wall shines on hair, lenses blur it in, and JPEG keeps colours at half the size: up to a
//! hundredth of the picture inside the outline everything is a little blue, with nothing of the
//! ground to be seen through it. On another ground that is a fringe. What lies there may be no more
//! of the ground's hue than the subject is further in.

use super::cutout::rounded;
use crate::color::Oklab;
use crate::filter::{distance_to, gaussian_blur};
use crate::grid::{LabImage, Plane, Raster};
use crate::operations::pixels::{Field, smoothstep};
use crate::resample::resize;

/// Chroma from which on a ground colours what stands before it.
const VIVID: f32 = 0.10;
/// Share of the picture's side within which edges are coloured.
const RIM: f32 = 0.02;
/// Side at which the subject's own colours are measured.
const SIDE: usize = 128;
/// How far those are spread towards the edge, in pixels of that size.
const SPREAD: f32 = 6.0;
/// How much more of the ground's hue than the inside an edge may have.
const MARGIN: f32 = 0.01;

/// What takes the ground's colour off the edges.
pub(super) struct Spill {
    /// The ground's hue, a unit vector in a and b.
    toward: (f32, f32),
    /// How much of it the subject has near each place, and how much of an edge that place is.
    limits: Field<2>,
}

impl Spill {
    /// `None` where the ground has no hue of its own.
    pub(super) fn find(source: &Raster, alpha: &Plane, surface: &LabImage) -> Option<Self> {
        let count = surface.cells().len().max(1) as f32;
        let sum = |lane: fn(&Oklab) -> f32| surface.cells().iter().map(lane).sum::<f32>() / count;
        let (a, b) = (sum(|color| color.a), sum(|color| color.b));
        let chroma = (a * a + b * b).sqrt();
        if chroma < VIVID {
            return None;
        }
        let toward = (a / chroma, b / chroma);
        let rim = RIM * SIDE as f32;
        let depth = depth(&resize(alpha, SIDE, SIDE));
        let small = resize(source, SIDE, SIDE);
        let inside = depth.map(|depth| if depth > rim { 1.0 } else { 0.0f32 });
        let own = small.zip_map(&inside, |[red, green, blue, _], inside| {
            inside * share(Oklab::from_srgb([red, green, blue]), toward)
        });
        let [own, weight] = [own, inside].map(|plane| gaussian_blur(&plane, SPREAD));
        let own =
            own.zip_map(&weight, |own, weight| if weight > 1e-3 { own / weight } else { 1.0 });
        let edge = depth.map(|depth| 1.0 - smoothstep(0.5 * rim, 1.5 * rim, depth));
        let limits = Field::new(own.zip_map(&edge, |own, edge| [own, edge]));
        Some(Self { toward, limits })
    }

    /// The limits along row `y` of a picture of this width and height, for [`Self::removed`].
    pub(super) fn row(&self, y: usize, width: usize, height: usize) -> Vec<[f32; 2]> {
        self.limits.row(y, width, height)
    }

    /// `color` (0.0–255.0) with no more of the ground's hue than its place may have.
    pub(super) fn removed(&self, color: [f32; 3], [own, edge]: [f32; 2]) -> [f32; 3] {
        if edge <= 0.0 {
            return color;
        }
        let lab = Oklab::from_srgb(rounded(color));
        let excess = edge * (share(lab, self.toward) - own.max(0.0) - MARGIN);
        if excess <= 0.0 {
            return color;
        }
        let (a, b) = (lab.a - excess * self.toward.0, lab.b - excess * self.toward.1);
        Oklab { l: lab.l, a, b }.to_srgb().map(f32::from)
    }
}

/// How much of a hue a colour has.
fn share(color: Oklab, toward: (f32, f32)) -> f32 {
    color.a * toward.0 + color.b * toward.1
}

/// The distance of each pixel from what is not the subject.
fn depth(alpha: &Plane) -> Plane {
    distance_to(&alpha.map(|alpha| alpha < 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLUE: [u8; 4] = [50, 110, 255, 255];

    /// A disc of one colour, 120 px across, with a ring of the other along its edge.
    fn disc(body: [u8; 4], ring: [u8; 4]) -> (Raster, Plane) {
        let radius = |x: usize, y: usize| {
            let (u, v) = (x as f32 - 128.0, y as f32 - 128.0);
            (u * u + v * v).sqrt()
        };
        let color = |x, y| match radius(x, y) {
            r if r < 57.0 => body,
            r if r < 60.0 => ring,
            _ => BLUE,
        };
        let alpha = Plane::from_fn(256, 256, |x, y| if radius(x, y) < 60.0 { 1.0 } else { 0.0 });
        (Raster::from_fn(256, 256, color), alpha)
    }

    fn at_the_edge(body: [u8; 4], ring: [u8; 4]) -> [f32; 3] {
        let (source, alpha) = disc(body, ring);
        let [red, green, blue, _] = BLUE;
        let surface = LabImage::new(96, 96, Oklab::from_srgb([red, green, blue]));
        let spill = Spill::find(&source, &alpha, &surface).unwrap();
        let [red, green, blue, _] = ring;
        spill.removed([red, green, blue].map(f32::from), spill.row(128, 256, 256)[128 + 58])
    }

    #[test]
    fn brown_hair_is_not_blue_at_its_edge() {
        let [red, _, blue] = at_the_edge([110, 85, 70, 255], [90, 120, 210, 255]);
        assert!(blue < red + 12.0, "{red} {blue}");
    }

    #[test]
    fn a_blue_shirt_stays_blue_to_its_edge() {
        let shirt = [60, 90, 200, 255];
        assert_eq!(at_the_edge(shirt, shirt), [60.0, 90.0, 200.0]);
    }

    #[test]
    fn a_grey_wall_colours_nothing() {
        let (source, alpha) = disc([110, 85, 70, 255], [90, 120, 210, 255]);
        let surface = LabImage::new(96, 96, Oklab::from_srgb([120; 3]));
        assert!(Spill::find(&source, &alpha, &surface).is_none());
    }
}

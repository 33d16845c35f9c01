//! How much of each pixel is sky.

use super::gaps::Gaps;
use super::{Frame, SIDE};
use crate::filter::{dilated, gaussian_blur};
use crate::grid::{Mask, Raster};
use crate::operations::pixels::{EdgeMask, Field, guide_of, lab_of, smoothstep};
use crate::resample::resize;

/// The share of sky in every pixel of a picture.
pub(super) struct Cover {
    /// The sky along the picture's edges.
    edges: EdgeMask,
    /// 1.0 in the sky and close to it, falling to 0.0: what looks like the sky further away may be a
    /// shirt or a wall.
    reach: Field<1>,
    gaps: Gaps,
}

impl Cover {
    /// Prepares the cover of the frame's picture, whose sky is known on the coarse plane.
    pub(super) fn of(frame: &Frame, sky: &Mask, has_people: bool) -> Self {
        let image = &frame.image;
        let people = has_people.then(|| resize(&frame.saliency, SIDE, SIDE));
        let guide = guide_of(image, SIDE);
        let share = |set: bool| if set { 1.0 } else { 0.0 };
        let near = gaussian_blur(&dilated(sky, 2).map(share), 1.0);
        Self {
            edges: EdgeMask::new(&guide, &sky.map(share), SIDE / 16, 2e-4),
            reach: Field::of_plane(&near),
            gaps: Gaps::of(&guide, &lab_of(image, SIDE), sky, people.as_ref()),
        }
    }

    /// The share of sky in each pixel of row `y` of `image`, 0.0–1.0.
    pub(super) fn row(&self, image: &Raster, y: usize) -> Vec<f32> {
        let edges = self.edges.row(image, y);
        let reach = self.reach.row(y, image.width(), image.height());
        let gaps = self.gaps.row(image.row(y), y, image.height());
        let shares = edges.into_iter().zip(reach).zip(gaps);
        shares.map(|((edge, [reach]), gap)| smoothstep(0.06, 0.9, edge * reach).max(gap)).collect()
    }
}

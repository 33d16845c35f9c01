//! A region at full size, along its edges.

use crate::grid::{Mask, Plane, Raster};
use crate::kernels::recompiled;
use crate::operations::pixels::{
    ColorTable, EdgeMask, Field, guide_of, mix_all, repainted_in_rows, smoothstep, straight,
};

/// Changes the colours of a region by two tables: one along its border and one deep inside it.
pub(super) struct Painter {
    border: ColorTable,
    inner: ColorTable,
    mask: EdgeMask,
    depth: Field<1>,
}

impl Painter {
    /// A painter for `image`: `border` where `depth` is 0.0 and `inner` where it is 1.0, within `mask`
    /// alone.
    pub(super) fn new(
        image: &Raster,
        [border, inner]: [ColorTable; 2],
        mask: &Mask,
        depth: &Plane,
    ) -> Self {
        let weight = mask.map(|set| if set { 1.0 } else { 0.0 });
        let mask = EdgeMask::new(&guide_of(image, weight.width()), &weight, 2, 4e-4);
        Self { border, inner, mask, depth: Field::of_plane(depth) }
    }

    /// `image` with the region changed.
    pub(super) fn painted(&self, image: &Raster) -> Raster {
        repainted_in_rows(image, |y| {
            let (pixels, mask) = (image.row(y), self.mask.row(image, y));
            if mask.iter().all(|value| *value <= RAMP[0]) {
                return pixels.iter().map(|&pixel| straight(pixel).map(f32::from)).collect();
            }
            let depth = self.depth.row(y, image.width(), image.height());
            painted_row(self, pixels, &mask, &depth)
        })
    }
}

recompiled! {
    /// A row of pixels, as bytes before rounding.
    fn painted_row(
        painter: &Painter,
        pixels: &[[u8; 4]],
        mask: &[f32],
        depth: &[[f32; 1]],
    ) -> Vec<[f32; 3]> {
        let changed = |((&pixel, &value), &[depth]): ((&[u8; 4], &f32), &[f32; 1])| {
            let color = straight(pixel);
            let share = smoothstep(RAMP[0], RAMP[1], value);
            if share <= 0.0 {
                return color.map(f32::from);
            }
            let changed = if depth <= 0.0 {
                painter.border.at(color)
            } else if depth >= 1.0 {
                painter.inner.at(color)
            } else {
                mix_all(painter.border.at(color), painter.inner.at(color), depth)
            };
            mix_all(color.map(f32::from), changed, share)
        };
        pixels.iter().zip(mask).zip(depth).map(changed).collect()
    }
}

/// Where the mask begins to count, and where it counts altogether.
const RAMP: [f32; 2] = [0.08, 0.5];

//! A region at full size, along its edges.

use crate::grid::{Mask, Plane, Raster};
use crate::kernels::recompiled;
use crate::operations::pixels::{
    ColorTable, EdgeMask, Field, guide_of, lanes_of_row, mix_all, packed, repainted_in_rows,
    smoothstep, straight,
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
        let (reach, size) = (self.mask.reach(RAMP[0]), (image.width(), image.height()));
        repainted_in_rows(image, |y| {
            let columns = reach.columns(y, size);
            let mask = self.mask.part(image, y, columns.clone());
            let depth = self.depth.part(y, columns.clone(), size);
            let mut colors = lanes_of_row(image.row(y));
            paint_part(self, &image.row(y)[columns.clone()], &mask, &depth, &mut colors[columns]);
            packed(&colors)
        })
    }
}

recompiled! {
    /// Changes a part of a row of pixels, whose colours are bytes before rounding.
    fn paint_part(
        painter: &Painter,
        pixels: &[[u8; 4]],
        mask: &[f32],
        depth: &[[f32; 1]],
        colors: &mut [[f32; 4]],
    ) {
        let places = pixels.iter().zip(mask).zip(depth);
        for (color, ((&pixel, &value), &[depth])) in colors.iter_mut().zip(places) {
            let share = smoothstep(RAMP[0], RAMP[1], value);
            if share <= 0.0 {
                continue;
            }
            let at = |table: &ColorTable| table.lanes_at(straight(pixel));
            let changed = if depth <= 0.0 {
                at(&painter.border)
            } else if depth >= 1.0 {
                at(&painter.inner)
            } else {
                mix_all(at(&painter.border), at(&painter.inner), depth)
            };
            *color = mix_all(*color, changed, share);
        }
    }
}

/// Where the mask begins to count, and where it counts altogether.
const RAMP: [f32; 2] = [0.08, 0.5];

//! What varies slowly over a picture, kept on a coarse grid and mixed up to full size row by row.

use std::ops::Range;

use super::{mix_all, straight};
use crate::filter::guided_models;
use crate::grid::{Grid, Plane, Raster};
use crate::kernels::{positions, recompiled};
use crate::resample::resize;

/// `N` numbers that vary slowly over a picture, known on a coarse grid.
#[derive(Debug, Clone)]
pub(in crate::operations) struct Field<const N: usize> {
    nodes: Grid<[f32; N]>,
}

impl<const N: usize> Field<N> {
    /// The field with these values at the centres of its cells.
    pub(in crate::operations) fn new(nodes: Grid<[f32; N]>) -> Self {
        Self { nodes }
    }

    /// The values at each pixel of row `y` of a picture of `width` × `height`, mixed bilinearly.
    pub(in crate::operations) fn row(
        &self,
        y: usize,
        width: usize,
        height: usize,
    ) -> Vec<[f32; N]> {
        self.part(y, 0..width, (width, height))
    }

    /// The values at some columns of row `y` of a picture of this width and height.
    pub(in crate::operations) fn part(
        &self,
        y: usize,
        columns: Range<usize>,
        (width, height): (usize, usize),
    ) -> Vec<[f32; N]> {
        let (top, bottom, share) = bracket(y, height, self.nodes.height());
        mixed_row(self.nodes.row(top), self.nodes.row(bottom), share, columns, width)
    }
}

recompiled! {
    /// Some columns of what is `share` of the way from one row of nodes to the next, mixed up to `width`
    /// pixels.
    fn mixed_row[const N: usize](
        above: &[[f32; N]],
        below: &[[f32; N]],
        share: f32,
        columns: Range<usize>,
        width: usize,
    ) -> Vec<[f32; N]> {
        let line: Vec<[f32; N]> =
            above.iter().zip(below).map(|(&a, &b)| mix_all(a, b, share)).collect();
        let last = line.last().copied().unwrap_or([0.0; N]);
        let next = line.iter().skip(1).chain([&last]);
        // Each node, and how far it is from there to the next.
        let ways: Vec<[[f32; N]; 2]> = line
            .iter()
            .zip(next)
            .map(|(node, next)| [*node, std::array::from_fn(|at| next[at] - node[at])])
            .collect();
        // Loops of their own: eight divisions at once, and as many whole numbers.
        let places = positions(columns).map(|x| place_of(x, width, line.len()));
        let places: Vec<f32> = places.collect();
        let nodes: Vec<i32> = places.iter().map(|&place| place as i32).collect();
        let at = |(&place, &node): (&f32, &i32)| {
            let [from, way] = ways[node as usize];
            let share = place - node as f32;
            std::array::from_fn(|at| from[at] + way[at] * share)
        };
        places.iter().zip(&nodes).map(at).collect()
    }
}

impl Field<1> {
    /// The field of one plane.
    pub(in crate::operations) fn of_plane(plane: &Plane) -> Self {
        Self::new(plane.map(|value| [value]))
    }
}

/// `plane` drawn at full size along the edges of `image`: the guided filter with its coefficients
/// found on a coarse grid (He and Sun, "Fast Guided Filter", 2015).
pub(in crate::operations) struct EdgeMask {
    coefficients: Field<4>,
}

impl EdgeMask {
    /// Prepares the mask; `radius` and `epsilon` as for the guided filter, in pixels of `guide`,
    /// the picture at the coarse size.
    pub(in crate::operations) fn new(
        guide: &Grid<[f32; 3]>,
        plane: &Plane,
        radius: usize,
        epsilon: f32,
    ) -> Self {
        let fitted = resize(plane, guide.width(), guide.height());
        Self { coefficients: Field::new(guided_models(guide, &fitted, radius, epsilon)) }
    }

    /// The mask, 0.0–1.0, along row `y` of `image`, the picture at full size.
    pub(in crate::operations) fn row(&self, image: &Raster, y: usize) -> Vec<f32> {
        self.part(image, y, 0..image.width())
    }

    /// The mask at some columns of row `y`.
    pub(in crate::operations) fn part(
        &self,
        image: &Raster,
        y: usize,
        columns: Range<usize>,
    ) -> Vec<f32> {
        let size = (image.width(), image.height());
        let coefficients = self.coefficients.part(y, columns.clone(), size);
        masked_row(&coefficients, &image.row(y)[columns])
    }

    /// The columns of each row of nodes between which the mask may be above `least`, whatever the
    /// picture's colours are.
    pub(in crate::operations) fn reach(&self, least: f32) -> MaskReach {
        // What mixing and summing round away is far less.
        let may_exceed = |&[red, green, blue, offset]: &[f32; 4]| {
            red.max(0.0) + green.max(0.0) + blue.max(0.0) + offset > 0.99 * least
        };
        let nodes = &self.coefficients.nodes;
        let columns = |y: usize| {
            let row = nodes.row(y);
            let first = row.iter().position(may_exceed)?;
            row.iter().rposition(may_exceed).map(|last| first..last + 1)
        };
        MaskReach { rows: (0..nodes.height()).map(columns).collect(), across: nodes.width() }
    }
}

/// Where an [`EdgeMask`] matters.
pub(in crate::operations) struct MaskReach {
    /// Columns of nodes, a row each.
    rows: Vec<Option<Range<usize>>>,
    across: usize,
}

impl MaskReach {
    /// The columns of row `y` of a picture of this width and height at which the mask may matter.
    pub(in crate::operations) fn columns(
        &self,
        y: usize,
        (width, height): (usize, usize),
    ) -> Range<usize> {
        let (top, bottom, _) = bracket(y, height, self.rows.len());
        let nodes = [top, bottom].into_iter().filter_map(|row| self.rows[row].clone());
        let Some(nodes) = nodes.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)) else {
            return 0..0;
        };
        // A node counts as far as the next one on either side.
        let first = nodes.start.saturating_sub(1) * width / self.across;
        first..((nodes.end + 1) * width).div_ceil(self.across).min(width)
    }
}

recompiled! {
    /// What models of the guided filter say of each of a row of pixels.
    fn masked_row(coefficients: &[[f32; 4]], pixels: &[[u8; 4]]) -> Vec<f32> {
        let value = |(&[red, green, blue, offset], &pixel): (&[f32; 4], &[u8; 4])| {
            let [r, g, b] = straight(pixel).map(|byte| f32::from(byte) / 255.0);
            (red * r + green * g + blue * b + offset).clamp(0.0, 1.0)
        };
        coefficients.iter().zip(pixels).map(value).collect()
    }
}

/// The nodes to both sides of a pixel and how far it is towards the second.
fn bracket(pixel: usize, pixels: usize, nodes: usize) -> (usize, usize, f32) {
    let place = place_of(pixel as f32, pixels, nodes);
    let first = place as usize;
    (first, (first + 1).min(nodes - 1), place - first as f32)
}

/// Where a pixel's centre lies among the nodes, 0.0 being the centre of the first.
#[inline(always)]
fn place_of(pixel: f32, pixels: usize, nodes: usize) -> f32 {
    let place = (pixel + 0.5) * nodes as f32 / pixels as f32 - 0.5;
    place.clamp(0.0, (nodes - 1) as f32)
}

#[cfg(test)]
mod tests {
    use super::super::{guide_of, smoothstep};
    use super::*;

    #[test]
    fn a_field_of_a_ramp_is_a_ramp() {
        let field = Field::of_plane(&Plane::from_fn(16, 16, |x, y| (x + 2 * y) as f32));
        let row = field.row(31, 64, 64);
        for (x, [value]) in row.iter().enumerate().take(56).skip(8) {
            assert!((value - ((x as f32 + 0.5) / 4.0 - 0.5 + 14.75)).abs() < 1e-3);
        }
    }

    #[test]
    fn an_edge_mask_follows_the_full_size_edge() {
        let image = Grid::from_fn(256, 256, |x, _| if x < 131 { [20; 4] } else { [200; 4] })
            .map(|[r, g, b, _]: [u8; 4]| [r, g, b, 255]);
        let guide = guide_of(&image, 64);
        let soft = Plane::from_fn(64, 64, |x, _| smoothstep(24.0, 42.0, x as f32));
        let row = EdgeMask::new(&guide, &soft, 6, 1e-4).row(&image, 128);
        assert!(row[132] - row[129] > 0.5, "{:?}", &row[125..136]);
    }

    #[test]
    fn out_of_its_reach_a_mask_is_low() {
        let image = Raster::from_fn(203, 203, |x, y| [(x * y % 251) as u8, x as u8, y as u8, 255]);
        let plane = Plane::from_fn(50, 50, |x, y| {
            f32::from(u8::from((20..28).contains(&x) && (30..41).contains(&y)))
        });
        let mask = EdgeMask::new(&guide_of(&image, 50), &plane, 2, 4e-4);
        let reach = mask.reach(0.1);
        let mut within = 0;
        for y in 0..203 {
            let (whole, columns) = (mask.row(&image, y), reach.columns(y, (203, 203)));
            assert_eq!(mask.part(&image, y, columns.clone()), whole[columns.clone()]);
            assert!(whole.iter().enumerate().all(|(x, v)| *v <= 0.1 || columns.contains(&x)));
            within += columns.len();
        }
        assert!(within < 203 * 203 / 5, "{within}");
    }
}

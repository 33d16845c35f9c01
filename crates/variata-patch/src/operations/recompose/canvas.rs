//! The canvas: what each of the offsets would show at each pixel, what that costs, and which of them
//! is shown.

use super::layout::Layout;
use super::look::{Look, Material};
use super::offsets::Offset;
use crate::filter::distance_to;
use crate::grid::{Grid, Mask, Plane};

/// Side of the canvas, in pixels. More cost more, and make no better seams.
pub(super) const SIDE: usize = 96;

/// A composition.
pub(super) struct Canvas {
    pub(super) layout: Layout,
    material: Material,
    pub(super) sheets: Vec<Sheet>,
    /// The number of the sheet that is shown.
    pub(super) labels: Grid<u8>,
    /// Whether another sheet may be shown.
    pub(super) open: Mask,
}

/// The canvas as one offset would fill it.
pub(super) struct Sheet {
    pub(super) offset: Offset,
    pub(super) looks: Grid<Look>,
    /// What it costs to show it; [`f32::MAX`] where it has nothing to show.
    pub(super) costs: Plane,
}

/// How far into the source seams may lie, in pixels.
const REACH: f32 = 18.0;
/// How near each other on the source both sides of a fold are.
const FOLD: isize = 6;
/// What it costs to show anything but the source as it lies.
const LEAST_COST: f32 = 0.004;
/// What it costs to show something salient once more.
const SALIENCY_WEIGHT: f32 = 0.6;
/// What it costs to show something at another height, for the whole side.
const HEIGHT_WEIGHT: f32 = 0.05;
/// The same where the picture lies in layers.
const STRICT_HEIGHT_WEIGHT: f32 = 1.0;

impl Canvas {
    /// A canvas on which each pixel shows what costs least there, whatever its neighbours show.
    pub(super) fn new(material: Material, layout: Layout, offsets: &[Offset]) -> Self {
        let sheets: Vec<Sheet> =
            offsets.iter().map(|&offset| Sheet::new(&material, &layout, offset)).collect();
        let labels = Grid::from_fn(SIDE, SIDE, |x, y| {
            let costs = sheets.iter().map(|sheet| sheet.costs.at(x, y));
            let least = costs.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
            least.map_or(0, |(number, _)| number as u8)
        });
        let outside = Mask::from_fn(SIDE, SIDE, |x, y| !layout.has(layout.place(x, y)));
        let far = distance_to(&outside);
        let open = Mask::from_fn(SIDE, SIDE, |x, y| {
            let (u, v) = layout.place(x, y);
            let held = layout.has((u, v)) && material.held.clamped(u, v);
            !held && far.at(x, y) < REACH
        });
        Self { layout, material, sheets, labels, open }
    }

    /// The colour that a sheet has at a pixel, in bytes, whether it may be shown or not.
    pub(super) fn color(&self, label: u8, x: usize, y: usize) -> [f32; 3] {
        let (u, v) = self.origin(label, x, y);
        self.material.colors.clamped(u, v)
    }

    /// The saliency of the composition.
    pub(super) fn saliency(&self) -> Plane {
        Plane::from_fn(SIDE, SIDE, |x, y| {
            let (u, v) = self.origin(self.labels.at(x, y), x, y);
            self.material.saliency.clamped(u, v).clamp(0.0, 1.0)
        })
    }

    /// What two sheets show again of each other beside a pixel where one is the other's reflection;
    /// 0.0 where it is not.
    pub(super) fn folded(&self, labels: [u8; 2], x: usize, y: usize) -> f32 {
        let [one, other] = labels.map(|label| self.sheets[usize::from(label)].offset);
        let [here, there] = labels.map(|label| self.origin(label, x, y));
        let is_fold = one.mirrored != other.mirrored
            && (here.0 - there.0).abs() <= FOLD
            && (here.1 - there.1).abs() <= FOLD;
        if is_fold { self.material.relief.clamped(here.0, here.1) } else { 0.0 }
    }

    fn origin(&self, label: u8, x: usize, y: usize) -> (isize, isize) {
        self.sheets[usize::from(label)].offset.origin(&self.layout, x, y)
    }
}

impl Sheet {
    fn new(material: &Material, layout: &Layout, offset: Offset) -> Self {
        let strict = if layout.layered { STRICT_HEIGHT_WEIGHT } else { HEIGHT_WEIGHT };
        let fixed = LEAST_COST + strict * offset.dy.unsigned_abs() as f32 / SIDE as f32;
        let cost = |x, y| {
            let (u, v) = offset.origin(layout, x, y);
            match () {
                () if !offset.shows(material, layout, x, y) => f32::MAX,
                () if offset == Offset::NONE => 0.0,
                () => fixed + SALIENCY_WEIGHT * material.saliency.clamped(u, v).max(0.0),
            }
        };
        let look = |x, y| {
            let (u, v) = offset.origin(layout, x, y);
            material.looks.clamped(u, v)
        };
        Self {
            offset,
            looks: Grid::from_fn(SIDE, SIDE, look),
            costs: Plane::from_fn(SIDE, SIDE, cost),
        }
    }
}

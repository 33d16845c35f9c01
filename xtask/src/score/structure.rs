//! Whether the subject is still there, whatever was done to it.
//!
//! Patch measures call a recoloured, painted or moved subject lost. The directions of its edges are
//! not: they care neither for hue nor for contrast, and a search over position, scale, tilt and
//! mirror image finds them wherever they went. So the salient part of the source is described by
//! histograms of edge directions (Dalal and Triggs, "Histograms of oriented gradients for human
//! detection", 2005) and laid over the variation like a template whose parts may move a little
//! (Felzenszwalb et al., "Object detection with discriminatively trained part-based models", 2010).
//! How well this tells losses from clean variations is measured by `score --self-test`.

use variata_patch::analysis::Class;
use variata_patch::color::Oklab;
use variata_patch::filter::{gaussian_blur, gradient};
use variata_patch::geometry::Projective;
use variata_patch::grid::{Grid, LabImage, Plane};
use variata_patch::resample::resize;

/// Side of a cell, in pixels.
const CELL_PX: usize = 8;
/// Cells along the side of a variation, and of a source at its own size.
const CELLS: usize = 24;
/// Parts that are looked for at each size of the subject; more say nothing more.
const MOST_PARTS: usize = 130;
/// Directions that are told apart; opposite ones are the same.
const BINS: usize = 8;
/// Cells to both sides that a cell is seen with.
const CONTEXT: isize = 1;
const NUMBERS: usize = 9 * BINS;
/// Sizes of the subject in the variation over its size in the source.
const SCALES: [f32; 9] = [0.40, 0.48, 0.58, 0.70, 0.84, 1.0, 1.19, 1.41, 1.65];
/// Turns of the variation, in degrees: a camera held askew loses nothing.
const TILTS: [f32; 3] = [0.0, 10.0, -10.0];
/// A place counts only when at least this share of the subject lies inside of the picture.
const LEAST_INSIDE: f32 = 0.6;
/// Saliency below this is ground.
const LEAST_SALIENCY: f32 = 0.25;
/// Deviation of the blur under which edges are seen, in pixels.
const BLUR_PX: f32 = 1.6;
/// Slopes below this are noise, per pixel in OKLab.
const LEAST_SLOPE: f32 = 0.004;
/// The norm of the numbers of a cell in which something can be seen.
const VISIBLE: f32 = 2.0;

/// What has to be found again of a source.
pub(super) struct Subject {
    /// The same at every one of [`SCALES`].
    templates: Vec<Template>,
    /// Whether its parts may be anywhere: in crowds and landscapes, where things change places.
    is_loose: bool,
}

impl Subject {
    /// The salient parts of a source. `saliency` has any size.
    pub(super) fn new(source: &LabImage, saliency: &Plane, class: Class) -> Self {
        let template = |scale: f32| Template::new(source, saliency, scale);
        Self {
            templates: SCALES.into_iter().map(template).collect(),
            is_loose: matches!(class, Class::Texture | Class::Crowd | Class::Scene),
        }
    }

    /// Whether its parts may be anywhere.
    pub(super) fn is_loose(&self) -> bool {
        self.is_loose
    }

    /// How much of it is in `variation`, 0.0 to 1.0, over all places, over scales 0.4 to 1.65, tilts
    /// up to 10 degrees and both mirror images. 1.0 where the source has nothing that could be lost.
    pub(super) fn kept_in(&self, variation: &LabImage) -> f64 {
        let seen = TILTS.map(|degrees| turned(variation, degrees));
        let seen: Vec<Grid<Edges>> = seen
            .iter()
            .flat_map(|lab| [cells_of(lab, CELLS), cells_of(&lab.mirrored(), CELLS)])
            .collect();
        let kept = |template: &Template| {
            let in_this = |cells| template.kept_in(cells, self.is_loose);
            seen.iter().map(in_this).fold(0.0, f32::max)
        };
        let seen_at_all = self.templates.iter().filter(|template| template.weight >= 1.0);
        f64::from(seen_at_all.map(kept).reduce(f32::max).unwrap_or(1.0))
    }
}

/// The picture turned by so many degrees around its middle.
fn turned(lab: &LabImage, degrees: f32) -> LabImage {
    if degrees == 0.0 {
        return lab.clone();
    }
    let (width, height) = (lab.width(), lab.height());
    let middle = (0.5 * (width - 1) as f32, 0.5 * (height - 1) as f32);
    let turn = Projective::translation(-middle.0, -middle.1)
        .then(Projective::rotation(degrees.to_radians()))
        .then(Projective::translation(middle.0, middle.1));
    Grid::from_fn(width, height, |x, y| {
        let (x, y) = turn.apply(x as f32, y as f32);
        lab.clamped(x.round() as isize, y.round() as isize)
    })
}

/// A subject at one size.
struct Template {
    parts: Vec<Part>,
    /// The sum of the parts' weights.
    weight: f32,
    side: isize,
}

struct Part {
    x: isize,
    y: isize,
    weight: f32,
    edges: Edges,
}

impl Template {
    fn new(source: &LabImage, saliency: &Plane, scale: f32) -> Self {
        let side = (CELLS as f32 * scale + 0.5) as usize;
        let cells = cells_of(source, side);
        let saliency = resize(saliency, side, side);
        let part = |index: usize| {
            let (x, y) = (index % side, index / side);
            let edges = cells.at(x, y);
            let salient = saliency.at(x, y);
            let weight = if salient > LEAST_SALIENCY { salient * edges.visible } else { 0.0 };
            (weight > 0.05).then_some(Part { x: x as isize, y: y as isize, weight, edges })
        };
        let parts: Vec<Part> = (0..side * side).filter_map(part).collect();
        let step = parts.len().div_ceil(MOST_PARTS).max(1);
        let parts: Vec<Part> = parts.into_iter().step_by(step).collect();
        let weight = parts.iter().map(|part| part.weight).sum();
        Self { parts, weight, side: side as isize }
    }

    fn kept_in(&self, cells: &Grid<Edges>, is_loose: bool) -> f32 {
        let likeness: Vec<Plane> = self.parts.iter().map(|part| part.likeness(cells)).collect();
        if !is_loose {
            return self.best_place(&likeness);
        }
        let best = |plane: &Plane| plane.cells().iter().copied().fold(0.0, f32::max);
        let parts = self.parts.iter().zip(&likeness);
        parts.map(|(part, plane)| part.weight * best(plane)).sum::<f32>() / self.weight
    }

    /// The weighted likeness at the best place for all parts together.
    fn best_place(&self, likeness: &[Plane]) -> f32 {
        let inside_of = 0..CELLS as isize;
        let shifts = || -self.side..CELLS as isize;
        let at = |(dx, dy): (isize, isize)| {
            let (mut sum, mut inside) = (0.0, 0.0);
            for (part, plane) in self.parts.iter().zip(likeness) {
                let (x, y) = (part.x + dx, part.y + dy);
                if inside_of.contains(&x) && inside_of.contains(&y) {
                    sum += part.weight * plane.at(x as usize, y as usize);
                    inside += part.weight;
                }
            }
            if inside < LEAST_INSIDE * self.weight { 0.0 } else { sum / inside }
        };
        shifts().flat_map(|dy| shifts().map(move |dx| (dx, dy))).map(at).fold(0.0, f32::max)
    }
}

impl Part {
    /// How much each cell, or one beside it, looks like this part.
    fn likeness(&self, cells: &Grid<Edges>) -> Plane {
        let exact = cells.map(|cell| self.edges.likeness(&cell));
        Plane::from_fn(cells.width(), cells.height(), |x, y| {
            let beside = (0..9).map(|i| (x as isize + i % 3 - 1, y as isize + i / 3 - 1));
            beside.map(|(x, y)| exact.clamped(x, y)).fold(0.0, f32::max)
        })
    }
}

/// The directions of the edges in a cell and around it, of unit length where there are any.
#[derive(Debug, Clone, Copy)]
struct Edges {
    numbers: [f32; NUMBERS],
    /// How much there is to be seen, 0.0 to 1.0.
    visible: f32,
}

impl Edges {
    /// 0.0 for edges in other directions or none, 1.0 for the same.
    fn likeness(&self, other: &Self) -> f32 {
        let mut sums = [0.0f32; BINS];
        for (a, b) in self.numbers.chunks_exact(BINS).zip(other.numbers.chunks_exact(BINS)) {
            for lane in 0..BINS {
                sums[lane] += a[lane] * b[lane];
            }
        }
        sums.iter().sum()
    }
}

/// The edges of a picture seen as `side` × `side` cells.
fn cells_of(lab: &LabImage, side: usize) -> Grid<Edges> {
    let histograms = histograms(&resize(lab, side * CELL_PX, side * CELL_PX), side);
    Grid::from_fn(side, side, |x, y| {
        let mut numbers = [0.0; NUMBERS];
        let around = (-CONTEXT..=CONTEXT).flat_map(|v| (-CONTEXT..=CONTEXT).map(move |u| (u, v)));
        for (numbers, (u, v)) in numbers.chunks_exact_mut(BINS).zip(around) {
            let (x, y) = (x as isize + u, y as isize + v);
            let inside = 0..side as isize;
            if inside.contains(&x) && inside.contains(&y) {
                numbers.copy_from_slice(&histograms.at(x as usize, y as usize));
            }
        }
        let norm = numbers.iter().map(|value| value * value).sum::<f32>().sqrt();
        let scale = 1.0 / norm.max(VISIBLE);
        Edges {
            numbers: numbers.map(|value| value * scale),
            visible: (norm / (4.0 * VISIBLE)).min(1.0),
        }
    })
}

/// The directions of the edges of each cell alone.
fn histograms(lab: &LabImage, side: usize) -> Grid<[f32; BINS]> {
    // Colour edges count as much as edges in lightness: what was recoloured may have lost these.
    let axes: [fn(Oklab) -> f32; 3] = [|c| c.l, |c| 1.5 * c.a, |c| 1.5 * c.b];
    let slopes = axes.map(|axis| gradient(&gaussian_blur(&lab.map(axis), BLUR_PX)));
    Grid::from_fn(side, side, |column, row| {
        let mut bins = [0.0; BINS];
        for index in 0..CELL_PX * CELL_PX {
            let (x, y) = (column * CELL_PX + index % CELL_PX, row * CELL_PX + index / CELL_PX);
            let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
            for (across, down) in &slopes {
                let (u, v) = (across.at(x, y), down.at(x, y));
                (xx, xy, yy) = (xx + u * u, xy + u * v, yy + v * v);
            }
            add_direction(&mut bins, xx, xy, yy);
        }
        bins
    })
}

/// Adds the main direction of a structure tensor. The square root keeps one strong edge from
/// outweighing all others.
fn add_direction(bins: &mut [f32; BINS], xx: f32, xy: f32, yy: f32) {
    let apart = ((xx - yy) * (xx - yy) + 4.0 * xy * xy).sqrt();
    let strength = (apart.sqrt() - LEAST_SLOPE).max(0.0).sqrt();
    let turn = libm::atan2f(2.0 * xy, xx - yy) / std::f32::consts::TAU + 0.5;
    let place = turn * BINS as f32;
    let (first, share) = (place as usize, place - place.floor());
    bins[first % BINS] += strength * (1.0 - share);
    bins[(first + 1) % BINS] += strength * share;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring with a bar on a plain ground, `size` of the picture's side, in two colours.
    fn ring(centre: (f32, f32), size: f32, colours: [[u8; 3]; 2]) -> LabImage {
        Grid::from_fn(192, 192, |x, y| {
            let (dx, dy) = (x as f32 / 192.0 - centre.0, y as f32 / 192.0 - centre.1);
            let away = (dx * dx + dy * dy).sqrt() / size;
            let bar = dx > 0.0 && dy.abs() < 0.15 * size && away < 1.0;
            Oklab::from_srgb(colours[usize::from((0.7..1.0).contains(&away) || bar)])
        })
    }

    const FIRST: [[u8; 3]; 2] = [[230, 230, 225], [160, 40, 40]];
    const SECOND: [[u8; 3]; 2] = [[40, 60, 120], [230, 190, 60]];

    fn subject(class: Class) -> Subject {
        let salient = Grid::from_fn(96, 96, |x, y| {
            let (dx, dy) = (x as f32 / 96.0 - 0.5, y as f32 / 96.0 - 0.5);
            if dx * dx + dy * dy < 0.1 { 1.0 } else { 0.0 }
        });
        Subject::new(&ring((0.5, 0.5), 0.28, FIRST), &salient, class)
    }

    #[test]
    fn a_moved_mirrored_smaller_recoloured_subject_is_found() {
        let kept = subject(Class::Photo).kept_in(&ring((0.35, 0.6), 0.2, SECOND).mirrored());
        assert!(kept > 0.8, "kept {kept}");
    }

    #[test]
    fn a_tilted_subject_is_found() {
        let kept = subject(Class::Photo).kept_in(&turned(&ring((0.5, 0.5), 0.28, FIRST), 12.0));
        assert!(kept > 0.85, "kept {kept}");
    }

    #[test]
    fn a_vanished_subject_is_not_found() {
        let gone = Grid::from_fn(192, 192, |x, _| {
            Oklab::from_srgb(if x % 64 < 32 { FIRST[0] } else { FIRST[1] })
        });
        let kept = subject(Class::Photo).kept_in(&gone);
        assert!(kept < 0.5, "kept {kept}");
    }

    #[test]
    fn torn_pieces_are_no_subject_but_may_be_a_crowd() {
        let whole = ring((0.5, 0.5), 0.28, FIRST);
        let torn = Grid::from_fn(192, 192, |x, y| whole.at((x + 96) % 192, (y + 96) % 192));
        let (subject, crowd) = (subject(Class::Photo), subject(Class::Crowd));
        let (as_subject, as_crowd) = (subject.kept_in(&torn), crowd.kept_in(&torn));
        assert!(as_subject < 0.65 && as_crowd > as_subject + 0.1, "{as_subject} {as_crowd}");
    }
}

//! Which offsets go on with the source beyond its edges.
//!
//! All offsets on a lattice are tried along each edge beyond which something is wanted; those are
//! kept on which the moved source agrees best with the source as it lies.

use super::canvas::SIDE;
use super::layout::Layout;
use super::look::Material;

/// Where a pixel is shown from: the source, maybe mirrored, moved by this much on the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    pub(super) mirrored: bool,
    pub(super) dx: isize,
    pub(super) dy: isize,
}

/// The offsets worth trying.
pub(super) struct Found {
    /// The source as it lies, and then others.
    pub(super) offsets: Vec<Offset>,
    /// How little the best of them agree with it, on the edge where they do least.
    pub(super) disagreement: f32,
}

/// Distance between offsets on the lattice, in pixels of the canvas.
const STEP: isize = 3;
/// How much higher or lower than what is wanted above and below is looked for.
const SLACK: isize = 2 * STEP;
/// How far from an edge a seam is looked for.
const DEPTH: isize = 7;
/// Offsets that are looked at closely for each edge, and those that are kept.
const CLOSE: usize = 18;
const KEPT: usize = 6;
/// Offsets that are kept in all.
const MOST: usize = 26;
/// Share of what is wanted beyond an edge that an offset has to show.
const LEAST_COVERAGE: f32 = 0.3;
/// What is not shown counts like so much disagreement.
const COVERAGE_WEIGHT: f32 = 0.4;
/// What another height costs, for the whole side.
const HEIGHT_WEIGHT: f32 = 0.5;
/// The same where the picture lies in layers.
const STRICT_HEIGHT_WEIGHT: f32 = 6.0;
/// Mirrors closer to an edge than this show: what crosses the edge meets its own reflection.
const FROM_MIRROR: isize = 8;

/// A thing nearer than this to where it is, in pixels of the canvas, is not shown mirrored.
const REFLECTION: isize = 40;

impl Offset {
    /// The source as it lies.
    pub(super) const NONE: Self = Self { mirrored: false, dx: 0, dy: 0 };

    /// The place on the source that pixel `(x, y)` of the canvas shows; it may lie outside.
    pub(super) fn origin(self, layout: &Layout, x: usize, y: usize) -> (isize, isize) {
        let (u, v) = layout.place(x, y);
        let u = u - self.dx;
        (if self.mirrored { layout.side as isize - 1 - u } else { u }, v - self.dy)
    }

    /// Whether it has something to show at a pixel of the canvas.
    pub(super) fn shows(self, material: &Material, layout: &Layout, x: usize, y: usize) -> bool {
        let (u, v) = self.origin(layout, x, y);
        layout.has((u, v))
            && (self == Self::NONE || !material.barred.clamped(u, v))
            && !(self.reflects(layout, x, u) && material.looks.clamped(u, v).is_thing)
    }

    /// Whether what it shows at column `x` of the canvas, column `u` of the source, is so near its own
    /// place that both may meet: a horse that the frame cuts would have two heads.
    fn reflects(self, layout: &Layout, x: usize, u: isize) -> bool {
        self.mirrored && (u + layout.left - x as isize).abs() < REFLECTION
    }

    fn differs(self, other: Self) -> bool {
        let near = |a: isize, b: isize| (a - b).abs() <= STEP;
        self.mirrored != other.mirrored || !near(self.dx, other.dx) || !near(self.dy, other.dy)
    }

    fn neighbours(self) -> impl Iterator<Item = Self> {
        (-1..=1).flat_map(move |dy| {
            (-1..=1).map(move |dx| Self { dx: self.dx + dx, dy: self.dy + dy, ..self })
        })
    }
}

/// Finds offsets for `layout`; `None` where they cannot fill the canvas.
pub(super) fn found(material: &Material, layout: &Layout, may_mirror: bool) -> Option<Found> {
    let all = lattice(layout, may_mirror);
    let mut offsets = vec![Offset::NONE];
    let mut disagreement = 0.0f32;
    for edge in Edge::ALL {
        let wanted = edge.wanted(layout);
        if wanted.is_empty() {
            continue;
        }
        let probe = Probe { material, layout, edge, wanted };
        let best = probe.best(&all);
        disagreement = disagreement.max(best.first().map_or(1.0, |best| best.0));
        let new: Vec<Offset> = best.into_iter().map(|(_, offset)| offset).collect();
        offsets.extend(distinct(&new, &offsets));
    }
    let whole = cover(material, layout, &all, &mut offsets);
    whole.then_some(Found { offsets, disagreement })
}

/// The first of `offsets`, best first, that differ from each other and from those `kept` before.
fn distinct(offsets: &[Offset], kept: &[Offset]) -> Vec<Offset> {
    let mut new: Vec<Offset> = Vec::with_capacity(KEPT);
    for &offset in offsets {
        let fresh = kept.iter().chain(&new).all(|&other| offset.differs(other));
        if fresh && new.len() < KEPT {
            new.push(offset);
        }
    }
    new
}

/// Adds offsets until every pixel of the canvas can be shown; `false` where some cannot.
fn cover(material: &Material, layout: &Layout, all: &[Offset], kept: &mut Vec<Offset>) -> bool {
    let shows = |offset: Offset, &(x, y): &(usize, usize)| offset.shows(material, layout, x, y);
    let cells = (0..SIDE * SIDE).map(|at| (at % SIDE, at / SIDE));
    let mut missing: Vec<(usize, usize)> =
        cells.filter(|cell| !kept.iter().any(|&offset| shows(offset, cell))).collect();
    while !missing.is_empty() && kept.len() < MOST {
        let sample: Vec<_> = missing.iter().step_by(missing.len().div_ceil(64)).collect();
        let count = |offset: Offset| sample.iter().filter(|cell| shows(offset, cell)).count();
        let near = |offset: &Offset| -(offset.dx.abs() + 4 * offset.dy.abs());
        let rated = all.iter().map(|&offset| ((count(offset), near(&offset)), offset));
        let Some(((shown, _), best)) = rated.max_by_key(|(rating, _)| *rating) else { break };
        if shown == 0 {
            break;
        }
        kept.push(best);
        missing.retain(|cell| !shows(best, cell));
    }
    missing.is_empty()
}

fn lattice(layout: &Layout, may_mirror: bool) -> Vec<Offset> {
    let side = layout.side as isize;
    let beyond = layout.top.max(SIDE as isize - layout.top - side).max(0);
    let steps = |reach: isize| {
        let steps = reach / STEP;
        (-steps..=steps).map(|step| step * STEP)
    };
    let places = steps((beyond + SLACK).min(side - 1))
        .flat_map(|dy| steps(side - 1).map(move |dx| (dx, dy)));
    let mut all = Vec::new();
    for (dx, dy) in places {
        if (dx, dy) != (0, 0) {
            all.push(Offset { mirrored: false, dx, dy });
        }
        if may_mirror && (side - dx.abs()).abs() >= FROM_MIRROR {
            all.push(Offset { mirrored: true, dx, dy });
        }
    }
    all
}

/// A side of the source beyond which the canvas goes on, and what is wanted there.
struct Probe<'a> {
    material: &'a Material,
    layout: &'a Layout,
    edge: Edge,
    /// A sample of the canvas's pixels beyond the edge.
    wanted: Vec<(usize, usize)>,
}

impl Probe<'_> {
    /// The offsets that agree best, with how little they do, best first.
    fn best(&self, all: &[Offset]) -> Vec<(f32, Offset)> {
        let mut rough = Shortlist::new(CLOSE);
        for &offset in all {
            rough.extend(self.rate(offset, 2, rough.limit()).map(|rating| (rating, offset)));
        }
        let refined = |(_, offset): (f32, Offset)| {
            let mut nearest = Shortlist::new(1);
            for near in offset.neighbours() {
                nearest.extend(self.rate(near, 1, nearest.limit()).map(|rating| (rating, near)));
            }
            nearest.entries.into_iter().next()
        };
        let mut best: Vec<(f32, Offset)> = rough.entries.into_iter().filter_map(refined).collect();
        best.sort_by(|a, b| a.0.total_cmp(&b.0));
        best
    }

    /// How little an offset agrees with the source along the edge, and how much it leaves open;
    /// `None` where it can hardly be told, and where it is as much as `limit` at least. Every
    /// `stride`-th pixel is looked at.
    fn rate(&self, offset: Offset, stride: usize, limit: f32) -> Option<f32> {
        let strict = if self.layout.layered { STRICT_HEIGHT_WEIGHT } else { HEIGHT_WEIGHT };
        let height = strict * offset.dy.unsigned_abs() as f32 / SIDE as f32;
        if height >= limit {
            return None;
        }
        let shows = |x, y| offset.shows(self.material, self.layout, x, y);
        let shown = self.wanted.iter().step_by(stride).filter(|&&(x, y)| shows(x, y)).count();
        let coverage = shown as f32 / self.wanted.len().div_ceil(stride) as f32;
        if coverage < LEAST_COVERAGE {
            return None;
        }
        let rating = |apart: f32| apart + COVERAGE_WEIGHT * (1.0 - coverage) + height;
        let lines = self.edge.lines(self.layout, stride);
        let (mut sum, mut count, all) = (0.0f32, 0usize, lines.len());
        for line in lines {
            let apart = line.filter(|&(x, y)| shows(x, y)).map(|(x, y)| self.apart(offset, x, y));
            if let Some(least) = apart.min_by(f32::total_cmp) {
                sum += least;
                count += 1;
                // The mean over the lines cannot become less than if all others were equal.
                if rating(sum / all as f32) >= limit {
                    return None;
                }
            }
        }
        if 2 * count < all {
            return None;
        }
        Some(rating(sum / count.max(1) as f32))
    }

    fn apart(&self, offset: Offset, x: usize, y: usize) -> f32 {
        let (u, v) = self.layout.place(x, y);
        let (s, t) = offset.origin(self.layout, x, y);
        self.material.looks.clamped(u, v).apart(&self.material.looks.clamped(s, t))
    }
}

/// The offsets of the least ratings, least first; of equals those that came first.
struct Shortlist {
    entries: Vec<(f32, Offset)>,
    most: usize,
}

impl Shortlist {
    fn new(most: usize) -> Self {
        Self { entries: Vec::with_capacity(most + 1), most }
    }

    /// The rating from which on nobody is listed any more.
    fn limit(&self) -> f32 {
        if self.entries.len() < self.most {
            return f32::INFINITY;
        }
        self.entries.last().map_or(f32::INFINITY, |last| last.0)
    }

    fn extend(&mut self, entry: Option<(f32, Offset)>) {
        let Some(entry) = entry.filter(|entry| entry.0 < self.limit()) else { return };
        let place = self.entries.partition_point(|listed| listed.0 <= entry.0);
        self.entries.insert(place, entry);
        self.entries.truncate(self.most);
    }
}

/// A side of the source.
#[derive(Debug, Clone, Copy)]
enum Edge {
    Left,
    Right,
    Top,
    Bottom,
}

impl Edge {
    const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Top, Self::Bottom];

    /// A sample of the canvas's pixels beyond the edge.
    fn wanted(self, layout: &Layout) -> Vec<(usize, usize)> {
        let end = |start: isize| (start + layout.side as isize).clamp(0, SIDE as isize) as usize;
        let start = |start: isize| start.max(0) as usize;
        let (columns, rows) = match self {
            Self::Left => (0..start(layout.left), 0..SIDE),
            Self::Right => (end(layout.left)..SIDE, 0..SIDE),
            Self::Top => (0..SIDE, 0..start(layout.top)),
            Self::Bottom => (0..SIDE, end(layout.top)..SIDE),
        };
        let (width, count) = (columns.len().max(1), columns.len() * rows.len());
        let place = |at: usize| (columns.start + at % width, rows.start + at / width);
        (0..count).step_by(count.div_ceil(160).max(1)).map(place).collect()
    }

    /// Lines of the canvas's pixels from the edge inwards.
    fn lines(
        self,
        layout: &Layout,
        stride: usize,
    ) -> impl ExactSizeIterator<Item = impl Iterator<Item = (usize, usize)>> {
        let (left, top, side) = (layout.left, layout.top, layout.side as isize);
        (0..layout.side).step_by(2 * stride).map(move |along| {
            let along = along as isize;
            (0..DEPTH).step_by(stride).filter_map(move |depth| {
                let (x, y) = match self {
                    Self::Left => (left + depth, top + along),
                    Self::Right => (left + side - 1 - depth, top + along),
                    Self::Top => (left + along, top + depth),
                    Self::Bottom => (left + along, top + side - 1 - depth),
                };
                let inside = 0..SIDE as isize;
                (inside.contains(&x) && inside.contains(&y)).then_some((x as usize, y as usize))
            })
        })
    }
}

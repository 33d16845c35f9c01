//! Which offset is shown where: the labelling of least cost, found by expansion moves.
//!
//! In turn each label may take over pixels from all others; the best such move is a minimum cut
//! (Boykov, Veksler and Zabih, "Fast Approximate Energy Minimization via Graph Cuts", 2001).

use super::canvas::{Canvas, SIDE};
use super::seams::{Difference, Seam};
use crate::analysis::{CERTAIN, min_cut};
use crate::grid::Grid;

/// Rounds through the labels; the cost hardly falls after two.
const ROUNDS: usize = 2;
/// Costs are counted in these parts, so that they are whole numbers.
const UNIT: f32 = 4096.0;
/// What a pixel costs that has nothing to show, in those parts.
const IMPOSSIBLE: i32 = 1 << 20;

/// Improves the labels of `canvas` until no label gains by taking over from others, or nearly so.
pub(super) fn settle(canvas: &mut Canvas) {
    let labels = canvas.sheets.len();
    let mut idle = 0;
    for turn in 0..ROUNDS * labels {
        idle = if expand(canvas, (turn % labels) as u8) { 0 } else { idle + 1 };
        if idle == labels {
            // Every label has refused what is shown now.
            return;
        }
    }
}

/// The cheapest way to give more pixels to `label`; whether it takes any.
fn expand(canvas: &mut Canvas, label: u8) -> bool {
    let sheet = &canvas.sheets[usize::from(label)];
    let mut gains: Gains = Grid::from_fn(SIDE, SIDE, |x, y| {
        let own = canvas.labels.at(x, y);
        let can = own != label && canvas.open.at(x, y) && sheet.costs.at(x, y) < f32::MAX;
        can.then(|| cost(canvas, own, x, y) - cost(canvas, label, x, y))
    });
    if gains.cells().iter().all(Option::is_none) {
        return false;
    }
    let rivalry = Rivalry::new(canvas, label, &gains);
    let mut bonds = Grid::new(SIDE, SIDE, [0i32; 4]);
    for (x, y) in (0..SIDE * SIDE).map(|at| (at % SIDE, at / SIDE)) {
        for (arc, u, v) in [(0, x + 1, y), (2, x, y + 1)] {
            if u >= SIDE || v >= SIDE || gains.at(x, y).or(gains.at(u, v)).is_none() {
                continue;
            }
            let pair = rivalry.pair([(x, y), (u, v)]);
            bonds.cells_mut()[y * SIDE + x][arc] = pair.bond;
            for ((x, y), gain) in [((x, y), pair.gains[0]), ((u, v), pair.gains[1])] {
                gains.set(x, y, gains.at(x, y).map(|own| own + gain));
            }
        }
    }
    let pulls = gains.zip_map(&canvas.labels, |gain, own| match gain {
        Some(gain) => gain.clamp(1 - CERTAIN, CERTAIN - 1),
        None if own == label => CERTAIN,
        None => -CERTAIN,
    });
    let taken = min_cut(&pulls, &bonds);
    let labels = canvas.labels.zip_map(&taken, |own, taken| if taken { label } else { own });
    let takes = labels != canvas.labels;
    canvas.labels = labels;
    takes
}

/// What each pixel gains by being taken; `None` where it cannot be.
type Gains = Grid<Option<i32>>;

/// What the seam between two neighbours has to do with which of them is taken.
struct Pair {
    /// What it costs to take one and not the other.
    bond: i32,
    /// What each gains by being taken.
    gains: [i32; 2],
}

/// A label against those that are shown.
struct Rivalry<'a> {
    canvas: &'a Canvas,
    label: u8,
    /// How the label's sheet and the one that is shown differ at each pixel that can be taken and
    /// beside it.
    differences: Grid<Difference>,
}

impl<'a> Rivalry<'a> {
    fn new(canvas: &'a Canvas, label: u8, gains: &Gains) -> Self {
        let difference = |x: usize, y: usize| {
            let (left, above) = (x.saturating_sub(1), y.saturating_sub(1));
            let (right, below) = ((x + 1).min(SIDE - 1), (y + 1).min(SIDE - 1));
            let near = [(x, y), (left, y), (right, y), (x, above), (x, below)];
            if near.into_iter().all(|(u, v)| gains.at(u, v).is_none()) {
                return Difference::NONE;
            }
            Difference::between(canvas, [label, canvas.labels.at(x, y)], x, y)
        };
        Self { canvas, label, differences: Grid::from_fn(SIDE, SIDE, difference) }
    }

    fn pair(&self, cells: [(usize, usize); 2]) -> Pair {
        let own = cells.map(|(x, y)| self.canvas.labels.at(x, y));
        if own[0] == own[1] {
            // Nearly everywhere: no seam yet, and the same one whichever of both is taken.
            let [first, second] = cells.map(|(x, y)| self.differences.at(x, y));
            let bond = whole((first + second).cost());
            return Pair { bond, gains: [0; 2] };
        }
        let cost = |labels| whole(Seam { labels, cells }.cost(self.canvas));
        // What it costs when neither, the first or the second is taken; when both are, nothing.
        let (neither, first, second) =
            (cost(own), cost([self.label, own[1]]), cost([own[0], self.label]));
        Pair {
            // Never negative, since the cost of a seam is nearly a metric.
            bond: ((first + second - neither) / 2).max(0),
            gains: [(neither + second - first) / 2, (neither + first - second) / 2],
        }
    }
}

/// A cost as a whole number.
fn whole(cost: f32) -> i32 {
    (cost * UNIT) as i32
}

/// What it costs to show a pixel with a label.
fn cost(canvas: &Canvas, label: u8, x: usize, y: usize) -> i32 {
    let cost = canvas.sheets[usize::from(label)].costs.at(x, y);
    if cost < f32::MAX { whole(cost) } else { IMPOSSIBLE }
}

//! Connected components: which pixels of a mask belong together.

use crate::grid::{Grid, Mask};

/// One connected set of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// How many pixels it has.
    pub area: usize,
    /// Its leftmost column.
    pub left: usize,
    /// Its topmost row.
    pub top: usize,
    /// Its rightmost column.
    pub right: usize,
    /// Its bottommost row.
    pub bottom: usize,
}

impl Component {
    /// Columns from the leftmost to the rightmost.
    pub fn width(&self) -> usize {
        self.right - self.left + 1
    }

    /// Rows from the topmost to the bottommost.
    pub fn height(&self) -> usize {
        self.bottom - self.top + 1
    }

    fn of(run: Run) -> Self {
        let (left, right) = (run.start, run.end - 1);
        Self { area: run.end - run.start, left, top: run.row, right, bottom: run.row }
    }

    fn include(&mut self, other: Self) {
        self.area += other.area;
        self.left = self.left.min(other.left);
        self.right = self.right.max(other.right);
        self.top = self.top.min(other.top);
        self.bottom = self.bottom.max(other.bottom);
    }
}

/// The 8-connected components of `mask`: a label a pixel (0 for none, then 1, 2, … in the order
/// in which a scan from the top left meets them) and the component of each label, from label 1.
///
/// Works on runs of set pixels (He, Chao and Suzuki, "A Run-Based Two-Scan Labeling Algorithm",
/// 2008), of which there are far fewer than pixels.
pub fn components(mask: &Mask) -> (Grid<u32>, Vec<Component>) {
    let mut runs = joined_runs(mask);
    let mut labels = Grid::new(mask.width(), mask.height(), 0u32);
    let mut found: Vec<Component> = Vec::new();
    let mut label_of = vec![0u32; runs.list.len()];
    for at in 0..runs.list.len() {
        // The first run of a component is its root, and is met before all others.
        let (root, run) = (runs.root(at), runs.list[at]);
        if root == at {
            label_of[at] = found.len() as u32 + 1;
            found.push(Component::of(run));
        } else {
            label_of[at] = label_of[root];
            found[label_of[at] as usize - 1].include(Component::of(run));
        }
        labels.row_mut(run.row)[run.start..run.end].fill(label_of[at]);
    }
    (labels, found)
}

/// Set pixels side by side.
#[derive(Debug, Clone, Copy)]
struct Run {
    row: usize,
    start: usize,
    /// One past the last.
    end: usize,
    /// An earlier run of the same component, or the run itself.
    parent: usize,
}

/// All runs of a mask in reading order.
#[derive(Default)]
struct Runs {
    list: Vec<Run>,
}

impl Runs {
    /// The first run of the component of run `at`; the way there is halved for the next time.
    fn root(&mut self, mut at: usize) -> usize {
        while self.list[at].parent != at {
            let next = self.list[self.list[at].parent].parent;
            self.list[at].parent = next;
            at = next;
        }
        at
    }

    /// Joins the components of two runs; the earlier root remains one.
    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        let (first, second) = (one.min(other), one.max(other));
        self.list[second].parent = first;
    }

    fn push_row(&mut self, row: usize, cells: &[bool]) {
        let mut x = 0;
        while let Some(start) = cells[x..].iter().position(|&set| set).map(|gap| x + gap) {
            let end =
                cells[start..].iter().position(|&set| !set).map_or(cells.len(), |n| start + n);
            self.list.push(Run { row, start, end, parent: self.list.len() });
            x = end;
        }
    }
}

/// The runs of `mask`, those that touch in neighbouring rows joined.
fn joined_runs(mask: &Mask) -> Runs {
    let mut runs = Runs::default();
    let mut above = 0..0;
    for y in 0..mask.height() {
        let first = runs.list.len();
        runs.push_row(y, mask.row(y));
        let mut near = above.start;
        for at in first..runs.list.len() {
            let Run { start, end, .. } = runs.list[at];
            // Corners touch too: a run above may end where this one starts.
            while near < above.end && runs.list[near].end < start {
                near += 1;
            }
            let mut touching = near;
            while touching < above.end && runs.list[touching].start <= end {
                runs.join(at, touching);
                touching += 1;
            }
        }
        above = first..runs.list.len();
    }
    runs
}

/// The components of at least `share` (0.0–1.0) of the largest one's area.
pub fn largest_components(mask: &Mask, share: f32) -> Mask {
    let (labels, found) = components(mask);
    let largest = found.iter().map(|component| component.area).max().unwrap_or(0);
    let kept: Vec<bool> = std::iter::once(false)
        .chain(found.iter().map(|component| component.area as f32 >= share * largest as f32))
        .collect();
    labels.map(|label| kept[label as usize])
}

/// The components of `mask` of which some part is in `core`.
pub fn touching(mask: &Mask, core: &Mask) -> Mask {
    let (labels, found) = components(mask);
    let mut kept = vec![false; found.len() + 1];
    for (&label, &inside) in labels.cells().iter().zip(core.cells()) {
        kept[label as usize] |= inside && label > 0;
    }
    labels.map(|label| kept[label as usize])
}

/// The mask with every enclosed hole of fewer than `area` pixels filled.
pub fn fill_holes(mask: &Mask, area: usize) -> Mask {
    let (labels, found) = components(&mask.map(|set| !set));
    let enclosed = |hole: &Component| {
        let (right, bottom) = (mask.width() - 1, mask.height() - 1);
        hole.left > 0 && hole.top > 0 && hole.right < right && hole.bottom < bottom
    };
    let filled: Vec<bool> = std::iter::once(true)
        .chain(found.iter().map(|hole| hole.area < area && enclosed(hole)))
        .collect();
    labels.map(|label| filled[label as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn mask(rows: &[&str]) -> Mask {
        Grid::from_fn(rows[0].len(), rows.len(), |x, y| rows[y].as_bytes()[x] == b'#')
    }

    #[test]
    fn diagonal_neighbours_belong_together() {
        let (_, found) = components(&mask(&["#..#", ".#..", "...#"]));
        let areas: Vec<usize> = found.iter().map(|component| component.area).collect();
        assert_eq!(areas, [2, 1, 1]);
        assert_eq!((found[0].width(), found[0].height()), (2, 2));
    }

    #[test]
    fn labels_are_those_of_a_flood_from_each_first_pixel() {
        let mut random = Random::new(3, 0);
        for share in [3, 5, 8] {
            let cells = (0..31 * 23).map(|_| random.below(10) < share).collect();
            let mask = Mask::from_cells(31, 23, cells).unwrap();
            let (labels, found) = components(&mask);
            let mut expected = Grid::new(31, 23, 0u32);
            let mut count = 0;
            for start in (0..31 * 23).map(|at| (at % 31, at / 31)) {
                if mask.at(start.0, start.1) && expected.at(start.0, start.1) == 0 {
                    count += 1;
                    flood(&mask, &mut expected, start, count);
                }
            }
            assert_eq!(labels, expected);
            for (label, component) in (1..).zip(&found) {
                let of_label = |at: &usize| labels.cells()[*at] == label;
                let cells: Vec<usize> = (0..31 * 23).filter(of_label).collect();
                let range = |place: fn(usize) -> usize| {
                    let places = || cells.iter().map(|&at| place(at));
                    (places().min(), places().max())
                };
                assert_eq!(component.area, cells.len());
                let (left, right) = range(|at| at % 31);
                assert_eq!((left, right), (Some(component.left), Some(component.right)));
                let (top, bottom) = range(|at| at / 31);
                assert_eq!((top, bottom), (Some(component.top), Some(component.bottom)));
            }
        }
    }

    /// Gives `label` to everything that is connected to a pixel.
    fn flood(mask: &Mask, labels: &mut Grid<u32>, start: (usize, usize), label: u32) {
        let mut open = vec![start];
        while let Some((x, y)) = open.pop() {
            if mask.at(x, y) && labels.at(x, y) == 0 {
                labels.set(x, y, label);
                let columns = x.saturating_sub(1)..(x + 2).min(mask.width());
                let rows = y.saturating_sub(1)..(y + 2).min(mask.height());
                open.extend(rows.flat_map(|v| columns.clone().map(move |u| (u, v))));
            }
        }
    }

    #[test]
    fn small_parts_go_and_small_holes_are_filled() {
        let ring = mask(&["####.", "#..#.", "####.", "....#"]);
        let kept = largest_components(&ring, 0.5);
        assert!(kept.at(0, 0));
        let filled = fill_holes(&ring, 3);
        assert!(filled.at(1, 1) && !filled.at(4, 0));
    }
}

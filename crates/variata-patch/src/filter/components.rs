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

    fn single(x: usize, y: usize) -> Self {
        Self { area: 0, left: x, top: y, right: x, bottom: y }
    }

    fn include(&mut self, x: usize, y: usize) {
        self.area += 1;
        self.left = self.left.min(x);
        self.right = self.right.max(x);
        self.top = self.top.min(y);
        self.bottom = self.bottom.max(y);
    }
}

/// The 8-connected components of `mask`: a label a pixel (0 for none, then 1, 2, … in the order
/// in which a scan from the top left meets them) and the component of each label, from label 1.
pub fn components(mask: &Mask) -> (Grid<u32>, Vec<Component>) {
    let mut labels = Grid::new(mask.width(), mask.height(), 0u32);
    let mut found = Vec::new();
    let mut open = Vec::new();
    for y in 0..mask.height() {
        for x in 0..mask.width() {
            if !mask.at(x, y) || labels.at(x, y) != 0 {
                continue;
            }
            let label = found.len() as u32 + 1;
            let mut component = Component::single(x, y);
            labels.set(x, y, label);
            open.push((x, y));
            while let Some((x, y)) = open.pop() {
                component.include(x, y);
                let (left, right) = (x.saturating_sub(1), (x + 2).min(mask.width()));
                for v in y.saturating_sub(1)..(y + 2).min(mask.height()) {
                    let set = &mask.row(v)[left..right];
                    let known = &mut labels.row_mut(v)[left..right];
                    for (u, (&set, known)) in (left..).zip(set.iter().zip(known)) {
                        if set && *known == 0 {
                            *known = label;
                            open.push((u, v));
                        }
                    }
                }
            }
            found.push(component);
        }
    }
    (labels, found)
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
    fn small_parts_go_and_small_holes_are_filled() {
        let ring = mask(&["####.", "#..#.", "####.", "....#"]);
        let kept = largest_components(&ring, 0.5);
        assert!(kept.at(0, 0));
        let filled = fill_holes(&ring, 3);
        assert!(filled.at(1, 1) && !filled.at(4, 0));
    }
}

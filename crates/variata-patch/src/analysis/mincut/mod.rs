//! The cheapest way to split a picture in two.
//!
//! Which pixels belong to a subject is a question of colour (each pixel's own costs) and of edges
//! (what it costs to part neighbours). The exact answer is a minimum cut; of several the one with
//! the smallest subject, which is the same whatever the way to it. Capacities are whole numbers, so
//! the cut is the same on every machine.
//!
//! Most pixels need no search: who is pulled harder than all bonds together can hold goes where it
//! is pulled, and pulls its neighbours. The rest is cut by [`network`].

mod network;

use self::network::Network;
use crate::grid::{Grid, Mask};

/// A pull of this much, or of this much below zero, leaves no choice.
pub(crate) const CERTAIN: i32 = i32::MAX / 2;

/// Splits the pixels into subject (true) and ground at the least total cost.
///
/// `pull` is what it costs to call a pixel ground minus what it costs to call it subject, or
/// [`CERTAIN`]; pixels without a choice cost no time. `bonds` is what it costs to part a pixel from
/// its neighbours to the right, lower left, below and lower right, not negative; bonds over the
/// border are ignored.
pub(crate) fn min_cut(pull: &Grid<i32>, bonds: &Grid<[i32; 4]>) -> Mask {
    min_cut_after(&Flow::default(), pull, bonds).0
}

/// The same cut, and what flows then. It starts from what flowed when the same bonds were cut for other
/// pulls, which changes nothing but how long it takes.
pub(super) fn min_cut_after(flow: &Flow, pull: &Grid<i32>, bonds: &Grid<[i32; 4]>) -> (Mask, Flow) {
    let mut board = Board::new(pull, bonds);
    board.decide();
    let (stride, fates) = (board.stride, std::mem::take(&mut board.fates));
    let place = |x, y| (y + 1) * stride + x + 1;
    let (width, height) = (pull.width(), pull.height());
    if !fates.contains(&Fate::Open) {
        let mask = Mask::from_fn(width, height, |x, y| fates[place(x, y)] == Fate::Subject);
        return (mask, Flow::default());
    }
    let (subject, flow) = Network::new(board, flow).subject();
    let mask = Mask::from_fn(width, height, |x, y| match fates[place(x, y)] {
        Fate::Open => subject[place(x, y)],
        fate => fate == Fate::Subject,
    });
    (mask, flow)
}

/// What a cut leaves to the next one (Kohli and Torr, "Dynamic Graph Cuts for Efficient Inference in
/// Markov Random Fields", 2007). Any flow that the bonds have room for is as good a start as none.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    /// What could still flow from each pixel to each neighbour.
    left: Vec<[i32; DIRECTIONS]>,
}

impl Flow {
    /// What flowed from the pixel `at` along `arc`, to `other`; nothing where nothing is known.
    fn along(&self, at: usize, arc: usize, other: usize) -> i32 {
        let left = |at: usize, arc: usize| self.left.get(at).map_or(0, |left| left[arc]);
        (left(other, DIRECTIONS - 1 - arc) - left(at, arc)) / 2
    }
}

/// Neighbours in the order of a bond's index; the same bond has index 7 minus that at its other end.
const DIRECTIONS: usize = 8;
/// Those of them that lead to the next pixel of a row or a column.
const STRAIGHT: &[usize] = &[1, 3, 4, 6];
const ALL: &[usize] = &[0, 1, 2, 3, 4, 5, 6, 7];
/// Where the last four lead; the others are their reverses.
const STEPS: [(isize, usize); 4] = [(1, 0), (-1, 1), (0, 1), (1, 1)];

/// What is known of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    Subject,
    Ground,
}

impl Fate {
    fn of(pull: i32) -> Self {
        match pull {
            CERTAIN.. => Self::Subject,
            _ if pull <= -CERTAIN => Self::Ground,
            _ => Self::Open,
        }
    }

    /// The direction in which a pixel of this fate pulls its neighbours.
    fn sign(self) -> i32 {
        match self {
            Self::Open => 0,
            Self::Subject => 1,
            Self::Ground => -1,
        }
    }
}

/// The pixels with a rim that is bound to nothing, which spares the tests for borders.
struct Board {
    stride: usize,
    /// How far a neighbour of each direction lies.
    offsets: [isize; DIRECTIONS],
    /// The directions in which anything is bound: most boards know no diagonals.
    arcs: &'static [usize],
    /// What it costs to part a pixel from its neighbours; nothing where one of them is not open.
    bonds: Vec<[i32; DIRECTIONS]>,
    /// What it costs to call a pixel ground minus what it costs to call it subject.
    pulls: Vec<i32>,
    fates: Vec<Fate>,
}

impl Board {
    fn new(pull: &Grid<i32>, bonds: &Grid<[i32; 4]>) -> Self {
        let (width, height) = (pull.width(), pull.height());
        let stride = width + 2;
        let (row, length) = (stride as isize, stride * (height + 2));
        let mut board = Self {
            stride,
            offsets: [-row - 1, -row, -row + 1, -1, 1, row - 1, row, row + 1],
            arcs: STRAIGHT,
            bonds: vec![[0; DIRECTIONS]; length],
            pulls: vec![0; length],
            fates: vec![Fate::Ground; length],
        };
        for y in 0..height {
            let inside = (y + 1) * stride + 1..(y + 1) * stride + 1 + width;
            let fates = board.fates[inside.clone()].iter_mut().zip(&mut board.pulls[inside]);
            for ((fate, own), &pull) in fates.zip(pull.row(y)) {
                (*fate, *own) = (Fate::of(pull), pull);
            }
        }
        board.bind_all(bonds);
        board
    }

    /// Ties open neighbours to each other, and lets the others pull them.
    fn bind_all(&mut self, bonds: &Grid<[i32; 4]>) {
        let (width, height) = (bonds.width(), bonds.height());
        for y in 0..height {
            for (x, bonds) in bonds.row(y).iter().enumerate() {
                let at = (y + 1) * self.stride + x + 1;
                for (arc, &bond) in (4..).zip(bonds) {
                    let (dx, dy) = STEPS[arc - 4];
                    let inside = x.checked_add_signed(dx).is_some_and(|u| u < width);
                    if bond > 0 && inside && y + dy < height {
                        self.bind(at, arc, bond);
                    }
                }
            }
        }
    }

    fn bind(&mut self, at: usize, arc: usize, bond: i32) {
        let other = self.neighbour(at, arc);
        match (self.fates[at], self.fates[other]) {
            (Fate::Open, Fate::Open) => {
                if !STRAIGHT.contains(&arc) {
                    self.arcs = ALL;
                }
                self.bonds[at][arc] = bond;
                self.bonds[other][DIRECTIONS - 1 - arc] = bond;
            }
            (Fate::Open, fate) => self.pulls[at] += bond * fate.sign(),
            (fate, Fate::Open) => self.pulls[other] += bond * fate.sign(),
            _ => (),
        }
    }

    fn neighbour(&self, at: usize, arc: usize) -> usize {
        at.wrapping_add_signed(self.offsets[arc])
    }

    /// Gives pixels to the side that pulls them harder than all their bonds, until there are no
    /// more. Where both are equal, the pixel stays open: it might go either way.
    fn decide(&mut self) {
        let mut due: Vec<usize> =
            (0..self.fates.len()).filter(|&at| self.fates[at] == Fate::Open).collect();
        while let Some(at) = due.pop() {
            let (pull, held) = (self.pulls[at], self.bonds[at].iter().sum::<i32>());
            if self.fates[at] != Fate::Open || pull.abs() <= held {
                continue;
            }
            self.fates[at] = if pull > 0 { Fate::Subject } else { Fate::Ground };
            for (arc, bond) in std::mem::take(&mut self.bonds[at]).into_iter().enumerate() {
                if bond > 0 {
                    let other = self.neighbour(at, arc);
                    self.bonds[other][DIRECTIONS - 1 - arc] = 0;
                    self.pulls[other] += bond * pull.signum();
                    due.push(other);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;
    use crate::random::Random;

    fn cost(pull: &Grid<i32>, bonds: &Grid<[i32; 4]>, subject: &Mask) -> i32 {
        let mut sum = 0;
        for y in 0..pull.height() {
            for x in 0..pull.width() {
                // Only the pull decides; a constant is the same for every split.
                sum -= if subject.at(x, y) { pull.at(x, y) } else { 0 };
                for (bond, (dx, dy)) in bonds.at(x, y).into_iter().zip(STEPS) {
                    let (u, v) = (x.wrapping_add_signed(dx), y + dy);
                    let inside = u < pull.width() && v < pull.height();
                    if inside && subject.at(u, v) != subject.at(x, y) {
                        sum += bond;
                    }
                }
            }
        }
        sum
    }

    /// Of all splits of a small picture: the least cost, and what every split of that cost calls
    /// subject.
    fn smallest_cheapest(pull: &Grid<i32>, bonds: &Grid<[i32; 4]>) -> (i32, Mask) {
        let (width, height) = (pull.width(), pull.height());
        let split =
            |bits: u32| Mask::from_fn(width, height, |x, y| bits >> (y * width + x) & 1 == 1);
        let costs =
            (0..1u32 << (width * height)).map(|bits| (cost(pull, bonds, &split(bits)), bits));
        let (least, bits) = costs.fold((i32::MAX, 0), |best, next| match next.0.cmp(&best.0) {
            Ordering::Less => next,
            Ordering::Equal => (best.0, best.1 & next.1),
            Ordering::Greater => best,
        });
        (least, split(bits))
    }

    #[test]
    fn of_the_cheapest_splits_the_one_with_the_smallest_subject_is_found() {
        let mut random = Random::new(5, 0);
        // Narrow ranges make ties, wide ones decide pixels at once.
        for (pulls, bonds) in [(41, 15), (5, 3), (200, 15)].repeat(30) {
            let middle = pulls as i32 / 2;
            let pull = (0..12).map(|_| random.below(pulls) as i32 - middle).collect();
            let pull = Grid::from_cells(4, 3, pull).unwrap();
            let bond = |random: &mut Random| random.below(bonds) as i32;
            let bonds = (0..12).map(|_| std::array::from_fn(|_| bond(&mut random))).collect();
            let bonds = Grid::from_cells(4, 3, bonds).unwrap();
            let found = min_cut(&pull, &bonds);
            let (least, smallest) = smallest_cheapest(&pull, &bonds);
            assert_eq!(cost(&pull, &bonds, &found), least);
            assert_eq!(found.cells(), smallest.cells());
        }
    }

    #[test]
    fn a_cut_that_starts_from_what_flowed_for_other_pulls_is_the_same() {
        let mut random = Random::new(11, 0);
        let mut grid = |below: usize, less: i32| {
            let cells = (0..30 * 20).map(|_| random.below(below) as i32 - less).collect();
            Grid::from_cells(30, 20, cells).unwrap()
        };
        let bonds = grid(30, 0).map(|bond| [bond, bond / 2, bond, bond / 3]);
        let mut flow = Flow::default();
        for round in 0..6 {
            let mut pull = grid(200, 100);
            pull.set(round, 3, CERTAIN);
            let (mask, next) = min_cut_after(&flow, &pull, &bonds);
            assert_eq!(mask, min_cut(&pull, &bonds), "{round}");
            flow = next;
        }
        assert!(!flow.left.is_empty(), "something was left open");
    }

    #[test]
    fn certain_pixels_stay_and_draw_their_neighbours() {
        let mut pull = Grid::new(5, 1, 0);
        pull.set(0, 0, CERTAIN);
        pull.set(2, 0, -3);
        pull.set(4, 0, -CERTAIN);
        let mut bonds = Grid::new(5, 1, [10, 0, 0, 0]);
        bonds.set(3, 0, [2, 0, 0, 0]);
        assert_eq!(min_cut(&pull, &bonds).cells(), [true, true, true, true, false]);
        bonds.set(1, 0, [1, 0, 0, 0]);
        assert_eq!(min_cut(&pull, &bonds).cells(), [true, true, false, false, false]);
    }

    #[test]
    fn a_noisy_disc_comes_out_whole() {
        let mut random = Random::new(9, 0);
        let inside = |x: usize, y: usize| x.abs_diff(30).pow(2) + y.abs_diff(30).pow(2) < 300;
        let mut pull = Grid::new(60, 60, 0);
        for y in 0..60 {
            for x in 0..60 {
                let noise = random.below(160) as i32 - 80;
                pull.set(x, y, if inside(x, y) { 50 + noise } else { -50 + noise });
            }
        }
        let split = min_cut(&pull, &Grid::new(60, 60, [40; 4]));
        let wrong = (0..3600).filter(|&at| split.cells()[at] != inside(at % 60, at / 60)).count();
        assert!(wrong < 40, "{wrong}");
    }
}

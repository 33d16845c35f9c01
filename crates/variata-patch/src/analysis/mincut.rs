//! The cheapest way to split a picture in two.
//!
//! Which pixels belong to a subject is a question of colour (each pixel's own costs) and of edges
//! (what it costs to part neighbours). The exact answer is a minimum cut, found by the algorithm
//! of Boykov and Kolmogorov ("An Experimental Comparison of Min-Cut/Max-Flow Algorithms", 2004):
//! two trees grow from the terminals until they touch, flow is pushed along the path, and the
//! branches that it saturates are grafted elsewhere. Capacities are whole numbers, so the cut is
//! the same on every machine.

use std::collections::VecDeque;

use crate::grid::{Grid, Mask};

/// A pull of this much, or of this much below zero, leaves no choice.
pub(crate) const CERTAIN: i32 = i32::MAX / 2;

/// Splits the pixels into subject (true) and ground at the least total cost.
///
/// `pull` is what it costs to call a pixel ground minus what it costs to call it subject, or
/// [`CERTAIN`]; pixels without a choice cost no time. `bonds` is what it costs to part a pixel from its neighbours to the right, lower left, below and lower
/// right, not negative; bonds over the border are ignored.
pub(crate) fn min_cut(pull: &Grid<i32>, bonds: &Grid<[i32; 4]>) -> Mask {
    let mut network = Network::new(pull, bonds);
    network.saturate();
    let stride = network.stride;
    Mask::from_fn(pull.width(), pull.height(), |x, y| match pull.at(x, y) {
        CERTAIN => true,
        _ => network.nodes[(y + 1) * stride + x + 1].tree == Tree::Subject,
    })
}

/// Neighbours in the order of an arc's index; an arc's reverse has index 7 minus its own.
const DIRECTIONS: usize = 8;
/// Where the last four arcs lead; the others are their reverses.
const STEPS: [(isize, usize); 4] = [(1, 0), (-1, 1), (0, 1), (1, 1)];

/// Which terminal a node is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tree {
    Free,
    Subject,
    Ground,
}

/// How a node is connected to its terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parent {
    None,
    Terminal,
    /// The neighbour at the end of this arc.
    Neighbour(u8),
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// What may still flow to each neighbour.
    capacity: [i32; DIRECTIONS],
    /// What may still flow from the subject's terminal, or, negative, to the ground's.
    terminal: i32,
    tree: Tree,
    parent: Parent,
    is_active: bool,
    /// When the distance was last known to be right.
    stamp: u32,
    /// Nodes on the way to the terminal.
    distance: u32,
}

/// A path from the subject's terminal to the ground's: the arc at which the trees touch.
struct Contact {
    from: usize,
    arc: usize,
}

/// The pixels with a rim of nodes without capacity, which spares the tests for borders.
struct Network {
    stride: usize,
    offsets: [isize; DIRECTIONS],
    nodes: Vec<Node>,
    active: VecDeque<usize>,
    orphans: VecDeque<usize>,
    clock: u32,
}

impl Network {
    fn new(pull: &Grid<i32>, bonds: &Grid<[i32; 4]>) -> Self {
        let (width, height) = (pull.width(), pull.height());
        let stride = width + 2;
        let row = stride as isize;
        let empty = Node {
            capacity: [0; DIRECTIONS],
            terminal: 0,
            tree: Tree::Free,
            parent: Parent::None,
            is_active: false,
            stamp: 0,
            distance: 0,
        };
        let mut network = Self {
            stride,
            offsets: [-row - 1, -row, -row + 1, -1, 1, row - 1, row, row + 1],
            nodes: vec![empty; stride * (height + 2)],
            active: VecDeque::new(),
            orphans: VecDeque::new(),
            clock: 0,
        };
        network.bind_all(pull, bonds);
        network
    }

    /// Ties neighbours to each other, or a pixel to its terminal where the neighbour has no
    /// choice.
    fn bind_all(&mut self, pull: &Grid<i32>, bonds: &Grid<[i32; 4]>) {
        let mut pulls = vec![0; self.nodes.len()];
        let (width, height) = (pull.width(), pull.height());
        for (x, y) in (0..width * height).map(|at| (at % width, at / width)) {
            let at = (y + 1) * self.stride + x + 1;
            let own = pull.at(x, y);
            if own.abs() < CERTAIN {
                pulls[at] += own;
            }
            for (arc, bond) in (4..).zip(bonds.at(x, y)) {
                let (u, v) = (x.wrapping_add_signed(STEPS[arc - 4].0), y + STEPS[arc - 4].1);
                if u >= width || v >= height {
                    continue;
                }
                let other = self.neighbour(at, arc);
                let their = pull.at(u, v);
                match (own.abs() < CERTAIN, their.abs() < CERTAIN) {
                    (true, true) => self.bind(at, arc, bond),
                    (true, false) => pulls[at] += bond * their.signum(),
                    (false, true) => pulls[other] += bond * own.signum(),
                    (false, false) => (),
                }
            }
        }
        for (at, pull) in pulls.into_iter().enumerate() {
            self.attach(at, pull);
        }
    }

    fn attach(&mut self, at: usize, pull: i32) {
        let node = &mut self.nodes[at];
        node.terminal = pull;
        if pull != 0 {
            node.tree = if pull > 0 { Tree::Subject } else { Tree::Ground };
            node.parent = Parent::Terminal;
            node.distance = 1;
            node.is_active = true;
            self.active.push_back(at);
        }
    }

    fn bind(&mut self, at: usize, arc: usize, bond: i32) {
        let other = self.neighbour(at, arc);
        self.nodes[at].capacity[arc] = bond;
        self.nodes[other].capacity[DIRECTIONS - 1 - arc] = bond;
    }

    fn neighbour(&self, at: usize, arc: usize) -> usize {
        at.wrapping_add_signed(self.offsets[arc])
    }

    fn saturate(&mut self) {
        while let Some(&at) = self.active.front() {
            if self.nodes[at].tree == Tree::Free {
                self.retire();
                continue;
            }
            match self.grow(at) {
                Some(contact) => {
                    self.clock += 1;
                    self.augment(&contact);
                    while let Some(orphan) = self.orphans.pop_front() {
                        self.adopt(orphan);
                    }
                }
                None => self.retire(),
            }
        }
    }

    fn retire(&mut self) {
        if let Some(at) = self.active.pop_front() {
            self.nodes[at].is_active = false;
        }
    }

    fn activate(&mut self, at: usize) {
        if !self.nodes[at].is_active {
            self.nodes[at].is_active = true;
            self.active.push_back(at);
        }
    }

    /// What may flow between a node and its neighbour, away from the subject's terminal when the
    /// node belongs to the subject's tree and towards the ground's otherwise.
    fn residual(&self, at: usize, arc: usize, tree: Tree) -> i32 {
        match tree {
            Tree::Subject => self.nodes[at].capacity[arc],
            _ => self.nodes[self.neighbour(at, arc)].capacity[DIRECTIONS - 1 - arc],
        }
    }

    /// Extends a node's tree to its free neighbours until it meets the other tree.
    fn grow(&mut self, at: usize) -> Option<Contact> {
        let node = self.nodes[at];
        for arc in 0..DIRECTIONS {
            if self.residual(at, arc, node.tree) == 0 {
                continue;
            }
            let other = self.neighbour(at, arc);
            let back = Parent::Neighbour((DIRECTIONS - 1 - arc) as u8);
            let reached = &mut self.nodes[other];
            if reached.tree == Tree::Free {
                (reached.tree, reached.parent) = (node.tree, back);
                (reached.stamp, reached.distance) = (node.stamp, node.distance + 1);
                self.activate(other);
            } else if reached.tree != node.tree {
                return Some(match node.tree {
                    Tree::Subject => Contact { from: at, arc },
                    _ => Contact { from: other, arc: DIRECTIONS - 1 - arc },
                });
            } else if reached.stamp <= node.stamp && reached.distance > node.distance + 1 {
                reached.parent = back;
                (reached.stamp, reached.distance) = (node.stamp, node.distance + 1);
            }
        }
        None
    }

    /// Pushes as much as fits along the path through `contact`.
    fn augment(&mut self, contact: &Contact) {
        let target = self.neighbour(contact.from, contact.arc);
        let flow = self.nodes[contact.from].capacity[contact.arc]
            .min(self.bottleneck(contact.from, Tree::Subject))
            .min(self.bottleneck(target, Tree::Ground));
        self.push(contact.from, contact.arc, flow);
        self.drain(contact.from, Tree::Subject, flow);
        self.drain(target, Tree::Ground, flow);
    }

    fn push(&mut self, at: usize, arc: usize, flow: i32) {
        let other = self.neighbour(at, arc);
        self.nodes[at].capacity[arc] -= flow;
        self.nodes[other].capacity[DIRECTIONS - 1 - arc] += flow;
    }

    fn bottleneck(&self, mut at: usize, tree: Tree) -> i32 {
        let mut least = i32::MAX;
        while let Parent::Neighbour(arc) = self.nodes[at].parent {
            let arc = usize::from(arc);
            // Flow runs from the parent to the node in the subject's tree, so the arc's roles
            // are those of the other tree.
            let other = self.neighbour(at, arc);
            least = least.min(match tree {
                Tree::Subject => self.nodes[other].capacity[DIRECTIONS - 1 - arc],
                _ => self.nodes[at].capacity[arc],
            });
            at = other;
        }
        least.min(self.nodes[at].terminal.abs())
    }

    /// Takes `flow` from the branch of a node; what is saturated by it is cut off.
    fn drain(&mut self, mut at: usize, tree: Tree, flow: i32) {
        while let Parent::Neighbour(arc) = self.nodes[at].parent {
            let arc = usize::from(arc);
            let other = self.neighbour(at, arc);
            let left = match tree {
                Tree::Subject => {
                    self.push(other, DIRECTIONS - 1 - arc, flow);
                    self.nodes[other].capacity[DIRECTIONS - 1 - arc]
                }
                _ => {
                    self.push(at, arc, flow);
                    self.nodes[at].capacity[arc]
                }
            };
            if left == 0 {
                self.orphan(at);
            }
            at = other;
        }
        self.nodes[at].terminal -= if tree == Tree::Subject { flow } else { -flow };
        if self.nodes[at].terminal == 0 {
            self.orphan(at);
        }
    }

    fn orphan(&mut self, at: usize) {
        self.nodes[at].parent = Parent::None;
        self.orphans.push_front(at);
    }

    /// Finds a new parent for a node that lost its own, or sets it and its children free.
    fn adopt(&mut self, at: usize) {
        let tree = self.nodes[at].tree;
        let mut best: Option<(u32, usize)> = None;
        for arc in 0..DIRECTIONS {
            let other = self.neighbour(at, arc);
            if self.nodes[other].tree != tree
                || self.residual(other, DIRECTIONS - 1 - arc, tree) == 0
            {
                continue;
            }
            let Some(distance) = self.distance_to_terminal(other) else { continue };
            if best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, arc));
            }
        }
        if let Some((distance, arc)) = best {
            let node = &mut self.nodes[at];
            node.parent = Parent::Neighbour(arc as u8);
            (node.stamp, node.distance) = (self.clock, distance + 1);
        } else {
            self.set_free(at, tree);
        }
    }

    fn set_free(&mut self, at: usize, tree: Tree) {
        for arc in 0..DIRECTIONS {
            let other = self.neighbour(at, arc);
            if self.nodes[other].tree != tree {
                continue;
            }
            if self.residual(other, DIRECTIONS - 1 - arc, tree) > 0 {
                self.activate(other);
            }
            if self.nodes[other].parent == Parent::Neighbour((DIRECTIONS - 1 - arc) as u8) {
                self.nodes[other].parent = Parent::None;
                self.orphans.push_back(other);
            }
        }
        self.nodes[at].tree = Tree::Free;
    }

    /// Nodes on the way from a node to its terminal, `None` when the way is broken; marks the way
    /// so that it is walked once between two augmentations.
    fn distance_to_terminal(&mut self, start: usize) -> Option<u32> {
        let (mut at, mut steps) = (start, 0);
        let base = loop {
            let node = &self.nodes[at];
            if node.stamp == self.clock && node.parent != Parent::None {
                break node.distance;
            }
            match node.parent {
                Parent::None => return None,
                Parent::Terminal => {
                    self.nodes[at].stamp = self.clock;
                    self.nodes[at].distance = 1;
                    break 1;
                }
                Parent::Neighbour(arc) => at = self.neighbour(at, usize::from(arc)),
            }
            steps += 1;
        };
        self.mark_way(start, base + steps);
        Some(base + steps)
    }

    fn mark_way(&mut self, mut at: usize, mut distance: u32) {
        while self.nodes[at].stamp != self.clock {
            (self.nodes[at].stamp, self.nodes[at].distance) = (self.clock, distance);
            let Parent::Neighbour(arc) = self.nodes[at].parent else { return };
            at = self.neighbour(at, usize::from(arc));
            distance -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn the_cut_costs_no_more_than_any_other_split() {
        let mut random = Random::new(5, 0);
        for _ in 0..60 {
            let (width, height) = (4, 3);
            let pulls = (0..12).map(|_| random.below(41) as i32 - 20).collect();
            let pull = Grid::from_cells(width, height, pulls).unwrap();
            let bonds = (0..12).map(|_| std::array::from_fn(|_| random.below(15) as i32)).collect();
            let bonds = Grid::from_cells(width, height, bonds).unwrap();
            let found = cost(&pull, &bonds, &min_cut(&pull, &bonds));
            let best = (0..1u32 << 12)
                .map(|bits| Grid::from_fn(width, height, |x, y| bits >> (y * width + x) & 1 == 1))
                .map(|split| cost(&pull, &bonds, &split))
                .min()
                .unwrap();
            assert_eq!(found, best);
        }
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

//! A minimum cut by the algorithm of Boykov and Kolmogorov ("An Experimental Comparison of
//! Min-Cut/Max-Flow Algorithms", 2004): two trees grow from the terminals until they touch, flow is
//! pushed along the path, and the branches that it saturates are grafted elsewhere.

use std::collections::VecDeque;

use super::{Board, DIRECTIONS, Flow};

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
    /// What may still flow from the subject's terminal, or, negative, to the ground's.
    terminal: i32,
    /// When the distance was last known to be right.
    stamp: u32,
    /// Nodes on the way to the terminal.
    distance: u32,
    tree: Tree,
    parent: Parent,
    is_active: bool,
}

impl Node {
    const FREE: Self = Self {
        terminal: 0,
        stamp: 0,
        distance: 0,
        tree: Tree::Free,
        parent: Parent::None,
        is_active: false,
    };
}

/// A path from the subject's terminal to the ground's: the arc at which the trees touch.
struct Contact {
    from: usize,
    arc: usize,
}

/// The open pixels of a board and what may flow between them.
pub(super) struct Network {
    offsets: [isize; DIRECTIONS],
    arcs: &'static [usize],
    nodes: Vec<Node>,
    /// What may still flow from each node to each neighbour; apart from the nodes, since most of
    /// what is asked of a neighbour is only where it belongs.
    capacities: Vec<[i32; DIRECTIONS]>,
    active: VecDeque<usize>,
    orphans: VecDeque<usize>,
    clock: u32,
}

impl Network {
    /// The pixels of `board` that are bound to others, through which `flow` flows already.
    pub(super) fn new(board: Board, flow: &Flow) -> Self {
        let length = board.pulls.len();
        let mut network = Self {
            offsets: board.offsets,
            arcs: board.arcs,
            nodes: vec![Node::FREE; length],
            capacities: board.bonds,
            active: VecDeque::new(),
            orphans: VecDeque::new(),
            clock: 0,
        };
        let bound = |at: &usize| network.capacities[*at] != [0; DIRECTIONS];
        let open: Vec<usize> = (0..length).filter(bound).collect();
        for &at in &open {
            network.nodes[at].terminal = board.pulls[at];
        }
        for &at in &open {
            network.resume(flow, at);
        }
        for &at in &open {
            network.push_to_neighbours(at);
        }
        for at in open {
            network.attach(at);
        }
        network
    }

    /// Which nodes are on the subject's side of the minimum cut, and what flows then.
    pub(super) fn subject(mut self) -> (Vec<bool>, Flow) {
        self.saturate();
        let subject = self.nodes.iter().map(|node| node.tree == Tree::Subject).collect();
        (subject, Flow { left: self.capacities })
    }

    /// Pushes what has flowed before from a node to those behind it, as far as there is room. What
    /// its terminal does not give for that it owes.
    fn resume(&mut self, flow: &Flow, at: usize) {
        for &arc in self.arcs.iter().filter(|&&arc| 2 * arc >= DIRECTIONS) {
            let (other, room) = (self.neighbour(at, arc), self.capacities[at][arc]);
            let flow = flow.along(at, arc, other).clamp(-room, room);
            self.push(at, arc, flow);
            self.nodes[at].terminal -= flow;
            self.nodes[other].terminal += flow;
        }
    }

    /// Pushes what flows over one arc, before any tree is grown for it.
    fn push_to_neighbours(&mut self, at: usize) {
        for &arc in self.arcs {
            let other = self.neighbour(at, arc);
            let wanted = self.nodes[at].terminal.min(-self.nodes[other].terminal);
            let flow = self.capacities[at][arc].min(wanted);
            if flow > 0 {
                self.push(at, arc, flow);
                self.nodes[at].terminal -= flow;
                self.nodes[other].terminal += flow;
            }
        }
    }

    fn attach(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        if node.terminal != 0 {
            node.tree = if node.terminal > 0 { Tree::Subject } else { Tree::Ground };
            node.parent = Parent::Terminal;
            node.distance = 1;
            node.is_active = true;
            self.active.push_back(at);
        }
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
            Tree::Subject => self.capacities[at][arc],
            _ => self.capacities[self.neighbour(at, arc)][DIRECTIONS - 1 - arc],
        }
    }

    /// Extends a node's tree to its free neighbours until it meets the other tree.
    fn grow(&mut self, at: usize) -> Option<Contact> {
        let node = self.nodes[at];
        for &arc in self.arcs {
            let other = self.neighbour(at, arc);
            let reached = self.nodes[other];
            let farther = reached.stamp <= node.stamp && reached.distance > node.distance + 1;
            if reached.tree == node.tree && !farther || self.residual(at, arc, node.tree) == 0 {
                continue;
            }
            if reached.tree != node.tree && reached.tree != Tree::Free {
                return Some(match node.tree {
                    Tree::Subject => Contact { from: at, arc },
                    _ => Contact { from: other, arc: DIRECTIONS - 1 - arc },
                });
            }
            self.nodes[other] = Node {
                tree: node.tree,
                parent: Parent::Neighbour((DIRECTIONS - 1 - arc) as u8),
                stamp: node.stamp,
                distance: node.distance + 1,
                ..reached
            };
            if reached.tree == Tree::Free {
                self.activate(other);
            }
        }
        None
    }

    /// Pushes as much as fits along the path through `contact`.
    fn augment(&mut self, contact: &Contact) {
        let target = self.neighbour(contact.from, contact.arc);
        let flow = self.capacities[contact.from][contact.arc]
            .min(self.bottleneck(contact.from, Tree::Subject))
            .min(self.bottleneck(target, Tree::Ground));
        self.push(contact.from, contact.arc, flow);
        self.drain(contact.from, Tree::Subject, flow);
        self.drain(target, Tree::Ground, flow);
    }

    fn push(&mut self, at: usize, arc: usize, flow: i32) {
        let other = self.neighbour(at, arc);
        self.capacities[at][arc] -= flow;
        self.capacities[other][DIRECTIONS - 1 - arc] += flow;
    }

    fn bottleneck(&self, mut at: usize, tree: Tree) -> i32 {
        let mut least = i32::MAX;
        while let Parent::Neighbour(arc) = self.nodes[at].parent {
            let arc = usize::from(arc);
            // Flow runs from the parent to the node in the subject's tree, so the arc's roles
            // are those of the other tree.
            let other = self.neighbour(at, arc);
            least = least.min(match tree {
                Tree::Subject => self.capacities[other][DIRECTIONS - 1 - arc],
                _ => self.capacities[at][arc],
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
                    self.capacities[other][DIRECTIONS - 1 - arc]
                }
                _ => {
                    self.push(at, arc, flow);
                    self.capacities[at][arc]
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
        for &arc in self.arcs {
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
        for &arc in self.arcs {
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

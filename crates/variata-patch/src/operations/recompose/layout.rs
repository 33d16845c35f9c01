//! Where the source lies on the canvas.

use super::Recomposition;
use super::canvas::SIDE;
use super::scenery::{Edges, Scenery};
use crate::operations::Context;
use crate::random::Random;

/// The source as a square on the canvas, in its pixels; parts of it may lie outside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Layout {
    pub(super) left: isize,
    pub(super) top: isize,
    pub(super) side: usize,
    /// Whether it lies in layers.
    pub(super) layered: bool,
}

/// What the subject keeps from the frame, unless that cuts it, in shares of the canvas.
const MARGIN: f32 = 0.03;
/// How far beside the canvas the source may reach at boldness 1.0, in shares of it.
const MOST_LOST: f32 = 0.26;

impl Layout {
    /// Draws a layout; `None` where the frame ties the subject down, or where it came out like the
    /// source.
    pub(super) fn draw(
        how: Recomposition,
        scenery: &Scenery,
        context: &Context<'_>,
        random: &mut Random,
    ) -> Option<Self> {
        let bold = context.boldness.min(1.2);
        let Edges { left, top, right, bottom } = scenery.cut;
        let (least, most, news) = match how {
            Recomposition::Wider => (0.18, 0.36, 0.16),
            Recomposition::Aside => (0.0, 0.1, 0.09),
        };
        let drawn = bold * random.between(least, most);
        let shrunk = if top && bottom || left && right { 0.0 } else { drawn };
        let side = ((1.0 - shrunk) * SIDE as f32 + 0.5) as usize;
        let room = (SIDE - side) as f32;
        let across = match (left, right) {
            (true, _) => 0.0,
            (false, true) => room,
            (false, false) => across(scenery, side as f32, bold, random),
        };
        let down = match (top, bottom) {
            (true, _) => 0.0,
            (false, true) => room,
            (false, false) => room * random.between(0.35, 1.0),
        };
        let moved = (across - 0.5 * room).abs() / SIDE as f32;
        let layout = Self {
            left: (across + 0.5).floor() as isize,
            top: (down + 0.5).floor() as isize,
            side,
            layered: scenery.layered,
        };
        (shrunk + moved > news * bold).then_some(layout)
    }

    /// The place on the source of a pixel of the canvas; it may lie outside.
    pub(super) fn place(&self, x: usize, y: usize) -> (isize, isize) {
        (x as isize - self.left, y as isize - self.top)
    }

    /// Whether a place lies on the source.
    pub(super) fn has(&self, (u, v): (isize, isize)) -> bool {
        let inside = 0..self.side as isize;
        inside.contains(&u) && inside.contains(&v)
    }
}

/// The left edge of a source whose subject the frame does not cut.
fn across(scenery: &Scenery, side: f32, bold: f32, random: &mut Random) -> f32 {
    let room = SIDE as f32 - side;
    let lost = MOST_LOST * bold * SIDE as f32;
    let margin = MARGIN * SIDE as f32;
    let lowest = (margin - scenery.bounds.left * side).max(-lost);
    let highest = (SIDE as f32 - margin - scenery.bounds.right * side).min(room + lost);
    if lowest < highest { random.between(lowest, highest) } else { 0.5 * room }
}

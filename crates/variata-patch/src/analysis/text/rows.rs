//! Rows: which of the shapes that could be letters could follow each other in a word.

use super::glyphs::{Glyph, MOST_PAPER_SHARE, MOST_SHADING, sort};

/// How much alike the letters of a word have to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Likeness {
    /// Least height over the height of the neighbour.
    pub(super) height: f32,
    /// Most difference of the centres, up or down, in heights.
    pub(super) drop: f32,
    /// Most distance from letter to letter, in heights.
    pub(super) gap: f32,
    /// Least width of strokes over that of the neighbour.
    pub(super) stroke: f32,
    /// Most difference of ink and of paper, as a multiple of what is usual.
    pub(super) colour: f32,
}

impl Likeness {
    /// Whether `next` could stand to the right of `glyph` in the same word.
    fn lets_follow(self, glyph: &Glyph, next: &Glyph) -> bool {
        let height = glyph.height().max(next.height());
        let gap = next.left - glyph.right;
        let step = (glyph.paper - glyph.grey).abs().min((next.paper - next.grey).abs());
        let tolerance = self.colour * MOST_SHADING.max(MOST_PAPER_SHARE * step);
        let drop = (next.top + next.bottom) - (glyph.top + glyph.bottom);
        (-0.25 * height..=self.gap * height).contains(&gap)
            && glyph.height().min(next.height()) >= self.height * height
            && drop.abs() <= self.drop * height
            && (glyph.grey - next.grey).abs() <= tolerance
            && (glyph.paper - next.paper).abs() <= tolerance
            && glyph.stroke.min(next.stroke) >= self.stroke * glyph.stroke.max(next.stroke)
    }
}

/// For each of some glyphs, from left to right, the longest row that ends with it.
#[derive(Debug)]
pub(super) struct Rows {
    lengths: Vec<usize>,
    /// The glyph before it in that row.
    before: Vec<Option<usize>>,
}

impl Rows {
    /// The rows of `glyphs`, in which each is as like the one before as `likeness` asks.
    pub(super) fn of(glyphs: &[Glyph], likeness: Likeness) -> Self {
        let mut rows = Self { lengths: Vec::new(), before: Vec::new() };
        for (index, glyph) in glyphs.iter().enumerate() {
            // Further to the left than this, even the widest glyph ends too far away.
            let reach = glyph.left - 3.2 * glyph.height() / 0.62;
            let near = (0..index).rev().take_while(|&other| glyphs[other].left >= reach);
            let best = near
                .filter(|&other| likeness.lets_follow(&glyphs[other], glyph))
                .max_by_key(|&other| rows.lengths[other]);
            rows.lengths.push(best.map_or(0, |other| rows.lengths[other]) + 1);
            rows.before.push(best);
        }
        rows
    }

    /// How many glyphs the longest row has.
    pub(super) fn longest(&self) -> usize {
        self.lengths.iter().copied().max().unwrap_or(0)
    }

    /// The glyphs in rows of `least` and more, by number.
    pub(super) fn members(&self, least: usize) -> Vec<usize> {
        let mut is_member: Vec<bool> = self.lengths.iter().map(|&length| length >= least).collect();
        for index in (0..is_member.len()).rev() {
            if let (true, Some(before)) = (is_member[index], self.before[index]) {
                is_member[before] = true;
            }
        }
        (0..is_member.len()).filter(|&index| is_member[index]).collect()
    }
}

/// The glyphs where rows that fall by `degrees` are level, from left to right. Their boxes are taken
/// as they are, or on their side.
pub(super) fn turned(glyphs: &[Glyph], degrees: f32) -> Vec<Glyph> {
    let (sin, cos) = libm::sincosf(degrees.to_radians());
    let on_side = degrees.abs() > 45.0;
    let turn = |glyph: &Glyph| {
        let (x, y) = (0.5 * (glyph.left + glyph.right), 0.5 * (glyph.top + glyph.bottom));
        let (u, v) = (cos * x + sin * y, cos * y - sin * x);
        let half = (0.5 * (glyph.right - glyph.left), 0.5 * glyph.height());
        let (a, b) = if on_side { (half.1, half.0) } else { half };
        Glyph { left: u - a, right: u + a, top: v - b, bottom: v + b, ..*glyph }
    };
    let mut turned: Vec<Glyph> = glyphs.iter().map(turn).collect();
    sort(&mut turned);
    turned
}

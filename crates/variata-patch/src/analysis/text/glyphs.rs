//! Shapes that could be letters, by their boxes, their ink and the paper around it.

use super::super::Bounds;
use super::super::views::FINE_PX;
use crate::filter::{Component, components};
use crate::grid::{Grid, Mask, Plane};

/// Deviation of brightness within one glyph: ink has one colour.
pub(super) const MOST_SHADING: f32 = 28.0 / 255.0;
/// The same as a share of the step from ink to paper: blurred glyphs shade more.
const MOST_INK_SHARE: f32 = 0.4;
/// The same for the paper, and for the differences between glyphs.
pub(super) const MOST_PAPER_SHARE: f32 = 0.28;
/// Ink differs from the paper between its strokes by this much.
const LEAST_STEP: f32 = 24.0 / 255.0;
/// Heights of glyphs in pixels of a picture of 512.
const HEIGHTS_PX: std::ops::RangeInclusive<usize> = 7..=150;
/// Heights of small print, the letters of which are blurred and may touch.
const SMALL_HEIGHTS_PX: std::ops::RangeInclusive<usize> = 3..=9;
/// How far what touches in small print reaches, in heights.
const MOST_SMALL_WIDTH: usize = 7;
/// Which row of paper is looked at above and below small print: blur has the first.
const BESIDE_PX: usize = 2;
/// Deviation of brightness on that paper.
const MOST_GRAIN: f32 = 10.0 / 255.0;
/// Glyphs considered at most: no writing has more, but gravel has.
const MOST_GLYPHS: usize = 3000;

/// A shape that could be a letter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    /// Its first column, in pixels.
    pub(super) left: f32,
    /// One past its last column.
    pub(super) right: f32,
    /// Its first row.
    pub(super) top: f32,
    /// One past its last row.
    pub(super) bottom: f32,
    /// Width of its strokes.
    pub(super) stroke: f32,
    /// Mean brightness, 0.0–1.0.
    pub(super) grey: f32,
    /// Deviation of its brightness.
    pub(super) shading: f32,
    /// Mean brightness of what lies between its strokes.
    pub(super) paper: f32,
    /// Where it is in the picture, however rows are turned.
    pub(super) place: Bounds,
}

impl Glyph {
    /// From its first row to its last.
    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }

    fn of(component: &Component, sums: &Sums) -> Self {
        let area = component.area as f32;
        let grey = sums.grey / area;
        let (left, right) = (component.left as f32, (component.right + 1) as f32);
        let (top, bottom) = (component.top as f32, (component.bottom + 1) as f32);
        let [x, y, u, v] = [left, top, right, bottom].map(|at| at / FINE_PX as f32);
        Self {
            left,
            right,
            top,
            bottom,
            stroke: 2.0 * area / sums.rim.max(1) as f32,
            grey,
            shading: (sums.squares / area - grey * grey).max(0.0).sqrt(),
            paper: 0.0,
            place: Bounds { left: x, top: y, right: u, bottom: v },
        }
    }

    /// Whether its shape is that of a letter that covers `area` pixels.
    fn is_shaped(&self, area: f32) -> bool {
        let (width, height) = (self.right - self.left, self.height());
        (0.15..0.9).contains(&(area / (width * height)))
            && self.stroke <= 0.55 * height
            && area > 2.2 * self.stroke * self.stroke
    }

    /// This with its paper, if that is even enough and the ink is.
    fn on(self, paper: Tone) -> Option<Self> {
        let step = (paper.mean - self.grey).abs();
        let most = |share: f32| MOST_SHADING.max(share * step);
        let is_even =
            paper.deviation <= most(MOST_PAPER_SHARE) && self.shading <= most(MOST_INK_SHARE);
        (is_even && step > LEAST_STEP).then_some(Self { paper: paper.mean, ..self })
    }

    /// This, of small print, with its paper.
    fn small_on(self, paper: Tone) -> Option<Self> {
        let step = (paper.mean - self.grey).abs();
        let is_clean = paper.deviation <= MOST_GRAIN.max(0.5 * MOST_PAPER_SHARE * step);
        (is_clean && step > LEAST_STEP).then_some(Self { paper: paper.mean, ..self })
    }
}

/// The shapes in one kind of ink that could be letters, each from left to right.
#[derive(Debug, Default)]
pub(super) struct Glyphs {
    /// Those whose boxes show nothing but paper beside them, as in level rows.
    pub(super) level: Vec<Glyph>,
    /// Those whose boxes may reach into their neighbours'.
    pub(super) any: Vec<Glyph>,
    /// Those of small print.
    pub(super) small: Vec<Glyph>,
}

impl Glyphs {
    /// The glyphs in `ink`, a part of the picture that is darker or lighter than what is around it.
    pub(super) fn of(luma: &Plane, ink: &Mask) -> Self {
        let (labels, found) = components(ink);
        let sums = sums(luma, &labels, &found);
        let mut glyphs = Self::default();
        for (label, component) in (1..).zip(&found).filter(|(_, component)| may_be_read(component))
        {
            let glyph = Glyph::of(component, &sums[label as usize]);
            if is_of_letters(component) && glyph.is_shaped(component.area as f32) {
                let (level, any) = papers(luma, &labels, component, label);
                push(&mut glyphs.level, glyph.on(level));
                push(&mut glyphs.any, glyph.on(any));
            }
            if is_of_small_print(component) {
                push(&mut glyphs.small, glyph.small_on(beside(luma, component)));
            }
        }
        for glyphs in [&mut glyphs.level, &mut glyphs.any, &mut glyphs.small] {
            sort(glyphs);
        }
        glyphs
    }
}

/// Whether a component has the size of a letter or of small print.
fn may_be_read(component: &Component) -> bool {
    is_of_letters(component) || is_of_small_print(component)
}

fn is_of_letters(component: &Component) -> bool {
    let (width, height) = (component.width() as f32, component.height());
    HEIGHTS_PX.contains(&height) && width >= 3.0 && width <= 2.2 * height as f32
}

fn is_of_small_print(component: &Component) -> bool {
    let height = component.height();
    SMALL_HEIGHTS_PX.contains(&height) && component.width() <= MOST_SMALL_WIDTH * height
}

/// Puts `glyphs` in order from left to right.
pub(super) fn sort(glyphs: &mut [Glyph]) {
    glyphs.sort_by(|a, b| a.left.total_cmp(&b.left));
}

fn push(glyphs: &mut Vec<Glyph>, glyph: Option<Glyph>) {
    if glyphs.len() < MOST_GLYPHS {
        glyphs.extend(glyph);
    }
}

/// Mean brightness of some pixels and its deviation.
#[derive(Debug, Clone, Copy)]
struct Tone {
    mean: f32,
    deviation: f32,
}

/// What a tone is made of.
#[derive(Debug, Clone, Copy, Default)]
struct Greys {
    count: f32,
    sum: f32,
    squares: f32,
}

impl Greys {
    fn add(&mut self, value: f32) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn tone(self) -> Tone {
        let count = self.count.max(1.0);
        let mean = self.sum / count;
        Tone { mean, deviation: (self.squares / count - mean * mean).max(0.0).sqrt() }
    }
}

/// What lies in the box of the component of this label: all beside it, and all that is no ink.
fn papers(luma: &Plane, labels: &Grid<u32>, component: &Component, label: u32) -> (Tone, Tone) {
    let (mut level, mut any) = (Greys::default(), Greys::default());
    let columns = component.left..=component.right;
    for y in component.top..=component.bottom {
        let pixels = labels.row(y)[columns.clone()].iter().zip(&luma.row(y)[columns.clone()]);
        for (&other, &grey) in pixels.filter(|&(&other, _)| other != label) {
            level.add(grey);
            if other == 0 {
                any.add(grey);
            }
        }
    }
    (level.tone(), any.tone())
}

/// The paper above and below a component.
fn beside(luma: &Plane, component: &Component) -> Tone {
    let above = component.top.saturating_sub(BESIDE_PX);
    let below = (component.bottom + BESIDE_PX).min(luma.height() - 1);
    let mut greys = Greys::default();
    for y in [above, below] {
        let pixels = &luma.row(y)[component.left..=component.right];
        pixels.iter().for_each(|&grey| greys.add(grey));
    }
    greys.tone()
}

/// What is summed over the pixels of one component.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    rim: usize,
    grey: f32,
    squares: f32,
}

/// The sums of all components that may be read, by label.
fn sums(luma: &Plane, labels: &Grid<u32>, found: &[Component]) -> Vec<Sums> {
    let mut sums = vec![Sums::default(); found.len() + 1];
    for (label, component) in (1..).zip(found).filter(|(_, component)| may_be_read(component)) {
        sums[label as usize] = sums_of(luma, labels, component, label);
    }
    sums
}

fn sums_of(luma: &Plane, labels: &Grid<u32>, component: &Component, label: u32) -> Sums {
    let mut sums = Sums::default();
    let (right, bottom) = (labels.width() - 1, labels.height() - 1);
    for y in component.top..=component.bottom {
        let (above, here) = (labels.row(y.saturating_sub(1)), labels.row(y));
        let (below, greys) = (labels.row((y + 1).min(bottom)), luma.row(y));
        for x in (component.left..=component.right).filter(|&x| here[x] == label) {
            let beside = [here[x.saturating_sub(1)], here[(x + 1).min(right)], above[x], below[x]];
            sums.rim += usize::from(beside.iter().any(|&other| other != label));
            sums.grey += greys[x];
            sums.squares += greys[x] * greys[x];
        }
    }
    sums
}

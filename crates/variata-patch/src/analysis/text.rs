//! Writing: what looks like a row of letters.
//!
//! Mirrored writing gives a variation away at a glance, so pictures with a row of glyph-like
//! shapes are not mirrored. A fence taken for writing only costs a mirror; missed writing costs
//! the picture, so the test errs on the side of finding.

use crate::filter::{Component, box_mean, components};
use crate::grid::{Grid, Mask, Plane};

/// Radii of the neighbourhoods against which ink is told from paper, for small and large letters.
const NEIGHBOURHOODS_PX: [usize; 2] = [15, 45];
/// Ink differs from its neighbourhood by this much, 0.0–1.0.
const LEAST_CONTRAST: f32 = 18.0 / 255.0;
/// Deviation of brightness within one glyph: ink has one colour.
const MOST_SHADING: f32 = 28.0 / 255.0;
/// The same as a share of the step from ink to paper: blurred glyphs shade more.
const MOST_INK_SHARE: f32 = 0.4;
/// The same for the paper, and for the differences between glyphs.
const MOST_PAPER_SHARE: f32 = 0.28;
/// Ink differs from the paper between its strokes by this much.
const LEAST_STEP: f32 = 24.0 / 255.0;
/// Heights of glyphs in pixels of a picture of 512.
const HEIGHTS_PX: std::ops::RangeInclusive<usize> = 7..=150;
/// Glyphs considered at most: no writing has more, but gravel has.
const MOST_GLYPHS: usize = 3000;

/// How much alike the letters of a word have to be.
#[derive(Debug, Clone, Copy)]
struct Likeness {
    /// Least height over the height of the neighbour.
    height: f32,
    /// Most difference of the centres, up or down, in heights.
    drop: f32,
    /// Most distance from letter to letter, in heights.
    gap: f32,
    /// Least width of strokes over that of the neighbour.
    stroke: f32,
    /// Most difference of ink and of paper, as a multiple of what is usual.
    colour: f32,
}

/// What may be a word.
const POSSIBLE: Likeness =
    Likeness { height: 0.62, drop: 0.28, gap: 1.0, stroke: 0.6, colour: 1.0 };
/// What is set in type, however short: fur and leaves are never that even.
const TYPESET: Likeness =
    Likeness { height: 0.84, drop: 0.10, gap: 0.5, stroke: 0.74, colour: 0.6 };

/// What is printed on things that lie or stand askew; capitals and small letters are mixed.
const ASKEW: Likeness = Likeness { height: 0.66, drop: 0.14, gap: 0.7, stroke: 0.7, colour: 0.6 };
/// What is written large, on a sign: few letters, and each of them clear. One photograph in a hundred
/// without writing has three shapes that are so much alike.
const LARGE: Likeness = Likeness { height: 0.7, drop: 0.2, gap: 0.6, stroke: 0.55, colour: 0.7 };
/// The least height of large letters, in pixels of a picture of 512.
const LARGE_PX: f32 = 30.0;

/// By how much rows rise or fall that are askew, in degrees, and those that are read sideways.
const ANGLES: [f32; 11] = [-40.0, -30.0, -20.0, -10.0, 10.0, 20.0, 30.0, 40.0, 80.0, 90.0, 100.0];

/// By how much rows of large letters rise or fall, at most, in degrees.
const MOST_LEAN: f32 = 30.0;

/// Rows of glyph-like shapes in a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Chains {
    /// Shapes in the longest level row that may be writing.
    pub(super) possible: usize,
    /// Shapes in the longest level row that is as even as type.
    pub(super) typeset: usize,
    /// Shapes in the longest row in another direction.
    pub(super) askew: usize,
    /// Shapes in the longest row of large letters, level or nearly.
    pub(super) large: usize,
}

/// The longest rows in a picture of 512 px.
pub(super) fn longest_chains(luma: &Plane) -> Chains {
    let mut longest = Chains::default();
    for radius in NEIGHBOURHOODS_PX {
        let contrast = luma.zip_map(&box_mean(luma, radius), |value, mean| value - mean);
        let dark = contrast.map(|value| value < -LEAST_CONTRAST);
        let light = contrast.map(|value| value > LEAST_CONTRAST);
        for ink in [dark, light] {
            let [level, any] = glyphs(luma, &ink);
            longest.possible = longest.possible.max(chain_length(&level, POSSIBLE));
            longest.typeset = longest.typeset.max(chain_length(&level, TYPESET));
            let large: Vec<Glyph> =
                any.iter().filter(|glyph| glyph.height() >= LARGE_PX).copied().collect();
            for degrees in ANGLES {
                let turned_by = |glyphs: &[Glyph]| turned(glyphs, degrees);
                longest.askew = longest.askew.max(chain_length(&turned_by(&any), ASKEW));
                if degrees.abs() <= MOST_LEAN {
                    longest.large = longest.large.max(chain_length(&turned_by(&large), LARGE));
                }
            }
            longest.large = longest.large.max(chain_length(&large, LARGE));
        }
    }
    longest
}

/// A shape that could be a letter.
#[derive(Debug, Clone, Copy)]
struct Glyph {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    /// Width of its strokes.
    stroke: f32,
    /// Mean brightness, 0.0–1.0.
    grey: f32,
    /// Deviation of its brightness.
    shading: f32,
    /// Mean brightness of what lies between its strokes.
    paper: f32,
}

impl Glyph {
    fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// Whether `next` could stand to the right of this in the same word.
    fn is_followed_by(&self, next: &Glyph, likeness: Likeness) -> bool {
        let height = self.height().max(next.height());
        let gap = next.left - self.right;
        let step = (self.paper - self.grey).abs().min((next.paper - next.grey).abs());
        let tolerance = likeness.colour * MOST_SHADING.max(MOST_PAPER_SHARE * step);
        let drop = (next.top + next.bottom) - (self.top + self.bottom);
        (-0.25 * height..=likeness.gap * height).contains(&gap)
            && self.height().min(next.height()) >= likeness.height * height
            && drop.abs() <= likeness.drop * height
            && (self.grey - next.grey).abs() <= tolerance
            && (self.paper - next.paper).abs() <= tolerance
            && self.stroke.min(next.stroke) >= likeness.stroke * self.stroke.max(next.stroke)
    }
}

/// The glyphs where rows that fall by `degrees` are level, from left to right. Their boxes are taken
/// as they are, or on their side.
fn turned(glyphs: &[Glyph], degrees: f32) -> Vec<Glyph> {
    let (sin, cos) = libm::sincosf(degrees.to_radians());
    let on_side = degrees.abs() > 45.0;
    let turn = |glyph: &Glyph| {
        let (x, y) = (0.5 * (glyph.left + glyph.right), 0.5 * (glyph.top + glyph.bottom));
        let (u, v) = (cos * x + sin * y, cos * y - sin * x);
        let half = (0.5 * (glyph.right - glyph.left), 0.5 * glyph.height());
        let (a, b) = if on_side { (half.1, half.0) } else { half };
        Glyph { left: u - a, right: u + a, top: v - b, bottom: v + b, ..*glyph }
    };
    sorted(glyphs.iter().map(turn).collect())
}

fn sorted(mut glyphs: Vec<Glyph>) -> Vec<Glyph> {
    glyphs.sort_by(|a, b| a.left.total_cmp(&b.left));
    glyphs
}

/// What is summed over the pixels of one component.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    rim: usize,
    grey: f32,
    squares: f32,
}

/// The components of `ink` that could be letters, from left to right: those whose boxes show nothing
/// but paper beside them, as in level rows, and those whose boxes may reach into their neighbours.
fn glyphs(luma: &Plane, ink: &Mask) -> [Vec<Glyph>; 2] {
    let (labels, found) = components(ink);
    let sums = sums(luma, &labels, found.len());
    let mut glyphs = [Vec::new(), Vec::new()];
    for (label, component) in (1..).zip(&found) {
        let Some(glyph) = glyph(component, &sums[label as usize]) else { continue };
        let all = paper(luma, &labels, component, |other| other != label);
        let bare = paper(luma, &labels, component, |other| other == 0);
        for (glyphs, (paper, shading)) in glyphs.iter_mut().zip([all, bare]) {
            let step = (paper - glyph.grey).abs();
            let most = |share: f32| MOST_SHADING.max(share * step);
            if shading <= most(MOST_PAPER_SHARE)
                && glyph.shading <= most(MOST_INK_SHARE)
                && step > LEAST_STEP
                && glyphs.len() < MOST_GLYPHS
            {
                glyphs.push(Glyph { paper, ..glyph });
            }
        }
    }
    glyphs.map(sorted)
}

/// The component as a letter, if its shape and ink allow it.
fn glyph(component: &Component, sums: &Sums) -> Option<Glyph> {
    let (width, height) = (component.width() as f32, component.height() as f32);
    let area = component.area as f32;
    let stroke = 2.0 * area / sums.rim.max(1) as f32;
    let grey = sums.grey / area;
    let shading = (sums.squares / area - grey * grey).max(0.0).sqrt();
    let is_glyph = HEIGHTS_PX.contains(&component.height())
        && width >= 3.0
        && width <= 2.2 * height
        && (0.15..0.9).contains(&(area / (width * height)))
        && stroke <= 0.55 * height
        && area > 2.2 * stroke * stroke;
    let (left, top) = (component.left as f32, component.top as f32);
    let (right, bottom) = (left + width, top + height);
    is_glyph.then_some(Glyph { left, right, top, bottom, stroke, grey, shading, paper: 0.0 })
}

/// Mean brightness and deviation of the pixels in a component's box whose label is wanted.
fn paper(
    luma: &Plane,
    labels: &Grid<u32>,
    component: &Component,
    is_wanted: impl Fn(u32) -> bool,
) -> (f32, f32) {
    let (mut count, mut sum, mut squares) = (0.0f32, 0.0, 0.0);
    for y in component.top..=component.bottom {
        for x in component.left..=component.right {
            if is_wanted(labels.at(x, y)) {
                let value = luma.at(x, y);
                count += 1.0;
                sum += value;
                squares += value * value;
            }
        }
    }
    let mean = sum / count.max(1.0);
    (mean, (squares / count.max(1.0) - mean * mean).max(0.0).sqrt())
}

fn sums(luma: &Plane, labels: &Grid<u32>, count: usize) -> Vec<Sums> {
    let mut sums = vec![Sums::default(); count + 1];
    let (right, bottom) = (labels.width() - 1, labels.height() - 1);
    for y in 0..=bottom {
        let (above, here) = (labels.row(y.saturating_sub(1)), labels.row(y));
        let (below, greys) = (labels.row((y + 1).min(bottom)), luma.row(y));
        for (x, (&label, &grey)) in here.iter().zip(greys).enumerate() {
            if label == 0 {
                continue;
            }
            let beside = [here[x.saturating_sub(1)], here[(x + 1).min(right)], above[x], below[x]];
            let on_rim = beside.iter().any(|&other| other != label);
            let own = &mut sums[label as usize];
            own.rim += usize::from(on_rim);
            own.grey += grey;
            own.squares += grey * grey;
        }
    }
    sums
}

/// The longest row in which each glyph could follow the one before.
fn chain_length(glyphs: &[Glyph], likeness: Likeness) -> usize {
    let mut lengths: Vec<usize> = Vec::with_capacity(glyphs.len());
    for (index, glyph) in glyphs.iter().enumerate() {
        // Further to the left than this, even the widest glyph ends too far away.
        let reach = glyph.left - 3.2 * glyph.height() / 0.62;
        let before = glyphs[..index].iter().zip(&lengths).rev();
        let near = before.take_while(|(other, _)| other.left >= reach);
        let best = near
            .filter(|(other, _)| other.is_followed_by(glyph, likeness))
            .map(|(_, &length)| length);
        lengths.push(best.max().unwrap_or(0) + 1);
    }
    lengths.into_iter().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws letters of 5 × 7 cells, enlarged; `#` is ink.
    fn drawn(ink: f32, paper: f32, scale: usize) -> Plane {
        const WORD: [&str; 7] = [
            "#...#.#####.#...#.#####.####.",
            "#...#.#.....##..#.#.....#...#",
            "#...#.#.....#.#.#.#.....#...#",
            "#####.####..#..##.####..####.",
            "#...#.#.....#...#.#.....#.#..",
            "#...#.#.....#...#.#.....#..#.",
            "#...#.#####.#...#.#####.#...#",
        ];
        Plane::from_fn(512, 512, |x, y| {
            let cell = (y.wrapping_sub(200) / scale, x.wrapping_sub(60) / scale);
            let set = WORD.get(cell.0).and_then(|row| row.as_bytes().get(cell.1));
            if set == Some(&b'#') { ink } else { paper }
        })
    }

    #[test]
    fn words_are_found_dark_on_light_and_light_on_dark_small_and_large() {
        for (ink, paper) in [(0.1, 0.9), (0.8, 0.3)] {
            for scale in [2, 5, 10] {
                let found = longest_chains(&drawn(ink, paper, scale));
                assert_eq!((found.possible, found.typeset), (5, 5), "{ink} at {scale}");
            }
        }
    }

    #[test]
    fn words_that_rise_or_are_read_sideways_are_askew() {
        let upright = drawn(0.1, 0.9, 5);
        let about = |x: usize, y: usize, degrees: f32| {
            let (sin, cos) = libm::sincosf(degrees.to_radians());
            let (u, v) = (x as f32 - 140.0, y as f32 - 220.0);
            let (x, y) = (cos * u + sin * v + 140.0, cos * v - sin * u + 220.0);
            upright.clamped(x as isize, y as isize)
        };
        for degrees in [-90.0, -30.0, 15.0, 90.0] {
            let found = longest_chains(&Plane::from_fn(512, 512, |x, y| about(x, y, degrees)));
            assert!(found.askew >= 4, "{degrees}: {found:?}");
        }
    }

    #[test]
    fn three_letters_on_a_sign_are_large_and_small_ones_are_not() {
        let sign = |scale: usize| {
            let word = drawn(0.3, 0.7, scale);
            let leaning = |x: usize, y: usize| {
                let cut = if x < 60 + 17 * scale { x as isize } else { 0 };
                word.clamped(cut, y as isize - x as isize / 5)
            };
            longest_chains(&Plane::from_fn(512, 512, leaning)).large
        };
        assert!(sign(7) >= 3 && sign(3) == 0, "{} {}", sign(7), sign(3));
    }

    #[test]
    fn a_ramp_and_a_disc_are_no_writing() {
        let disc = Plane::from_fn(512, 512, |x, y| {
            let (dx, dy) = (x as f32 - 250.0, y as f32 - 250.0);
            if dx * dx + dy * dy < 8000.0 { 0.1 } else { 0.3 + y as f32 / 1000.0 }
        });
        assert!(longest_chains(&disc).possible <= 1);
        assert_eq!(longest_chains(&Plane::new(512, 512, 0.5)), Chains::default());
    }
}

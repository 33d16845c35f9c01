//! Writing: what looks like a row of letters.
//!
//! Mirrored writing gives a variation away at a glance, so pictures with a row of glyph-like
//! shapes are not mirrored. A fence taken for writing only costs a mirror; missed writing costs
//! the picture, so the test errs on the side of finding.

mod glyphs;
mod rows;

use super::classify::{LARGE_TEXT, SURE_SMALL_TEXT, SURE_TEXT};
use super::{Bounds, Matte, Saliency};
use crate::filter::box_mean;
use crate::grid::Plane;
use glyphs::{Glyph, Glyphs};
use rows::{Likeness, Rows, turned};

/// Radii of the neighbourhoods against which ink is told from paper, for small and large letters.
const NEIGHBOURHOODS_PX: [usize; 2] = [15, 45];
/// Ink differs from its neighbourhood by this much, 0.0–1.0.
const LEAST_CONTRAST: f32 = 18.0 / 255.0;

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
/// Small print: letters blurred and partly touching, with and without what rises and falls, and
/// spaces between words.
const SMALL: Likeness = Likeness { height: 0.5, drop: 0.35, gap: 1.2, stroke: 0.0, colour: 1.5 };
/// The least height of large letters, in pixels of a picture of 512.
const LARGE_PX: f32 = 30.0;

/// By how much rows rise or fall that are askew, in degrees, and those that are read sideways.
const ANGLES: [f32; 11] = [-40.0, -30.0, -20.0, -10.0, 10.0, 20.0, 30.0, 40.0, 80.0, 90.0, 100.0];

/// By how much rows of large letters rise or fall, at most, in degrees.
const MOST_LEAN: f32 = 30.0;

/// What looks like rows of letters in a picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Writing {
    /// Shapes in the longest level row that may be writing.
    pub(super) possible: usize,
    /// Shapes in the longest level row that is as even as type.
    pub(super) typeset: usize,
    /// Shapes in the longest row in another direction.
    pub(super) askew: usize,
    /// Shapes in the longest row of large letters, level or nearly.
    pub(super) large: usize,
    /// Shapes in the longest row of small print, level or nearly.
    pub(super) small: usize,
    /// The letters of rows that surely are writing.
    pub(super) letters: Vec<Bounds>,
}

/// The saliency of letters.
const READ: f32 = 0.8;
/// Opacity of a subject above which it bears what is written there.
const BEARS: f32 = 0.5;

impl Writing {
    /// The writing in a picture of 512 px.
    pub(super) fn find(luma: &Plane) -> Self {
        let mut writing = Self::default();
        for radius in NEIGHBOURHOODS_PX {
            let around = box_mean(luma, radius);
            let dark = luma.zip_map(&around, |value, mean| value - mean < -LEAST_CONTRAST);
            let light = luma.zip_map(&around, |value, mean| value - mean > LEAST_CONTRAST);
            for ink in [dark, light] {
                writing.include(&Glyphs::of(luma, &ink));
            }
        }
        writing
    }

    /// `saliency` with the letters in it: whatever cuts, stretches or moves spares what can be read.
    pub(super) fn seen_in(&self, saliency: &Saliency) -> Saliency {
        let (mut map, side) = (saliency.map.clone(), saliency.map.width());
        for letter in &self.letters {
            let cells = |from: f32, to: f32| {
                let cell = |share: f32| ((share * side as f32) as usize).min(side - 1);
                cell(from)..=cell(to)
            };
            for y in cells(letter.top, letter.bottom) {
                for value in &mut map.row_mut(y)[cells(letter.left, letter.right)] {
                    *value = value.max(READ);
                }
            }
        }
        Saliency { map, ..*saliency }
    }

    /// Whether most of the letters stand on what `matte` outlines: a label, not a headline beside it.
    pub(super) fn is_on(&self, matte: &Matte) -> bool {
        let side = matte.view.width() as f32;
        let is_on = |letter: &&Bounds| {
            let middle = |from: f32, to: f32| (0.5 * (from + to) * side) as isize;
            let (x, y) = (middle(letter.left, letter.right), middle(letter.top, letter.bottom));
            matte.view.clamped(x, y) > BEARS
        };
        2 * self.letters.iter().filter(is_on).count() >= self.letters.len()
    }

    fn include(&mut self, glyphs: &Glyphs) {
        let is_large = |glyph: &&Glyph| glyph.height() >= LARGE_PX;
        let large: Vec<Glyph> = glyphs.any.iter().filter(is_large).copied().collect();
        let letters = &mut self.letters;
        let mut read = |glyphs: &[Glyph], likeness: Likeness, sure: usize| {
            let rows = Rows::of(glyphs, likeness);
            letters.extend(rows.members(sure).into_iter().map(|index| glyphs[index].place));
            rows.longest()
        };
        self.possible = self.possible.max(read(&glyphs.level, POSSIBLE, SURE_TEXT));
        self.typeset = self.typeset.max(read(&glyphs.level, TYPESET, SURE_TEXT));
        self.small = self.small.max(read(&glyphs.small, SMALL, SURE_SMALL_TEXT));
        self.large = self.large.max(read(&large, LARGE, LARGE_TEXT));
        for degrees in ANGLES {
            let turned = |glyphs: &[Glyph]| turned(glyphs, degrees);
            self.askew = self.askew.max(read(&turned(&glyphs.any), ASKEW, SURE_TEXT));
            if degrees.abs() <= MOST_LEAN {
                self.large = self.large.max(read(&turned(&large), LARGE, LARGE_TEXT));
                self.small = self.small.max(read(&turned(&glyphs.small), SMALL, SURE_SMALL_TEXT));
            }
        }
    }
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
                let found = Writing::find(&drawn(ink, paper, scale));
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
            let found = Writing::find(&Plane::from_fn(512, 512, |x, y| about(x, y, degrees)));
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
            Writing::find(&Plane::from_fn(512, 512, leaning)).large
        };
        assert!(sign(7) >= 3 && sign(3) == 0, "{} {}", sign(7), sign(3));
    }

    #[test]
    fn small_print_is_found_and_can_be_seen() {
        // Two words of the smallest letters, one after the other.
        let word = drawn(0.2, 0.9, 1);
        let line = Plane::from_fn(512, 512, |x, y| word.at(if x < 92 { x } else { x - 32 }, y));
        let found = Writing::find(&line);
        assert_eq!((found.small, found.letters.is_empty()), (10, false));
        let unseen = Saliency { map: Plane::new(96, 96, 0.0), threshold: 0.4, separability: 0.7 };
        let seen = found.seen_in(&unseen).map;
        // The middle of the line, and below it.
        assert_eq!((seen.at(17, 38), seen.at(17, 60)), (READ, 0.0));
        let fence = Plane::from_fn(512, 512, |x, y| if x % 8 < 3 && y > 200 { 0.2 } else { 0.9 });
        assert_eq!(Writing::find(&fence).small, 0);
    }

    #[test]
    fn a_ramp_and_a_disc_are_no_writing() {
        let disc = Plane::from_fn(512, 512, |x, y| {
            let (dx, dy) = (x as f32 - 250.0, y as f32 - 250.0);
            if dx * dx + dy * dy < 8000.0 { 0.1 } else { 0.3 + y as f32 / 1000.0 }
        });
        assert!(Writing::find(&disc).possible <= 1);
        assert_eq!(Writing::find(&Plane::new(512, 512, 0.5)), Writing::default());
    }
}

//! What is measured of a source: the numbers and pictures that everything else decides by.

use super::classify::{LARGE_TEXT, SURE_SMALL_TEXT, SURE_TEXT};
use crate::grid::{Grid, LabImage, Plane, Raster};

/// Where the eye goes: a minimum-barrier-distance saliency map.
#[derive(Debug, Clone)]
pub struct Saliency {
    /// 96 × 96 values, 0.0 (ground) to 1.0 (subject).
    pub map: Plane,
    /// Otsu's threshold between the two.
    pub threshold: f32,
    /// Between-class over total variance at that threshold, 0.0–1.0: how clearly they part.
    pub separability: f32,
}

/// The numbers behind the class; see [`classify`](super) for how they are used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Features {
    /// Share of the picture that is salient, 0.0–1.0.
    pub salient_area: f32,
    /// Share of the salient area in its largest component, 0.0–1.0.
    pub largest_share: f32,
    /// Number of salient components above 0.2 % of the picture.
    pub component_count: usize,
    /// Area-weighted size of the components over the picture's side.
    pub component_size: f32,
    /// Variance of the means of 4 × 4 blocks over the total variance: small for textures.
    pub block_variance: f32,
    /// The same after each row's mean is taken out: small where the picture is layered.
    pub block_variance_in_rows: f32,
    /// Mean nearest-neighbour distance of 7 × 7 patches at 28 px over the variance: small where
    /// the picture repeats itself.
    pub self_similarity: f32,
    /// 95th percentile of the same distances: large where something is unlike all the rest.
    pub uniqueness_peak: f32,
    /// Share of patches in the largest connected part that has no like elsewhere, 0.0–1.0.
    pub unique_area: f32,
    /// How far the blocks of a 4 × 4 grid differ from the whole picture in the distribution of
    /// their colours and slopes, in deviations: mean over the blocks.
    pub drift: f32,
    /// The same for the block that differs most.
    pub drift_peak: f32,
    /// Share of the picture in the largest compact part that has the colour of skin, 0.0–1.0.
    pub skin_area: f32,
    /// Share of pixels equal to their neighbour within 2 levels, 0.0–1.0.
    pub flat_share: f32,
    /// Share of the four commonest of 4096 colours and 128 greys, 0.0–1.0.
    pub common_colour_share: f32,
    /// Share of pixels in which no colour is seen, 0.0–1.0.
    pub grey_share: f32,
    /// Share of pixels in the one tone of a sepia, 0.0–1.0; 0.0 where the picture has another one.
    pub toned_share: f32,
    /// Total length of straight segments longer than 6 % of the side, over the side.
    pub line_length: f32,
    /// The part of it that is nearly vertical.
    pub vertical_line_length: f32,
    /// Length of the longest segment that is neither upright nor level, over the side.
    pub longest_oblique: f32,
    /// Share of the long edges that bend, 0.0–1.0.
    pub bent_share: f32,
    /// Glyph-like shapes in the longest chain that could be writing.
    pub text_chain: usize,
    /// The same of shapes as even as type.
    pub typeset_chain: usize,
    /// Shapes in the longest chain that rises, falls or is read sideways.
    pub askew_chain: usize,
    /// Shapes in the longest chain of large letters.
    pub large_chain: usize,
    /// Shapes in the longest chain of small print.
    pub small_chain: usize,
    /// Share of border pixels that are white paper, 0.0–1.0.
    pub white_border: f32,
    /// Mean OKLab lightness, 0.0–1.0.
    pub lightness: f32,
    /// Share of pixels that belong to dark outlines around flat fills: large for drawings.
    pub outline_share: f32,
}

impl Features {
    /// Whether the picture consists of few flat colours.
    pub fn is_graphic(&self) -> bool {
        self.common_colour_share > 0.6 && self.flat_share > 0.4
    }

    /// Whether the picture is drawn in flat colours and shades, which four colours make up for the
    /// most part: illustrations have 0.62 and more of them and 0.64 and more that is flat, fog and
    /// silhouettes in photographs less of either.
    pub fn is_illustration(&self) -> bool {
        self.is_graphic() && self.flat_share > 0.62
    }

    /// Whether nothing in the picture has an edge: shades that run into each other. The outline of the
    /// least subject that is cut out, 4 % of the picture, is 0.003 of it.
    pub(super) fn is_edgeless(&self) -> bool {
        self.flat_share > 0.998
    }

    /// Whether the picture is black and white or a sepia, but for a stain or a stamp.
    pub fn is_monochrome(&self) -> bool {
        self.grey_share.max(self.toned_share) > 0.99
    }

    /// Whether rows explain the picture nearly alone: a sea below its sky.
    pub fn is_level(&self) -> bool {
        self.block_variance_in_rows < 0.05 * self.block_variance
    }

    /// Whether the picture is a page: a screenshot, a slide, a scan. No brush can paint its writing.
    pub fn is_page(&self) -> bool {
        self.has_print() && self.flat_share > 0.5
    }

    /// Whether anything can be read in the picture: rows of letters, or a sign.
    pub fn has_writing(&self) -> bool {
        self.has_print() || self.large_chain >= LARGE_TEXT
    }

    fn has_print(&self) -> bool {
        self.text_chain >= SURE_TEXT || self.small_chain >= SURE_SMALL_TEXT
    }

    /// Whether the picture is drawn, one way or the other, so that its colours were chosen.
    pub fn is_drawn(&self) -> bool {
        self.is_drawing() || self.is_illustration() || self.is_abstract()
    }

    /// Whether the long edges are waves and folds, of which short pieces are straight.
    pub(super) fn is_bent(&self) -> bool {
        self.bent_share >= MOST_BENT
    }

    /// Whether the picture is full of waves, as no place is.
    pub(crate) fn is_abstract(&self) -> bool {
        self.is_bent() && self.line_length > WAVES
    }

    /// Whether the picture is drawn with dark outlines: drawings have 3–5 % of them, photographs
    /// at most 2 % (branches, letters).
    pub fn is_drawing(&self) -> bool {
        self.outline_share > 0.025
    }
}

/// Share of bent edges from which on nothing is built: waves, folds and the bodies of cars 0.92 and
/// more, streets and grass at most 0.87.
const MOST_BENT: f32 = 0.9;
/// Straight pieces of the waves in a picture of nothing else: some 30 to 90, a car 19.
const WAVES: f32 = 25.0;

/// The subject's outline.
#[derive(Debug, Clone)]
pub struct Matte {
    /// Opacity of the subject at the output's size, 0.0–1.0.
    pub alpha: Plane,
    /// The same at 256 × 256 whatever the output's size; what follows is measured here.
    pub view: Plane,
    /// How far to trust it, 0.0–1.0.
    pub confidence: f32,
    /// Share of the picture that it covers, 0.0–1.0.
    pub area: f32,
    /// Mean opacity along each side of the frame: where the frame cuts the subject.
    pub on_side: Sides,
    /// The box around opacity above one half, as shares of the side: 0.0–1.0.
    pub bounds: Bounds,
}

/// Share of a drawing in which nothing differs from the pixel beside it: clip art 0.72 to 0.88, products
/// in photographs, which bear writing, at most 0.55.
const LEAST_SMOOTH: f32 = 0.65;

impl Matte {
    /// Whether the subject in `source` is a drawing in soft shades: smooth almost everywhere, which no
    /// photograph is, but not in few colours.
    pub(super) fn is_drawn_in_shades(&self, source: &Raster, features: &Features) -> bool {
        let smooth = features.flat_share - (1.0 - self.area);
        smooth > LEAST_SMOOTH * self.area && !self.is_flat(source)
    }

    /// Whether the subject in `source` consists of few flat colours: the four commonest of 32 768 make
    /// up most of it. The whole picture says nothing of that: a plain ground is one colour, whatever
    /// stands on it.
    pub(crate) fn is_flat(&self, source: &Raster) -> bool {
        let step = (source.width() / 160).max(1);
        let mut counts = vec![0u32; 1 << 15];
        for y in (0..source.height()).step_by(step) {
            for x in (0..source.width()).step_by(step).filter(|&x| self.alpha.at(x, y) > 0.95) {
                let [red, green, blue, _] = source.at(x, y).map(|value| usize::from(value >> 3));
                counts[red << 10 | green << 5 | blue] += 1;
            }
        }
        let all: u32 = counts.iter().sum();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts[..4].iter().sum::<u32>() as f32 > 0.55 * all as f32
    }
}

/// One number for each side of the frame.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sides {
    /// The topmost rows.
    pub top: f32,
    /// The bottommost rows.
    pub bottom: f32,
    /// The leftmost columns.
    pub left: f32,
    /// The rightmost columns.
    pub right: f32,
}

impl Sides {
    /// Whether the frame cuts the subject anywhere.
    pub(super) fn any(&self) -> bool {
        [self.top, self.bottom, self.left, self.right].into_iter().any(|share| share > 0.01)
    }

    /// Whether it is cut on the left and on the right.
    pub(super) fn are_both_cut(&self) -> bool {
        self.left.min(self.right) > 0.05
    }
}

/// A box, its edges as shares of the picture's side.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bounds {
    /// Left edge.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
}

impl Bounds {
    /// The box around the cells that `is_inside` is true of; empty where there are none.
    pub(crate) fn around<T: Copy + Send + Sync>(
        grid: &Grid<T>,
        is_inside: impl Fn(T) -> bool,
    ) -> Self {
        let (width, height) = (grid.width(), grid.height());
        let (mut columns, mut rows) = (width..0, height..0);
        for y in 0..height {
            let row = grid.row(y);
            let Some(first) = row.iter().position(|&cell| is_inside(cell)) else { continue };
            let last = row.iter().rposition(|&cell| is_inside(cell)).unwrap_or(first);
            columns = columns.start.min(first)..columns.end.max(last + 1);
            rows = rows.start.min(y)..y + 1;
        }
        if rows.is_empty() {
            return Self::default();
        }
        let share = |at: usize, side: usize| at as f32 / side as f32;
        Self {
            left: share(columns.start, width),
            top: share(rows.start, height),
            right: share(columns.end, width),
            bottom: share(rows.end, height),
        }
    }
}

/// A smooth model of the ground, in OKLab.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The model at 96 × 96, also behind the subject; enlarge it smoothly for use.
    pub surface: LabImage,
    /// Whether the model explains all that can be seen of the ground, so that it may replace it.
    pub plain: bool,
    /// Share of the ground that lies too far from the model to be part of it, 0.0–1.0.
    pub unexplained: f32,
    /// The same beside the subject, where a matte that lost something leaves it.
    pub unexplained_nearby: f32,
    /// Median distance of the ground to its model.
    pub median_residual: f32,
    /// Deviation of its grain in lightness.
    pub grain: f32,
}

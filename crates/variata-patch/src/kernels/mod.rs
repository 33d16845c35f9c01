//! The inner loops, in one tier for each kind of processor. All tiers give the same bytes.
//!
//! Distances are integers (sums of squared differences of bytes) and weights are small integers
//! too, so that no order of summation can show. Where a cost needs fractions it is one product
//! and one sum, rounded twice as written.
//!
//! All `unsafe` of the crate is in this module: for the processor's vector instructions, behind
//! functions that check their arguments. The other modules forbid it (`lib.rs`).

mod offset;
mod portable;
mod sampling;
mod wide;
mod window;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;

pub use offset::Offset;
pub use sampling::{Pixels, sample_cubics, sample_linears};
pub use wide::{PARALLEL_FROM_CELLS, collect_rows, positions, whole_byte, with_wide_vectors};
pub(crate) use wide::{Recompiled, recompiled, run_recompiled};
pub use window::{PITCH_LANES, Window, WindowMut};

/// Side of the square patches that are compared, in pixels.
pub const PATCH_PX: usize = 7;
/// Side of the square tiles in which queries are searched and pixels voted, in pixels.
pub const TILE_PX: usize = 8;
/// Side of the square of pixels that the patches of a tile cover, and of the square of patches
/// that cover the pixels of a tile.
pub const SUPPORT_PX: usize = TILE_PX + PATCH_PX - 1;
/// The distance that the search treats as "not there": larger than any of two patches.
pub const NO_DISTANCE: i32 = 1 << 30;

/// Red, green and blue, premultiplied, and alpha.
pub type Pixel = [u8; 4];
/// A value for each place of a tile, in rows.
pub type Tile<T> = [[T; TILE_PX]; TILE_PX];

/// Which instructions the inner loops may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Plain Rust, for every processor.
    Portable,
    /// 128-bit vectors on AArch64.
    Neon,
    /// 256-bit integer vectors on x86-64.
    Avx2,
    /// 512-bit integer vectors on x86-64, with VNNI.
    Avx512,
}

impl Tier {
    /// Every tier; of those that a processor has, each is faster than the one before.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Neon, Self::Avx2, Self::Avx512];

    /// The fastest tier that this processor has.
    pub fn detect() -> Self {
        let available = Self::ALL.into_iter().rev().find(|tier| tier.is_available());
        available.unwrap_or(Self::Portable)
    }

    /// Whether this processor has the instructions.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Neon => cfg!(target_arch = "aarch64"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512bw")
                    && std::arch::is_x86_feature_detected!("avx512vl")
                    && std::arch::is_x86_feature_detected!("avx512vnni")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }
}

/// Runs a kernel of the best tier that is both allowed and there.
macro_rules! dispatch {
    ($tier:expr, $kernel:ident($($argument:expr),* $(,)?)) => {{
        #[cfg(target_arch = "x86_64")]
        if $tier == Tier::Avx512 && Tier::Avx512.is_available() {
            #[expect(unsafe_code, reason = "the processor has just been asked for AVX-512")]
            // SAFETY: the features were detected on the line above.
            return unsafe { avx512::$kernel($($argument),*) };
        }
        #[cfg(target_arch = "x86_64")]
        if $tier >= Tier::Avx2 && Tier::Avx2.is_available() {
            #[expect(unsafe_code, reason = "the processor has just been asked for AVX2")]
            // SAFETY: the feature was detected on the line above.
            return unsafe { avx2::$kernel($($argument),*) };
        }
        #[cfg(target_arch = "aarch64")]
        if $tier >= Tier::Neon {
            #[expect(unsafe_code, reason = "every AArch64 processor that Rust supports has NEON")]
            // SAFETY: NEON is a part of this architecture.
            return unsafe { neon::$kernel($($argument),*) };
        }
        portable::$kernel($($argument),*)
    }};
}

/// How the search turns distances of one candidate into costs.
#[derive(Debug, Clone, Copy)]
pub enum Weighing<'a> {
    /// The distance itself; where two candidates are equally near, a query keeps its own.
    Plain,
    /// `(distance · scale + bias) · reciprocal`, the reciprocal being that of the key.
    Weighted {
        /// What one unit of distance costs.
        scale: f32,
        /// What the candidate costs at any distance, for moving too far.
        bias: f32,
        /// A factor for each key of the tile: smaller where the key is missing in the picture.
        reciprocal: Window<'a, f32>,
    },
}

/// One candidate for all queries of a tile.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// How far the keys lie from their queries.
    pub offset: Offset,
    /// The picture at the tile's first query.
    pub query: Window<'a, Pixel>,
    /// The source at the first query's key.
    pub key: Window<'a, Pixel>,
    /// How distances become costs.
    pub weighing: Weighing<'a>,
    /// First and one past the last column of queries whose key lies inside the source.
    pub columns: (usize, usize),
    /// First and one past the last row of queries whose key lies inside the source.
    pub rows: (usize, usize),
}

#[cfg(target_arch = "x86_64")]
impl Candidate<'_> {
    /// A bit for each query of the tile, row by row: whether its key lies inside the source.
    fn inside(&self) -> u64 {
        let below = |count: usize| if count >= 64 { u64::MAX } else { (1 << count) - 1 };
        let between = |(first, end): (usize, usize)| below(end) & !below(first);
        let columns = between(self.columns) & u64::from(u8::MAX);
        let rows = between((TILE_PX * self.rows.0, TILE_PX * self.rows.1));
        // The columns of one row, repeated for all of them.
        rows & (columns * (u64::MAX / u64::from(u8::MAX)))
    }
}

/// The cheapest candidate so far for each query of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Best {
    /// Costs in an order-preserving code: see [`Best::distance`] for plain ones.
    pub cost: Tile<i32>,
    /// The candidate that costs so.
    pub label: Tile<Offset>,
}

impl Best {
    /// The start: `label`, at a cost above any.
    pub fn worst(label: Tile<Offset>) -> Self {
        Self { cost: [[i32::MAX; TILE_PX]; TILE_PX], label }
    }

    /// The distance behind a cost of [`Weighing::Plain`].
    pub fn distance(cost: i32) -> i32 {
        cost >> 1
    }

    /// The cost of [`Weighing::Plain`] of a query's own label at a distance.
    pub fn own_cost(distance: i32) -> i32 {
        distance << 1
    }
}

/// The sums of squared differences between the 7 × 7 patches at the 64 places of a tile:
/// `query` and `key` cover 14 × 16 pixels, of which the last two columns are not used.
pub fn tile_distances(tier: Tier, query: Window<'_, Pixel>, key: Window<'_, Pixel>) -> Tile<i32> {
    query.require(SUPPORT_PX + 2, SUPPORT_PX);
    key.require(SUPPORT_PX + 2, SUPPORT_PX);
    dispatch!(tier, tile_distances(query, key))
}

/// Takes the candidate for every query of the tile for which it is cheaper than the best so far;
/// `own` holds the labels that win ties of [`Weighing::Plain`].
pub fn improve(tier: Tier, candidate: &Candidate<'_>, own: &Tile<Offset>, best: &mut Best) {
    candidate.query.require(SUPPORT_PX + 2, SUPPORT_PX);
    candidate.key.require(SUPPORT_PX + 2, SUPPORT_PX);
    if let Weighing::Weighted { reciprocal, .. } = candidate.weighing {
        reciprocal.require(TILE_PX, TILE_PX);
    }
    dispatch!(tier, improve(candidate, own, best));
}

/// Sizes of one step of the exhaustive search: all pairs of patches at one offset.
#[derive(Debug, Clone, Copy)]
pub struct Overlap {
    /// How far keys lie from their queries.
    pub offset: Offset,
    /// Queries in a row that have a key.
    pub columns: usize,
    /// Rows of such queries.
    pub rows: usize,
}

impl Overlap {
    /// Distances in a row of the result: `columns`, rounded up to whole vectors.
    pub fn pitch(&self) -> usize {
        self.columns.next_multiple_of(PITCH_LANES)
    }

    /// Distances in the result.
    pub fn distances(&self) -> usize {
        self.pitch() * self.rows
    }
}

/// Writes the distances of all pairs of an overlap, [`Overlap::pitch`] a row, of which those
/// beyond `columns` are [`NO_DISTANCE`]. The windows start at the first query and its key and
/// reach eight pixels beyond the last patch.
pub fn overlap_distances(
    tier: Tier,
    overlap: Overlap,
    query: Window<'_, Pixel>,
    key: Window<'_, Pixel>,
    distances: &mut [i32],
) {
    let width = (overlap.columns + PATCH_PX - 1).next_multiple_of(PITCH_LANES);
    query.require(width, overlap.rows + PATCH_PX - 1);
    key.require(width, overlap.rows + PATCH_PX - 1);
    assert!(distances.len() >= overlap.distances());
    dispatch!(tier, overlap_distances(overlap, query, key, distances));
}

/// Per key, the smallest distance so far and the offset back to the query that it belongs to.
#[derive(Debug)]
pub struct Nearest<'a> {
    /// Distances from the overlap's first key on.
    pub distance: WindowMut<'a, i32>,
    /// Offsets of the same places.
    pub label: WindowMut<'a, Offset>,
}

/// Updates the nearest query of each key of an overlap. The windows reach a whole vector beyond
/// the overlap's last column; what lies there is never changed.
pub fn update_nearest(tier: Tier, overlap: Overlap, distances: &[i32], nearest: Nearest<'_>) {
    nearest.distance.require(overlap.pitch(), overlap.rows);
    nearest.label.require(overlap.pitch(), overlap.rows);
    assert!(distances.len() >= overlap.distances());
    dispatch!(tier, update_nearest(overlap, distances, nearest));
}

/// Per query, the smallest cost so far and the offset to its key.
#[derive(Debug)]
pub struct Cheapest<'a> {
    /// What one unit of distance costs.
    pub scale: f32,
    /// What the offset costs at any distance.
    pub bias: f32,
    /// A factor for each key, from the overlap's first key on.
    pub reciprocal: Window<'a, f32>,
    /// Costs from the overlap's first query on.
    pub cost: WindowMut<'a, f32>,
    /// Offsets of the same places.
    pub label: WindowMut<'a, Offset>,
}

/// Updates the cheapest key of each query of an overlap: `(distance · scale + bias) · reciprocal`.
/// The windows reach a whole vector beyond the overlap's last column; what lies there is never
/// changed.
pub fn update_cheapest(tier: Tier, overlap: Overlap, distances: &[i32], cheapest: Cheapest<'_>) {
    cheapest.reciprocal.require(overlap.pitch(), overlap.rows);
    cheapest.cost.require(overlap.pitch(), overlap.rows);
    cheapest.label.require(overlap.pitch(), overlap.rows);
    assert!(distances.len() >= overlap.distances());
    dispatch!(tier, update_cheapest(overlap, distances, cheapest));
}

/// The weights of the seven rows (and columns) of a patch in a vote; they add up to 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taps(pub(crate) [i16; PATCH_PX]);

impl Taps {
    /// Every pixel of a patch counts alike.
    pub const MEAN: Self = Self([18, 18, 18, 20, 18, 18, 18]);
    /// A Gaussian of 1.5 px: sharper, since the middle of a patch is matched best.
    pub const GAUSSIAN: Self = Self([5, 14, 28, 34, 28, 14, 5]);
}

/// Sums of votes for the pixels of a tile, 64 a unit of colour.
pub type Votes = Tile<[i16; 4]>;

/// Adds to `votes` what `source` says for those of the 14 × 14 patches (`labels`, of which 16
/// columns are read) that carry `label`. `source` covers the tile's pixels, moved by the label.
pub fn add_votes(
    tier: Tier,
    labels: Window<'_, Offset>,
    (label, source): (Offset, Window<'_, Pixel>),
    taps: Taps,
    votes: &mut Votes,
) {
    labels.require(SUPPORT_PX + 2, SUPPORT_PX);
    source.require(TILE_PX, TILE_PX);
    dispatch!(tier, add_votes(labels, (label, source), taps, votes));
}

/// The colours of summed votes.
pub fn count_votes(votes: &Votes) -> Tile<Pixel> {
    votes.map(|row| row.map(|lanes| lanes.map(|sum| ((sum + 32) >> 6).clamp(0, 255) as u8)))
}

#[cfg(test)]
mod tests;

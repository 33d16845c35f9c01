//! The inner loops, in one tier for each kind of processor. All tiers give the same bytes, but for
//! products of bf16 pairs, of which there are two families: see [`PairSums`].
//!
//! Matrix products keep one accumulator a result and add along the depth in order, with fused
//! multiply-add in every tier: it is defined to round once, so that vectors and scalars agree. The
//! rest is written with arrays in plain Rust and compiled once a tier; the compiler may widen such
//! code but not reorder it.
//!
//! This is the one module of the crate that may use `unsafe`: for vector instructions behind
//! functions that check their arguments, and for handing out disjoint blocks of one slice.

/// Compiles the portable kernels again for a tier's instructions.
#[cfg(target_arch = "x86_64")]
macro_rules! widened {
    ($features:literal) => {
        super::widened! { $features;
            fn multiply_bf16(rows: &[&[Pair]; TILE_ROWS], panel: &[[Pair; PANEL]], sums: &mut Tile);
            fn finish(
                sums: &[[f32; PANEL]],
                bias: &[f32],
                added: Option<Strip<'_, f32>>,
                output: &mut RowsMut<'_, f32>
            );
            fn pair_up(values: &[f32], pairs: &mut [Pair]);
            fn widen(kind: NumberKind, bytes: &[u8], numbers: &mut [f32]);
            fn turn(kind: NumberKind, bytes: &[u8], of: (usize, usize), rows: &mut [[f32; PANEL]]);
            fn pair_rows(rows: &[[f32; PANEL]], stride: usize, steps: &mut [[Pair; PANEL]]);
            fn add_moments(rows: &[f32], moments: &mut [[f64; 2]]);
            fn scale_shift(rows: &[f32], how: (&[f32], &[f32]), silu: bool, output: &mut [f32]);
            fn layer_norm(rows: &[f32], how: (&[f32], &[f32]), epsilon: f32, output: &mut [f32]);
            fn swish(values: &mut [f32], factor: f32);
            fn gelu(values: &mut [f32]);
            fn geglu(left: &[f32], right: &[f32], output: &mut [f32]);
            fn softmax(scores: &mut [f32], running: &mut Softmax) -> f32;
        }
    };
    ($features:literal; $(fn $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?;)*) => {$(
        #[target_feature(enable = $features)]
        pub(super) fn $name($($argument: $kind),*) $(-> $result)? {
            portable::$name($($argument),*)
        }
    )*};
}
#[cfg(target_arch = "x86_64")]
use widened;

use crate::NumberKind;

mod aligned;
mod blocks;
mod element;
mod math;
mod memory;
mod portable;
mod strip;
mod tier;

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_bf16;
#[cfg(target_arch = "x86_64")]
mod soften;
#[cfg(target_arch = "x86_64")]
mod turn;

pub use aligned::Aligned;
pub use blocks::{Block, RowsMut, for_each_block};
pub use element::{Element, Pair};
pub use memory::populate;
pub use strip::{STRIP_ROWS, Strip, TallRows};
pub use tier::{PairSums, Tier};

/// Rows of a tile: the results that one call of a matrix kernel makes lie in this many rows.
pub const TILE_ROWS: usize = 12;
/// Columns of a tile, and of a panel of weights.
pub const PANEL: usize = 32;

/// The sums of one tile.
pub type Tile = [[f32; PANEL]; TILE_ROWS];

/// Rows of the tiles of [`Tier::Amx`]: two strips, so that four registers are loaded for four
/// products.
pub const TALL_ROWS: usize = 2 * STRIP_ROWS;
/// Pairs along the depth that such a tile takes at once.
pub const CHUNK_PAIRS: usize = 16;

/// The sums of one such tile.
pub type TallTile = [[f32; PANEL]; TALL_ROWS];

/// Runs a kernel of the best tier that is both allowed and there.
macro_rules! dispatch {
    // Kernels of tiles, which other tiers have no use for.
    (tiles $tier:expr, $module:ident::$kernel:ident($($argument:expr),* $(,)?)) => {{
        #[cfg(target_arch = "x86_64")]
        if $tier >= Tier::Avx512Bf16 && Tier::Avx512Bf16.is_here() {
            #[expect(unsafe_code, reason = "the processor has just been asked")]
            // SAFETY: the features were detected on the line above.
            return unsafe { $module::$kernel($($argument),*) };
        }
        portable::$kernel($($argument),*)
    }};
    // Kernels that have instructions for pairs.
    (pairs $tier:expr, $kernel:ident($($argument:expr),* $(,)?)) => {{
        #[cfg(target_arch = "x86_64")]
        if $tier >= Tier::Avx512Bf16 && Tier::Avx512Bf16.is_here() {
            #[expect(unsafe_code, reason = "the processor has just been asked")]
            // SAFETY: the features were detected on the line above.
            return unsafe { avx512_bf16::$kernel($($argument),*) };
        }
        dispatch!($tier, $kernel($($argument),*))
    }};
    ($tier:expr, $kernel:ident($($argument:expr),* $(,)?)) => {{
        #[cfg(target_arch = "x86_64")]
        {
            let tier: Tier = $tier;
            if tier >= Tier::Avx512 && Tier::Avx512.is_here() {
                #[expect(unsafe_code, reason = "the processor has just been asked")]
                // SAFETY: the features were detected on the line above.
                return unsafe { avx512::$kernel($($argument),*) };
            }
            if tier >= Tier::Avx2 && Tier::Avx2.is_here() {
                #[expect(unsafe_code, reason = "the processor has just been asked")]
                // SAFETY: the features were detected on the line above.
                return unsafe { avx2::$kernel($($argument),*) };
            }
        }
        portable::$kernel($($argument),*)
    }};
}

/// Adds `rows · panel` to `sums`: for every row, the products along the depth in order.
///
/// Every row is at least as long as the panel is deep.
pub fn multiply_f32(
    tier: Tier,
    rows: &[&[f32]; TILE_ROWS],
    panel: &[[f32; PANEL]],
    sums: &mut Tile,
) {
    let rows = rows.map(|row| &row[..panel.len()]);
    dispatch!(tier, multiply_f32(&rows, panel, sums));
}

/// The same for pairs of bf16; of each pair the second product is added first, as the instruction
/// does, and results too small for a normal number become zero.
pub fn multiply_bf16(
    tier: Tier,
    rows: &[&[Pair]; TILE_ROWS],
    panel: &[[Pair; PANEL]],
    sums: &mut Tile,
) {
    let rows = rows.map(|row| &row[..panel.len()]);
    dispatch!(pairs tier, multiply_bf16(&rows, panel, sums));
}

/// Writes `rows · panel` to `products`, in tiles; the panel has as many steps for each piece as the
/// rows have pairs.
pub fn multiply_in_tiles(
    tier: Tier,
    rows: TallRows<'_>,
    panel: &[[Pair; PANEL]],
    products: &mut TallTile,
) {
    #[cfg(target_arch = "x86_64")]
    if tier == Tier::Amx && Tier::Amx.is_here() {
        return amx::multiply(rows, panel, products, true);
    }
    products.fill([0.0; PANEL]);
    portable::add_in_tiles(rows, panel, products);
}

/// Adds `rows · panel` to `sums` as [`multiply_in_tiles`] does to zeros.
pub fn add_in_tiles(tier: Tier, rows: TallRows<'_>, panel: &[[Pair; PANEL]], sums: &mut TallTile) {
    #[cfg(target_arch = "x86_64")]
    if tier == Tier::Amx && Tier::Amx.is_here() {
        return amx::multiply(rows, panel, sums, false);
    }
    portable::add_in_tiles(rows, panel, sums);
}

/// Writes `keys · queries` to `scores` as [`multiply_in_tiles`] does: a tile for as many keys, which
/// follow one another and are as long as the panel of queries is deep.
pub fn score_in_tiles(
    tier: Tier,
    keys: &[Pair],
    queries: &[[Pair; PANEL]],
    scores: &mut [TallTile],
) {
    #[cfg(target_arch = "x86_64")]
    if let Ok(queries) = queries.try_into()
        && tier == Tier::Amx
        && Tier::Amx.is_here()
    {
        return amx::score(keys.as_chunks().0, queries, scores);
    }
    let depth = queries.len();
    for (keys, scores) in keys.chunks_exact(TALL_ROWS * depth).zip(scores) {
        let strips = [[0, STRIP_ROWS].map(|first| Strip::new(&keys[first * depth..], depth))];
        multiply_in_tiles(tier, TallRows::new(&strips, depth), queries, scores);
    }
}

/// Writes `sums + bias + added` to the rows of `output`, which are no longer than `bias`.
pub fn finish(
    tier: Tier,
    sums: &[[f32; PANEL]],
    bias: &[f32],
    added: Option<Strip<'_, f32>>,
    output: &mut RowsMut<'_, f32>,
) {
    dispatch!(tier, finish(sums, bias, added, output));
}

/// Writes `sums + bias` to the rows of `output`, rounded to pairs.
pub fn finish_pairs(
    tier: Tier,
    sums: &TallTile,
    bias: &[f32; PANEL],
    output: &mut RowsMut<'_, Pair>,
) {
    dispatch!(tiles tier, avx512_bf16::finish_pairs(sums, bias, output));
}

/// Writes the first sums with their bias times the GELU of the second with theirs to the rows of
/// `output`, rounded to pairs.
pub fn finish_gated(
    tier: Tier,
    sums: &[TallTile; 2],
    biases: &[[f32; PANEL]; 2],
    output: &mut RowsMut<'_, Pair>,
) {
    dispatch!(tiles tier, avx512_bf16::finish_gated(sums, biases, output));
}

/// Does `work`, within which [`multiply_in_tiles`] need not make its registers ready each time.
pub fn with_tiles<T>(tier: Tier, work: impl FnOnce() -> T) -> T {
    #[cfg(target_arch = "x86_64")]
    if tier == Tier::Amx {
        return amx::with_tiles(work);
    }
    work()
}

/// Rounds numbers to bf16, two to a pair.
pub fn pair_up(tier: Tier, values: &[f32], pairs: &mut [Pair]) {
    assert_eq!(values.len(), 2 * pairs.len());
    dispatch!(pairs tier, pair_up(values, pairs));
}

/// Single precision of numbers that are written little-endian.
pub fn widen(tier: Tier, kind: NumberKind, bytes: &[u8], numbers: &mut [f32]) {
    assert_eq!(bytes.len(), numbers.len() * kind.size());
    dispatch!(tier, widen(kind, bytes, numbers));
}

/// Writes some numbers of each of `columns` to `rows`, one after another: a column a lane, and zeros
/// in the lanes that are left. Columns lie one after another as they are written; each has `length`
/// numbers, of which the one at `first` goes into the first row.
pub fn turn(
    tier: Tier,
    kind: NumberKind,
    columns: &[u8],
    (length, first): (usize, usize),
    rows: &mut [[f32; PANEL]],
) {
    assert!(length > 0 && first + rows.len() <= length, "columns that are too short");
    assert!(columns.len() <= PANEL * length * kind.size(), "more columns than lanes");
    dispatch!(pairs tier, turn(kind, columns, (length, first), rows));
}

/// Rounds each row and the one after it to the pairs of a step, where only every row at a multiple of
/// `stride` counts; zeros come after the last.
pub fn pair_rows(tier: Tier, rows: &[[f32; PANEL]], stride: usize, steps: &mut [[Pair; PANEL]]) {
    dispatch!(pairs tier, pair_rows(rows, stride, steps));
}

/// Adds each channel's sum and sum of squares over `rows` to `moments`.
pub fn add_moments(tier: Tier, rows: &[f32], moments: &mut [[f64; 2]]) {
    dispatch!(tier, add_moments(rows, moments));
}

/// `x · scale + shift` for each channel of `rows`, and x·sigmoid(x) of that if `silu`.
pub fn scale_shift(
    tier: Tier,
    rows: &[f32],
    (scale, shift): (&[f32], &[f32]),
    silu: bool,
    output: &mut [f32],
) {
    assert!(scale.len() == shift.len() && rows.len() == output.len());
    dispatch!(tier, scale_shift(rows, (scale, shift), silu, output));
}

/// Mean 0 and variance 1 within each row, then scale and shift.
pub fn layer_norm(
    tier: Tier,
    rows: &[f32],
    (scale, shift): (&[f32], &[f32]),
    epsilon: f32,
    output: &mut [f32],
) {
    assert!(scale.len() == shift.len() && rows.len() == output.len());
    dispatch!(tier, layer_norm(rows, (scale, shift), epsilon, output));
}

/// x·sigmoid(factor · x) of every number.
pub fn swish(tier: Tier, values: &mut [f32], factor: f32) {
    dispatch!(tier, swish(values, factor));
}

/// x·Φ(x) of every number.
pub fn gelu(tier: Tier, values: &mut [f32]) {
    dispatch!(tier, gelu(values));
}

/// `output = left · gelu(right)`.
pub fn geglu(tier: Tier, left: &[f32], right: &[f32], output: &mut [f32]) {
    assert!(left.len() == right.len() && left.len() == output.len());
    dispatch!(tier, geglu(left, right, output));
}

/// The largest score so far and the sum of exponentials relative to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Softmax {
    /// Above every score seen.
    pub largest: f32,
    /// Σ exp(score − largest).
    pub sum: f32,
}

impl Softmax {
    /// Nothing seen yet.
    pub const EMPTY: Self = Self { largest: f32::NEG_INFINITY, sum: 0.0 };
}

/// Takes more scores into a running softmax: they become exp(score − largest), and what earlier
/// weights must be multiplied with is given back (Milakov and Gimelshein, 2018).
pub fn softmax(tier: Tier, scores: &mut [f32], running: &mut Softmax) -> f32 {
    dispatch!(tier, softmax(scores, running))
}

/// How far scores may grow beyond the base, in powers of 2, before a new one is taken: sums of earlier
/// blocks then have to be rescaled, and weights of 2⁸ are as precise as smaller ones.
const SLACK: f32 = 8.0;

/// The running softmaxes of a panel of queries, in powers of 2.
#[derive(Debug, Clone, PartialEq)]
pub struct Softmaxes {
    /// Near the largest scaled score seen, and at most 8 below it.
    pub base: [f32; PANEL],
    /// Σ 2^(score · scale − base).
    pub sum: [f32; PANEL],
}

impl Softmaxes {
    /// Nothing seen yet.
    pub const EMPTY: Self = Self { base: [-1e30; PANEL], sum: [0.0; PANEL] };
}

/// [`softmax`] in base 2 of the columns of tiles, a query a column, of which each sees its first
/// `visible` scores, times `scale`: writes weights in bf16, those of two keys to a pair, precise enough
/// for that, and gives each query's factor back. Anything is left of the scores.
pub fn soften(
    tier: Tier,
    scores: &mut [TallTile],
    (visible, scale): (&[usize; PANEL], f32),
    running: &mut Softmaxes,
    weights: &mut [[Pair; PANEL]],
) -> [f32; PANEL] {
    assert_eq!(weights.len(), scores.len() * CHUNK_PAIRS, "weights of other scores");
    dispatch!(tiles tier, soften::soften(scores, (visible, scale), running, weights))
}

/// `sums · factor`, with one factor a column: mostly 1.
pub fn rescale(sums: &mut TallTile, factors: &[f32; PANEL]) {
    if *factors != [1.0; PANEL] {
        for row in sums {
            row.iter_mut().zip(factors).for_each(|(sum, factor)| *sum *= factor);
        }
    }
}

#[cfg(test)]
mod tests;

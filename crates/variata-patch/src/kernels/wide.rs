//! Plain Rust compiled once more for wide vectors.
//!
//! Most loops over pixels need no instructions of their own, only a compiler that may use eight
//! lanes instead of four. Rust never fuses, reorders or approximates floating-point arithmetic, so
//! both compilations of a loop give the same bytes; that is why no [`Tier`](super::Tier) decides
//! here.

use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

/// Defines a function and compiles it once more for AVX2; calls take the version that the processor
/// has. Generic parameters stand in brackets. Closures in the body gain, and functions that it calls
/// where they are `#[inline(always)]`.
///
/// The body stands there twice, so that each compilation has closures of its own: what is called from
/// one place alone is inlined, and only then compiled for wide vectors. The functions around the bodies
/// keep what is known of their arguments, that `&mut` overlaps with nothing above all.
macro_rules! recompiled {
    (@result) => { () };
    (@result $result:ty) => { $result };
    ($(#[$meta:meta])* $vis:vis fn $name:ident $([$($generics:tt)*])? (
        $($argument:ident: $kind:ty),* $(,)?
    ) $(-> $result:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name $(<$($generics)*>)? ($($argument: $kind),*) $(-> $result)? {
            struct Twice;

            impl $(<$($generics)*>)? $crate::kernels::Recompiled<($($kind,)*)> for Twice {
                type Result = $crate::kernels::recompiled!(@result $($result)?);

                #[inline(always)]
                fn wide(($($argument,)*): ($($kind,)*)) -> Self::Result {
                    #[inline(always)]
                    fn body $(<$($generics)*>)? ($($argument: $kind),*) $(-> $result)? $body
                    body($($argument),*)
                }

                #[inline(always)]
                fn baseline(($($argument,)*): ($($kind,)*)) -> Self::Result {
                    #[inline(always)]
                    fn body $(<$($generics)*>)? ($($argument: $kind),*) $(-> $result)? $body
                    body($($argument),*)
                }
            }

            $crate::kernels::run_recompiled::<Twice, _>(($($argument,)*))
        }
    };
}
pub(crate) use recompiled;

/// The two copies that `recompiled!` makes of a function with these arguments.
pub(crate) trait Recompiled<Arguments> {
    /// What the function returns.
    type Result;

    /// The copy that is inlined into code for wide vectors.
    fn wide(arguments: Arguments) -> Self::Result;

    /// The copy for every processor.
    fn baseline(arguments: Arguments) -> Self::Result;
}

/// Runs the copy that this processor is best at.
#[inline]
pub(crate) fn run_recompiled<F: Recompiled<A>, A>(arguments: A) -> F::Result {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn in_avx2<F: Recompiled<A>, A>(arguments: A) -> F::Result {
            F::wide(arguments)
        }

        if std::arch::is_x86_feature_detected!("avx2") {
            #[expect(unsafe_code, reason = "the processor has just been asked for AVX2")]
            // SAFETY: the feature was detected on the line above.
            return unsafe { in_avx2::<F, A>(arguments) };
        }
    }
    F::baseline(arguments)
}

/// Runs `work` compiled for the widest vectors that this processor has. Only what is inlined into
/// `work` gains: loops belong inside it, not around it.
#[inline]
pub fn with_wide_vectors<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code, reason = "the processor has just been asked for AVX2")]
        // SAFETY: the feature was detected on the line above.
        return unsafe { in_avx2(work) };
    }
    in_baseline(work)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn in_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Kept apart from the caller: the compiler then inlines `work` where it is wanted, above.
#[cold]
#[inline(never)]
fn in_baseline<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// A number without its fraction, clamped to a byte; 0 for what is no number.
///
/// The same as `value as u8`, of which compilers make branches, one number at a time: only additions
/// and comparisons, which they do with whole vectors.
#[inline(always)]
pub fn whole_byte(value: f32) -> u8 {
    /// From here on a float has no room for fractions, and its last bits count ones.
    const WHOLE: f32 = (1 << 23) as f32;
    let positive = if value > 0.0 { value } else { 0.0 };
    let clamped = if positive < 255.0 { positive } else { 255.0 };
    let nearest = clamped + WHOLE;
    let is_above = nearest - WHOLE > clamped;
    (nearest.to_bits() - u32::from(is_above)) as u8
}

/// The numbers of `range`, of which none is 2²⁴ or more, as floats. No vector turns whole numbers of 64
/// bits into floats, so that a loop over an index is done one number at a time.
#[inline(always)]
pub fn positions(range: Range<usize>) -> impl Iterator<Item = f32> {
    (range.start as i32..range.end as i32).map(|at| at as f32)
}

/// Rows that are handed to a thread at once.
const ROWS_A_JOB: usize = 8;
/// Rectangles of fewer values are made by one thread: waking another takes as long as they do.
pub const PARALLEL_FROM_CELLS: usize = 128 * 128;

/// The values of `height` rows of `width`, those of row `y` being the first of `row(y)`, rows in
/// parallel. Every value is written once, by the thread that made it: filling large memory first
/// costs as much as many a loop.
///
/// # Panics
///
/// Where a row is shorter than `width`.
pub fn collect_rows<T: Copy + Send, R: IntoIterator<Item = T>>(
    width: usize,
    height: usize,
    row: impl Fn(usize) -> R + Sync,
) -> Vec<T> {
    let length = width * height;
    let mut cells: Vec<T> = Vec::with_capacity(length);
    let room = &mut cells.spare_capacity_mut()[..length];
    let write = |(y, cells): (usize, &mut [MaybeUninit<T>])| {
        let written = with_wide_vectors(|| write_all(cells, row(y)));
        assert!(written == width, "row {y} has {written} of {width} values");
    };
    if length < PARALLEL_FROM_CELLS {
        room.chunks_mut(width.max(1)).enumerate().for_each(write);
    } else {
        let rows = room.par_chunks_mut(width.max(1)).enumerate();
        rows.with_min_len(ROWS_A_JOB).for_each(write);
    }
    #[expect(unsafe_code, reason = "all of the vector has just been written")]
    // SAFETY: the chunks are all of the first `length` values, and each has been written in full or
    // the line above would have ended this function.
    unsafe {
        cells.set_len(length);
    }
    cells
}

/// Writes values into `cells` while there are any; how many.
#[inline]
fn write_all<T>(cells: &mut [MaybeUninit<T>], values: impl IntoIterator<Item = T>) -> usize {
    let pairs = cells.iter_mut().zip(values);
    pairs.map(|(cell, value)| cell.write(value)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_every_value_in_order() {
        for (width, height) in [(1, 1), (7, 40), (130, 3), (0, 5), (130, 140)] {
            let cells = collect_rows(width, height, |y| (1000 * y..).take(width));
            let expected: Vec<usize> =
                (0..width * height).map(|at| 1000 * (at / width) + at % width).collect();
            assert_eq!(cells, expected);
        }
    }

    #[test]
    fn whole_bytes_are_what_a_cast_gives() {
        for step in -600..2200 {
            let near = step as f32 / 8.0;
            for value in [near, near.next_up(), near.next_down(), near * 1e6, near * 1e-6] {
                assert_eq!(whole_byte(value), value as u8, "{value}");
            }
        }
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, f32::MAX, f32::MIN_POSITIVE]
        {
            assert_eq!(whole_byte(value), value as u8, "{value}");
        }
    }

    #[test]
    fn positions_are_whole_numbers() {
        assert!(positions(0..0).next().is_none());
        assert_eq!(positions(3..6).collect::<Vec<_>>(), [3.0, 4.0, 5.0]);
        assert_eq!(positions(16_777_214..16_777_216).last(), Some(16_777_215.0));
    }

    #[test]
    #[should_panic(expected = "row 0 has 4 of 5 values")]
    fn a_short_row_is_no_row() {
        collect_rows(5, 1, |_| [0; 4]);
    }

    #[test]
    fn both_compilations_compute_the_same() {
        let values: Vec<f32> = (1..2000).map(|at| at as f32 * 0.37).collect();
        let root = |value: &f32| (value * 1.1 + 0.3).sqrt() / (value + 0.7) - value * value;
        let wide: Vec<f32> = with_wide_vectors(|| values.iter().map(root).collect());
        let plain: Vec<f32> = in_baseline(|| values.iter().map(root).collect());
        assert_eq!(wide, plain);
    }
}

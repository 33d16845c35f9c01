//! Products of bf16 pairs in tiles: sixteen rows by sixteen columns with one instruction.
//!
//! Rust has no stable intrinsics for them (issue 126622), so that the loop is assembly. A process has
//! to ask Linux for the registers; elsewhere nobody does, and the tier is not there.
#![expect(unsafe_code, reason = "tile instructions; every pointer comes from a checked slice")]

use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
use std::cell::Cell;
use std::sync::OnceLock;

use super::{CHUNK_PAIRS, PANEL, Pair, STRIP_ROWS, Strip, TALL_ROWS, TallRows, TallTile};

/// Whether the processor has the instructions, and the system lets this process use them.
pub(super) fn is_here() -> bool {
    static HERE: OnceLock<bool> = OnceLock::new();
    *HERE.get_or_init(|| processor_has_them() && is_permitted())
}

fn processor_has_them() -> bool {
    const OSXSAVE: u32 = 1 << 27;
    const BF16: u32 = 1 << 22;
    const TILES: u32 = 1 << 24;
    const SAVED_TILES: u64 = 0b11 << 17;
    if __cpuid(0).eax < 7 || __cpuid(1).ecx & OSXSAVE == 0 {
        return false;
    }
    // SAFETY: the processor has just said that the system has turned the instruction on.
    let saved = unsafe { saved_states() };
    let features = __cpuid_count(7, 0).edx;
    features & BF16 != 0 && features & TILES != 0 && saved & SAVED_TILES == SAVED_TILES
}

#[target_feature(enable = "xsave")]
fn saved_states() -> u64 {
    // SAFETY: register 0 is there wherever the instruction is.
    unsafe { _xgetbv(0) }
}

/// Asks for the registers, for all threads of the process.
#[cfg(target_os = "linux")]
fn is_permitted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const REQUEST_PERMISSION: i64 = 0x1023;
    const TILE_DATA: i64 = 18;
    let result: i64;
    // SAFETY: the system call takes two numbers, changes no memory of ours, and an unknown request
    // is answered by an error.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => result,
            in("rdi") REQUEST_PERMISSION,
            in("rsi") TILE_DATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result == 0
}

#[cfg(not(target_os = "linux"))]
fn is_permitted() -> bool {
    false
}

/// How the eight registers are divided; the layout is the instruction's.
#[repr(C, align(64))]
struct Division {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// Eight registers of sixteen rows of 64 bytes.
static WHOLE: Division = Division {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    row_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

thread_local! {
    /// How many calls of [`with_tiles`] this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// The registers as this thread's own, until dropped.
struct Divided;

impl Divided {
    /// Must only be called where [`is_here`].
    fn new() -> Self {
        if DEPTH.replace(DEPTH.get() + 1) == 0 {
            // SAFETY: the caller has asked for the instructions; the division is a valid one.
            unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const WHOLE, options(nostack, readonly)) };
        }
        Self
    }
}

impl Drop for Divided {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        if DEPTH.get() == 0 {
            // SAFETY: there is such a value only where the instructions are.
            unsafe { asm!("tilerelease", options(nomem, nostack)) };
        }
    }
}

/// Does `work` with the registers ready, which spares [`multiply`] within it from making them so.
pub(super) fn with_tiles<T>(work: impl FnOnce() -> T) -> T {
    let _divided = is_here().then(Divided::new);
    work()
}

/// What the loop takes a piece to be: start and pitch of the first sixteen rows, and then of the last.
const PIECE_BYTES: usize = 48;
const _: () = assert!(size_of::<[Strip<'_, Pair>; 2]>() == PIECE_BYTES, "strips of another layout");

/// Adds `rows · panel` to `sums`, or begins them anew.
pub(super) fn multiply(
    rows: TallRows<'_>,
    panel: &[[Pair; PANEL]],
    sums: &mut TallTile,
    is_anew: bool,
) {
    assert!(is_here(), "no tiles on this processor");
    let (pieces, depth) = (rows.pieces(), rows.depth());
    assert!(!pieces.is_empty() && panel.len() == pieces.len() * depth, "a panel for other rows");
    let _divided = Divided::new();
    // SAFETY: the registers are divided; there is a piece at least, each has twice sixteen rows of
    // `depth` pairs, a chunk or more, and the panel has as many steps for each piece.
    unsafe { add_pieces((pieces, depth / CHUNK_PAIRS), panel.as_ptr(), sums, is_anew) };
}

/// Pairs of a key of 64 numbers, which most heads have.
const SCORED_PAIRS: usize = 2 * CHUNK_PAIRS;

/// Writes `keys · queries` to `scores`, where a key has two chunks: queries stay in registers, since
/// those that are read again wait for scores to be written to places that look like theirs.
pub(super) fn score(
    keys: &[[Pair; SCORED_PAIRS]],
    queries: &[[Pair; PANEL]; SCORED_PAIRS],
    scores: &mut [TallTile],
) {
    assert!(is_here(), "no tiles on this processor");
    assert!(keys.len() == scores.len() * TALL_ROWS, "scores of other keys");
    if keys.is_empty() {
        return;
    }
    let _divided = Divided::new();
    // SAFETY: the registers are divided; every sixteen keys have sixteen rows of scores, of 128 bytes
    // as theirs are, and the queries are 32 such rows.
    unsafe {
        asm!(
            "tileloadd tmm4, [{queries} + {row}]",
            "tileloadd tmm5, [{queries} + {row} + 64]",
            "tileloadd tmm6, [{queries} + {row} + 2048]",
            "tileloadd tmm7, [{queries} + {row} + 2112]",
            "2:",
            "tileloadd tmm2, [{keys} + {row}]",
            "tileloadd tmm3, [{keys} + {row} + 64]",
            "tilezero tmm0",
            "tilezero tmm1",
            "tdpbf16ps tmm0, tmm2, tmm4",
            "tdpbf16ps tmm1, tmm2, tmm5",
            "tdpbf16ps tmm0, tmm3, tmm6",
            "tdpbf16ps tmm1, tmm3, tmm7",
            "tilestored [{scores} + {row}], tmm0",
            "tilestored [{scores} + {row} + 64], tmm1",
            "add {keys}, 2048",
            "add {scores}, 2048",
            "dec {strips}",
            "jnz 2b",
            queries = in(reg) queries.as_ptr(),
            row = in(reg) size_of::<[f32; PANEL]>(),
            keys = inout(reg) keys.as_ptr() => _,
            scores = inout(reg) scores.as_mut_ptr() => _,
            strips = inout(reg) keys.len() / STRIP_ROWS => _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}

/// The registers must be divided as in [`WHOLE`]; there must be a piece, and a chunk of each.
unsafe fn add_pieces(
    (pieces, chunks): (&[[Strip<'_, Pair>; 2]], usize),
    panel: *const [Pair; PANEL],
    sums: &mut TallTile,
    is_anew: bool,
) {
    let below = sums.as_mut_ptr().wrapping_add(STRIP_ROWS);
    // SAFETY: the sums have 32 rows of 128 bytes, and the rest is read where the pieces say.
    unsafe {
        asm!(
            "test {left}, {left}",
            "jnz 4f",
            "tileloadd tmm0, [{sums} + {row}]",
            "tileloadd tmm1, [{sums} + {row} + 64]",
            "tileloadd tmm2, [{below} + {row}]",
            "tileloadd tmm3, [{below} + {row} + 64]",
            "jmp 2f",
            "4:",
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "2:",
            "mov {upper}, [{piece}]",
            "mov {upper_pitch}, [{piece} + 8]",
            "mov {lower}, [{piece} + 24]",
            "mov {lower_pitch}, [{piece} + 32]",
            "mov {left}, {chunks}",
            "3:",
            "tileloadd tmm4, [{upper} + {upper_pitch}*4]",
            "tileloadd tmm6, [{panel} + {row}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{panel} + {row} + 64]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{lower} + {lower_pitch}*4]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {upper}, 64",
            "add {lower}, 64",
            "add {panel}, 2048",
            "dec {left}",
            "jnz 3b",
            "add {piece}, {piece_bytes}",
            "dec {count}",
            "jnz 2b",
            "tilestored [{sums} + {row}], tmm0",
            "tilestored [{sums} + {row} + 64], tmm1",
            "tilestored [{below} + {row}], tmm2",
            "tilestored [{below} + {row} + 64], tmm3",
            sums = in(reg) sums.as_mut_ptr(),
            below = in(reg) below,
            row = in(reg) size_of::<[f32; PANEL]>(),
            piece = inout(reg) pieces.as_ptr() => _,
            piece_bytes = const PIECE_BYTES,
            count = inout(reg) pieces.len() => _,
            upper = out(reg) _,
            lower = out(reg) _,
            upper_pitch = out(reg) _,
            lower_pitch = out(reg) _,
            panel = inout(reg) panel => _,
            chunks = in(reg) chunks,
            left = inout(reg) usize::from(is_anew) => _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}

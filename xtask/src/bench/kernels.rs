//! What one comparison of two patches costs in each tier, beside what the load ports allow.

use std::hint::black_box;
use std::time::Instant;

use variata_patch::Tier;
use variata_patch::kernels::{
    Offset, Overlap, Pixel, SUPPORT_PX, TILE_PX, Taps, Votes, Window, add_votes, overlap_distances,
    tile_distances,
};

use crate::score::median;

/// Columns of the pictures that are compared, with a margin, and not a power of two.
const STRIDE: usize = 1048;
/// Patches along each side of the overlap: those of a picture of 32 px.
const PATCHES: usize = 26;
/// Timed rounds of each kernel, of which the median counts.
const ROUNDS: usize = 31;
/// Calls in a round.
const CALLS: usize = 4000;
/// Bytes that the load ports of present processors fetch in a cycle.
const LOADED_BYTES_A_CYCLE: f64 = 64.0;

/// Times every kernel in every tier of this processor, and prints nanoseconds.
pub(super) fn measure() {
    let cycle_ns = cycle_ns();
    let scene = Scene::new();
    println!("{:.2} GHz by a chain of multiplications", 1.0 / cycle_ns);
    println!("kernel                       tier      ns each   floor");
    for tier in Tier::ALL.into_iter().filter(|tier| tier.is_available()) {
        let row_bytes = (2 * (SUPPORT_PX + 2) * size_of::<Pixel>()) as f64;
        let tile = Floor { bytes: row_bytes * SUPPORT_PX as f64, values: TILE_PX * TILE_PX };
        report("tile distance, near", tier, tile, cycle_ns, |at| {
            scene.tile(tier, (at % 64, 8 + at % 64));
        });
        report("tile distance, far", tier, tile, cycle_ns, |at| {
            scene.tile(tier, (8 * (at % 100), at * 7919));
        });
        let bytes = (2 * (PATCHES + 6) * (PATCHES + 6) * size_of::<Pixel>()) as f64;
        let overlap = Floor { bytes, values: PATCHES * PATCHES };
        report("overlap distance", tier, overlap, cycle_ns, |at| scene.overlap(tier, at));
        let bytes = ((SUPPORT_PX + 2) * SUPPORT_PX * size_of::<Offset>()) as f64;
        let votes = Floor { bytes, values: TILE_PX * TILE_PX };
        report("vote for a pixel", tier, votes, cycle_ns, |at| scene.vote(tier, at));
    }
}

/// What a call has to load for so many values.
#[derive(Clone, Copy)]
struct Floor {
    bytes: f64,
    values: usize,
}

fn report(name: &str, tier: Tier, floor: Floor, cycle_ns: f64, mut call: impl FnMut(usize)) {
    let round = |_| {
        let started = Instant::now();
        (0..CALLS).for_each(&mut call);
        started.elapsed().as_secs_f64() * 1e9 / (CALLS * floor.values) as f64
    };
    let ns = median((0..ROUNDS).map(round).collect());
    let least = floor.bytes / LOADED_BYTES_A_CYCLE * cycle_ns / floor.values as f64;
    println!("{name:<29}{:<10}{ns:>7.2}{least:>8.2}", format!("{tier:?}"));
}

/// Nanoseconds of a cycle: every multiplication (three cycles) and its operand (one) wait for the one before.
fn cycle_ns() -> f64 {
    let chain = |_| {
        let started = Instant::now();
        // A constant factor would be multiplied out by the compiler.
        let product =
            (0..1_000_000u64).fold(black_box(3u64), |product, _| product.wrapping_mul(product | 1));
        black_box(product);
        started.elapsed().as_secs_f64() * 1e9 / 4e6
    };
    (0..ROUNDS).map(chain).fold(f64::INFINITY, f64::min)
}

/// What the kernels work on: a picture of 1024 px and a field of a few labels.
struct Scene {
    pixels: Vec<Pixel>,
    labels: Vec<Offset>,
}

impl Scene {
    fn new() -> Self {
        let mixed = |at: usize| (at as u32).wrapping_mul(0x9e37_79b9).rotate_left(13);
        let cells = 0..STRIDE * STRIDE;
        Self {
            pixels: cells.clone().map(|at| mixed(at).to_le_bytes()).collect(),
            labels: cells.map(|at| Offset::new((at / 5 % 3) as isize, 0)).collect(),
        }
    }

    /// A view of the picture, wherever it still fits.
    fn window(&self, start: usize) -> Window<'_, Pixel> {
        Window::new(&self.pixels, start % (STRIDE * (STRIDE - 64)), STRIDE)
    }

    fn tile(&self, tier: Tier, (query, key): (usize, usize)) {
        black_box(tile_distances(tier, self.window(query), self.window(key)));
    }

    fn overlap(&self, tier: Tier, at: usize) {
        let overlap = Overlap { offset: Offset::ZERO, columns: PATCHES, rows: PATCHES };
        let mut distances = [0; PATCHES * (PATCHES + 8)];
        let key = self.window(64 + at % 32);
        overlap_distances(tier, overlap, self.window(at % 32), key, &mut distances);
        black_box(distances);
    }

    fn vote(&self, tier: Tier, at: usize) {
        let mut votes = Votes::default();
        let labels = Window::new(&self.labels, at % 64, STRIDE);
        let source = (Offset::ZERO, self.window(at % 64));
        add_votes(tier, labels, source, Taps::GAUSSIAN, &mut votes);
        black_box(votes);
    }
}

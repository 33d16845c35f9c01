//! Single operators in the shapes of a UNet's step, as shares of what the processor can do.
//!
//! Products are held against the inner loop on numbers that are in the first cache, on all threads
//! at once, and that in turn against the clock; all operators against copying memory.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Context;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::{Value, json};
use variata_nn::kernels::{
    Aligned, Element, PANEL, Pair, PairSums, Strip, TALL_ROWS, TILE_ROWS, TallRows,
    multiply_in_tiles, with_tiles,
};
use variata_nn::{
    Activation, Attention, Backend, Cpu, CpuTensor, GroupNorm, Kernel, Precision, Shape, Tier,
    Window,
};

use super::network::{Numbers, numbers};
use crate::kept;

/// Timed calls of each operator, of which the fastest counts.
const CALLS: usize = 5;

/// Measures and prints, and keeps the figures as `name`, if there is one.
///
/// # Errors
///
/// When there is no thread pool, or the figures cannot be kept.
pub(super) fn measure(threads: usize, name: Option<&str>) -> anyhow::Result<()> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().context("no thread pool")?;
    let copying = pool.install(copying);
    let tier = Tier::detect().name();
    println!("{tier} on {threads} threads; copying {copying:.1} GB/s");
    let mut tables = Vec::new();
    for numbers in [Numbers::F32, Numbers::Bf16] {
        let peak = peak(&pool, numbers.precision());
        println!("\n{}: {peak:.0} GFLOP/s in the first cache", numbers.name());
        println!("{:<40}{:>14}{:>8}{:>12}{:>8}", "", "GFLOP/s", "of that", "GB/s", "of it");
        let mut bench = Bench { cpu: Cpu::new(numbers.precision()), peak, copying, rows: vec![] };
        pool.install(|| bench.run())?;
        let rows: Vec<Value> = bench.rows.iter().map(|row| row.to_json()).collect();
        tables.push(json!({ "numbers": numbers.name(), "peak_gflops": peak, "rows": rows }));
    }
    let figures = json!({
        "tier": tier,
        "threads": threads,
        "copying_gb_per_s": copying,
        "operators": tables,
    });
    name.map_or(Ok(()), |name| kept::save(&kept::dated(figures), name))
}

/// GFLOP/s of the inner loop alone, on all threads together.
fn peak(pool: &ThreadPool, precision: Precision) -> f64 {
    let tier = Tier::detect();
    match (precision, tier.pair_sums()) {
        (Precision::F32, _) => peak_of(pool, TILE_ROWS, || in_order::<f32>(tier)),
        (_, PairSums::InOrder) => peak_of(pool, 2 * TILE_ROWS, || in_order::<Pair>(tier)),
        (_, PairSums::InTiles) => peak_of(pool, 2 * TALL_ROWS, || in_tiles(tier)),
    }
}

/// Steps along the depth of a panel that fits the first cache.
const DEPTH: usize = 288;
/// Calls of the kernel in a row.
const ROUNDS: usize = 2_000;

/// The rate of `seconds`, which multiplies [`ROUNDS`] times one panel with rows of as many numbers
/// a step.
fn peak_of(pool: &ThreadPool, numbers: usize, seconds: impl Fn() -> f64 + Sync) -> f64 {
    let seconds = pool.broadcast(|_| seconds());
    let slowest = seconds.iter().copied().fold(0.0, f64::max);
    let flop = (2 * numbers * PANEL * DEPTH * ROUNDS) as f64;
    flop * seconds.len() as f64 / slowest / 1e9
}

fn in_order<E: Element>(tier: Tier) -> f64 {
    let (row, panel) = operands::<E>();
    let rows = [&row[..]; TILE_ROWS];
    let mut sums = [[0.0; PANEL]; TILE_ROWS];
    fastest(|| {
        for _ in 0..ROUNDS {
            E::multiply(tier, black_box(&rows), black_box(panel.as_chunks().0), &mut sums);
        }
        black_box(&sums);
    })
}

fn in_tiles(tier: Tier) -> f64 {
    let (row, panel) = operands::<Pair>();
    let strips = [[Strip::new(&row, 0); 2]];
    let rows = TallRows::new(&strips, DEPTH);
    let mut products = Aligned::zeros(TALL_ROWS * PANEL);
    let Some(products) = products.as_chunks_mut().0.first_chunk_mut() else { return f64::NAN };
    fastest(|| {
        with_tiles(tier, || {
            for _ in 0..ROUNDS {
                let panel = black_box(panel.as_chunks().0);
                multiply_in_tiles(tier, rows, panel, products);
            }
        });
        black_box(&*products);
    })
}

fn operands<E: Element>() -> (Aligned<E>, Aligned<E>) {
    let [mut row, mut panel] = [DEPTH, DEPTH * PANEL].map(Aligned::zeros);
    row.fill(E::of(&[0.5, 0.25]));
    panel.fill(E::of(&[0.5, 0.25]));
    (row, panel)
}

/// GB/s that are read and written when memory is copied on all threads.
fn copying() -> f64 {
    let from = vec![1.0f32; 1 << 26];
    let mut to = vec![0.0f32; from.len()];
    let seconds = fastest(|| {
        to.par_chunks_mut(1 << 20)
            .zip(from.par_chunks(1 << 20))
            .for_each(|(to, from)| to.copy_from_slice(from));
        black_box(&to);
    });
    (2 * size_of_val(from.as_slice())) as f64 / seconds / 1e9
}

/// Seconds of the fastest of some calls.
fn fastest(mut call: impl FnMut()) -> f64 {
    let time = |_| {
        let started = Instant::now();
        call();
        started.elapsed().as_secs_f64()
    };
    (0..CALLS).map(time).fold(f64::INFINITY, f64::min)
}

struct Bench {
    cpu: Cpu,
    /// GFLOP/s.
    peak: f64,
    /// GB/s.
    copying: f64,
    rows: Vec<Row>,
}

impl Bench {
    fn run(&mut self) -> anyhow::Result<()> {
        self.products()?;
        self.others();
        Ok(())
    }

    /// Convolutions, linear layers and attention.
    fn products(&mut self) -> anyhow::Result<()> {
        for (inputs, outputs, side) in [
            (320, 320, 64),
            (640, 640, 32),
            (1920, 640, 32),
            (1280, 1280, 16),
            (2560, 1280, 16),
            (1280, 1280, 8),
        ] {
            self.convolution((inputs, outputs), side)?;
        }
        for (inputs, outputs, rows) in [
            (320, 320, 8192),
            (320, 2560, 8192),
            (1280, 320, 8192),
            (640, 5120, 2048),
            (1280, 1280, 512),
            (1280, 10_240, 512),
        ] {
            self.linear((inputs, outputs), rows)?;
        }
        for (heads, tokens, context) in
            [(5, 4096, 4096), (10, 1024, 1024), (20, 256, 256), (5, 4096, 77)]
        {
            self.attention(heads, tokens, context);
        }
        Ok(())
    }

    fn convolution(
        &mut self,
        (inputs, outputs): (usize, usize),
        side: usize,
    ) -> anyhow::Result<()> {
        let layer = self.layer((inputs, outputs), 3)?;
        let shape = Shape { batch: 2, height: side, width: side, channels: inputs };
        let input = self.operand(shape);
        let weights = 9 * inputs * outputs;
        let work = Work {
            flop: 2 * shape.rows() * weights,
            bytes: size(&input) + self.width() * weights + 4 * shape.rows() * outputs,
        };
        let name = format!("convolution 3×3, {inputs} to {outputs}, {side}²");
        let cpu = self.cpu;
        self.tell(&name, work, || {
            black_box(cpu.conv2d(&layer, &input, Window::same(1), None));
        });
        Ok(())
    }

    fn linear(&mut self, (inputs, outputs): (usize, usize), rows: usize) -> anyhow::Result<()> {
        let layer = self.layer((inputs, outputs), 1)?;
        let input = self.operand(Shape::tokens(1, rows, inputs));
        let work = Work {
            flop: 2 * rows * inputs * outputs,
            bytes: size(&input) + self.width() * inputs * outputs + 4 * rows * outputs,
        };
        let cpu = self.cpu;
        self.tell(&format!("linear, {inputs} to {outputs}, {rows} rows"), work, || {
            black_box(cpu.linear(&layer, &input, None));
        });
        Ok(())
    }

    fn attention(&mut self, heads: usize, tokens: usize, context: usize) {
        const WIDTH: usize = 64;
        let queries = self.tensor(Shape::tokens(2, tokens, heads * WIDTH));
        let keys = self.tensor(Shape::tokens(2, context, heads * WIDTH));
        let how = Attention { heads, causal: false };
        let work = Work {
            flop: 2 * 4 * heads * WIDTH * tokens * context,
            bytes: 2 * (size(&queries) + size(&keys)),
        };
        let cpu = self.cpu;
        self.tell(&format!("attention, {heads} heads, {tokens} to {context}"), work, || {
            black_box(cpu.attention(&queries, &keys, &keys, how));
        });
    }

    /// What does little with each number.
    fn others(&mut self) {
        let cpu = self.cpu;
        let shape = Shape { batch: 2, height: 64, width: 64, channels: 320 };
        let input = self.tensor(shape);
        let scale = self.tensor(Shape::tokens(1, 1, 320));
        let pair = (&scale, &scale);
        let how = GroupNorm { groups: 32, epsilon: 1e-5, silu: true };
        self.moving("group norm with SiLU, 320, 64²", &[&input], || {
            cpu.group_norm(&input, pair, how)
        });
        self.moving("layer norm, 320, 8192 rows", &[&input], || cpu.layer_norm(&input, pair, 1e-5));
        let wide = self.tensor(Shape::tokens(1, 8192, 2560));
        self.moving("GEGLU, 2560, 8192 rows", &[&wide], || cpu.geglu(&wide));
        self.moving("GELU and a copy, 320, 8192 rows", &[&input], || {
            cpu.activate(input.clone(), Activation::Gelu)
        });
        self.moving("concat, 320 and 320, 64²", &[&input, &input], || cpu.concat(&input, &input));
        self.moving("upsample, 320, 64² to 128²", &[&input], || {
            cpu.upsample_nearest(&input, 128, 128)
        });
    }

    /// Measures what does nothing but read `inputs` and write its result.
    fn moving(&mut self, name: &str, inputs: &[&CpuTensor], call: impl Fn() -> CpuTensor) {
        let bytes = inputs.iter().map(|input| size(input)).sum::<usize>() + size(&call());
        self.tell(name, Work { flop: 0, bytes }, || {
            black_box(call());
        });
    }

    /// Measures `call`, which does `work`, and prints its row.
    fn tell(&mut self, name: &str, work: Work, call: impl FnMut()) {
        let row = Row::of(name, work, fastest(call), (self.peak, self.copying));
        row.print();
        self.rows.push(row);
    }

    fn tensor(&self, shape: Shape) -> CpuTensor {
        self.cpu.upload(shape, numbers(shape.len()))
    }

    /// A tensor as operators leave it to products.
    fn operand(&self, shape: Shape) -> CpuTensor {
        self.cpu.activate(self.tensor(shape), Activation::Silu)
    }

    /// Bytes of a weight.
    fn width(&self) -> usize {
        if self.cpu.precision() == Precision::F32 { 4 } else { 2 }
    }

    fn layer(
        &self,
        (inputs, outputs): (usize, usize),
        side: usize,
    ) -> anyhow::Result<<Cpu as Backend>::Layer> {
        let weights = numbers(inputs * outputs * side * side);
        let kernel = Kernel { outputs, inputs, height: side, width: side, weights, bias: None };
        Ok(self.cpu.pack(&kernel)?)
    }
}

/// What an operator reached.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    name: String,
    seconds: f64,
    /// GFLOP/s and their share of the peak; `None` where little is done with each number.
    products: Option<[f64; 2]>,
    /// GB/s and their share of what copying reaches.
    memory: [f64; 2],
}

impl Row {
    /// The row of an operator that does `work` in `seconds`; `peak` in GFLOP/s, `copying` in GB/s.
    fn of(name: &str, work: Work, seconds: f64, (peak, copying): (f64, f64)) -> Self {
        let rate = |count: usize, best: f64| {
            let rate = count as f64 / seconds / 1e9;
            [rate, rate / best]
        };
        let products = (work.flop > 0).then(|| rate(work.flop, peak));
        Self { name: name.to_owned(), seconds, products, memory: rate(work.bytes, copying) }
    }

    fn print(&self) {
        match self.products {
            Some([rate, share]) => print!("{:<40}{rate:>14.0}{:>6.0} %", self.name, 100.0 * share),
            None => print!("{:<40}{:>22}", self.name, ""),
        }
        let [rate, share] = self.memory;
        println!("{rate:>12.1}{:>6.0} %", 100.0 * share);
    }

    fn to_json(&self) -> Value {
        json!({
            "operator": self.name,
            "ms": 1e3 * self.seconds,
            "gflops": self.products.map(|[rate, _]| rate),
            "of_peak": self.products.map(|[_, share]| share),
            "gb_per_s": self.memory[0],
            "of_copying": self.memory[1],
        })
    }
}

/// What an operator does; bytes are those of its inputs, weights and result, once each.
#[derive(Debug, Clone, Copy)]
struct Work {
    flop: usize,
    bytes: usize,
}

/// Bytes of a tensor.
fn size(tensor: &CpuTensor) -> usize {
    let width = match tensor {
        CpuTensor::Numbers(_) => 4,
        CpuTensor::Pairs(_) => 2,
    };
    width * tensor.shape().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_shares_of_both_limits() {
        let work = Work { flop: 4_000_000_000, bytes: 1_000_000_000 };
        let row = Row::of("linear", work, 0.5, (32.0, 4.0));
        assert_eq!((row.products, row.memory), (Some([8.0, 0.25]), [2.0, 0.5]));
        let row = Row::of("concat", Work { flop: 0, ..work }, 0.5, (32.0, 4.0));
        assert_eq!(row.to_json()["of_peak"], Value::Null);
    }
}

//! The project's own tools, run as `cargo xtask COMMAND`.
//!
//! They live in the workspace, written in its own language, so that a contributor needs nothing
//! but Rust to draw the example pictures, judge the engine and measure it.
#![forbid(unsafe_code)]

mod bench;
mod bench_nn;
mod bench_server;
mod conformance;
mod determinism;
mod examples;
mod faults;
mod fuzz;
mod kept;
mod load;
mod openapi;
mod page;
mod parity;
mod pictures;
mod program;
mod score;
mod sheet;
mod soak;
mod verdict;

use clap::{Parser, Subcommand};

/// The project's own tools.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Draws the pictures of `examples/`, or checks that they are what the code draws
    Examples(examples::Arguments),
    /// Measures time and memory of whole calls
    Bench(bench::Arguments),
    /// Measures the neural engine at full size beside diffusers and PyTorch
    BenchNn(bench_nn::Arguments),
    /// One measured network, for `bench-nn`
    #[command(hide = true)]
    BenchNnChild(bench_nn::ChildArguments),
    /// Measures what the server costs beside the engine
    BenchServer(bench_server::Arguments),
    /// A server that does nothing, for `bench-server`
    #[command(hide = true)]
    BareServer(bench_server::BareArguments),
    /// Runs the official clients against the server
    Conformance(conformance::Arguments),
    /// Writes the server's OpenAPI document, or checks it
    Openapi(openapi::Arguments),
    /// Measures the page in a browser, or draws pictures of it
    Page(page::Arguments),
    /// Measures how far the neural engine's results are from those of diffusers
    Parity(parity::Arguments),
    /// Compares the files of debug and release builds, thread counts and instructions
    Determinism(determinism::Arguments),
    /// One measured call, for `bench`
    #[command(hide = true)]
    BenchChild(bench::ChildArguments),
    /// Measures variations, ours or another program's
    Score(score::Arguments),
    /// Asks a server for more than it can do
    Soak(soak::Arguments),
    /// Stops, kills and starves a server
    Faults(faults::Arguments),
    /// Throws mutated input at the parsers
    Fuzz(fuzz::Arguments),
    /// Draws contact sheets of variations
    Sheet(sheet::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Examples(arguments) => examples::run(&arguments),
        Command::Conformance(arguments) => conformance::run(&arguments),
        Command::Openapi(arguments) => openapi::run(&arguments),
        Command::Page(arguments) => page::run(&arguments),
        Command::Determinism(arguments) => determinism::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::BenchNn(arguments) => bench_nn::run(&arguments),
        Command::BenchNnChild(arguments) => bench_nn::run_child(&arguments),
        Command::BenchServer(arguments) => bench_server::run(&arguments),
        Command::BareServer(arguments) => bench_server::run_bare(arguments),
        Command::BenchChild(arguments) => bench::run_child(&arguments),
        Command::Parity(arguments) => parity::run(&arguments),
        Command::Score(arguments) => score::run(&arguments),
        Command::Soak(arguments) => soak::run(&arguments),
        Command::Faults(arguments) => faults::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Sheet(arguments) => sheet::run(&arguments),
    }
}

//! The project's own tools, run as `cargo xtask COMMAND`.
//!
//! They live in the workspace, written in its own language, so that a contributor needs nothing
//! but Rust to draw the example pictures, judge the engine and measure it.
#![forbid(unsafe_code)]

mod conformance;
mod examples;

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
    /// Runs the official clients against the server
    Conformance(conformance::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Examples(arguments) => examples::run(&arguments),
        Command::Conformance(arguments) => conformance::run(&arguments),
    }
}

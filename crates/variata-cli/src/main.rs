//! The `variata` command.
//!
//! `main` only joins the three parts: [`cli`] parses, [`commands`] does the work, and [`exit`]
//! says how it went. Data goes to standard output, everything else to standard error.
#![forbid(unsafe_code)]

mod address;
mod cli;
mod commands;
mod engines;
mod exit;
mod fault;
mod interrupt;
mod terminal;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse() {
        cli::Command::Completions(args) => commands::completions::run(&args).into(),
        cli::Command::Health(args) => commands::health::run(&args).into(),
        cli::Command::Keys(args) => commands::accounts::keys(&args).into(),
        cli::Command::Man => commands::completions::man().into(),
        cli::Command::Models(args) => commands::models::run(&args).into(),
        cli::Command::Serve(args) => commands::serve::run(&args).into(),
        cli::Command::Usage(args) => commands::accounts::usage(&args).into(),
        cli::Command::Users(args) => commands::accounts::users(&args).into(),
        cli::Command::Vary(args) => commands::vary::run(&args).into(),
    }
}

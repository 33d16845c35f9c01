//! What can be typed after `variata`, as types.
//!
//! Parsing stays low: every flag becomes the value that the user wrote. What it means in a given
//! run is resolved by the command that owns it.

use std::ffi::OsStr;
use std::path::Path;

use clap::builder::{self, Resettable};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::accounts::{KeysArgs, UsageArgs, UsersArgs};
use crate::commands::completions::CompletionsArgs;
use crate::commands::health::HealthArgs;
use crate::commands::models::ModelsArgs;
use crate::commands::serve::ServeArgs;
use crate::commands::vary::VaryArgs;
use crate::fault::one_line;

/// Variations of a picture, made from the picture itself
#[derive(Debug, Parser)]
#[command(
    name = "variata",
    version,
    max_term_width = 80,
    after_help = EXAMPLE
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// One thing to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Vary(VaryArgs),
    Serve(ServeArgs),
    Keys(KeysArgs),
    Users(UsersArgs),
    Usage(UsageArgs),
    Health(HealthArgs),
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
    Models(ModelsArgs),
}

const EXAMPLE: &str = "\
Examples:
  variata vary otter.png -n 6 --sheet otters.png
  variata serve --listen 127.0.0.1:8080
  variata keys create 'phone app' --images-per-minute 60

See 'variata COMMAND --help' for every option.";

/// The definition of all commands, for completions and the manual.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

/// The command that was typed; prints help or the mistake and leaves when there is none.
pub(crate) fn parse() -> Command {
    let command = without_empty_variables(Cli::command());
    let matches = command.try_get_matches().unwrap_or_else(|error| with_tip(error).exit());
    let parsed = Cli::from_arg_matches(&matches).and_then(|cli| {
        let typed = matches.subcommand().map(|(_, typed)| typed);
        match (&cli.command, typed) {
            (Command::Vary(args), Some(typed)) => args.check(typed)?,
            (Command::Serve(args), Some(typed)) => args.check(typed)?,
            _ => {}
        }
        Ok(cli.command)
    });
    parsed.unwrap_or_else(|error| error.exit())
}

/// Points those to `vary` who gave a picture where a command belongs.
fn with_tip(mut error: clap::Error) -> clap::Error {
    let typed = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(typed)) => Path::new(typed),
        _ => return error,
    };
    if typed.exists() || typed.extension().is_some() {
        let tip = format!("to vary a picture: variata vary {}", one_line(typed.display()));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// `command` for which a variable that is set to nothing is not set, as Compose's `${NAME:-}` has it.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let forget = |arg: Arg| match arg.get_env().is_some_and(is_empty) {
        true => arg.env(Resettable::<builder::OsStr>::Reset),
        false => arg,
    };
    command.mut_args(forget).mut_subcommands(without_empty_variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_flags_is_sound() {
        Cli::command().debug_assert();
    }
}

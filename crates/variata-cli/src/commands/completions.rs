//! `variata completions` and `variata man`: what shells and manual readers get from the flags.

use std::io::{self, Write as _};

use clap::Args;
use clap_complete::Shell;

use crate::cli;
use crate::exit::Exit;

/// Print the completions of a shell
///
/// For example: variata completions bash > /etc/bash_completion.d/variata
#[derive(Debug, Clone, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the completions.
pub(crate) fn run(args: &CompletionsArgs) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut cli::definition(), "variata", &mut text);
    print(&text)
}

/// Prints the manual page of every command, one after the other.
pub(crate) fn man() -> Exit {
    let mut text = Vec::new();
    let definition = cli::definition();
    let whole = clap_mangen::Man::new(definition.clone()).render(&mut text);
    let rendered = definition.get_subcommands().map(|command| {
        let title = format!("variata-{}", command.get_name());
        clap_mangen::Man::new(command.clone()).title(title).render(&mut text)
    });
    match whole.and(rendered.collect()) {
        Ok(()) => print(&text),
        Err(_) => Exit::Internal,
    }
}

/// A reader that has seen enough is no fault.
fn print(text: &[u8]) -> Exit {
    match io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Exit::Output,
        _ => Exit::Success,
    }
}

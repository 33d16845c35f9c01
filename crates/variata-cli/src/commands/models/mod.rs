//! `variata models`: names for checkpoints.

mod args;
#[cfg(feature = "pull")]
mod pull;

use std::io::{self, Write as _};
use std::path::Path;

use variata_unclip::{Options, Summary, UnclipEngine, inspect};

use self::args::Action;
use crate::engines::{EMBEDDED, Registry, name_for};
use crate::exit::Exit;
use crate::fault::{Fault, io_reason};

pub(crate) use self::args::ModelsArgs;

/// Does what `args` ask for and says how it ended.
pub(crate) fn run(args: &ModelsArgs) -> Exit {
    let done = match args.action.as_ref().unwrap_or(&Action::List) {
        Action::List => list(),
        Action::Add { folder, name } => add(folder, name.as_deref()),
        #[cfg(feature = "pull")]
        Action::Pull(args) => pull::pull(args).and_then(|(name, summary)| tell(&name, &summary)),
        Action::Verify { names } => verify(names),
        Action::Remove { name } => Registry::open().and_then(|mut registry| registry.remove(name)),
    };
    match done {
        Ok(()) => Exit::Success,
        Err(fault) => fault.tell(),
    }
}

/// One line an engine: its name, what it is, and where.
fn list() -> Result<(), Fault> {
    let registry = Registry::open()?;
    print(format_args!("{EMBEDDED}\tembedded"))?;
    for (name, folder) in registry.models() {
        let what = match inspect(folder) {
            Ok(summary) => describe(&summary),
            Err(error) => format!("unusable: {error}"),
        };
        print(format_args!("{name}\t{what}\t{}", folder.display()))?;
    }
    Ok(())
}

fn add(folder: &Path, name: Option<&str>) -> Result<(), Fault> {
    let summary = inspect(folder).map_err(|error| Fault::input(folder, error))?;
    let name = name.map_or_else(|| name_for(folder), |name| Ok(name.to_owned()))?;
    Registry::open()?.add(&name, folder)?;
    tell(&name, &summary)
}

/// Reads every tensor of the models of these names, or of all.
fn verify(names: &[String]) -> Result<(), Fault> {
    let registry = Registry::open()?;
    let all: Vec<String> = registry.names().map(str::to_owned).collect();
    let mut first = None;
    for name in if names.is_empty() { all.as_slice() } else { names } {
        let checked = check(&registry, name);
        match &checked {
            Ok(()) => print(format_args!("{name}\tok"))?,
            Err(fault) => print(format_args!("{name}\t{fault}"))?,
        }
        first = first.or(checked.err());
    }
    first.map_or(Ok(()), Err)
}

fn check(registry: &Registry, name: &str) -> Result<(), Fault> {
    let folder = registry.folder(name);
    let folder = folder.ok_or_else(|| Fault::usage(name, "there is no model of this name"))?;
    let opened = UnclipEngine::open(folder, &Options::default());
    opened.map(drop).map_err(|error| Fault::input(folder, error))
}

/// Says what there is by a name now.
fn tell(name: &str, summary: &Summary) -> Result<(), Fault> {
    print(format_args!("{name}\t{}", describe(summary)))
}

fn describe(summary: &Summary) -> String {
    let millions = summary.parameters.div_ceil(1_000_000);
    format!("{}, {millions} M parameters", summary.pipeline.name())
}

fn print(line: std::fmt::Arguments<'_>) -> Result<(), Fault> {
    let written = writeln!(io::stdout(), "{line}");
    written.map_err(|error| Fault::output("standard output", io_reason(&error)))
}

//! `variata models pull`: a checkpoint from a hub, into the folder that Python's tools keep theirs
//! in, so that neither loads what the other has.

mod cache;
mod choice;
mod download;
mod hub;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use variata_unclip::{Summary, inspect};

use self::cache::Cache;
use self::choice::parts;
use self::download::Downloads;
use self::hub::{Hub, Listing};
use super::args::PullArgs;
use crate::engines::Registry;
use crate::fault::Fault;

/// The file that says which parts a checkpoint has.
const INDEX: &str = "model_index.json";

/// Loads what a pipeline needs of a repository and gives it a name; the name, and what it
/// is.
///
/// # Errors
///
/// When the hub cannot be reached or has no such checkpoint, the licence is not accepted, or what
/// came is not what the hub said it would be.
pub(super) fn pull(args: &PullArgs) -> Result<(String, Summary), Fault> {
    let (_, last) = check_repository(&args.repository)?;
    let name = args.name.clone().unwrap_or_else(|| last.to_owned());
    let mut registry = Registry::open()?;
    let hub = Hub::from_environment()?;
    let cache = Cache::from_environment(&args.repository)?;
    let listing = hub.listing(&args.repository, &args.revision)?;
    registry.check_free(&name, &cache.snapshot(&listing.commit))?;
    accept(&listing, args)?;

    let downloads = Downloads { hub: &hub, cache: &cache, listing: &listing, args };
    let index = downloads.fetch(&[INDEX.to_owned()])?.join(INDEX);
    for part in parts(&index)? {
        downloads.fetch_part(&part)?;
    }
    let folder = cache.finish(&listing.commit, &args.revision)?;
    let summary = inspect(&folder).map_err(|error| Fault::input(&folder, error))?;
    registry.add(&name, &folder)?;
    Ok((name, summary))
}

/// The owner and the name of a repository.
fn check_repository(repository: &str) -> Result<(&str, &str), Fault> {
    let is_plain = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain)
    };
    repository.split_once('/').filter(|(owner, name)| is_plain(owner) && is_plain(name)).ok_or_else(
        || {
            let reason = "no repository: expected OWNER/NAME";
            Fault::usage(format_args!("{repository:?}"), reason)
        },
    )
}

/// Shows under which licence the weights are, and has it accepted: with a flag, or by a person.
fn accept(listing: &Listing, args: &PullArgs) -> Result<(), Fault> {
    let licence = listing.licence.as_deref().unwrap_or("unknown");
    let subject = &args.repository;
    match args.accept_licence.as_deref() {
        Some(accepted) if accepted == licence => return Ok(()),
        Some(other) => {
            let reason = format!("its licence is {licence}, and {other} was accepted");
            return Err(Fault::usage(subject, reason));
        }
        None => {}
    }
    let is_asked = io::stdin().is_terminal() && io::stderr().is_terminal();
    if is_asked && answers_yes(&format!("{subject} is licensed as {licence}; accept? [y/N] ")) {
        return Ok(());
    }
    Err(Fault::usage(subject, format_args!("its licence, {licence}, is not accepted"))
        .with_hint(format_args!("read it at the hub, then add --accept-licence {licence}")))
}

fn answers_yes(question: &str) -> bool {
    let mut answer = String::new();
    let mut stderr = io::stderr().lock();
    let asked = write!(stderr, "{question}").and_then(|()| stderr.flush());
    let read = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
    read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_an_owner_and_a_name() {
        assert_eq!(check_repository("a-b/c.d").unwrap(), ("a-b", "c.d"));
        for wrong in ["", "a", "a/", "/b", "a/b/c", "../b", "a/..", "a b/c", "a/b?c"] {
            assert!(check_repository(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}

//! What clients once sent, byte for byte.
//!
//! `conformance/wire/record.py` recorded these; they stay even where a client is too old or too
//! large to be installed, and show at a glance how clients differ. Those whose names begin with
//! `made` are framings that none of these clients uses and others may.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::ensure;

use super::server::Server;
use super::suites::Suite;
use crate::load::Client;
use crate::pictures::stem;

/// What is said about the recordings that are mistakes.
const MISTAKES: [(&str, &str); 5] = [
    ("made-another-boundary-400", "Could not parse the multipart form: "),
    ("made-image-brackets-400", "'image' is a required property"),
    ("made-lf-lines-400", "Could not parse the multipart form: "),
    ("made-no-final-boundary-400", "Could not parse the multipart form: it ends inside the part"),
    ("openai-node-raw-buffer-400", "'image' is a required property"),
];

/// Replays every recording; those that are mistakes are named for the status that they deserve.
pub(super) fn suite(root: &Path, server: &Server) -> Suite {
    let replayed = recordings(&root.join("xtask/conformance/wire")).map(|paths| {
        let named = paths.iter().map(|path| (stem(path), replay(path, server)));
        named.collect::<Vec<_>>()
    });
    let checks = replayed.unwrap_or_else(|error| vec![("recordings".to_owned(), Err(error))]);
    Suite::of("recorded requests", checks)
}

fn recordings(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "http"));
    paths.sort();
    ensure!(paths.len() > 20, "only {} recordings in {}", paths.len(), folder.display());
    Ok(paths)
}

fn replay(path: &Path, server: &Server) -> anyhow::Result<()> {
    let answer = Client::new(server.address()).ask(&fs::read(path)?)?;
    let body = String::from_utf8_lossy(&answer.body);
    let mistake = MISTAKES.iter().find(|(name, _)| stem(path) == *name);
    let (status, part) = mistake.map_or((200, "/files/"), |(_, start)| (400, *start));
    ensure!(answer.status == status && body.contains(part), "{} {body}", answer.status);
    Ok(())
}

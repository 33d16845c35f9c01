//! Loads files into the cache. What broke off is gone on with; nothing has its name before it is
//! whole and has the digest that the hub stated.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest as _, Sha256};
use ureq::http::StatusCode;
use variata_unclip::checkpoint::{WeightFile, shard_names};

use super::cache::{Cache, make_folder_of};
use super::choice::{configurations, weights};
use super::hub::{Hub, Listing, RemoteFile};
use crate::commands::models::args::PullArgs;
use crate::fault::{Fault, io_reason};

/// What is loaded, from where, and whither.
pub(super) struct Downloads<'a> {
    pub(super) hub: &'a Hub,
    pub(super) cache: &'a Cache,
    pub(super) listing: &'a Listing,
    pub(super) args: &'a PullArgs,
}

/// How often a download is taken up again before a person has to.
const ATTEMPTS: usize = 5;
const CHUNK_BYTES: usize = 1 << 20;

impl Downloads<'_> {
    /// Loads what a pipeline needs of a part.
    ///
    /// # Errors
    ///
    /// As [`Downloads::fetch`].
    pub(super) fn fetch_part(&self, part: &str) -> Result<(), Fault> {
        self.fetch(&configurations(self.listing, part))?;
        let path = |name: String| format!("{part}/{name}");
        match weights(self.listing, part, self.args.variant.as_deref()) {
            None => {}
            Some(WeightFile::Whole(name)) => drop(self.fetch(&[path(name)])?),
            Some(WeightFile::Index(name)) => {
                let index = path(name);
                let at = self.fetch(std::slice::from_ref(&index))?.join(&index);
                let shards = shard_names(&at).map_err(|error| Fault::input(&at, error))?;
                self.fetch(&shards.into_iter().map(path).collect::<Vec<_>>())?;
            }
        }
        Ok(())
    }

    /// Loads the files of these paths unless they are there; gives back the commit's folder.
    ///
    /// # Errors
    ///
    /// When the hub does not have one, cannot be reached, or sends something else than it stated;
    /// when the cache cannot be written.
    pub(super) fn fetch(&self, paths: &[String]) -> Result<PathBuf, Fault> {
        let commit = &self.listing.commit;
        for path in paths {
            let file = self.listing.files.iter().find(|file| file.path == *path);
            let file = file.ok_or_else(|| self.hub.fault(format_args!("it has no {path}")))?;
            if !self.cache.snapshot(commit).join(path).exists() {
                self.fetch_file(file)?;
                self.cache.link(commit, path, &file.blob)?;
            }
        }
        Ok(self.cache.snapshot(commit))
    }

    fn fetch_file(&self, file: &RemoteFile) -> Result<(), Fault> {
        let blob = self.cache.blob(&file.blob);
        if blob.exists() {
            return Ok(());
        }
        let partial = blob.with_extension("incomplete");
        let unwritable = |error: io::Error| Fault::output(partial.display(), io_reason(&error));
        make_folder_of(&blob).map_err(unwritable)?;
        let mut target =
            OpenOptions::new().create(true).append(true).open(&partial).map_err(unwritable)?;
        // The lock goes with the process, however it ends.
        if target.try_lock().is_err() {
            return Err(Fault::output(partial.display(), "another download of it is running"));
        }
        self.fill(file, &mut target, &partial)?;
        self.verify(file, &partial)?;
        target.sync_all().and_then(|()| fs::rename(&partial, &blob)).map_err(unwritable)
    }

    /// Loads until the file is as long as it should be.
    fn fill(&self, file: &RemoteFile, target: &mut File, partial: &Path) -> Result<(), Fault> {
        let bar = bar(file);
        let unwritable = |error: io::Error| Fault::output(partial.display(), io_reason(&error));
        let mut last = self.hub.fault(format_args!("{} broke off", file.path));
        for _ in 0..ATTEMPTS {
            match self.go_on(file, target, &bar) {
                Ok(have) if have == file.size_bytes => return Ok(()),
                Ok(_) => {}
                Err(Side::Hub(fault)) => last = fault,
                Err(Side::Disk(error)) => return Err(unwritable(error)),
            }
        }
        Err(last.with_hint("what came is kept: the same command goes on from there"))
    }

    /// Asks once for what is missing; how many bytes there are then.
    fn go_on(&self, file: &RemoteFile, target: &mut File, bar: &ProgressBar) -> Result<u64, Side> {
        let mut have = target.metadata().map_err(Side::Disk)?.len();
        if have == file.size_bytes {
            return Ok(have);
        }
        let from = if have < file.size_bytes { have } else { 0 };
        let opened = self.hub.open(&self.args.repository, &self.listing.commit, file, from);
        let response = opened.map_err(Side::Hub)?;
        if from == 0 || response.status() != StatusCode::PARTIAL_CONTENT {
            target.set_len(0).map_err(Side::Disk)?;
            have = 0;
        }
        bar.set_position(have);
        let mut rest = response.into_body().into_reader().take(file.size_bytes - have);
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let read = rest.read(&mut chunk);
            let length = read.map_err(|error| Side::Hub(self.hub.fault(io_reason(&error))))?;
            if length == 0 {
                return Ok(have);
            }
            target.write_all(chunk.get(..length).unwrap_or_default()).map_err(Side::Disk)?;
            have += length as u64;
            bar.inc(length as u64);
        }
    }

    /// Compares the contents with the digest that the hub stated, if it did.
    fn verify(&self, file: &RemoteFile, partial: &Path) -> Result<(), Fault> {
        let Some(expected) = &file.sha256 else { return Ok(()) };
        let mut digest = Sha256::new();
        let read = File::open(partial).and_then(|mut source| {
            let mut chunk = vec![0; CHUNK_BYTES];
            loop {
                match source.read(&mut chunk)? {
                    0 => return Ok(()),
                    length => digest.update(chunk.get(..length).unwrap_or_default()),
                }
            }
        });
        read.map_err(|error| Fault::output(partial.display(), io_reason(&error)))?;
        let found: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if found == *expected {
            return Ok(());
        }
        // It would be taken up again at its end otherwise.
        let removed = fs::remove_file(partial);
        removed.map_err(|error| Fault::output(partial.display(), io_reason(&error)))?;
        let reason = format!("{} came with the SHA-256 {found}: expected {expected}", file.path);
        Err(self.hub.fault(reason).with_hint("the same command loads it anew"))
    }
}

/// Whose fault it is.
enum Side {
    Hub(Fault),
    Disk(io::Error),
}

/// A bar for a person; nothing for a program.
fn bar(file: &RemoteFile) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(file.size_bytes).with_message(file.path.clone());
    let template = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

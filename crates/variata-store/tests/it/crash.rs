//! Killed in the middle of writing, and out of room.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use variata_store::{Durability, LocalStore, Store, StoreError};

use crate::conformance::{at, new_name, pattern};

const DIRECTORY_VARIABLE: &str = "VARIATA_STORE_CRASH_DIRECTORY";

/// How often the writer is killed; `VARIATA_STORE_KILLS` asks for more.
const KILLS: usize = 20;

const FILE_BYTES: usize = 400_000;

#[tokio::test]
async fn a_killed_process_leaves_no_partial_file() {
    let directory = TempDir::new().unwrap();
    let asked = std::env::var("VARIATA_STORE_KILLS").ok();
    let kills = asked.map_or(KILLS, |kills| kills.parse().unwrap());
    for kill in 0..kills {
        // After a different number of files each time, and wherever the next one then is.
        write_and_be_killed(directory.path(), 1 + kill % 7);
    }
    let store = LocalStore::open(directory.path(), Durability::Process).unwrap();
    assert_eq!(names_in(&directory.path().join("staging")).len(), 0);
    let names = names_in(&directory.path().join("files"));
    assert!(names.len() >= kills, "only {} files were written", names.len());
    for name in names {
        let file = store.get(name.to_str().unwrap().parse().unwrap()).await.unwrap();
        assert!(file.into_bytes().await.unwrap() == pattern(FILE_BYTES), "part of a file");
    }
}

/// Runs this test binary again as a process that writes files, and kills it after `files`.
fn write_and_be_killed(directory: &Path, files: usize) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::write_until_killed", "--ignored", "--nocapture"])
        .env(DIRECTORY_VARIABLE, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let written = lines.map(Result::unwrap).filter(|line| line.ends_with("written"));
    assert_eq!(written.take(files).count(), files);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
#[ignore = "never ends: another test starts this as a process of its own and kills it"]
async fn write_until_killed() {
    let directory = std::env::var(DIRECTORY_VARIABLE).unwrap();
    let store = LocalStore::open(Path::new(&directory), Durability::Process).unwrap();
    loop {
        store.put(new_name(), pattern(FILE_BYTES), at(0)).await.unwrap();
        println!("written");
    }
}

fn names_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into()).collect()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_reported_leaves_nothing_and_recovers() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: mounting a tmpfs needs more rights than this process has");
        return;
    };
    let store = LocalStore::open(disk.0.path(), Durability::Power).unwrap();
    let error = loop {
        if let Err(error) = store.put(new_name(), pattern(3_000_000), at(0)).await {
            break error;
        }
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert_eq!(names_in(&disk.0.path().join("staging")).len(), 0);
    for name in names_in(&disk.0.path().join("files")) {
        let file = store.get(name.to_str().unwrap().parse().unwrap()).await.unwrap();
        assert_eq!(file.length_bytes, 3_000_000);
    }
    assert!(store.delete_expired(at(0)).await.unwrap() > 0);
    store.put(new_name(), pattern(3_000_000), at(0)).await.unwrap();
}

/// A file system of 16 MB.
#[cfg(target_os = "linux")]
struct SmallDisk(TempDir);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mount() -> Option<Self> {
        let directory = TempDir::new().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(directory.path());
        let mounted = mount.stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(directory))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

//! What a directory promises beyond what every store does.

use std::cell::RefCell;
use std::fs;

use tempfile::TempDir;
use variata_store::{Durability, LocalStore, SWEEP_PERIOD, Store, StoreError, Timestamp, sweep};

use crate::conformance::{at, keeps_every_promise, new_name, pattern};

fn open(directory: &TempDir) -> LocalStore {
    LocalStore::open(directory.path(), Durability::Process).unwrap()
}

#[tokio::test]
async fn a_directory_keeps_every_promise() {
    for durability in [Durability::Process, Durability::Power] {
        let parent = TempDir::new().unwrap();
        let fresh = || {
            let directory = tempfile::tempdir_in(&parent).unwrap().keep();
            LocalStore::open(&directory, durability).unwrap()
        };
        keeps_every_promise(fresh).await;
    }
}

#[tokio::test]
async fn files_and_their_expiry_survive_a_restart() {
    let directory = TempDir::new().unwrap();
    let name = new_name();
    open(&directory).put(name, pattern(9), at(10)).await.unwrap();
    let reopened = open(&directory);
    assert_eq!(reopened.delete_expired(at(9)).await.unwrap(), 0);
    assert_eq!(reopened.get(name).await.unwrap().into_bytes().await.unwrap(), pattern(9));
    assert_eq!(reopened.delete_expired(at(10)).await.unwrap(), 1);
}

#[test]
fn half_written_files_are_removed_at_the_next_start() {
    let directory = TempDir::new().unwrap();
    drop(open(&directory));
    let half = directory.path().join("staging/.tmpHalf");
    fs::write(&half, "half").unwrap();
    drop(open(&directory));
    assert!(!half.exists());
}

#[test]
fn a_second_process_leaves_alone_what_the_first_is_writing() {
    let directory = TempDir::new().unwrap();
    let _first = open(&directory);
    let half = directory.path().join("staging/.tmpHalf");
    fs::write(&half, "half").unwrap();
    let _second = open(&directory);
    assert!(half.exists());
}

#[tokio::test]
async fn nothing_is_left_in_staging() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let name = new_name();
    store.put(name, pattern(5), at(0)).await.unwrap();
    store.put(name, pattern(5), at(0)).await.unwrap_err();
    let too_late_for_any_file_system = Timestamp::from_seconds(u64::MAX);
    store.put(new_name(), pattern(5), too_late_for_any_file_system).await.unwrap_err();
    assert_eq!(fs::read_dir(directory.path().join("staging")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(directory.path().join("files")).unwrap().count(), 1);
}

#[tokio::test]
async fn files_of_others_are_never_swept() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let stranger = directory.path().join("files/README.txt");
    fs::write(&stranger, "not a picture").unwrap();
    assert_eq!(store.delete_expired(at(u32::MAX.into())).await.unwrap(), 0);
    assert!(stranger.exists());
}

#[tokio::test]
async fn a_file_that_shrank_ends_in_an_error() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let name = new_name();
    store.put(name, pattern(600_000), at(0)).await.unwrap();
    let file = store.get(name).await.unwrap();
    let path = directory.path().join(format!("files/{name}"));
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(300_000).unwrap();
    let error = file.into_bytes().await.unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn files_and_folders_are_open_to_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = TempDir::new().unwrap();
    let name = new_name();
    open(&directory).put(name, pattern(5), at(0)).await.unwrap();
    for (path, expected) in [(format!("files/{name}"), 0o600), ("files".to_owned(), 0o700)] {
        let mode = fs::metadata(directory.path().join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected);
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let error = LocalStore::open(&file, Durability::Process).unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn expired_bytes_are_gone_within_five_minutes() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    store.put(new_name(), pattern(5), at(3600)).await.unwrap();
    let started = tokio::time::Instant::now();
    let now = || at(started.elapsed().as_secs());
    let deleted_at = RefCell::new(None);
    let sweeping = sweep(&store, now, |swept| {
        if swept.unwrap() > 0 {
            deleted_at.replace(Some(now()));
        }
    });
    let day = SWEEP_PERIOD * 60 * 24;
    assert!(tokio::time::timeout(day, sweeping).await.is_err(), "the sweeper ended");
    let deleted_at = deleted_at.into_inner().expect("the file was never deleted");
    assert!((at(3600)..=at(3900)).contains(&deleted_at), "deleted at {deleted_at}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_sweep_does_not_stop_the_sweeper() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let files = directory.path().join("files");
    let mut results = Vec::new();
    let report = |swept: Result<u64, StoreError>| {
        results.push(swept.is_ok());
        // The directory is away for the second sweep only.
        match results.len() {
            1 => fs::remove_dir(&files).unwrap(),
            2 => fs::create_dir(&files).unwrap(),
            _ => {}
        }
    };
    let three = SWEEP_PERIOD * 2 + SWEEP_PERIOD / 2;
    assert!(tokio::time::timeout(three, sweep(&store, || at(0), report)).await.is_err());
    assert_eq!(results, [true, false, true]);
}

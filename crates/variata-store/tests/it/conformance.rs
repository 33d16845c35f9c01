//! The suite that every store passes: one function a promise.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use variata_store::{FileKind, FileName, Store, StoreError, Timestamp};

/// Moments are plain numbers here; no store looks at a clock.
pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + seconds)
}

pub(crate) fn new_name() -> FileName {
    FileName::random(FileKind::Png).unwrap()
}

/// Checks all promises; `fresh` makes an empty store.
pub(crate) async fn keeps_every_promise<S: Store>(fresh: impl Fn() -> S) {
    what_is_put_comes_back(&fresh()).await;
    what_was_never_put_is_not_found(&fresh()).await;
    a_file_is_written_only_once(&fresh()).await;
    of_many_writers_of_one_name_one_wins(&fresh()).await;
    readers_find_whole_files_or_none(&fresh()).await;
    files_go_when_they_expire_and_not_before(&fresh()).await;
    an_open_file_outlives_its_deletion(&fresh()).await;
}

async fn read(store: &dyn Store, name: FileName) -> Result<Bytes, StoreError> {
    store.get(name).await?.into_bytes().await
}

/// Bytes of which no part looks like another.
pub(crate) fn pattern(length: usize) -> Bytes {
    (0..length).map(|at| (at ^ at >> 8 ^ at >> 16) as u8).collect()
}

async fn what_is_put_comes_back(store: &dyn Store) {
    for length in [0, 1, 256 * 1024, 600_000] {
        for kind in FileKind::ALL {
            let name = FileName::random(kind).unwrap();
            store.put(name, pattern(length), at(0)).await.unwrap();
            let file = store.get(name).await.unwrap();
            assert_eq!((file.name, file.length_bytes), (name, length as u64));
            assert!(file.into_bytes().await.unwrap() == pattern(length), "{length} bytes differ");
        }
    }
}

async fn what_was_never_put_is_not_found(store: &dyn Store) {
    let name = new_name();
    let error = store.get(name).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { name: missing } if missing == name));
    let same_id = FileName { id: name.id, kind: FileKind::Webp };
    store.put(same_id, pattern(1), at(0)).await.unwrap();
    assert!(store.get(name).await.is_err(), "another kind was taken for it");
}

async fn a_file_is_written_only_once(store: &dyn Store) {
    let name = new_name();
    store.put(name, pattern(3), at(0)).await.unwrap();
    let error = store.put(name, pattern(4), at(9)).await.unwrap_err();
    assert!(matches!(error, StoreError::AlreadyExists { .. }), "{error}");
    assert_eq!(read(store, name).await.unwrap(), pattern(3));
    assert_eq!(store.delete_expired(at(0)).await.unwrap(), 1, "the expiry changed");
}

async fn of_many_writers_of_one_name_one_wins(store: &dyn Store) {
    let name = new_name();
    let lengths = 1..=16;
    let writes = lengths.map(|length| store.put(name, pattern(length), at(0)));
    let won: Vec<bool> = join_all(writes).await.iter().map(Result::is_ok).collect();
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    assert_eq!(read(store, name).await.unwrap(), pattern(winner + 1));
}

async fn readers_find_whole_files_or_none(store: &dyn Store) {
    let name = new_name();
    let writing = store.put(name, pattern(1_000_000), at(0));
    let reading = join_all((0..32).map(|_| read(store, name)));
    let (written, reads) = tokio::join!(writing, reading);
    written.unwrap();
    for read in reads {
        match read {
            Ok(bytes) => assert!(bytes == pattern(1_000_000), "a part was read"),
            Err(error) => assert!(matches!(error, StoreError::NotFound { .. }), "{error}"),
        }
    }
}

async fn files_go_when_they_expire_and_not_before(store: &dyn Store) {
    let names = [new_name(), new_name(), new_name()];
    for (name, expiry) in names.into_iter().zip([10, 11, 3600]) {
        store.put(name, pattern(5), at(expiry)).await.unwrap();
    }
    assert_eq!(store.delete_expired(at(9)).await.unwrap(), 0);
    assert_eq!(store.delete_expired(at(11)).await.unwrap(), 2);
    assert!(read(store, names[0]).await.is_err());
    assert!(read(store, names[1]).await.is_err());
    assert_eq!(read(store, names[2]).await.unwrap(), pattern(5));
    assert_eq!(store.delete_expired(at(11)).await.unwrap(), 0);
    assert_eq!(store.delete_expired(at(3600)).await.unwrap(), 1);
}

async fn an_open_file_outlives_its_deletion(store: &dyn Store) {
    let name = new_name();
    store.put(name, pattern(2_000_000), at(0)).await.unwrap();
    let mut file = store.get(name).await.unwrap();
    let first = file.body.next().await.unwrap().unwrap();
    assert!(first.len() < 2_000_000, "everything was kept in memory");
    assert_eq!(store.delete_expired(at(0)).await.unwrap(), 1);
    let rest = file.into_bytes().await.unwrap();
    assert!([first, rest].concat() == pattern(2_000_000));
}

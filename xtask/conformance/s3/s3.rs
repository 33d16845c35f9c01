//! The store in S3, against a server that others wrote.

#[path = "../../../crates/variata-store/tests/it/conformance.rs"]
mod conformance;

use std::time::Duration;

use s3_conformance::{KEY, S3Server, SECRET};
use tokio::net::TcpListener;
use variata_store::{S3Location, S3Store, Store, StoreError};

use conformance::{at, keeps_every_promise, new_name, pattern};

/// The store under `prefix` of the service at `endpoint`.
fn open(endpoint: &str, prefix: &str) -> S3Store {
    open_as(SECRET, endpoint, prefix)
}

fn open_as(secret: &str, endpoint: &str, prefix: &str) -> S3Store {
    let location: S3Location = format!("s3://pictures/{prefix}").parse().unwrap();
    let settings = [
        ("AWS_ENDPOINT", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", KEY),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("HOME", "/root"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    S3Store::open(&location, settings).unwrap()
}

#[tokio::test]
async fn a_bucket_keeps_every_promise() {
    let server = S3Server::start("pictures").await;
    let fresh = || open(&server.endpoint(), &new_name().id.to_string());
    keeps_every_promise(fresh).await;
}

#[tokio::test]
async fn files_and_their_expiry_are_known_to_every_process() {
    let server = S3Server::start("pictures").await;
    let (one, other) = (open(&server.endpoint(), "shared"), open(&server.endpoint(), "shared"));
    let name = new_name();
    one.put(name, pattern(9), at(10)).await.unwrap();
    assert_eq!(other.get(name).await.unwrap().into_bytes().await.unwrap(), pattern(9));
    assert_eq!(other.delete_expired(at(9)).await.unwrap(), 0);
    assert_eq!(other.delete_expired(at(10)).await.unwrap(), 1);
    assert!(matches!(one.get(name).await, Err(StoreError::NotFound { .. })));
}

#[tokio::test]
async fn a_refused_second_put_does_not_make_a_file_expire_early() {
    let server = S3Server::start("pictures").await;
    let store = open(&server.endpoint(), "");
    let name = new_name();
    store.put(name, pattern(9), at(100)).await.unwrap();
    store.put(name, pattern(9), at(1)).await.unwrap_err();
    assert_eq!(store.delete_expired(at(50)).await.unwrap(), 0);
    assert!(store.get(name).await.is_ok());
    assert_eq!(store.delete_expired(at(100)).await.unwrap(), 1);
}

#[tokio::test]
async fn objects_of_others_are_never_swept() {
    let server = S3Server::start("pictures").await;
    server.write("expiring/notes.txt", b"not ours");
    let store = open(&server.endpoint(), "");
    assert_eq!(store.delete_expired(at(u32::MAX.into())).await.unwrap(), 0);
    assert!(server.holds("expiring/notes.txt"));
}

#[tokio::test]
async fn a_wrong_key_is_no_passing_fault_and_told_to_nobody() {
    let server = S3Server::start("pictures").await;
    let store = open_as("guessed", &server.endpoint(), "");
    let error = store.put(new_name(), pattern(1), at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
    assert!(!format!("{error:?} {store:?}").contains("guessed"), "the secret is told");
}

#[tokio::test]
async fn a_service_that_is_down_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let store = open(&endpoint, "");
    let error = store.put(new_name(), pattern(1), at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    let error = store.get(new_name()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
}

// With the clock paused, waiting for a service that never answers takes no time.
#[tokio::test(start_paused = true)]
async fn a_service_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let store = open(&endpoint, "");
    let started = tokio::time::Instant::now();
    let error = store.get(new_name()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(2), "gave up after {:?}", started.elapsed());
}

#[tokio::test]
async fn files_too_large_for_any_picture_are_refused() {
    let server = S3Server::start("pictures").await;
    let store = open(&server.endpoint(), "");
    let error = store.put(new_name(), vec![0; (64 << 20) + 1].into(), at(0)).await.unwrap_err();
    assert!(error.to_string().contains("67108864"), "{error}");
}

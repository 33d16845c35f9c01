//! What a caller may ask for, how that is told, and what the ledger says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use variata_accounts::{Accounts, Database, Limits, Moment, Settings, UserHasher};

use crate::support::{Form, START_S, TestServer};

fn limits(requests_per_minute: u32, images_per_minute: u32) -> Limits {
    Limits {
        requests_per_minute: Some(requests_per_minute),
        images_per_minute: Some(images_per_minute),
        images_per_day: None,
    }
}

/// A server with these limits, and the hand of its accounts' clock.
async fn limited(key_limits: Limits, user_limits: Limits) -> (TestServer, Arc<AtomicU64>) {
    let hand = Arc::new(AtomicU64::new(START_S * 1000));
    let moved = Arc::clone(&hand);
    let clock = Arc::new(move || Moment::from_ms(moved.load(Ordering::SeqCst)));
    let settings = Settings { key_limits, user_limits, ..Settings::default() };
    let users = UserHasher::random().unwrap();
    (TestServer::with_accounts(Accounts::in_memory(settings, users, clock)).await, hand)
}

fn small(fields: &[(&str, &str)]) -> Form {
    Form::with(&[&[("size", "256x256")], fields].concat())
}

#[tokio::test]
async fn images_are_counted_and_the_caller_is_told_what_is_left() {
    let (server, hand) = limited(limits(100, 12), Limits::default()).await;
    let reply = server.post(&small(&[("n", "9")])).await;
    let header = |name: &str| reply.header(&format!("x-ratelimit-{name}")).unwrap().to_owned();
    assert_eq!((header("limit-images"), header("remaining-images")), ("12".into(), "3".into()));
    assert_eq!(
        (header("limit-requests"), header("remaining-requests")),
        ("100".into(), "99".into())
    );
    assert_eq!((header("reset-images"), header("reset-requests")), ("1m0s".into(), "1m0s".into()));
    let refused = server.post(&small(&[("n", "4")])).await;
    let start =
        "Rate limit exceeded for images per minute. Limit: 12/1min. Please try again in 60 s.";
    refused.assert_error(429, start, None, Some("rate_limit_exceeded"));
    assert_eq!(refused.json()["error"]["type"], "requests");
    assert_eq!(refused.header("retry-after-ms"), Some("60000"));
    assert_eq!(refused.header("x-ratelimit-remaining-images"), Some("3"));
    hand.fetch_add(60_000, Ordering::SeqCst);
    assert_eq!(server.post(&small(&[("n", "4")])).await.status, 200);
}

#[tokio::test]
async fn a_minute_of_requests_is_exact_to_one_whenever_it_begins() {
    let (server, hand) = limited(limits(30, 1000), Limits::default()).await;
    // A request every half second is four times what is allowed.
    let mut admitted = Vec::new();
    for _ in 0..360 {
        admitted.push(u32::from(server.post(&small(&[])).await.status == 200));
        hand.fetch_add(500, Ordering::SeqCst);
    }
    for (begin, minute) in admitted.windows(120).enumerate() {
        let sum: u32 = minute.iter().sum();
        assert!((29..=30).contains(&sum), "{sum} of 30 in the minute after {begin} requests");
    }
}

#[tokio::test]
async fn what_never_fits_is_not_to_be_asked_again() {
    let (server, _) = limited(limits(100, 3), Limits::default()).await;
    let refused = server.post(&small(&[("n", "4")])).await;
    let start = "Rate limit exceeded for images per minute. Limit: 3/1min. This request asks for 4";
    refused.assert_error(429, start, None, Some("rate_limit_exceeded"));
    assert_eq!(refused.header("x-should-retry"), Some("false"));
}

#[tokio::test]
async fn a_caller_with_nothing_left_is_refused_before_its_body_is_read() {
    let (server, _) = limited(limits(100, 1), Limits::default()).await;
    assert_eq!(server.post(&small(&[])).await.status, 200);
    let mut client = server.connect().await;
    let head = format!(
        "POST /v1/images/variations HTTP/1.1\r\nHost: a\r\nContent-Type: {}\r\n\
         Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n",
        Form::empty().content_type()
    );
    client.send(head.as_bytes()).await;
    assert_eq!(client.head().await.unwrap().status, 429);
}

#[tokio::test]
async fn an_end_user_is_limited_beside_the_others_of_the_key() {
    let (server, _) = limited(Limits::default(), limits(100, 2)).await;
    let ask = |user: &'static str| small(&[("n", "2"), ("user", user)]);
    assert_eq!(server.post(&ask("alice")).await.status, 200);
    let refused = server.post(&ask("alice")).await;
    let start = "Rate limit exceeded for images per minute of this end user. Limit: 2/1min.";
    refused.assert_error(429, start, None, Some("rate_limit_exceeded"));
    assert!(!String::from_utf8_lossy(&refused.body).contains("alice"));
    assert_eq!(server.post(&ask("bob")).await.status, 200);
}

#[tokio::test]
async fn the_ledger_has_every_request_and_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.sqlite");
    let database = Database::open_file(&path).await.unwrap();
    let settings = Settings { key_limits: limits(100, 3), ..Settings::default() };
    let (users, clock) = (UserHasher::random().unwrap(), Arc::new(Moment::now));
    let accounts = Accounts::open(database.clone(), settings, users, clock).await.unwrap();
    let mut server = TestServer::with_accounts(accounts).await;
    assert_eq!(server.post(&small(&[("n", "2"), ("user", "canary-user")])).await.status, 200);
    assert_eq!(server.post(&small(&[("n", "2")])).await.status, 429);
    assert_eq!(server.post(&small(&[("n", "x")])).await.status, 400);
    let mut client = server.connect().await;
    client.send(&small(&[("stream", "true")]).request()).await;
    assert_eq!(client.head().await.unwrap().status, 200);
    // Who leaves before the end of a stream is one who left.
    while client.event().await.is_some() {}
    server.stop();
    server.ended().await;
    let since = Moment::now().minus(Duration::from_secs(3600));
    let rows = database.usage(variata_accounts::Grouping::Key, since).await.unwrap();
    let row = &rows[0];
    assert_eq!((row.requests, row.answered, row.refused, row.images), (4, 2, 2, 3));
    drop(database);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("canary-user"));
    }
}

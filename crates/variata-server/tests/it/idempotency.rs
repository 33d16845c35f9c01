//! Equal requests at the same time.

use std::sync::Arc;

use variata_accounts::{Limits, Settings};
use variata_server::Config;

use crate::support::{DoomedEngine, Form, Gate, GatedEngine, TestServer, accounts};

const HEADER: &str = "Idempotency-Key: one\r\n";

async fn gated() -> (TestServer, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let engine = GatedEngine(Arc::clone(&gate));
    (TestServer::with(Config::default(), vec![Arc::new(engine)]).await, gate)
}

fn request(size: &str) -> Vec<u8> {
    with_key(&[("size", size)])
}

fn with_key(texts: &[(&str, &str)]) -> Vec<u8> {
    Form::with(texts).request_to("/v1/images/variations", HEADER)
}

#[tokio::test]
async fn equal_requests_with_one_key_are_answered_once() {
    let (server, gate) = gated().await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    first.send(&request("256x256")).await;
    gate.reached.notified().await;
    second.send(&request("256x256")).await;
    let mut third = server.connect().await;
    let reply = third.exchange(&request("512x512")).await;
    let code = Some("idempotency_key_reused");
    reply.assert_error(400, "Keys for idempotent requests", None, code);
    gate.open();
    let (first, second) = (first.reply().await, second.reply().await);
    assert_eq!(first.header("variata-seeds"), second.header("variata-seeds"));
    assert_eq!(first.links(), second.links());
    assert_eq!((gate.jobs(), server.stored().len()), (1, 1));
}

#[tokio::test]
async fn the_work_goes_on_as_long_as_one_of_them_waits() {
    let (server, gate) = gated().await;
    let mut first = server.connect().await;
    first.send(&request("256x256")).await;
    gate.reached.notified().await;
    let mut second = server.connect().await;
    second.send(&request("256x256")).await;
    // The answer to a third request shows that the second was taken up.
    server.connect().await.exchange(&request("512x512")).await;
    drop(first);
    server.get("/healthz").await;
    gate.open();
    assert_eq!(second.reply().await.links().len(), 1);
    assert_eq!(gate.jobs(), 1);
}

#[tokio::test]
async fn equal_requests_with_one_key_are_charged_once() {
    let gate = Arc::new(Gate::default());
    let key_limits = Limits { images_per_minute: Some(10), ..Limits::default() };
    let accounts = accounts(Settings { key_limits, ..Settings::default() });
    let engine = Arc::new(GatedEngine(Arc::clone(&gate)));
    let server = TestServer::with_engine_and_accounts(engine, accounts).await;
    let request = with_key(&[("size", "256x256"), ("n", "6")]);
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    first.send(&request).await;
    gate.reached.notified().await;
    second.send(&request).await;
    // The answer to a third request shows that the second was taken up.
    let third = server.connect().await.exchange(&with_key(&[("size", "512x512")])).await;
    assert_eq!(third.status, 400);
    gate.open();
    for mut client in [first, second] {
        let reply = client.reply().await;
        assert_eq!(reply.links().len(), 6);
        assert_eq!(reply.header("x-ratelimit-limit-images"), Some("10"));
        let left: u32 = reply.header("x-ratelimit-remaining-images").unwrap().parse().unwrap();
        // Time passes, and with it a limit comes back.
        assert!((4..10).contains(&left), "{left} are left");
    }
}

#[tokio::test]
async fn images_that_fail_cost_nothing_even_if_who_was_charged_has_left() {
    let gate = Arc::new(Gate::default());
    let key_limits = Limits { images_per_minute: Some(10), ..Limits::default() };
    let accounts = accounts(Settings { key_limits, ..Settings::default() });
    let engine = Arc::new(DoomedEngine(Arc::clone(&gate)));
    let server = TestServer::with_engine_and_accounts(engine, accounts).await;
    let request = with_key(&[("size", "256x256"), ("n", "6")]);
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    first.send(&request).await;
    gate.reached.notified().await;
    second.send(&request).await;
    // The answer to a third request shows that the second was taken up.
    server.connect().await.exchange(&with_key(&[("size", "512x512")])).await;
    drop(first);
    server.get("/healthz").await;
    gate.open();
    let reply = second.reply().await;
    assert_eq!(reply.status, 500);
    assert_eq!(reply.header("x-ratelimit-remaining-images"), Some("10"));
}

#[tokio::test]
async fn a_key_stands_for_a_seed() {
    let server = TestServer::start().await;
    let seeds = async |texts: &[(&str, &str)], headers: &str| {
        let texts = [&[("size", "256x256")], texts].concat();
        let request = Form::with(&texts).request_to("/v1/images/variations", headers);
        let reply = server.connect().await.exchange(&request).await;
        reply.header("variata-seeds").unwrap().to_owned()
    };
    let first = seeds(&[], HEADER).await;
    assert_eq!(seeds(&[], HEADER).await, first);
    assert_ne!(seeds(&[], "Idempotency-Key: two\r\n").await, first);
    assert_eq!(seeds(&[("seed", "7")], HEADER).await, "7");
}

#[tokio::test]
async fn a_key_of_a_stream_is_in_use_until_the_stream_ends() {
    let (server, gate) = gated().await;
    let stream = with_key(&[("size", "256x256"), ("stream", "true")]);
    let mut first = server.connect().await;
    first.send(&stream).await;
    gate.reached.notified().await;
    let again = server.connect().await.exchange(&stream).await;
    again.assert_error(409, "A stream with this", None, Some("idempotency_key_in_use"));
    assert_eq!(again.header("retry-after"), Some("1"));
    let other = server.connect().await.exchange(&request("256x256")).await;
    other.assert_error(400, "Keys for idempotent", None, Some("idempotency_key_reused"));
    gate.open();
    let head = first.head().await.unwrap();
    while first.event().await.is_some() {}
    let mut second = server.connect().await;
    second.send(&stream).await;
    let seeds = second.head().await.unwrap().header("variata-seeds").map(str::to_owned);
    assert_eq!(seeds.as_deref(), head.header("variata-seeds"));
}

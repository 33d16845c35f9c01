//! Equal requests at the same time.

use std::sync::Arc;

use variata_server::Config;

use crate::support::{Form, Gate, GatedEngine, TestServer};

const HEADER: &str = "Idempotency-Key: one\r\n";

async fn gated() -> (TestServer, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let engine = GatedEngine(Arc::clone(&gate));
    (TestServer::with(Config::default(), vec![Arc::new(engine)]).await, gate)
}

fn request(size: &str) -> Vec<u8> {
    Form::with(&[("size", size)]).request_to("/v1/images/variations", HEADER)
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

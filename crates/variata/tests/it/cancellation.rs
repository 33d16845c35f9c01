//! Nobody works for nobody: a dropped future stops the engine.

use std::future::IntoFuture as _;
use std::sync::Arc;

use crate::support::{Gate, GatedEngine, Makers, png};

#[tokio::test]
async fn dropping_the_future_stops_the_work() {
    let gate = Arc::new(Gate::default());
    let makers = Makers::with(Arc::new(GatedEngine(Arc::clone(&gate)))).await;
    for (_, client) in makers.both() {
        let call = tokio::spawn(client.images().create_variation(png()).into_future());
        gate.begun.notified().await;
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        gate.cancelled.notified().await;
    }
}

#[tokio::test]
async fn a_request_that_is_never_awaited_does_nothing() {
    let gate = Arc::new(Gate::default());
    let makers = Makers::with(Arc::new(GatedEngine(Arc::clone(&gate)))).await;
    for (_, client) in makers.both() {
        drop(client.images().create_variation(png()));
        drop(client.images().create_variation(png()).into_future());
    }
    let begun = gate.begun.notified();
    tokio::pin!(begun);
    assert!(!begun.as_mut().enable());
}

//! The end of a dispatcher.

use futures_util::FutureExt as _;
use variata_dispatch::{DispatchError, Dispatcher as _, JobError};

use crate::support::{Stage, small};

#[tokio::test]
async fn draining_finishes_what_was_admitted_and_refuses_the_rest() {
    let stage = Stage::new(small());
    let running = stage.submit("a", 1, 2).await.unwrap();
    let waiting = stage.submit("a", 2, 2).await.unwrap();
    let mut draining = stage.dispatcher.drain();
    assert!((&mut draining).now_or_never().is_none(), "there was work left");
    assert_eq!(stage.submit("b", 3, 1).await.unwrap_err(), DispatchError::Draining);
    assert_eq!(stage.dispatcher.would_admit(1).unwrap_err(), DispatchError::Draining);
    stage.gate.allow(4);
    draining.await;
    assert_eq!(running.collect().await.unwrap().len(), 2);
    assert_eq!(waiting.collect().await.unwrap().len(), 2);
}

#[tokio::test]
async fn draining_ends_when_the_last_waiting_caller_leaves() {
    let mut stage = Stage::new(small());
    let running = stage.submit("a", 1, 2).await.unwrap();
    let waiting = stage.submit("a", 2, 2).await.unwrap();
    stage.next_start().await;
    let leaving = async {
        drop(waiting);
        drop(running);
    };
    tokio::join!(stage.dispatcher.drain(), leaving);
}

#[tokio::test]
async fn an_idle_dispatcher_drains_at_once() {
    let stage = Stage::new(small());
    assert!(stage.dispatcher.drain().now_or_never().is_some());
}

#[tokio::test]
async fn aborting_cancels_everything() {
    let mut stage = Stage::new(small());
    let running = stage.submit("a", 1, 2).await.unwrap();
    let waiting = stage.submit("b", 2, 2).await.unwrap();
    stage.next_start().await;
    stage.dispatcher.abort();
    for events in [waiting, running] {
        assert!(matches!(events.collect().await, Err(JobError::Cancelled)));
    }
    assert_eq!(stage.submit("c", 3, 1).await.unwrap_err(), DispatchError::Draining);
    stage.dispatcher.drain().await;
    assert!(stage.nothing_started());
}

#[tokio::test]
async fn jobs_outlive_the_handle_that_admitted_them() {
    let stage = Stage::new(small());
    let events = stage.submit("a", 1, 2).await.unwrap();
    let gate = stage.gate.clone();
    drop(stage.dispatcher);
    gate.allow(2);
    assert_eq!(events.collect().await.unwrap().len(), 2);
}

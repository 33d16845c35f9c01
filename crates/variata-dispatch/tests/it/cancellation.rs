//! Nobody works for nobody.

use std::sync::Arc;

use bytes::Bytes;
use variata_core::{SquareImage, Variation};
use variata_dispatch::{BoxError, Codec, Dispatcher as _, Event, Job, Limits, Load};

use crate::support::{PlainCodec, Stage, pixel, small, threads};

const IDLE: Load = Load {
    queued_images: 0,
    queued_jobs: 0,
    running_images: 0,
    running_jobs: 0,
    capacity_images: 10,
    panicked_jobs: 0,
};

/// Says when it is dropped.
struct Held(#[expect(dead_code, reason = "only its lifetime counts")] Arc<()>);

impl Codec for Held {
    fn read(&self) -> Result<SquareImage, BoxError> {
        Ok(pixel())
    }

    fn write(&self, variation: &Variation) -> Result<Bytes, BoxError> {
        PlainCodec.write(variation)
    }
}

#[tokio::test]
async fn a_waiting_job_is_dropped_at_once_and_never_runs() {
    let mut stage = Stage::new(small());
    let first = stage.submit("a", 1, 1).await.unwrap();
    stage.next_start().await;
    let alive = Arc::new(());
    let codec = Arc::new(Held(Arc::clone(&alive)));
    let waiting = Job { codec, ..stage.job("a", 2, 5) };
    let waiting = stage.dispatcher.submit(waiting).await.unwrap();
    let last = stage.submit("b", 3, 1).await.unwrap();
    drop(waiting);
    assert_eq!(Arc::strong_count(&alive), 1, "its memory is still held");
    assert_eq!(stage.dispatcher.load().queued_images, 1);
    stage.gate.allow(2);
    first.collect().await.unwrap();
    last.collect().await.unwrap();
    assert_eq!(stage.next_start().await, 3);
    assert!(stage.nothing_started());
}

#[tokio::test]
async fn a_running_job_stops_and_the_next_one_starts() {
    let mut stage = Stage::new(small());
    let running = stage.submit("a", 1, 6).await.unwrap();
    let next = stage.submit("a", 2, 1).await.err();
    assert!(next.is_some(), "the first job should have taken all room");
    let next = stage.submit("b", 3, 1).await.unwrap();
    assert_eq!(stage.next_start().await, 1);
    drop(running);
    // The first job gets no permit: only its being stopped lets the next one start.
    assert_eq!(stage.next_start().await, 3);
    stage.gate.allow(1);
    assert_eq!(next.collect().await.unwrap().len(), 1);
    stage.dispatcher.drain().await;
    assert_eq!(stage.dispatcher.load(), IDLE);
}

#[tokio::test]
async fn a_job_that_waits_for_its_receiver_stops() {
    let limits = Limits { buffered_images: threads(1), tenant_capacity_images: 10, ..small() };
    let mut stage = Stage::new(limits);
    let mut slow = stage.submit("a", 1, 10).await.unwrap();
    stage.gate.allow(10);
    // One of ten is taken; there is not room for nine.
    assert!(matches!(slow.next().await, Some(Ok(Event::Finished(_)))));
    assert_eq!(stage.dispatcher.load().running_jobs, 1);
    drop(slow);
    stage.dispatcher.drain().await;
    assert_eq!(stage.next_start().await, 1);
    assert_eq!(stage.dispatcher.load(), IDLE);
}

#[tokio::test]
async fn a_submission_that_nobody_awaits_leaves_nothing() {
    let stage = Stage::new(small());
    drop(stage.dispatcher.submit(stage.job("a", 1, 3)));
    stage.dispatcher.drain().await;
    assert_eq!(stage.dispatcher.load(), IDLE);
}

#[tokio::test]
async fn cancelling_many_jobs_in_any_order_leaves_nothing() {
    let stage = Stage::new(Limits { running_jobs: threads(2), ..small() });
    for round in 0..200 {
        let mut all = Vec::new();
        for seed in 0..10 {
            let tenant = if seed % 2 == 0 { "a" } else { "b" };
            all.extend(stage.submit(tenant, seed, 1).await.ok());
        }
        let half = all.len() / 2;
        drop(all.remove((round * 7) % half));
        drop(all.split_off(half));
        drop(all);
    }
    stage.dispatcher.drain().await;
    assert_eq!(stage.dispatcher.load(), IDLE);
}

//! What is let in, and what is told to those who are not.

use std::time::Duration;

use variata_dispatch::{DispatchError, Dispatcher as _, InProcess, Limits, Load, StartError};

use crate::support::{Stage, small, threads};

fn retry_after_s(refused: Option<DispatchError>) -> u64 {
    match refused {
        Some(DispatchError::Overloaded { retry_after }) => retry_after.as_secs(),
        other => panic!("expected an overload, got {other:?}"),
    }
}

#[tokio::test]
async fn a_job_costs_as_much_as_it_has_images() {
    let stage = Stage::new(Limits { tenant_capacity_images: 10, ..small() });
    let _events = stage.submit("a", 1, 10).await.unwrap();
    assert!((1..=60).contains(&retry_after_s(stage.submit("b", 2, 1).await.err())));
    assert!((1..=60).contains(&retry_after_s(stage.dispatcher.would_admit(1).err())));
}

#[tokio::test]
async fn every_finished_image_makes_room_for_another() {
    let stage = Stage::new(small());
    let mut events = stage.submit("a", 1, 6).await.unwrap();
    let _others = stage.submit("b", 2, 4).await.unwrap();
    stage.submit("c", 3, 1).await.unwrap_err();
    stage.gate.allow(1);
    events.next().await.unwrap().unwrap();
    stage.submit("c", 4, 2).await.unwrap_err();
    stage.submit("c", 5, 1).await.unwrap();
}

#[tokio::test]
async fn a_job_that_ends_gives_back_its_own_room_only() {
    let mut stage = Stage::new(small());
    let first = stage.submit("a", 1, 3).await.unwrap();
    let _second = stage.submit("a", 2, 2).await.unwrap();
    let _third = stage.submit("b", 3, 3).await.unwrap();
    stage.gate.allow(3);
    first.collect().await.unwrap();
    assert_eq!([stage.next_start().await, stage.next_start().await], [1, 2]);
    let Load { running_images, queued_images, .. } = stage.dispatcher.load();
    assert_eq!((running_images, queued_images), (2, 3));
}

#[tokio::test]
async fn no_tenant_fills_the_queue_alone() {
    let stage = Stage::new(small());
    let mut held = Vec::new();
    for seed in 0..6 {
        held.push(stage.submit("greedy", seed, 1).await.unwrap());
    }
    retry_after_s(stage.submit("greedy", 6, 1).await.err());
    stage.dispatcher.would_admit(4).unwrap();
    held.push(stage.submit("modest", 7, 4).await.unwrap());
    retry_after_s(stage.submit("modest", 8, 1).await.err());
}

#[tokio::test]
async fn a_job_that_never_fits_is_told_so() {
    let stage = Stage::new(small());
    let expected = DispatchError::TooLarge { images: 7, limit_images: 6 };
    assert_eq!(stage.submit("a", 1, 7).await.unwrap_err(), expected);
    assert_eq!(stage.dispatcher.would_admit(7).unwrap_err(), expected);
    assert_eq!(expected.to_string(), "7 images are more than the 6 that can be waiting at a time");
}

#[tokio::test]
async fn a_flood_is_refused_and_what_was_admitted_is_served() {
    let stage = Stage::new(small());
    let mut admitted = Vec::new();
    for seed in 0..10_000 {
        let tenant = (seed % 5).to_string();
        admitted.extend(stage.submit(&tenant, seed, 1 + seed % 3).await.ok());
        let Load { queued_images, running_images, capacity_images, .. } = stage.dispatcher.load();
        assert!(queued_images + running_images <= capacity_images);
    }
    assert!(admitted.len() >= 4, "only {} jobs were admitted", admitted.len());
    stage.gate.allow(10);
    for events in admitted {
        events.collect().await.unwrap();
    }
    assert_eq!(stage.dispatcher.load(), Load { capacity_images: 10, ..Load::default() });
}

#[tokio::test]
async fn the_load_tells_what_waits_and_what_runs() {
    let mut stage = Stage::new(small());
    let mut running = stage.submit("a", 1, 3).await.unwrap();
    let _waiting = stage.submit("a", 2, 2).await.unwrap();
    let _waiting_too = stage.submit("b", 3, 4).await.unwrap();
    assert_eq!(stage.next_start().await, 1);
    stage.gate.allow(1);
    running.next().await.unwrap().unwrap();
    let expected = Load {
        queued_images: 6,
        queued_jobs: 2,
        running_images: 2,
        running_jobs: 1,
        capacity_images: 10,
        panicked_jobs: 0,
    };
    assert_eq!(stage.dispatcher.load(), expected);
}

#[tokio::test]
async fn as_many_jobs_run_at_a_time_as_the_limit_says() {
    let mut stage = Stage::new(Limits { running_jobs: threads(2), ..small() });
    let mut all = Vec::new();
    for seed in 1..=3 {
        all.push(stage.submit("a", seed, 1).await.unwrap());
    }
    let mut started = [stage.next_start().await, stage.next_start().await];
    started.sort_unstable();
    assert_eq!(started, [1, 2]);
    assert!(stage.nothing_started());
    assert_eq!(stage.dispatcher.load().running_jobs, 2);
    stage.gate.allow(3);
    assert_eq!(stage.next_start().await, 3);
}

#[test]
fn limits_that_admit_nothing_are_refused() {
    for limits in
        [Limits { capacity_images: 0, ..small() }, Limits { tenant_capacity_images: 0, ..small() }]
    {
        assert!(matches!(InProcess::start(limits).err(), Some(StartError::NoCapacity)));
    }
}

#[test]
fn the_usual_limits_take_the_largest_request_of_the_endpoint() {
    let limits = Limits::for_threads(threads(1));
    assert!(limits.tenant_capacity_images >= 10 && limits.buffered_images.get() >= 10);
    assert!(limits.tenant_capacity_images + 10 <= limits.capacity_images);
    assert!(limits.patience > Duration::ZERO);
}

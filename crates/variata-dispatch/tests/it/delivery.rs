//! How results reach their caller.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use variata_core::{EngineError, Observer, SquareImage, Variation, VariationSpec};
use variata_dispatch::{
    BoxError, Codec, Dispatcher as _, Event, Events, InProcess, Job, JobError, Limits,
};

use crate::support::{Acting, PlainCodec, Stage, job, make_all, pixel, small, spec, threads};

async fn next_index(events: &mut Events) -> u32 {
    match events.next().await {
        Some(Ok(Event::Finished(finished))) => finished.index,
        other => panic!("expected a variation, got {other:?}"),
    }
}

/// Runs `act` as an engine and returns its job's events.
async fn act_out<F>(limits: Limits, count: u64, act: F) -> (InProcess, Events)
where
    F: Fn(&VariationSpec, &dyn Observer) -> Result<(), EngineError> + Send + Sync + 'static,
{
    let dispatcher = InProcess::start(limits).unwrap();
    let job = job("a", Arc::new(Acting(act)), spec(7, count));
    let events = dispatcher.submit(job).await.unwrap();
    (dispatcher, events)
}

#[tokio::test]
async fn results_come_as_soon_as_each_is_finished() {
    let stage = Stage::new(small());
    let mut events = stage.submit("a", 1, 3).await.unwrap();
    for index in 0..3 {
        // The engine waits for the permit of the next one by now.
        stage.gate.allow(1);
        assert_eq!(next_index(&mut events).await, index);
    }
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none(), "the end lasts");
}

#[tokio::test]
async fn collecting_sorts_by_index_and_keeps_what_the_engine_said() {
    let backwards = |spec: &VariationSpec, observer: &dyn Observer| {
        let indices = (0..spec.count.get()).rev();
        indices.for_each(|index| observer.finished(crate::support::variation(spec, index)));
        Ok(())
    };
    let (_dispatcher, events) = act_out(small(), 4, backwards).await;
    let all = events.collect().await.unwrap();
    let told: Vec<_> =
        all.iter().map(|each| (each.index, each.seed.get(), &each.bytes[..])).collect();
    assert_eq!(told, [(0, 7, &b"0"[..]), (1, 8, b"1"), (2, 9, b"2"), (3, 10, b"3")]);
}

#[tokio::test]
async fn progress_and_previews_come_between_results() {
    let talk = |spec: &VariationSpec, observer: &dyn Observer| {
        observer.progress(0.25);
        observer.progress(0.251);
        observer.preview(0, &pixel());
        make_all(spec, observer)
    };
    let (_dispatcher, mut events) = act_out(small(), 1, talk).await;
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        told.push(event.unwrap());
    }
    assert_eq!(told[0], Event::Progress(0.25));
    assert_eq!(told[1], Event::Preview { index: 0, bytes: "preview 0".into() });
    assert!(matches!(&told[2], Event::Finished(finished) if finished.index == 0));
    assert_eq!(told.len(), 3, "a hundredth of a percent is no news");
}

#[tokio::test]
async fn chatter_never_takes_the_room_of_results() {
    let patience = std::time::Duration::ZERO;
    let talk = |spec: &VariationSpec, observer: &dyn Observer| {
        for percent in 0..100 {
            observer.progress(percent as f32 / 100.0);
            observer.preview(0, &pixel());
        }
        make_all(spec, observer)
    };
    // Nobody listens until all is over, and no result may wait.
    let (dispatcher, events) = act_out(Limits { patience, ..small() }, 6, talk).await;
    dispatcher.drain().await;
    assert_eq!(events.collect().await.unwrap().len(), 6);
}

#[tokio::test]
async fn a_caller_who_takes_nothing_loses_the_job_but_not_what_was_sent() {
    let patience = std::time::Duration::ZERO;
    let limits = Limits { patience, buffered_images: threads(1), ..small() };
    let (dispatcher, mut events) = act_out(limits, 6, make_all).await;
    dispatcher.drain().await;
    let mut received = 0;
    let error = loop {
        match events.next().await.unwrap() {
            Ok(_) => received += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JobError::Abandoned), "{error}");
    assert!((1..6).contains(&received), "{received} results were kept");
    assert!(events.next().await.is_none(), "the error is the last thing that comes");
}

#[tokio::test]
async fn a_slow_caller_gets_everything_in_order() {
    let limits = Limits {
        buffered_images: threads(1),
        capacity_images: 300,
        tenant_capacity_images: 300,
        ..small()
    };
    let (_dispatcher, mut events) = act_out(limits, 300, make_all).await;
    for index in 0..300 {
        tokio::task::yield_now().await;
        assert_eq!(next_index(&mut events).await, index);
    }
    assert!(events.next().await.is_none());
}

/// Notes the threads on which it is used.
#[derive(Default)]
struct Watching(Mutex<Vec<String>>);

impl Watching {
    fn note(&self) {
        let name = std::thread::current().name().unwrap_or("(none)").to_owned();
        self.0.lock().unwrap().push(name);
    }
}

impl Codec for Watching {
    fn read(&self) -> Result<SquareImage, BoxError> {
        self.note();
        PlainCodec.read()
    }

    fn write(&self, variation: &Variation) -> Result<Bytes, BoxError> {
        self.note();
        PlainCodec.write(variation)
    }
}

#[tokio::test]
async fn reading_and_writing_happen_on_the_compute_threads() {
    let dispatcher = InProcess::start(small()).unwrap();
    let codec = Arc::new(Watching::default());
    let parallel = |spec: &VariationSpec, observer: &dyn Observer| {
        assert_eq!(rayon::current_num_threads(), 2);
        rayon::scope(|scope| {
            for index in 0..spec.count.get() {
                scope.spawn(move |_| observer.finished(crate::support::variation(spec, index)));
            }
        });
        Ok(())
    };
    let job = job("a", Arc::new(Acting(parallel)), spec(1, 6));
    let job = Job { codec: Arc::clone(&codec) as Arc<dyn Codec>, ..job };
    dispatcher.submit(job).await.unwrap().collect().await.unwrap();
    let threads = codec.0.lock().unwrap();
    assert_eq!(threads.len(), 7);
    assert!(threads.iter().all(|name| name.starts_with("compute-")), "{threads:?}");
}

#[tokio::test]
async fn who_collects_does_not_wait_for_what_comes_after_the_last_image() {
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let lingering = move |spec: &VariationSpec, observer: &dyn Observer| {
        let made = make_all(spec, observer);
        // Until the other end is dropped.
        let _ = wait.lock().unwrap().recv();
        made
    };
    let (_dispatcher, events) = act_out(small(), 2, lingering).await;
    assert_eq!(events.collect().await.unwrap().len(), 2);
    drop(go_on);
}

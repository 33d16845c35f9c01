//! What goes wrong in one job stays there.

use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;

use bytes::Bytes;
use variata_core::{Engine, EngineError, Observer, SquareImage, Variation, VariationSpec};
use variata_dispatch::{
    BoxError, Codec, Dispatcher as _, Event, Finished, InProcess, Job, JobError,
};

use crate::support::{Acting, PlainCodec, job, make_all, pixel, small, spec, variation};

/// Panics without the report on stderr that a thousand of them would fill a log with.
fn panic_quietly() -> ! {
    resume_unwind(Box::new("injected"))
}

/// A codec that fails where it is told to.
enum Failing {
    ToRead,
    ToWrite,
    PanicsOnRead,
    PanicsOnWrite,
    PanicsOnDrop,
}

impl Codec for Failing {
    fn read(&self) -> Result<SquareImage, BoxError> {
        match self {
            Self::ToRead => Err(io::Error::other("no picture").into()),
            Self::PanicsOnRead => panic_quietly(),
            _ => Ok(pixel()),
        }
    }

    fn write(&self, variation: &Variation) -> Result<Bytes, BoxError> {
        match self {
            Self::ToWrite if variation.index == 1 => Err(io::Error::other("no room").into()),
            Self::PanicsOnWrite => panic_quietly(),
            _ => PlainCodec.write(variation),
        }
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        if matches!(self, Self::PanicsOnDrop) {
            panic_quietly();
        }
    }
}

fn maker() -> Arc<dyn Engine> {
    Arc::new(Acting(make_all))
}

/// All that the job comes to, what happens after its last image included.
async fn outcome(dispatcher: &InProcess, job: Job) -> Result<Vec<Finished>, JobError> {
    let (mut events, mut all) = (dispatcher.submit(job).await.unwrap(), Vec::new());
    while let Some(event) = events.next().await {
        if let Event::Finished(finished) = event? {
            all.push(finished);
        }
    }
    Ok(all)
}

async fn outcome_with(codec: Failing) -> JobError {
    let dispatcher = InProcess::start(small()).unwrap();
    let failing = Job { codec: Arc::new(codec), ..job("a", maker(), spec(1, 3)) };
    outcome(&dispatcher, failing).await.unwrap_err()
}

#[tokio::test]
async fn the_codecs_own_errors_come_back_as_they_were() {
    match outcome_with(Failing::ToRead).await {
        JobError::Source(error) => assert!(error.downcast_ref::<io::Error>().is_some()),
        other => panic!("got {other}"),
    }
    match outcome_with(Failing::ToWrite).await {
        JobError::Output(error) => assert_eq!(error.to_string(), "no room"),
        other => panic!("got {other}"),
    }
}

#[tokio::test]
async fn what_was_finished_before_a_failure_was_handed_over() {
    let dispatcher = InProcess::start(small()).unwrap();
    let failing = Job { codec: Arc::new(Failing::ToWrite), ..job("a", maker(), spec(1, 3)) };
    let mut events = dispatcher.submit(failing).await.unwrap();
    assert!(events.next().await.unwrap().is_ok());
    assert!(events.next().await.unwrap().is_err());
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn too_few_variations_are_an_error_and_too_many_are_left_out() {
    let one = |spec: &VariationSpec, observer: &dyn Observer| {
        observer.finished(variation(spec, 0));
        Ok(())
    };
    let dispatcher = InProcess::start(small()).unwrap();
    let too_few = outcome(&dispatcher, job("a", Arc::new(Acting(one)), spec(1, 3))).await;
    assert!(matches!(too_few, Err(JobError::Incomplete { made: 1, asked: 3 })));
    let five = |_: &VariationSpec, observer: &dyn Observer| make_all(&spec(1, 5), observer);
    let too_many = outcome(&dispatcher, job("a", Arc::new(Acting(five)), spec(1, 3))).await;
    assert_eq!(too_many.unwrap().len(), 3);
    assert_eq!(dispatcher.load().running_images, 0);
}

#[tokio::test]
async fn a_thousand_panics_cost_a_thousand_jobs_and_nothing_else() {
    let dispatcher = InProcess::start(small()).unwrap();
    let in_engine: Arc<dyn Engine> =
        Arc::new(Acting(|_: &VariationSpec, _: &dyn Observer| panic_quietly()));
    let in_its_threads: Arc<dyn Engine> =
        Arc::new(Acting(|spec: &VariationSpec, observer: &dyn Observer| {
            rayon::join(|| panic_quietly(), || make_all(spec, observer)).1
        }));
    for round in 0..200 {
        let panicking = [
            job("a", Arc::clone(&in_engine), spec(round, 2)),
            job("a", Arc::clone(&in_its_threads), spec(round, 2)),
            with_codec(Failing::PanicsOnRead),
            with_codec(Failing::PanicsOnWrite),
            with_codec(Failing::PanicsOnDrop),
        ];
        for job in panicking {
            match outcome(&dispatcher, job).await {
                Err(JobError::Panicked { message }) => assert_eq!(message, "injected"),
                other => panic!("got {other:?}"),
            }
        }
    }
    let load = dispatcher.load();
    assert_eq!((load.panicked_jobs, load.running_jobs, load.running_images), (1000, 0, 0));
    assert_eq!(outcome(&dispatcher, job("a", maker(), spec(1, 6))).await.unwrap().len(), 6);
}

fn with_codec(codec: Failing) -> Job {
    Job { codec: Arc::new(codec), ..job("a", maker(), spec(1, 2)) }
}

#[tokio::test]
async fn a_panic_of_work_that_nobody_waits_for_is_survived() {
    let dispatcher = InProcess::start(small()).unwrap();
    let detaching = |spec: &VariationSpec, observer: &dyn Observer| {
        rayon::spawn(|| panic_quietly());
        make_all(spec, observer)
    };
    let result = outcome(&dispatcher, job("a", Arc::new(Acting(detaching)), spec(1, 2))).await;
    assert_eq!(result.unwrap().len(), 2);
    assert_eq!(outcome(&dispatcher, job("a", maker(), spec(1, 2))).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_engine_that_gives_up_by_itself_cancels_its_job() {
    let dispatcher = InProcess::start(small()).unwrap();
    let quitter = Acting(|_: &VariationSpec, _: &dyn Observer| Err(EngineError::Cancelled));
    let result = outcome(&dispatcher, job("a", Arc::new(quitter), spec(1, 2))).await;
    assert!(matches!(result, Err(JobError::Cancelled)));
}

//! What only the embedded maker has: its folder, its engines, any executor.

use std::fs;
use std::future::{Future, IntoFuture as _};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use variata::{Embedded, Error, ResponseFormat, Size};

use crate::support::{PanickingEngine, png};

/// An executor that is not tokio.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn links_lead_into_the_folder_of_the_callers_choice_without_a_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let chosen = folder.path().join("made for this");
    let client = Embedded::new().threads(NonZeroUsize::MIN).directory(&chosen).build().unwrap();
    let call = || client.images().create_variation(png()).size(Size::Px256).seed(3).n(2);
    let first = block_on(call().into_future()).unwrap();
    let again = block_on(call().into_future()).unwrap();
    assert_eq!(first.data, again.data);
    assert_eq!(fs::read_dir(&chosen).unwrap().count(), 2);
    for image in first.data {
        let path = image.url.unwrap().strip_prefix("file://").unwrap().replace("%20", " ");
        assert!(fs::read(path).unwrap().starts_with(b"\x89PNG"));
    }
}

#[test]
fn images_in_the_answer_leave_no_file_behind() {
    let folder = tempfile::tempdir().unwrap();
    let chosen = folder.path().join("never made");
    let client = Embedded::new().directory(&chosen).build().unwrap();
    let call = client.images().create_variation(png()).size(Size::Px256);
    block_on(call.response_format(ResponseFormat::B64Json).into_future()).unwrap();
    assert!(!chosen.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let client = Embedded::new().directory(file.join("below")).build().unwrap();
    let call = client.images().create_variation(png()).size(Size::Px256);
    let error = block_on(call.into_future()).unwrap_err();
    assert!(matches!(&error, Error::WriteImage { path, .. } if path.ends_with("below")), "{error}");
}

#[test]
fn an_engine_that_panics_is_an_error_of_that_call_alone() {
    let client = Embedded::new().engine(Arc::new(PanickingEngine)).build().unwrap();
    for _ in 0..2 {
        let call = client.images().create_variation(png());
        let error = block_on(call.into_future()).unwrap_err();
        let error = error.api().unwrap();
        assert_eq!((error.status, error.r#type.as_deref()), (500, Some("server_error")));
        assert!(error.message.contains("as the test wants"), "{error}");
    }
}

#[test]
fn more_than_can_wait_is_refused_as_a_server_does() {
    let client = Embedded::new().threads(NonZeroUsize::MIN).build().unwrap();
    let mut calls: Vec<_> = (0..200)
        .map(|_| {
            let call = client.images().create_variation(png()).n(10).size(Size::Px256);
            call.response_format(ResponseFormat::B64Json).into_future()
        })
        .collect();
    let mut context = Context::from_waker(Waker::noop());
    let refused = calls.iter_mut().find_map(|call| match call.as_mut().poll(&mut context) {
        Poll::Ready(outcome) => outcome.err(),
        Poll::Pending => None,
    });
    let error = refused.unwrap();
    let error = error.api().unwrap();
    assert_eq!((error.status, error.code.as_deref()), (503, Some("server_is_overloaded")));
}

//! The request parser as the fuzz targets reach it, without a connection around it.
//!
//! The seeds that the targets start from are replayed by the tests, so that what was found once
//! stays mended on every machine.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use tokio::runtime::{self, Runtime};
use variata_contract::{Engines, check_header, read_source};
use variata_core::{Engine, EngineError, Observer, SquareImage, VariationSpec};

use crate::ApiError;
use crate::request::{self, BodyLimits, Form, Room, Upload};

/// Reads a form that arrives in `pieces`.
///
/// # Errors
///
/// What a caller would be told.
pub fn read_form(content_type: &str, pieces: Vec<Bytes>) -> Result<(), ApiError> {
    form(content_type, pieces).map(drop)
}

/// Does everything with a request that is done before its turn comes, and decodes its picture.
///
/// # Errors
///
/// What a caller would be told.
pub fn parse_request(content_type: &str, pieces: Vec<Bytes>) -> Result<(), ApiError> {
    let form = form(content_type, pieces)?;
    let engines = Engines::new(vec![Arc::new(Nobody)]).ok_or_else(ApiError::internal)?;
    let (fields, file) = request::interpret(form, &engines)?;
    check_header(&file, fields.fit)?;
    read_source(&file, fields.fit)?;
    Ok(())
}

fn form(content_type: &str, pieces: Vec<Bytes>) -> Result<Form, ApiError> {
    let boundary = request::boundary(Some(content_type))?;
    let body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)));
    let _clock = CLOCK.as_ref().map_err(|_| ApiError::internal())?.enter();
    let limits = BodyLimits::default();
    let room = Room::new(limits.max_bytes, limits.idle);
    let form = request::read_form(Upload::new(body, limits), boundary, room.share());
    finished(pin!(form))
}

/// Deadlines need a runtime to be made in. None is ever waited for, so one that does not run is
/// enough, and it is made once: it takes longer than all that is looked at here.
static CLOCK: LazyLock<io::Result<Runtime>> =
    LazyLock::new(|| runtime::Builder::new_current_thread().enable_time().build());

/// All pieces are there, so a future that is not ready only lets others have a turn.
fn finished<T>(mut future: Pin<&mut impl Future<Output = T>>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut context) {
            return outcome;
        }
    }
}

/// The engine of requests that are parsed and never run.
struct Nobody;

impl Engine for Nobody {
    fn id(&self) -> &str {
        "nobody"
    }

    fn vary(
        &self,
        _source: SquareImage,
        _spec: &VariationSpec,
        _observer: &dyn Observer,
    ) -> Result<(), EngineError> {
        Err(EngineError::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn seeds(target: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()));
        files.collect::<Result<_, _>>().unwrap()
    }

    /// A whole request, cut off after each of its bytes, is refused or taken, and never our fault.
    #[test]
    fn every_seed_and_every_start_of_one_is_answered() {
        let mut taken = 0;
        for seed in seeds("request") {
            let end = seed.iter().position(|byte| *byte == b'\n').unwrap();
            let content_type = str::from_utf8(&seed[..end]).unwrap();
            let body = Bytes::from(seed[end + 1..].to_vec());
            for length in 0..=body.len() {
                match parse_request(content_type, vec![body.slice(..length)]) {
                    Ok(()) => taken += 1,
                    Err(error) => assert!(error.status().is_client_error(), "{error}"),
                }
            }
        }
        assert!(taken > 0, "no seed is a request that is taken");
    }

    #[test]
    fn forms_mean_the_same_in_pieces_of_any_size() {
        for seed in seeds("multipart") {
            let outcome = |piece_bytes: usize| {
                let pieces = seed[1..].chunks(piece_bytes).map(Bytes::copy_from_slice).collect();
                let read = read_form("multipart/form-data; boundary=b", pieces);
                read.map_err(|error| error.message().to_owned())
            };
            let whole = outcome(seed.len());
            for piece_bytes in [1, 2, 7, 64] {
                assert_eq!(outcome(piece_bytes), whole);
            }
        }
    }
}

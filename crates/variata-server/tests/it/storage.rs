//! Stores that do not answer.

use std::future::ready;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use variata_store::{BoxFuture, FileKind, FileName, Store, StoreError, StoredFile, Timestamp};

use crate::support::{Form, START_S, TestServer};

/// A service that is gone.
struct DownStore;

fn down<T: Send + 'static>() -> BoxFuture<'static, Result<T, StoreError>> {
    let source = io::ErrorKind::ConnectionRefused.into();
    Box::pin(ready(Err(StoreError::Unavailable { action: "reach it".to_owned(), source })))
}

impl Store for DownStore {
    fn put(&self, _: FileName, _: Bytes, _: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        down()
    }

    fn get(&self, _: FileName) -> BoxFuture<'_, Result<StoredFile, StoreError>> {
        down()
    }

    fn delete_expired(&self, _: Timestamp) -> BoxFuture<'_, Result<u64, StoreError>> {
        down()
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_told_with_a_time_to_come_back() {
    let server = TestServer::on_store(Arc::new(DownStore)).await;
    let made = server.post(&Form::with(&[("size", "256x256")])).await;
    let expires = Timestamp::from_seconds(START_S + 3600);
    let name = FileName::random(FileKind::Png).unwrap();
    let read = server.get(&server.services().links.sign(name, expires)).await;
    for reply in [made, read] {
        let start = "The server cannot use its storage";
        reply.assert_error(503, start, None, Some("storage_unavailable"));
        assert!(reply.header("retry-after").is_some());
    }
    // Nothing has to be stored for these.
    let texts = [("size", "256x256"), ("response_format", "b64_json")];
    assert_eq!(server.post(&Form::with(&texts)).await.status, 200);
}

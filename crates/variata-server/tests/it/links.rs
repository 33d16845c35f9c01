//! Links: for an hour, for whoever has them, and for nobody else.

use crate::support::{Form, TestServer};

async fn one_link(server: &TestServer) -> String {
    server.post(&Form::with(&[("size", "256x256")])).await.links().remove(0)
}

#[tokio::test]
async fn a_link_serves_the_image_inline_without_a_key() {
    let server = TestServer::start().await;
    let link = one_link(&server).await;
    let (path, _) = link.split_once('?').unwrap();
    assert!(path.starts_with("/files/") && path.ends_with(".png"), "{path}");
    let reply = server.get(&link).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("image/png")));
    assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
    assert_eq!(reply.header("cache-control"), Some("private"));
    assert_eq!(reply.header("content-disposition"), Some("inline"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert!(reply.body.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn a_client_that_has_the_file_need_not_load_it_again() {
    let server = TestServer::start().await;
    let link = one_link(&server).await;
    let mut client = server.connect().await;
    let etag = client.get(&link).await.header("etag").unwrap().to_owned();
    let request = format!("GET {link} HTTP/1.1\r\nHost: a\r\nIf-None-Match: {etag}\r\n\r\n");
    let reply = client.exchange(request.as_bytes()).await;
    assert_eq!((reply.status, reply.body.len()), (304, 0));
    let request = format!("GET {link} HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x\"\r\n\r\n");
    assert_eq!(client.exchange(request.as_bytes()).await.status, 200);
}

#[tokio::test]
async fn a_link_is_good_for_3599_seconds_and_refused_from_3600_on() {
    let server = TestServer::start().await;
    let link = one_link(&server).await;
    server.set_clock(3599);
    assert_eq!(server.get(&link).await.status, 200);
    for seconds in [3600, 3601, 1_000_000] {
        server.set_clock(seconds);
        let reply = server.get(&link).await;
        let start = "This link cannot be used: it has expired";
        reply.assert_error(403, start, None, Some("invalid_link"));
    }
}

#[tokio::test]
async fn an_altered_link_is_refused() {
    let server = TestServer::start().await;
    let link = one_link(&server).await;
    let mut client = server.connect().await;
    let later = link.replacen("expires=1", "expires=2", 1);
    let (path, _) = link.split_once('?').unwrap();
    let other_file = link.replacen(".png", ".jpg", 1);
    let mut flipped = link.clone();
    let last = if flipped.pop() == Some('0') { '1' } else { '0' };
    flipped.push(last);
    for wrong in [later.as_str(), path, &other_file, &flipped, &format!("{link}&x=1"), "/files/x"] {
        let reply = client.get(wrong).await;
        reply.assert_error(403, "This link cannot be used", None, Some("invalid_link"));
    }
}

#[tokio::test]
async fn a_file_that_is_gone_is_not_found() {
    let server = TestServer::start().await;
    let link = one_link(&server).await;
    for name in server.stored() {
        std::fs::remove_file(server.directory.path().join("files").join(name)).unwrap();
    }
    let reply = server.get(&link).await;
    reply.assert_error(404, "This file does not exist", None, Some("file_not_found"));
}

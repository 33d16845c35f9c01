//! Slow, endless, impatient and vanishing clients, and the end of the server.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use variata_dispatch::Limits as DispatchLimits;
use variata_server::{BodyLimits, Config, Limits};

use crate::support::{
    Form, Gate, GatedEngine, NoisyEngine, PanickingEngine, PlainEngine, TestServer,
};

fn config(limits: Limits) -> Config {
    Config { limits, ..Config::default() }
}

async fn gated(limits: Limits) -> (TestServer, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let engine = GatedEngine(Arc::clone(&gate));
    (TestServer::with(config(limits), vec![Arc::new(engine)]).await, gate)
}

async fn plain(limits: Limits) -> TestServer {
    TestServer::with(config(limits), vec![Arc::new(PlainEngine)]).await
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_before_the_body() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let head = format!(
        "POST /v1/images/variations HTTP/1.1\r\nHost: a\r\nContent-Type: {}\r\n\
         Expect: 100-continue\r\nContent-Length: 67108865\r\n\r\n",
        Form::empty().content_type()
    );
    // No interim answer comes first: the client is never asked for the body.
    client.send(head.as_bytes()).await;
    let interim = client.head().await.unwrap();
    assert_eq!((interim.status, interim.header("connection")), (413, Some("close")));
    let reply = server.connect().await.exchange(head.as_bytes()).await;
    reply.assert_error(413, "Maximum content size limit (67108864) exceeded", None, None);
}

#[tokio::test]
async fn a_client_that_sends_all_of_a_long_body_first_still_hears_why_not() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send(&Form::empty().image(&vec![0; 70 << 20]).request()).await;
    let reply = client.reply().await;
    reply.assert_error(413, "Maximum content size limit (67108864) exceeded", None, None);
}

#[tokio::test]
async fn an_endless_body_is_refused_at_the_limit_and_the_answer_arrives() {
    let body = BodyLimits { max_bytes: 1 << 20, ..BodyLimits::default() };
    let server = plain(Limits { body, ..Limits::default() }).await;
    let mut client = server.connect().await;
    let request = Form::empty().image(&vec![0; 3 << 20]).chunked_request(1 << 16);
    client.send(&request).await;
    let reply = client.reply().await;
    reply.assert_error(413, "Maximum content size limit (1048576) exceeded", None, None);
    assert_eq!(reply.header("connection"), Some("close"));
    client.finish().await;
    assert!(client.is_at_end().await);
}

#[tokio::test]
async fn a_raw_buffer_is_explained_without_reading_all_of_it() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let parts =
        (0..20_000).fold(Form::empty(), |form, index| form.text(&format!("image[{index}]"), "137"));
    client.send_what_is_taken(&parts.request()).await;
    let reply = client.reply().await;
    reply.assert_error(400, "'image' is a required property", Some("image"), None);
    assert!(reply.json()["error"]["message"].to_string().contains("toFile"));
}

/// A hundred bytes of framing a byte make more of a picture than any body may have.
#[tokio::test]
async fn a_raw_buffer_over_the_limit_is_explained_by_its_first_parts() {
    let server = TestServer::start().await;
    let with_length = |form: Form| {
        let request = String::from_utf8(form.request()).unwrap();
        let (head, body) = request.split_once("Content-Length: ").unwrap();
        let (_, body) = body.split_once("\r\n\r\n").unwrap();
        format!("{head}Content-Length: 87800000\r\n\r\n{body}").into_bytes()
    };
    let bytes = |form: Form| form.text("image[0]", "137").text("image[1]", "80");
    for form in [bytes(Form::empty()), bytes(Form::empty().text("n", "2"))] {
        let reply = server.connect().await.exchange(&with_length(form)).await;
        reply.assert_error(400, "'image' is a required property", Some("image"), None);
        assert!(reply.json()["error"]["message"].to_string().contains("toFile"));
    }
    let file = "Content-Disposition: form-data; name=\"image[]\"; filename=\"a.png\"";
    for form in [Form::empty().text("image", "x"), Form::empty().part(file, b"x")] {
        let reply = server.connect().await.exchange(&with_length(form)).await;
        reply.assert_error(413, "Maximum content size limit (67108864) exceeded", None, None);
    }
}

#[tokio::test]
async fn a_body_that_stops_coming_is_timed_out() {
    let body = BodyLimits { idle: Duration::from_millis(20), ..BodyLimits::default() };
    let server = plain(Limits { body, ..Limits::default() }).await;
    let mut client = server.connect().await;
    let request = Form::picture().request();
    client.send(&request[..request.len() - 9]).await;
    let message = "Timed out reading the request body: nothing more for";
    client.reply().await.assert_error(408, message, None, Some("request_timeout"));
}

#[tokio::test]
async fn bodies_that_stop_coming_are_in_nobodys_way() {
    let server = plain(Limits { upload_bytes: 64 * 1024, ..Limits::default() }).await;
    let request = Form::picture().request();
    let mut stuck = Vec::new();
    for _ in 0..12 {
        let mut client = server.connect().await;
        client.send(&request[..request.len() - 9]).await;
        stuck.push(client);
    }
    let reply = server.post(&Form::with(&[("size", "256x256")])).await;
    assert_eq!(reply.status, 200);
    drop(stuck);
}

#[tokio::test]
async fn bodies_together_take_no_more_memory_than_there_is_room() {
    let body = BodyLimits { idle: Duration::from_millis(20), ..BodyLimits::default() };
    let server = plain(Limits { body, upload_bytes: 4096, ..Limits::default() }).await;
    let reply = server.post(&Form::empty().image(&vec![0; 8192])).await;
    reply.assert_error(503, "", None, Some("server_is_overloaded"));
}

#[tokio::test]
async fn answers_that_nobody_reads_take_no_more_memory_than_there_is() {
    let limits = Limits { unread_bytes: 1 << 20, ..Limits::default() };
    let server = TestServer::with(config(limits), vec![Arc::new(NoisyEngine)]).await;
    let images = Form::with(&[("n", "10"), ("response_format", "b64_json")]);
    let mut slow = server.connect().await;
    slow.send(&images.request()).await;
    // Nothing of the fifty megabytes is taken but the head.
    assert_eq!(slow.head().await.unwrap().status, 200);
    let reply = server.post(&images).await;
    reply.assert_error(503, "The server is overloaded", None, Some("server_is_overloaded"));
    // Links take none of that memory.
    assert_eq!(server.post(&Form::with(&[("size", "256x256")])).await.links().len(), 1);
    drop(slow);
    while server.post(&images).await.status == 503 {}
}

#[tokio::test]
async fn a_body_that_trickles_is_timed_out_as_a_whole() {
    let body = BodyLimits { total: Duration::from_millis(20), ..BodyLimits::default() };
    let server = plain(Limits { body, ..Limits::default() }).await;
    let mut client = server.connect().await;
    let request = Form::picture().request();
    client.send(&request[..request.len() - 9]).await;
    let message = "Timed out reading the request body: not complete after";
    client.reply().await.assert_error(408, message, None, Some("request_timeout"));
}

#[tokio::test]
async fn headers_that_stop_coming_end_the_connection() {
    let limits = Limits { headers: Duration::from_millis(20), ..Limits::default() };
    let server = plain(limits).await;
    let mut client = server.connect().await;
    client.send(b"POST /v1/images/variations HTTP/1.1\r\nHost").await;
    assert!(client.is_at_end().await);
    // So does saying nothing at all.
    assert!(server.connect().await.is_at_end().await);
}

#[tokio::test]
async fn bytes_that_are_no_request_are_refused_in_the_envelope_and_the_connection_closes() {
    let server = TestServer::start().await;
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 17));
    let wrong = ["\u{16}\u{3}\u{1} hello\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n"];
    let hosts = "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    let mut client = server.connect().await;
    let reply = client.exchange(hosts.as_bytes()).await;
    reply.assert_error(400, "Could not parse the request", None, Some("malformed_http"));
    let wrong = wrong.map(|bytes| (400, "Could not parse the request", "malformed_http", bytes));
    let large = (431, "Could not read the request", "head_too_large", long.as_str());
    for (status, start, code, bytes) in wrong.into_iter().chain([large]) {
        let mut client = server.connect().await;
        client.send_what_is_taken(bytes.as_bytes()).await;
        let reply = client.reply().await;
        reply.assert_error(status, start, None, Some(code));
        assert_eq!(reply.header("connection"), Some("close"));
        client.finish().await;
        assert!(client.is_at_end().await);
    }
}

#[tokio::test]
async fn broken_chunks_are_told_from_a_form_that_is_cut_off() {
    let server = TestServer::start().await;
    let request = Form::picture().chunked_request(64);
    let text = String::from_utf8_lossy(&request[..200]).into_owned();
    let first = text.find("\r\n\r\n").unwrap() + 4;
    let broken = [&request[..first], b"zz\r\n"].concat();
    let mut client = server.connect().await;
    client.send(&broken).await;
    let reply = client.reply().await;
    let start = "Could not parse the multipart form: the chunked framing of the body is broken";
    reply.assert_error(400, start, None, Some("invalid_multipart"));
    assert_eq!(reply.header("connection"), Some("close"));
}

#[tokio::test]
async fn a_caller_that_hangs_up_stops_its_job() {
    let (server, gate) = gated(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(&Form::picture().request()).await;
    gate.reached.notified().await;
    drop(client);
    gate.cancelled.notified().await;
    assert_eq!(server.stored().len(), 0);
}

#[tokio::test]
async fn a_waiting_client_hears_that_its_request_is_worked_on() {
    let limits = Limits { processing: Duration::from_millis(5), ..Limits::default() };
    let (server, gate) = gated(limits).await;
    let mut client = server.connect().await;
    client.send(&Form::with(&[("size", "256x256")]).request()).await;
    for _ in 0..3 {
        assert_eq!(client.head().await.unwrap().status, 102);
    }
    gate.open();
    assert_eq!(client.reply().await.links().len(), 1);
    // No notice was left behind for the next request.
    client.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.head().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_client_that_takes_a_notice_for_the_answer_hears_nothing_before_it() {
    let form = Form::with(&[("size", "256x256")]);
    let whole = form.request();
    let line = b"POST /v1/images/variations HTTP/1.1".len();
    let first = [&whole[..line - 1], b"0"].concat();
    let http_1_0 = [first, whole[line..].to_vec()].concat();
    let named =
        |agent: &str| form.request_to("/v1/images/variations", &format!("User-Agent: {agent}\r\n"));
    let requests = [
        http_1_0,
        named("python-requests/2.32.3"),
        named("OpenAI/v1 PythonBindings/0.28.1"),
        named("Go-http-client/1.1"),
    ];
    for request in requests {
        let limits = Limits { processing: Duration::from_millis(1), ..Limits::default() };
        let (server, gate) = gated(limits).await;
        let mut client = server.connect().await;
        client.send(&request).await;
        gate.reached.notified().await;
        server.get("/healthz").await;
        gate.open();
        assert_eq!(client.head().await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_panic_costs_one_request() {
    let server = TestServer::with(Config::default(), vec![Arc::new(PanickingEngine)]).await;
    let mut client = server.connect().await;
    for _ in 0..1000 {
        let reply = client.post(&Form::picture()).await;
        let start = "The server had an error while processing your request.";
        reply.assert_error(500, start, None, None);
        let json = reply.json();
        assert_eq!(json["error"]["type"], "server_error");
        let message = json["error"]["message"].as_str().unwrap();
        assert!(message.contains(reply.header("x-request-id").unwrap()), "{message}");
    }
    assert_eq!(client.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_full_queue_is_told_with_a_time_to_come_back() {
    let gate = Arc::new(Gate::default());
    let one = NonZeroUsize::MIN;
    let limits = DispatchLimits {
        capacity_images: 2,
        tenant_capacity_images: 2,
        ..DispatchLimits::for_threads(one)
    };
    let engine = GatedEngine(Arc::clone(&gate));
    let server = TestServer::with_dispatch(Config::default(), vec![Arc::new(engine)], limits).await;
    let mut client = server.connect().await;
    client.send(&Form::with(&[("n", "2"), ("size", "256x256")]).request()).await;
    gate.reached.notified().await;
    let reply = server.post(&Form::picture()).await;
    reply.assert_error(503, "The server is overloaded", None, Some("server_is_overloaded"));
    assert_eq!(reply.json()["error"]["type"], "service_unavailable_error");
    assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    assert!(reply.header("retry-after-ms").is_some());
    gate.open();
    assert_eq!(client.reply().await.links().len(), 2);
}

#[tokio::test]
async fn the_end_waits_for_requests_under_way_and_takes_no_new_ones() {
    let (mut server, gate) = gated(Limits::default()).await;
    let address = server.address;
    let mut idle = server.connect().await;
    assert_eq!(idle.get("/readyz").await.status, 200);
    let mut client = server.connect().await;
    client.send(&Form::with(&[("size", "256x256")]).request()).await;
    gate.reached.notified().await;
    server.stop();
    // The idle connection is closed at once.
    assert!(idle.is_at_end().await);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    gate.open();
    assert_eq!(client.reply().await.links().len(), 1);
    drop(client);
    server.ended().await;
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever() {
    let limits = Limits { drain: Duration::from_millis(20), ..Limits::default() };
    let (mut server, gate) = gated(limits).await;
    let mut client = server.connect().await;
    client.send(&Form::picture().request()).await;
    gate.reached.notified().await;
    server.stop();
    server.ended().await;
    gate.cancelled.notified().await;
    assert!(client.is_at_end().await);
}

#[tokio::test]
async fn a_client_that_finds_no_seat_is_served_when_one_is_free() {
    let server = plain(Limits { connections: 1, ..Limits::default() }).await;
    let mut first = server.connect().await;
    assert_eq!(first.get("/healthz").await.status, 200);
    let mut second = server.connect().await;
    second.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(first.get("/healthz").await.status, 200);
    drop(first);
    assert_eq!(second.reply().await.status, 200);
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_their_order() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let one = Form::with(&[("seed", "1"), ("size", "256x256")]).request();
    let two = Form::with(&[("seed", "2"), ("size", "256x256")]).request();
    client.send(&[one, two].concat()).await;
    for seed in ["1", "2"] {
        assert_eq!(client.reply().await.header("variata-seeds"), Some(seed));
    }
}

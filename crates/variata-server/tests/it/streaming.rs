//! `stream=true`: images as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use variata_core::Engine;
use variata_image::{DecodeLimits, decode};
use variata_server::{Config, Limits};

use crate::support::{
    Client, FlakyEngine, Form, Gate, GatedEngine, PanickingEngine, PlainEngine, ServerEvent,
    SketchingEngine, TestServer, square_png,
};

const PARTIAL: &str = "image_variation.partial_image";
const COMPLETED: &str = "image_variation.completed";

async fn server(engine: impl Engine + 'static) -> TestServer {
    TestServer::with(Config::default(), vec![Arc::new(engine)]).await
}

fn streamed(texts: &[(&str, &str)]) -> Form {
    Form::with(&[texts, &[("stream", "true"), ("size", "256x256")]].concat())
}

/// Asks for a stream and reads the head of its answer.
async fn open(server: &TestServer, form: &Form) -> Client {
    let mut client = server.connect().await;
    client.send(&form.request()).await;
    let head = client.head().await.unwrap();
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert_eq!(head.header("cache-control"), Some("no-store"));
    client
}

async fn all(mut client: Client) -> Vec<ServerEvent> {
    let mut events = Vec::new();
    while let Some(event) = client.event().await {
        events.push(event);
    }
    events
}

fn picture(event: &ServerEvent) -> Vec<[u8; 4]> {
    let file = STANDARD.decode(event.data["b64_json"].as_str().unwrap()).unwrap();
    decode(&file, &DecodeLimits::endpoint()).unwrap().into_pixels()
}

#[tokio::test]
async fn each_image_comes_as_an_event_with_its_index_and_seed() {
    let server = server(PlainEngine).await;
    let events = all(open(&server, &streamed(&[("n", "3"), ("seed", "7")])).await).await;
    assert_eq!(events.len(), 3);
    for (index, event) in events.iter().enumerate() {
        assert_eq!((event.name.as_str(), &event.data["type"]), (COMPLETED, &COMPLETED.into()));
        assert_eq!(event.data["index"], index);
        assert_eq!(event.data["seed"], (7 + index).to_string());
        assert_eq!(event.data["size"], "256x256");
        let pixels = picture(event);
        assert_eq!((pixels.len(), pixels[0]), (256 * 256, [7 + index as u8, 7, 7, 255]));
    }
}

#[tokio::test]
async fn the_head_names_the_seeds_before_any_image() {
    let server = server(PlainEngine).await;
    let mut client = server.connect().await;
    client.send(&streamed(&[("n", "2"), ("seed", "7")]).request()).await;
    let head = client.head().await.unwrap();
    assert_eq!(head.header("variata-seeds"), Some("7,8"));
    assert_eq!(head.header("variata-engine"), Some("plain"));
}

#[tokio::test]
async fn coarse_images_come_first_up_to_the_number_asked_for() {
    let server = server(SketchingEngine).await;
    for (asked, expected) in [("0", vec![]), ("1", vec![0]), ("2", vec![0, 1])] {
        let form = streamed(&[("partial_images", asked)]);
        let mut events = all(open(&server, &form).await).await;
        assert_eq!(events.pop().unwrap().name, COMPLETED);
        assert!(events.iter().all(|event| event.name == PARTIAL));
        let nth: Vec<u64> = events
            .iter()
            .map(|event| event.data["partial_image_index"].as_u64().unwrap())
            .collect();
        assert_eq!(nth, expected);
        for event in &events {
            assert_eq!(picture(event).len(), 8 * 8);
        }
    }
}

#[tokio::test]
async fn links_are_sent_on_request_and_work() {
    let server = server(PlainEngine).await;
    let form = streamed(&[("response_format", "url"), ("n", "2")]);
    let events = all(open(&server, &form).await).await;
    assert_eq!(events.len(), 2);
    for event in events {
        assert!(event.data.get("b64_json").is_none());
        let url = event.data["url"].as_str().unwrap();
        let file = server.get(url.strip_prefix("http://api.test").unwrap()).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some("image/png")));
    }
}

#[tokio::test]
async fn what_goes_wrong_before_the_first_event_has_its_status() {
    let server = server(PanickingEngine).await;
    let mut damaged = square_png();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    let form = Form::empty().text("stream", "true").image(&damaged);
    let reply = server.post(&form).await;
    let start = "Uploaded image must be a PNG and less than 4 MB.";
    reply.assert_error(400, start, Some("image"), Some("invalid_image_format"));
    let reply = server.post(&streamed(&[])).await;
    reply.assert_error(500, "The server had an error", None, None);
}

#[tokio::test]
async fn what_goes_wrong_later_is_the_last_event() {
    let server = server(FlakyEngine).await;
    let events = all(open(&server, &streamed(&[("n", "2")])).await).await;
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, [COMPLETED, "error"]);
    let error = &events[1].data["error"];
    assert_eq!(error["type"], "server_error");
    assert!(error["message"].as_str().unwrap().contains("request ID req_"), "{error}");
}

#[tokio::test]
async fn a_silent_stream_says_that_it_goes_on_and_stops_when_nobody_listens() {
    let limits = Limits { heartbeat: Duration::from_millis(5), ..Limits::default() };
    let gate = Arc::new(Gate::default());
    let engines: Vec<Arc<dyn Engine>> = vec![Arc::new(GatedEngine(Arc::clone(&gate)))];
    let server = TestServer::with(Config { limits, ..Config::default() }, engines).await;
    let mut client = open(&server, &streamed(&[])).await;
    for _ in 0..3 {
        assert_eq!(client.event().await.unwrap().name, "");
    }
    drop(client);
    gate.cancelled.notified().await;
}

#[tokio::test]
async fn a_connection_is_used_again_after_a_stream() {
    let server = server(PlainEngine).await;
    let mut client = open(&server, &streamed(&[])).await;
    while client.event().await.is_some() {}
    assert_eq!(client.get("/healthz").await.status, 200);
}

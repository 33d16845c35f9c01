//! What the server says of itself, held against what it does.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use variata_server::Config;

use crate::support::{Form, Reply, SketchingEngine, TestServer, square_png};

/// Asks with one field of interest, for small images.
async fn ask(server: &TestServer, name: &str, value: &str) -> Reply {
    let form = if name == "size" { Form::empty() } else { Form::empty().text("size", "256x256") };
    let text = if name == "size" && value.is_empty() { "256x256" } else { value };
    server.post(&form.text(name, text).image(&square_png())).await
}

async fn document(server: &TestServer) -> Value {
    server.get("/openapi.json").await.json()
}

fn fields(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let request = &document["components"]["schemas"]["CreateImageVariationRequest"];
    let fields = request["properties"].as_object().unwrap().iter();
    fields.map(|(name, schema)| (name.as_str(), schema)).filter(|(name, _)| *name != "image")
}

/// Values at the edges of a schema, inside and outside.
fn edges(schema: &Value) -> (Vec<String>, Vec<String>) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut inside: Vec<String> =
        schema["enum"].as_array().into_iter().flatten().map(text).collect();
    let mut outside = Vec::new();
    if !inside.is_empty() {
        outside.push("no-such-choice".to_owned());
    }
    inside.extend(schema.get("default").map(text));
    if let (Some(minimum), Some(maximum)) = (schema["minimum"].as_u64(), schema["maximum"].as_u64())
    {
        inside.extend([minimum.to_string(), maximum.to_string()]);
        outside.extend([(i128::from(minimum) - 1).to_string(), (maximum + 1).to_string()]);
        outside.push("x".to_owned());
    }
    if schema["type"] == "boolean" {
        inside.extend(["true".to_owned(), "false".to_owned()]);
        outside.push("x".to_owned());
    }
    if let Some(length) = schema["maxLength"].as_u64() {
        outside.push("x".repeat(length as usize + 1));
    }
    (inside, outside)
}

#[tokio::test]
async fn every_field_takes_what_the_document_says_and_refuses_the_rest() {
    let server = TestServer::start().await;
    let document = document(&server).await;
    let mut tried = 0;
    for (name, schema) in fields(&document) {
        let (inside, outside) = edges(schema);
        for value in inside {
            let reply = ask(&server, name, &value).await;
            assert_eq!(reply.status, 200, "{name}={value}: {:?}", reply.body);
            tried += 1;
        }
        for value in outside {
            let reply = ask(&server, name, &value).await;
            assert_eq!(reply.status, 400, "{name}={value} was taken");
            assert_eq!(reply.json()["error"]["param"], name);
            tried += 1;
        }
    }
    assert!(tried > 30, "only {tried} values were tried");
}

#[tokio::test]
async fn every_header_of_an_answer_is_in_the_document() {
    let server = TestServer::start().await;
    let document = document(&server).await;
    let ours = document["components"]["headers"].as_object().unwrap();
    let framing = ["content-type", "content-length", "date", "connection"];
    let made = server.post(&Form::with(&[("size", "256x256")])).await;
    let file = server.get(&made.links()[0]).await;
    let refused = server.get("/v1/images/variations").await;
    for (name, _) in [made, file, refused].iter().flat_map(|reply| &reply.headers) {
        let extra = ["x-content-type-options", "referrer-policy"].contains(&name.as_str());
        let known = ours.contains_key(name) || framing.contains(&name.as_str()) || extra;
        assert!(known, "{name} is in no document");
    }
}

#[tokio::test]
async fn a_successful_body_has_the_documented_keys_and_no_other() {
    let server = TestServer::start().await;
    let document = document(&server).await;
    let schema = &document["components"]["schemas"]["ImagesResponse"]["properties"];
    let json = server.post(&Form::with(&[("size", "256x256")])).await.json();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&json), keys(schema));
    let item = &schema["data"]["items"]["oneOf"][0]["properties"];
    assert_eq!(keys(&json["data"][0]), keys(item));
}

#[tokio::test]
async fn the_events_of_a_stream_have_the_documented_keys() {
    let server = TestServer::with(Config::default(), vec![Arc::new(SketchingEngine)]).await;
    let schemas = document(&server).await["components"]["schemas"].clone();
    let mut client = server.connect().await;
    client.send(&Form::with(&[("stream", "true"), ("size", "256x256")]).request()).await;
    client.head().await.unwrap();
    let mut kinds = BTreeSet::new();
    while let Some(event) = client.event().await {
        let name = if event.name.ends_with("completed") { "Completed" } else { "PartialImage" };
        let schema = &schemas[format!("ImageVariation{name}Event")];
        let keys: BTreeSet<&str> =
            event.data.as_object().unwrap().keys().map(String::as_str).collect();
        for required in schema["required"].as_array().unwrap() {
            assert!(keys.contains(required.as_str().unwrap()), "{required} is missing in {keys:?}");
        }
        let told = schema["properties"].as_object().unwrap();
        assert!(keys.iter().all(|key| told.contains_key(*key)), "{keys:?}");
        kinds.insert(name);
    }
    assert_eq!(kinds.len(), 2);
}

#[tokio::test]
async fn the_page_names_the_address_that_was_asked_and_runs_nothing() {
    let server = TestServer::start().await;
    let reply = server.get("/docs").await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let html = String::from_utf8(reply.body).unwrap();
    assert!(html.contains("OPENAI_BASE_URL=http://api.test/v1"));
    for (name, _) in fields(&document(&server).await) {
        assert!(html.contains(&format!("<code>{name}</code>")), "{name} is not on the page");
    }
}

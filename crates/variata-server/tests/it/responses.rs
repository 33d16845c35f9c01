//! What a successful answer holds, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use variata_image::{Format, SourceDigest, probe, read_provenance, sniff};

use crate::support::{Form, START_S, TestServer, square_png};

#[tokio::test]
async fn links_are_the_default_and_the_body_has_no_other_key() {
    let server = TestServer::start().await;
    let reply = server.post(&Form::with(&[("n", "3"), ("size", "256x256")])).await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let json = reply.json();
    let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["created", "data"]);
    assert_eq!(json["created"], START_S);
    let items = json["data"].as_array().unwrap();
    assert!(items.iter().all(|item| item.as_object().unwrap().len() == 1));
    let mut links = reply.links();
    links.dedup();
    assert_eq!(links.len(), 3);
}

#[tokio::test]
async fn base64_holds_the_whole_file_and_nothing_is_stored() {
    let server = TestServer::start().await;
    let texts = [("n", "2"), ("size", "512x512"), ("response_format", "b64_json")];
    let reply = server.post(&Form::with(&texts)).await;
    let json = reply.json();
    let items = json["data"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    for item in items {
        assert_eq!(item.as_object().unwrap().len(), 1);
        let file = STANDARD.decode(item["b64_json"].as_str().unwrap()).unwrap();
        assert_eq!(sniff(&file), Some(Format::Png));
        assert_eq!(probe(&file).unwrap().width_px, 512);
    }
    assert_eq!(server.stored().len(), 0);
}

#[tokio::test]
async fn every_answer_carries_the_headers_of_the_api() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let reply = client.post(&Form::with(&[("n", "2"), ("seed", "41"), ("size", "256x256")])).await;
    assert_eq!(reply.header("variata-engine"), Some("plain"));
    assert_eq!(reply.header("variata-seeds"), Some("41,42"));
    let other = client.get("/nothing").await;
    for reply in [&reply, &other] {
        assert_eq!(reply.header("openai-version"), Some("2020-10-01"));
        assert!(reply.header("openai-processing-ms").unwrap().parse::<u64>().is_ok());
        assert!(reply.header("x-request-id").unwrap().len() > 30);
    }
    assert_ne!(reply.header("x-request-id"), other.header("x-request-id"));
}

#[tokio::test]
async fn without_a_seed_each_request_draws_its_own() {
    let server = TestServer::start().await;
    let form = Form::with(&[("size", "256x256")]);
    let (one, other) = (server.post(&form).await, server.post(&form).await);
    assert_ne!(one.header("variata-seeds"), other.header("variata-seeds"));
}

#[tokio::test]
async fn an_image_says_how_it_came_about_and_from_which_of_ours() {
    let server = TestServer::start().await;
    let form = Form::with(&[("size", "256x256"), ("seed", "7"), ("strength", "0.5")]);
    let link = server.post(&form).await.links().remove(0);
    let file = server.get(&link).await.body;
    let record = read_provenance(&file).unwrap().unwrap();
    assert!(record.id.ends_with("-square-7-256-0.5-plain"), "{}", record.id);
    assert_eq!((record.seed.get(), record.strength.get()), (7, 0.5));
    assert_eq!(record.source_sha256, SourceDigest::of(&square_png()));
    assert_eq!((record.engine.as_str(), record.parent), ("plain", None));
    let again = Form::empty().image(&file).text("size", "256x256");
    let link = server.post(&again).await.links().remove(0);
    let child = read_provenance(&server.get(&link).await.body).unwrap().unwrap();
    assert_eq!(child.parent, Some(record.id));
}

#[tokio::test]
async fn the_links_host_is_the_one_that_was_asked() {
    let server = TestServer::start().await;
    let request = Form::picture().request_to("/v1/images/variations", "X-Forwarded-Host: evil\r\n");
    let reply = server.connect().await.exchange(&request).await;
    let json = reply.json();
    assert!(json["data"][0]["url"].as_str().unwrap().starts_with("http://api.test/files/"));
}

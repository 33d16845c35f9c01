//! The list of models.

use std::sync::Arc;

use variata_server::Config;

use crate::support::{Form, Gate, GatedEngine, PlainEngine, TestServer};

#[tokio::test]
async fn engines_are_listed_and_can_be_chosen() {
    let gated = GatedEngine(Arc::new(Gate::default()));
    gated.0.open();
    let server =
        TestServer::with(Config::default(), vec![Arc::new(PlainEngine), Arc::new(gated)]).await;
    let list = server.get("/v1/models").await.json();
    assert_eq!(list["object"], "list");
    let models = list["data"].as_array().unwrap();
    let ids: Vec<_> = models.iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["dall-e-2", "plain", "gated"]);
    assert!(models.iter().all(|model| model["object"] == "model" && model["created"].is_u64()));
    for (model, engine) in [("dall-e-2", "plain"), ("plain", "plain"), ("gated", "gated")] {
        let reply = server.post(&Form::with(&[("model", model), ("size", "256x256")])).await;
        assert_eq!(reply.header("variata-engine"), Some(engine));
        assert_eq!(server.get(&format!("/v1/models/{model}")).await.json()["id"], model);
    }
    let unknown = server.get("/v1/models/x").await;
    unknown.assert_error(
        404,
        "The model 'x' does not exist",
        Some("model"),
        Some("model_not_found"),
    );
}

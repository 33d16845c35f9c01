//! Keys.

use tokio::net::TcpListener;
use variata_server::Config;

use crate::support::{Form, TestServer};

#[tokio::test]
async fn a_key_is_asked_for_and_never_repeated() {
    let server = TestServer::guarded().await;
    let post = |headers: &str| Form::picture().request_to("/v1/images/variations", headers);
    let none = server.connect().await.exchange(&post("")).await;
    none.assert_error(401, "You didn't provide an API key.", None, None);
    let wrong = post("Authorization: Bearer canary\r\n");
    let wrong = server.connect().await.exchange(&wrong).await;
    wrong.assert_error(401, "Incorrect API key provided.", None, Some("invalid_api_key"));
    assert!(!String::from_utf8_lossy(&wrong.body).contains("canary"));
    for right in ["Authorization: Bearer secret\r\n", "api-key: secret\r\n"] {
        assert_eq!(server.connect().await.exchange(&post(right)).await.links().len(), 1);
    }
}

#[tokio::test]
async fn links_and_health_need_no_key_but_models_do() {
    let server = TestServer::guarded().await;
    assert_eq!(server.get("/healthz").await.status, 200);
    assert_eq!(server.get("/readyz").await.status, 200);
    server.get("/v1/models").await.assert_error(401, "You didn't provide", None, None);
    let request = Form::picture().request_to("/v1/images/variations", "api-key: secret\r\n");
    let link = server.connect().await.exchange(&request).await.links().remove(0);
    assert_eq!(server.get(&link).await.status, 200);
}

#[tokio::test]
async fn without_keys_an_address_that_others_can_reach_is_refused() {
    let server = TestServer::start().await;
    let services = server.services();
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let run = variata_server::run(listener, Config::default(), services, async {});
    let error = run.await.unwrap_err().to_string();
    assert!(error.contains("no API key is configured"), "{error}");
}

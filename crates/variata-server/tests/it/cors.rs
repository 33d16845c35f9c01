//! Pages of other sites.

use std::sync::Arc;

use variata_server::Config;

use crate::support::{Form, PlainEngine, Reply, TestServer};

const APP: &str = "https://app.example.com";

async fn open_to(origins: &[&str]) -> TestServer {
    let cors_origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
    let config = Config { cors_origins, ..Config::default() };
    TestServer::with(config, vec![Arc::new(PlainEngine)]).await
}

/// What a browser asks before it sends a request with a key.
async fn preflight(server: &TestServer, origin: &str) -> Reply {
    let request = format!(
        "OPTIONS /v1/images/variations HTTP/1.1\r\nHost: a\r\nOrigin: {origin}\r\n\
         Access-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: authorization,x-stainless-os\r\n\r\n"
    );
    server.connect().await.exchange(request.as_bytes()).await
}

/// What a browser sends for a page at [`APP`].
async fn post(server: &TestServer, form: &Form) -> Reply {
    let headers = format!("Origin: {APP}\r\nSec-Fetch-Site: cross-site\r\n");
    let request = form.request_to("/v1/images/variations", &headers);
    server.connect().await.exchange(&request).await
}

#[tokio::test]
async fn no_page_of_another_site_may_call_by_default() {
    let server = TestServer::start().await;
    let asked = preflight(&server, APP).await;
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (405, None));
    // Browsers send a form without asking first; the work would be done for nobody.
    let sent = post(&server, &Form::picture()).await;
    sent.assert_error(403, "Pages of other sites", None, Some("cross_site_request"));
    let named = open_to(&["https://another.example.com"]).await;
    assert_eq!(post(&named, &Form::picture()).await.status, 403);
}

/// Without TLS, and but for localhost, browsers say no more of a page than its origin.
#[tokio::test]
async fn a_page_of_another_site_is_told_by_its_origin_alone() {
    let server = open_to(&[APP]).await;
    let small = Form::with(&[("size", "256x256")]);
    let basic = "Authorization: Basic OnNrLWFueQ==\r\n";
    for (target, page, key, status) in [
        ("/v1/images/variations", "http://evil.test", "", 403),
        ("/v1/images/variations", "http://api.test:8080", "", 403),
        ("/v1/images/variations", "null", "", 403),
        ("/v1/images/variations", "http://evil.test", basic, 403),
        ("/v1/images/variations", "http://evil.test", "Authorization: Bearer sk-any\r\n", 200),
        ("/v1/images/variations", "http://evil.test", "api-key: sk-any\r\n", 200),
        ("/v1/images/variations", APP, "", 200),
        ("/v1/images/variations", "http://api.test", "", 200),
        ("/vary", "http://evil.test", basic, 403),
        ("/vary", "null", "", 403),
        ("/vary", "http://api.test", basic, 200),
    ] {
        let request = small.request_to(target, &format!("Origin: {page}\r\n{key}"));
        let reply = server.connect().await.exchange(&request).await;
        assert_eq!(reply.status, status, "{page} to {target} with {key:?}");
    }
}

#[tokio::test]
async fn a_page_behind_a_proxy_is_the_servers_own_where_the_proxy_is_trusted() {
    let own = "Origin: https://img.example\r\nX-Forwarded-Host: img.example\r\n";
    for (trusted_proxies, status) in [(vec!["127.0.0.0/8".parse().unwrap()], 200), (vec![], 403)] {
        let config = Config { trusted_proxies, ..Config::default() };
        let server = TestServer::with(config, vec![Arc::new(PlainEngine)]).await;
        let request = Form::with(&[("size", "256x256")]).request_to("/v1/images/variations", own);
        assert_eq!(server.connect().await.exchange(&request).await.status, status);
    }
}

#[tokio::test]
async fn a_page_that_a_proxy_lets_send_a_key_may_call() {
    let server = TestServer::start().await;
    let from = |key: &str| format!("Origin: {APP}\r\nSec-Fetch-Site: same-site\r\n{key}\r\n");
    for (key, status) in [
        ("Authorization: Bearer sk-any", 200),
        ("api-key: sk-any", 200),
        // Browsers add this one without being told to.
        ("Authorization: Basic OnNrLWFueQ==", 403),
    ] {
        let form = Form::with(&[("size", "256x256")]);
        let request = form.request_to("/v1/images/variations", &from(key));
        assert_eq!(server.connect().await.exchange(&request).await.status, status, "{key}");
    }
}

#[tokio::test]
async fn a_named_page_may_call_and_read_answers_and_errors() {
    let server = open_to(&[APP]).await;
    let asked = preflight(&server, APP).await;
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (200, Some(APP)));
    let headers = asked.header("access-control-allow-headers");
    assert_eq!(headers, Some("authorization,x-stainless-os"));
    for (size, status) in [("256x256", 200), ("300x300", 400)] {
        let reply = post(&server, &Form::with(&[("size", size)])).await;
        assert_eq!(
            (reply.status, reply.header("access-control-allow-origin")),
            (status, Some(APP))
        );
        let exposed = reply.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("x-request-id") && exposed.contains("variata-seeds"), "{exposed}");
    }
    let other = preflight(&server, "https://evil.example").await;
    assert_eq!(other.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn every_page_may_call_if_the_operator_says_so() {
    let server = open_to(&["*"]).await;
    let asked = preflight(&server, "https://anything.example").await;
    assert_eq!(asked.header("access-control-allow-origin"), Some("*"));
    assert_eq!(post(&server, &Form::with(&[("size", "256x256")])).await.links().len(), 1);
}

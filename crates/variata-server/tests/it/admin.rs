//! The operators' listener.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use variata_accounts::{Accounts, Database, Limits, Moment, NewKey, Settings, UserHasher};
use variata_server::{Config, Listeners, run};

use crate::support::{Client, Form, Reply, TestServer};

/// A server with both listeners, for as long as this lives.
struct Watched {
    caller: SocketAddr,
    operator: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    /// Holds the folder of its files.
    _server: TestServer,
}

impl Watched {
    async fn start(server: TestServer) -> Self {
        let public = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let admin = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (caller, operator) = (public.local_addr().unwrap(), admin.local_addr().unwrap());
        let listeners = Listeners { public, admin: Some(admin) };
        let (stop, stopped) = oneshot::channel::<()>();
        let services = server.services();
        tokio::spawn(run(listeners, Config::default(), services, async move {
            drop(stopped.await);
        }));
        Self { caller, operator, stop: Some(stop), _server: server }
    }

    async fn look(&self, target: &str) -> Reply {
        Client::connect(self.operator).await.get(target).await
    }

    async fn page(&self) -> String {
        String::from_utf8(self.look("/admin").await.body).unwrap()
    }

    async fn post(&self, form: &Form, headers: &str) -> u16 {
        let request = form.request_to("/v1/images/variations", headers);
        Client::connect(self.caller).await.exchange(&request).await.status
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

#[tokio::test]
async fn operators_see_metrics_and_an_overview_that_callers_do_not() {
    let watched = Watched::start(TestServer::start().await).await;
    let mut client = Client::connect(watched.caller).await;
    client.get("/metrics").await.assert_error(404, "Invalid URL (GET /metrics)", None, None);
    client.get("/admin").await.assert_error(404, "Invalid URL (GET /admin)", None, None);
    let form = Form::with(&[("size", "256x256"), ("n", "2"), ("user", "canary")]);
    assert_eq!(watched.post(&form, "").await, 200);
    let metrics = watched.look("/metrics").await;
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = String::from_utf8(metrics.body).unwrap();
    for line in [
        "variata_requests_total{route=\"Variations\",status=\"200\"} 1",
        "variata_images_total 2",
        "variata_phase_seconds_count{phase=\"Decode\"} 1",
        "variata_phase_seconds_count{phase=\"Compute\"} 1",
        "variata_phase_seconds_count{phase=\"Store\"} 2",
        "variata_ready 1",
    ] {
        assert!(text.lines().any(|other| other == line), "no {line:?} in {text}");
    }
    assert!(!text.contains("canary"), "{text}");
    let overview = watched.look("/admin/overview.json").await.json();
    assert_eq!((overview["images"].as_u64(), overview["is_open"].as_bool()), (Some(2), Some(true)));
    assert_eq!(overview["images_by_minute"][59], 2);
    assert_eq!(overview["statuses"], serde_json::json!([[200, 1]]));
}

#[tokio::test]
async fn the_operators_page_tells_keys_and_errors_but_nothing_secret() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open_file(&folder.path().join("accounts.sqlite")).await.unwrap();
    let limits = Limits { images_per_minute: Some(1200), ..Limits::default() };
    let new = NewKey { name: "<phone>".to_owned(), limits, ..NewKey::default() };
    let issued = database.create_key(&new, Moment::now()).await.unwrap();
    let (users, clock) = (UserHasher::random().unwrap(), Arc::new(Moment::now));
    let accounts =
        Accounts::open(database.clone(), Settings::default(), users, clock).await.unwrap();
    let watched = Watched::start(TestServer::with_accounts(accounts).await).await;
    let before = watched.page().await;
    assert!(before.contains("Not one since the start.") && before.contains("never"), "{before}");
    let key = format!("Authorization: Bearer {}\r\n", issued.key.reveal());
    let sent = [("size", "256x256"), ("user", "canary-user")];
    assert_eq!(watched.post(&Form::with(&sent), &key).await, 200);
    assert_eq!(watched.post(&Form::with(&[("size", "canary-size")]), &key).await, 400);
    let wrong = "Authorization: Bearer canary-key\r\n";
    assert_eq!(watched.post(&Form::with(&sent), wrong).await, 401);
    let page = watched.page().await;
    for told in [
        "&lt;phone&gt;",
        &format!("<code>vk-{}-…</code>", issued.id),
        "1,200 images/min",
        "</b> invalid request error <code>size</code>",
        "invalid api key",
        &format!("<code>{}</code>", issued.id),
        "<code>req_",
    ] {
        assert!(page.contains(told), "no {told} in {page}");
    }
    let secret = issued.key.reveal().rsplit('-').next().unwrap();
    for secret in [secret, "canary"] {
        assert!(!page.contains(secret), "{secret} in {page}");
        let json = watched.look("/admin/overview.json").await.body;
        assert!(!String::from_utf8(json).unwrap().contains(secret));
    }
}

#[tokio::test]
async fn the_operators_page_needs_no_script_and_comes_again_only_when_asked() {
    let watched = Watched::start(TestServer::start().await).await;
    let start = watched.look("/").await;
    assert_eq!((start.status, start.header("location")), (307, Some("/admin")));
    let reply = watched.look("/admin").await;
    assert_eq!((reply.header("refresh"), reply.header("cache-control")), (None, Some("no-store")));
    assert!(reply.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    let page = String::from_utf8(reply.body).unwrap();
    assert!(!page.contains("<script") && !page.contains(" style=") && !page.contains("://"));
    for asset in ["/assets/style.css", "/assets/admin.css", "/assets/icon.svg"] {
        assert!(page.contains(asset), "no {asset} in {page}");
        assert_eq!(watched.look(asset).await.status, 200, "{asset}");
    }
    assert_eq!(watched.look("/admin?follow").await.header("refresh"), Some("5"));
}

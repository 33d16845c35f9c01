//! The operators' listener.

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use variata_server::{Config, Listeners, run};

use crate::support::{Client, Form, TestServer};

#[tokio::test]
async fn operators_see_metrics_and_an_overview_that_callers_do_not() {
    let server = TestServer::start().await;
    server.get("/metrics").await.assert_error(404, "Invalid URL (GET /metrics)", None, None);
    let public = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let admin = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (caller, operator) = (public.local_addr().unwrap(), admin.local_addr().unwrap());
    let listeners = Listeners { public, admin: Some(admin) };
    let (stop, stopped) = oneshot::channel::<()>();
    let services = server.services();
    let running = tokio::spawn(run(listeners, Config::default(), services, async move {
        drop(stopped.await);
    }));
    let mut client = Client::connect(caller).await;
    let form = Form::with(&[("size", "256x256"), ("n", "2"), ("user", "canary")]);
    assert_eq!(client.post(&form).await.status, 200);
    let mut operator = Client::connect(operator).await;
    let metrics = operator.get("/metrics").await;
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = String::from_utf8(metrics.body).unwrap();
    for line in [
        "variata_requests_total{route=\"Variations\",status=\"200\"} 1",
        "variata_images_total 2",
        "variata_phase_seconds_count{phase=\"Decode\"} 1",
        "variata_phase_seconds_count{phase=\"Store\"} 2",
        "variata_ready 1",
    ] {
        assert!(text.lines().any(|other| other == line), "no {line:?} in {text}");
    }
    assert!(!text.contains("canary"), "{text}");
    let overview = operator.get("/admin/overview.json").await.json();
    assert_eq!(overview["images"], 2);
    assert_eq!(overview["statuses"], serde_json::json!([[200, 1]]));
    drop((client, operator));
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
}

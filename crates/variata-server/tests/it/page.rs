//! The web page, and the form for browsers without scripts.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use variata_accounts::{Accounts, Database, Moment, NewKey, Settings, UserHasher};

use crate::support::{Client, Form, Reply, TestServer};

async fn get(server: &TestServer, path: &str, headers: &str) -> Reply {
    let request = format!("GET {path} HTTP/1.1\r\nHost: api.test\r\n{headers}\r\n");
    server.connect().await.exchange(request.as_bytes()).await
}

fn text(reply: &Reply) -> &str {
    str::from_utf8(&reply.body).unwrap()
}

/// Every path that the page names in an attribute.
fn assets(html: &str) -> BTreeSet<&str> {
    let starts = html.match_indices("\"/assets/").map(|(at, _)| &html[at + 1..]);
    starts.map(|rest| rest.split(['"', '#']).next().unwrap()).collect()
}

async fn post(client: &mut Client, form: &Form, headers: &str) -> Reply {
    client.exchange(&form.request_to("/vary", headers)).await
}

/// What stands between `<tag>` and its end.
fn inline<'a>(html: &'a str, tag: &str) -> &'a str {
    let (_, rest) = html.split_once(&format!("<{tag}>")).unwrap();
    rest.split_once(&format!("</{tag}>")).unwrap().0
}

#[tokio::test]
async fn nothing_of_the_page_is_from_elsewhere_or_inline_but_what_its_policy_names() {
    let server = TestServer::start().await;
    let reply = server.get("/").await;
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.header("referrer-policy"), Some("same-origin"));
    let html = text(&reply);
    assert!(!html.contains(" style=") && !html.contains(" onclick=") && !html.contains("://"));
    for tag in ["style", "script"] {
        assert_eq!(html.matches(&format!("<{tag}")).count(), 1, "{tag}");
        let digest = STANDARD.encode(Sha256::digest(inline(html, tag)));
        assert!(policy.contains(&format!("{tag}-src 'self' 'sha256-{digest}';")), "{policy}");
    }
    let other = server.get("/docs").await;
    assert!(!other.header("content-security-policy").unwrap().contains("sha256"));
}

/// Whatever it asked for before its first paint would hold that up.
#[tokio::test]
async fn the_page_is_laid_out_without_asking_for_anything_more() {
    let server = TestServer::start().await;
    let reply = server.get("/").await;
    assert!(
        !text(&reply).contains("<link rel=\"stylesheet\"") && !text(&reply).contains("<script ")
    );
}

#[tokio::test]
async fn all_that_the_page_loads_is_there_and_weighs_little() {
    let server = TestServer::start().await;
    let page = get(&server, "/", "Accept-Encoding: br, gzip\r\n").await;
    assert_eq!(page.header("content-encoding"), Some("gzip"));
    let plain = server.get("/").await;
    let mut weight_bytes = page.body.len();
    let paths = assets(text(&plain));
    assert!(paths.contains("/assets/main.js") && paths.contains("/assets/otter.webp"));
    for path in paths {
        let reply = get(&server, path, "Accept-Encoding: gzip\r\n").await;
        assert_eq!(reply.status, 200, "{path}");
        weight_bytes += reply.body.len();
    }
    assert!(weight_bytes <= 100_000, "the page has {weight_bytes} bytes");
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let server = TestServer::start().await;
    let first = server.get("/assets/main.js").await;
    assert_eq!(first.header("content-type"), Some("text/javascript; charset=utf-8"));
    let known = format!("If-None-Match: {}\r\n", first.header("etag").unwrap());
    let second = get(&server, "/assets/main.js", &known).await;
    assert_eq!((second.status, second.body.len()), (304, 0));
    let unknown = server.get("/assets/nothing.js").await;
    unknown.assert_error(404, "Invalid URL (GET /assets/nothing.js)", None, None);
}

#[tokio::test]
async fn the_page_asks_for_a_key_from_the_moment_on_that_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open_file(&folder.path().join("accounts.sqlite")).await.unwrap();
    let (users, clock) = (UserHasher::random().unwrap(), Arc::new(Moment::now));
    let accounts =
        Accounts::open(database.clone(), Settings::default(), users, clock).await.unwrap();
    let server = TestServer::with_accounts(accounts).await;
    let open = server.get("/").await;
    assert!(text(&open).contains("data-access=\"open\""));
    database.create_key(&NewKey::default(), Moment::now()).await.unwrap();
    while server.services().accounts.is_open() {
        tokio::task::yield_now().await;
    }
    let known = format!("If-None-Match: {}\r\n", open.header("etag").unwrap());
    let guarded = get(&server, "/", &known).await;
    assert!(text(&guarded).contains("data-access=\"key\""));
}

#[tokio::test]
async fn the_plain_form_is_answered_with_a_page_of_images() {
    let server = TestServer::start().await;
    let form = Form::with(&[("n", "2"), ("size", "256x256"), ("seed", ""), ("fit", "crop")]);
    let reply = post(&mut server.connect().await, &form, "").await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")));
    let html = text(&reply);
    let links: Vec<_> =
        html.match_indices("src=\"").map(|(at, start)| &html[at + start.len()..]).collect();
    assert_eq!(links.len(), 2);
    for link in links {
        let path = link.split('"').next().unwrap().replace("&amp;", "&");
        assert_eq!(server.get(&path).await.header("content-type"), Some("image/png"));
    }
}

#[tokio::test]
async fn the_plain_form_tells_errors_in_the_endpoints_words_without_their_markup() {
    let server = TestServer::start().await;
    let form = Form::with(&[("size", "<script>")]);
    let reply = post(&mut server.connect().await, &form, "").await;
    assert_eq!(reply.status, 400);
    assert!(text(&reply).contains("&#39;&lt;script&gt;&#39; is not one of"), "{}", text(&reply));
}

#[tokio::test]
async fn the_plain_form_takes_a_key_as_the_password_and_from_its_own_page_only() {
    let server = TestServer::guarded().await;
    let form = Form::with(&[("size", "256x256")]);
    let mut client = server.connect().await;
    let asked = post(&mut client, &form, "").await;
    assert_eq!(asked.status, 401);
    assert!(asked.header("www-authenticate").unwrap().starts_with("Basic realm="));
    // anyone:secret, anyone:wrong
    let (right, wrong) = ("Basic YW55b25lOnNlY3JldA==", "Basic YW55b25lOndyb25n");
    let with = |value| format!("Authorization: {value}\r\nSec-Fetch-Site: same-origin\r\n");
    assert_eq!(post(&mut server.connect().await, &form, &with(right)).await.status, 200);
    assert_eq!(post(&mut server.connect().await, &form, &with(wrong)).await.status, 401);
    let other = format!("Authorization: {right}\r\nSec-Fetch-Site: cross-site\r\n");
    assert_eq!(post(&mut server.connect().await, &form, &other).await.status, 403);
}

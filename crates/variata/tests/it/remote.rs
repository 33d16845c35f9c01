//! What goes over the wire to any server that has the endpoint.

use std::time::Duration;

use variata::{Client, Error, Remote, Size};

use crate::support::{Scripted, answer, png};

const IMAGES: &str = r#"{"created": 7, "data": [{"url": "https://a/b.png"}], "usage": null}"#;

fn client(server: &Scripted) -> Client {
    Client::remote(&server.base_url(), "sk-canary").unwrap()
}

#[tokio::test]
async fn a_request_is_what_the_official_clients_send() {
    let server = Scripted::start(vec![answer(200, "", IMAGES)]).await;
    let call = client(&server).images().create_variation(png()).n(2).size(Size::Px512);
    let response = call.user("someone").await.unwrap();
    assert_eq!((response.created, response.data.len(), response.seeds.len()), (7, 1, 0));
    let request = server.requests().remove(0);
    assert!(
        request.head.starts_with("POST /v1/images/variations HTTP/1.1\r\n"),
        "{}",
        request.head
    );
    assert_eq!(request.header("authorization"), Some("Bearer sk-canary"));
    let boundary = request.header("content-type").unwrap().split_once("boundary=").unwrap().1;
    let body = String::from_utf8_lossy(&request.body);
    let part = |name: &str, value: &str| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let texts = [part("n", "2"), part("size", "512x512"), part("user", "someone")].concat();
    assert!(body.starts_with(&texts), "{body}");
    assert!(body.ends_with(&format!("\r\n--{boundary}--\r\n")));
    assert!(request.body.windows(png().len()).any(|bytes| bytes == png()));
}

#[tokio::test]
async fn an_empty_key_is_not_sent() {
    let server = Scripted::start(vec![answer(200, "", IMAGES)]).await;
    let client = Client::remote(&server.base_url(), "").unwrap();
    client.images().create_variation(png()).await.unwrap();
    assert_eq!(server.requests()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_nobody_else_gets_the_key() {
    let elsewhere = Scripted::start(vec![answer(200, "", IMAGES)]).await;
    for status in [301, 302, 307, 308] {
        let target = format!("Location: {}\r\n", elsewhere.base_url());
        let server = Scripted::start(vec![answer(status, &target, "")]).await;
        let error = client(&server).images().create_variation(png()).await.unwrap_err();
        assert!(matches!(error, Error::UnexpectedReply { status: found, .. } if found == status));
        assert!(error.to_string().contains(&elsewhere.base_url()), "{error}");
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn interim_answers_are_waited_out() {
    let interim = "HTTP/1.1 102 Processing\r\n\r\n".repeat(3);
    let server = Scripted::start(vec![interim + &answer(200, "", IMAGES)]).await;
    client(&server).images().create_variation(png()).await.unwrap();
}

#[tokio::test]
async fn an_answer_of_another_service_is_not_taken_for_images() {
    for body in ["<html>hello</html>", "{}", r#"{"created": "x", "data": []}"#, ""] {
        let server = Scripted::start(vec![answer(200, "", body)]).await;
        let error = client(&server).images().create_variation(png()).await.unwrap_err();
        assert!(matches!(error, Error::UnexpectedReply { status: 200, .. }), "{error}");
    }
}

#[tokio::test]
async fn an_error_without_an_envelope_keeps_its_status_and_words() {
    let server = Scripted::start(vec![answer(404, "", "<h1>no\nroute</h1>")]).await;
    let error = client(&server).images().create_variation(png()).await.unwrap_err();
    let error = error.api().unwrap();
    assert_eq!(error.status, 404);
    assert_eq!(error.message, "the server answered with status 404: \"<h1>no route</h1>\"");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let client = Remote::new("http://127.0.0.1:1/v1", "").max_retries(0).build().unwrap();
    let error = client.images().create_variation(png()).await.unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error}");
    assert!(error.to_string().starts_with("cannot reach http://127.0.0.1:1: "), "{error}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let server = Scripted::start(Vec::new()).await;
    let remote = Remote::new(&server.base_url(), "").timeout(Duration::from_millis(20));
    let client = remote.max_retries(0).build().unwrap();
    let error = client.images().create_variation(png()).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
}

#[test]
fn a_key_is_shown_nowhere() {
    let remote = Remote::new("http://127.0.0.1:8080/v1", "sk-canary");
    assert!(!format!("{remote:?}").contains("canary"));
    assert!(!format!("{:?}", remote.build().unwrap()).contains("canary"));
    let error = Client::remote("http://127.0.0.1:8080/v1", "sk-canary\n").unwrap_err();
    assert!(!format!("{error:?} {error}").contains("canary"));
}

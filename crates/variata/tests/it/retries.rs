//! How often and when a request is sent again.

use variata::{Error, Remote};

use crate::support::{Scripted, answer, png};

const SOON: &str = "Retry-After-Ms: 1\r\n";
const IMAGES: &str = r#"{"created": 7, "data": []}"#;

/// Calls a server that gives these answers; returns the outcome and how often it was asked.
async fn call(answers: Vec<String>, max_retries: u32) -> (Option<Error>, Scripted) {
    let server = Scripted::start(answers).await;
    let client = Remote::new(&server.base_url(), "").max_retries(max_retries).build().unwrap();
    (client.images().create_variation(png()).await.err(), server)
}

#[tokio::test]
async fn what_passes_by_itself_is_waited_out_with_the_same_request() {
    let answers = vec![answer(503, SOON, ""), answer(429, SOON, ""), answer(200, "", IMAGES)];
    let (error, server) = call(answers, 2).await;
    assert!(error.is_none());
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.body == requests[0].body));
    let key = requests[0].header("idempotency-key");
    assert!(key.is_some() && requests.iter().all(|again| again.header("idempotency-key") == key));
}

#[tokio::test]
async fn what_does_not_pass_is_told_after_the_last_retry() {
    let envelope = r#"{"error": {"message": "full", "type": "t", "param": null, "code": "c"}}"#;
    let (error, server) = call(vec![answer(503, SOON, envelope); 3], 2).await;
    let error = error.unwrap();
    let error = error.api().unwrap();
    assert_eq!((error.status, error.message.as_str()), (503, "full"));
    assert_eq!((error.r#type.as_deref(), error.code.as_deref()), (Some("t"), Some("c")));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_mistake_of_the_caller_is_told_at_once() {
    let (error, server) = call(vec![answer(400, SOON, "")], 2).await;
    assert_eq!(error.unwrap().api().map(|error| error.status), Some(400));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_server_decides_where_it_says_so() {
    let never = format!("X-Should-Retry: false\r\n{SOON}");
    let (error, server) = call(vec![answer(503, &never, "")], 2).await;
    assert!(error.is_some());
    assert_eq!(server.requests().len(), 1);
    let always = format!("X-Should-Retry: true\r\n{SOON}");
    let (error, server) = call(vec![answer(404, &always, ""), answer(200, "", IMAGES)], 2).await;
    assert!(error.is_none());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_hour_is_not_waited() {
    let (error, server) = call(vec![answer(429, "Retry-After: 3600\r\n", "")], 2).await;
    assert_eq!(error.unwrap().api().map(|error| error.status), Some(429));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_anew() {
    let (error, server) = call(vec![String::new(), answer(200, "", IMAGES)], 1).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn no_retries_are_made_where_none_are_wanted() {
    let (error, server) = call(vec![answer(500, SOON, "")], 0).await;
    assert!(error.is_some());
    assert_eq!(server.requests().len(), 1);
}

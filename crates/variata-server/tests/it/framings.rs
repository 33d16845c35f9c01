//! Every way in which real clients frame the same request.

use crate::support::{Client, Form, TestServer, square_png};

const PNG: &str = "Content-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\
                   Content-Type: image/png";

async fn assert_one_link(client: &mut Client, request: &[u8]) {
    assert_eq!(client.exchange(request).await.links().len(), 1);
}

#[tokio::test]
async fn every_image_part_of_a_real_client_is_taken_first_or_last() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let disposition = "Content-Disposition: form-data; name=\"image\"";
    let image_parts = [
        // openai-python with a path, with bytes, with `(None, bytes)`.
        PNG.to_owned(),
        format!("{disposition}; filename=\"upload\"\r\nContent-Type: application/octet-stream"),
        disposition.to_owned(),
        // async-openai: a name and no type. A PNG that is called a JPEG.
        format!("{disposition}; filename=\"a.png\""),
        format!("{disposition}; filename=\"foo.jpg\"\r\nContent-Type: image/jpeg"),
        // Quoted oddly, as an older client may.
        "content-disposition: form-data; name=image; filename=a.png".to_owned(),
    ];
    for headers in image_parts {
        let texts = |form: Form| form.text("n", "1").text("size", "256x256");
        let last = texts(Form::empty()).part(&headers, &square_png());
        let first = texts(Form::empty().part(&headers, &square_png()));
        assert_one_link(&mut client, &last.request()).await;
        assert_one_link(&mut client, &first.request()).await;
    }
}

#[tokio::test]
async fn chunks_of_any_length_are_taken() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let form = Form::empty().image(&square_png()).text("n", "1").text("size", "256x256");
    for chunk_bytes in [1, 7, 70, 4096] {
        assert_one_link(&mut client, &form.chunked_request(chunk_bytes)).await;
    }
}

#[tokio::test]
async fn only_an_image_is_enough() {
    let server = TestServer::start().await;
    let reply = server.post(&Form::picture()).await;
    let path = reply.links()[0].clone();
    let file = server.get(&path).await;
    let header = variata_image::probe(&file.body).unwrap();
    assert_eq!((header.width_px, header.height_px), (1024, 1024));
}

#[tokio::test]
async fn a_boundary_in_quotes_and_text_around_the_parts_are_taken() {
    let server = TestServer::start().await;
    let body = [b"preamble\r\n".to_vec(), Form::picture().body(), b"epilogue".to_vec()].concat();
    let head = format!(
        "POST /v1/images/variations HTTP/1.1\r\nHost: api.test\r\n\
         Content-Type: Multipart/Form-Data; charset=utf-8; boundary=\"0123abc\"\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut client = server.connect().await;
    assert_one_link(&mut client, &[head.into_bytes(), body].concat()).await;
    // The epilogue was not taken for the next request.
    assert_eq!(client.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn every_path_of_a_known_client_leads_here() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    for path in [
        "/v1/images/variations",
        "/images/variations",
        "/v1//images/variations",
        "/v1/images/variations/",
        "/openai/images/variations?api-version=2024-02-01",
        "/openai/v1/images/variations?api-version=preview",
        "/openai/deployments/dalle/images/variations?api-version=2024-02-01",
    ] {
        assert_one_link(&mut client, &Form::picture().request_to(path, "")).await;
    }
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_gets_it_and_then_its_answer() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let request = Form::picture().request_to("/v1/images/variations", "Expect: 100-continue\r\n");
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let (head, body) = request.split_at(end);
    client.send(head).await;
    assert_eq!(client.head().await.unwrap().status, 100);
    assert_one_link(&mut client, body).await;
}

#[tokio::test]
async fn headers_of_the_official_clients_change_nothing() {
    let server = TestServer::start().await;
    let headers = "Authorization: Bearer any\r\nOpenAI-Organization: o\r\nOpenAI-Project: p\r\n\
                   X-Stainless-Lang: python\r\nx-stainless-retry-count: 1\r\n\
                   x-stainless-read-timeout: 600\r\nAccept: application/json\r\n";
    let request = Form::picture().request_to("/v1/images/variations", headers);
    assert_one_link(&mut server.connect().await, &request).await;
}

//! Every row of the table of errors: status, start of the message, param and code.

use variata_core::SquareImage;
use variata_image::{OutputFormat, encode};

use crate::support::{Form, TestServer, oblong_png, png_with, square_png};

const NOT_A_PNG: &str = "Uploaded image must be a PNG and less than 4 MB.";

#[tokio::test]
async fn a_missing_or_misnamed_image_is_a_required_property() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let reply = client.post(&Form::empty().text("n", "1")).await;
    reply.assert_error(400, "'image' is a required property", Some("image"), None);
    for name in ["image[]", "image[0]", "file", "photo"] {
        let headers =
            format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"a.png\"");
        let reply = client.post(&Form::empty().part(&headers, &square_png())).await;
        reply.assert_error(400, "'image' is a required property", Some("image"), None);
        let message = reply.json()["error"]["message"].to_string();
        assert!(message.contains(&format!("'{name}'")), "{message}");
    }
}

#[tokio::test]
async fn an_image_that_is_no_png_is_told_what_it_is() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let square = SquareImage::from_fn(16, |_, _| [9, 9, 9, 255]);
    let mut broken = square_png();
    let middle = broken.len() / 2;
    broken[middle] ^= 0x55;
    let half = &square_png()[..80];
    let cases: [(&[u8], &str); 8] = [
        (&encode(&square, OutputFormat::Jpeg, None).unwrap(), "JPEG, expected a PNG. Send 'fit' ="),
        (&encode(&square, OutputFormat::WebP, None).unwrap(), "WebP, expected a PNG. Send 'fit' ="),
        (b"otter.png", "otter.png"),
        (b"GIF89a-and-so-on", "GIF"),
        (b"iVBORw0KGgoAAAANSUhEUg", "Base64"),
        (b"", "empty"),
        (&broken, "damaged"),
        (half, "cut off"),
    ];
    for (file, told) in cases {
        let reply = client.post(&Form::empty().image(file)).await;
        reply.assert_error(400, NOT_A_PNG, Some("image"), Some("invalid_image_format"));
        let message = reply.json()["error"]["message"].to_string();
        assert!(message.contains(told), "{message} does not say {told}");
    }
    assert_eq!(server.stored().len(), 0);
}

#[tokio::test]
async fn four_mebibytes_are_too_many_and_one_byte_less_is_not() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let overhead = png_with(32, 32, 1).len() - 1;
    let limit = 4 * 1024 * 1024;
    let largest = png_with(32, 32, limit - 1 - overhead);
    assert_eq!(largest.len(), limit - 1);
    let form = Form::empty().image(&largest).text("size", "256x256");
    assert_eq!(client.post(&form).await.links().len(), 1);
    let too_large = png_with(32, 32, limit - overhead);
    let reply = client.post(&Form::empty().image(&too_large)).await;
    reply.assert_error(400, NOT_A_PNG, Some("image"), Some("invalid_image_format"));
    let message = reply.json()["error"]["message"].to_string();
    assert!(message.contains("4.0 MB (4194304 bytes)"), "{message}");
    // It was read to its end, so the connection is still of use.
    assert_eq!(client.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn an_image_that_is_not_square_is_told_its_sides() {
    let server = TestServer::start().await;
    let reply = server.post(&Form::empty().image(&oblong_png(64, 48))).await;
    let start = "Invalid input image - expected an image with equal width and height, got 64x48 \
                 instead.";
    reply.assert_error(400, start, Some("image"), Some("invalid_image"));
}

#[tokio::test]
async fn too_many_pixels_are_refused_by_the_header() {
    let server = TestServer::start().await;
    let mut bomb = square_png();
    // IHDR: width and height follow the signature, a length and a type.
    bomb[16..24].copy_from_slice(&[0, 2, 191, 32, 0, 2, 191, 32]);
    let reply = server.post(&Form::empty().image(&bomb)).await;
    reply.assert_error(400, NOT_A_PNG, Some("image"), Some("invalid_image"));
    let message = reply.json()["error"]["message"].to_string();
    assert!(message.contains("180000x180000") && message.contains("4096"), "{message}");
}

#[tokio::test]
async fn wrong_values_are_told_in_the_documented_words() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let sizes = "'300x300' is not one of ['256x256', '512x512', '1024x1024'] - 'size'";
    let cases = [
        ("size", "300x300", sizes, None),
        ("n", "15", "15 is greater than the maximum of 10 - 'n'", None),
        ("n", "0", "0 is less than the minimum of 1 - 'n'", None),
        ("n", "x", "'x' is not of type 'integer' - 'n'", None),
        ("response_format", "x", "'x' is not one of ['b64_json', 'url'] - 'response_format'", None),
        ("model", "x", "Invalid value: 'x'. Value must be 'dall-e-2'.", Some("invalid_value")),
        ("seed", "-1", "-1 is less than the minimum of 0 - 'seed'", None),
        ("strength", "2", "2 is greater than the maximum of 1.0 - 'strength'", None),
        ("fit", "x", "'x' is not one of ['reject', 'crop', 'focus', 'pad'] - 'fit'", None),
        ("output_format", "x", "'x' is not one of ['png', 'jpeg', 'webp'] - 'output_format'", None),
        ("stream", "x", "'x' is not of type 'boolean' - 'stream'", None),
        ("partial_images", "4", "4 is greater than the maximum of 3 - 'partial_images'", None),
    ];
    for (name, value, start, code) in cases {
        let reply = client.post(&Form::with(&[(name, value)])).await;
        reply.assert_error(400, start, Some(name), code);
        let message = reply.json()["error"]["message"].to_string();
        assert!(name != "model" || message.contains("'plain'"), "{message} names no engine");
    }
}

#[tokio::test]
async fn a_text_that_is_too_long_or_comes_twice_is_refused() {
    let server = TestServer::start().await;
    let long = "x".repeat(5000);
    let reply = server.post(&Form::with(&[("user", &long)])).await;
    reply.assert_error(400, "'user' is longer", Some("user"), Some("string_above_max_length"));
    let reply = server.post(&Form::with(&[("n", "1"), ("n", "2")])).await;
    reply.assert_error(400, "Duplicate parameter: 'n'", Some("n"), Some("duplicate_parameter"));
    let reply = server.post(&Form::picture().image(&square_png())).await;
    let code = Some("duplicate_parameter");
    reply.assert_error(400, "Duplicate parameter: 'image'", Some("image"), code);
}

#[tokio::test]
async fn a_body_that_is_not_multipart_is_told_what_it_is() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let start = "Unsupported content type. This API method only accepts 'multipart/form-data' \
                 requests, but you specified the header 'Content-Type: application/json'.";
    let json = b"POST /v1/images/variations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\
                 \r\nContent-Length: 2\r\n\r\n{}";
    client.exchange(json).await.assert_error(400, start, None, Some("unsupported_content_type"));
    let none = b"POST /v1/images/variations HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    let reply = server.connect().await.exchange(none).await;
    reply.assert_error(400, "Unsupported content type.", None, Some("unsupported_content_type"));
    let path = "/v1/images/variations";
    let zipped = Form::picture().request_to(path, "Content-Encoding: gzip\r\n");
    let code = Some("unsupported_content_encoding");
    let start = "Unsupported content encoding. You specified the header 'Content-Encoding: gzip'";
    server.connect().await.exchange(&zipped).await.assert_error(400, start, None, code);
}

#[tokio::test]
async fn broken_multipart_is_told_where_it_breaks() {
    let server = TestServer::start().await;
    let whole = Form::picture().request();
    let with_length = |body: &[u8]| {
        let head = "POST /v1/images/variations HTTP/1.1\r\nHost: a\r\nContent-Type: \
                    multipart/form-data; boundary=0123abc\r\n";
        let head = format!("{head}Content-Length: {}\r\n\r\n", body.len());
        [head.into_bytes(), body.to_vec()].concat()
    };
    let start = "Could not parse the multipart form: ";
    let body = Form::picture().body();
    let complete: [&[u8]; 6] = [
        b"",
        b"no boundary at all",
        &body[..body.len() - 20],
        b"--0123abc\r\nContent-Disposition: form-data; name=\"n\"",
        b"--0123abc\r\n\xff\xfe: x\r\n\r\n1\r\n--0123abc--\r\n",
        b"--0123abcX\r\n\r\n",
    ];
    for body in complete {
        let reply = server.connect().await.exchange(&with_length(body)).await;
        reply.assert_error(400, start, None, Some("invalid_multipart"));
    }
    // The client says that it ends, in the middle of what it announced.
    let mut client = server.connect().await;
    client.send(&whole[..whole.len() - 30]).await;
    client.finish().await;
    client.reply().await.assert_error(400, start, None, Some("invalid_multipart"));
    // No boundary named.
    let request = String::from_utf8_lossy(&with_length(b"")).replace("; boundary=0123abc", "");
    let reply = server.connect().await.exchange(request.as_bytes()).await;
    reply.assert_error(400, start, None, Some("invalid_multipart"));
}

#[tokio::test]
async fn more_parts_or_longer_part_headers_than_any_client_sends_are_refused() {
    let server = TestServer::start().await;
    let crowd = (0..70).fold(Form::empty(), |form, index| form.text(&format!("x{index}"), "1"));
    let reply = server.post(&crowd).await;
    let start = "Could not parse the multipart form: it has more than 64 parts";
    reply.assert_error(400, start, None, Some("invalid_multipart"));
    let endless = Form::empty().part(&format!("X: {}", "y".repeat(300_000)), b"");
    let reply = server.post(&endless).await;
    let start = "Could not parse the multipart form: a part's headers have more than";
    reply.assert_error(400, start, None, Some("invalid_multipart"));
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_have_the_envelope_too() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let reply =
        client.exchange(b"POST /v1/foo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").await;
    reply.assert_error(404, "Invalid URL (POST /v1/foo)", None, None);
    let reply = client.get("/v1/images/variations").await;
    let code = Some("method_not_supported");
    reply.assert_error(405, "Only POST requests are accepted.", None, code);
    assert_eq!(reply.header("allow"), Some("POST"));
    let reply = client.exchange(b"DELETE /v1/models HTTP/1.1\r\nHost: a\r\n\r\n").await;
    reply.assert_error(405, "Only GET requests are accepted.", None, code);
    assert_eq!(reply.header("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn nullable_fields_take_null_and_nothing() {
    let server = TestServer::start().await;
    for nothing in ["null", ""] {
        let names = ["n", "size", "response_format", "model", "seed", "strength", "fit", "stream"];
        let texts: Vec<_> = names.into_iter().map(|name| (name, nothing)).collect();
        assert_eq!(server.post(&Form::with(&texts)).await.links().len(), 1);
    }
}

#[tokio::test]
async fn fields_that_are_almost_right_are_not_ignored() {
    let server = TestServer::start().await;
    for (name, meant) in [
        ("responseFormat", "response_format"),
        ("response-format", "response_format"),
        ("Size", "size"),
        ("N", "n"),
        ("num_images", "n"),
        ("numImages", "n"),
        ("MODEL", "model"),
        ("User", "user"),
    ] {
        let reply = server.post(&Form::with(&[(name, "3"), ("n", "1")])).await;
        let message = format!("Unknown parameter: '{name}'. Did you mean '{meant}'?");
        reply.assert_error(400, &message, Some(name), Some("unknown_parameter"));
    }
    let long = "N".repeat(5000);
    assert_eq!(server.post(&Form::with(&[(&long, "1")])).await.links().len(), 1);
    // The picture's own name matters more.
    let reply = server.post(&Form::empty().text("IMAGE", "x").text("N", "3")).await;
    reply.assert_error(400, "'image' is a required property", Some("image"), None);
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let server = TestServer::start().await;
    let form =
        Form::with(&[("quality", "hd"), ("style", "vivid"), ("Seed", "x"), ("user", "someone")]);
    let reply = server.post(&form).await;
    assert_eq!(reply.links().len(), 1);
    assert!(!String::from_utf8_lossy(&reply.body).contains("someone"));
}

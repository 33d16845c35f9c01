//! Whole requests: a content type on the first line, then the body, up to the decoded picture.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use variata_server::fuzzing::parse_request;

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (content_type, body) = input.split_at(end);
    let Ok(content_type) = std::str::from_utf8(content_type) else { return };
    let body = Bytes::copy_from_slice(body.get(1..).unwrap_or_default());
    if let Err(error) = parse_request(content_type, vec![body]) {
        assert!(error.status().is_client_error(), "{error}");
    }
});

//! What is answered to bytes that are no request.
//!
//! hyper refuses them by itself, before any handler sees them, with a status and no body; clients
//! that expect an error to be an object fail on that. So its answer is told by its looks, on its way
//! out, and completed. No other answer looks like it: ours carry an id.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use super::MAX_BUFFER_BYTES;
use super::answer::RequestId;
use crate::ApiError;

/// The whole answer for `head`, if that is a refusal of hyper's own and nothing else.
pub(super) fn complete(head: &[u8]) -> Option<Bytes> {
    let rest = head.strip_prefix(b"HTTP/1.1 4")?;
    let lines = std::str::from_utf8(rest).ok()?.strip_suffix("\r\n\r\n")?;
    let (reason, fields) = lines.split_once("\r\n")?;
    let status: StatusCode = format!("4{}", reason.get(..2)?).parse().ok()?;
    if fields.contains("x-request-id") || !fields.contains(EMPTY) {
        return None;
    }
    let kept: String =
        fields.split("\r\n").filter(|line| *line != EMPTY).fold(String::new(), |mut kept, line| {
            kept.extend(["\r\n", line]);
            kept
        });
    Some(answer(&format!("HTTP/1.1 4{reason}{kept}"), &error(status)))
}

const EMPTY: &str = "content-length: 0";

fn error(status: StatusCode) -> ApiError {
    match status {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE | StatusCode::URI_TOO_LONG => {
            ApiError::head_too_large(MAX_BUFFER_BYTES)
        }
        _ => ApiError::malformed_http(),
    }
}

/// `head` with what every answer has, and the error.
fn answer(head: &str, error: &ApiError) -> Bytes {
    let (id, body) = (RequestId::random(), error.envelope());
    let (id, length_bytes) = (id.as_str(), body.len());
    Bytes::from(format!(
        "{head}\r\ncontent-type: application/json\r\ncontent-length: {length_bytes}\r\n\
         x-request-id: {id}\r\nopenai-processing-ms: {}\r\nopenai-version: 2020-10-01\r\n\r\n{body}",
        Duration::ZERO.as_millis(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSAL: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\
                           content-length: 0\r\ndate: Tue, 12 May 2026 00:00:00 GMT\r\n\r\n";

    #[test]
    fn a_bare_refusal_becomes_an_error_that_clients_can_read() {
        let answer = complete(REFUSAL.as_bytes()).unwrap();
        let answer = std::str::from_utf8(&answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let start = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ndate: Tue, 12 May 2026";
        assert!(head.starts_with(start), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{head}");
        assert!(head.contains("\r\nx-request-id: req_"), "{head}");
        assert!(body.contains("\"code\":\"malformed_http\""), "{body}");
    }

    #[test]
    fn a_head_that_is_too_large_is_told_the_limit() {
        let head = REFUSAL.replace("400 Bad Request", "431 Request Header Fields Too Large");
        let answer = complete(head.as_bytes()).unwrap();
        assert!(String::from_utf8_lossy(&answer).contains("65536 bytes"), "{answer:?}");
    }

    #[test]
    fn other_bytes_are_left_alone() {
        let ours = REFUSAL.replace("date:", "x-request-id: req_1\r\ndate:");
        let good = REFUSAL.replace("400 Bad Request", "204 No Content");
        let more = format!("{REFUSAL}{REFUSAL}x");
        for bytes in [ours.as_str(), &good, &more, "HTTP/1.1 4", "", "\u{1}PNG"] {
            assert!(complete(bytes.as_bytes()).is_none(), "{bytes}");
        }
    }
}

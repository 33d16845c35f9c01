//! The causes of errors that only a server has, one constructor each.
//!
//! The start of each message is what OpenAI documents or sends; what follows says what was wrong
//! with this request.

use std::fmt::Display;
use std::time::Duration;

use http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use variata_contract::{ErrorObject, shown};

use super::{ApiError, ErrorType};

impl ApiError {
    /// A field that came twice.
    pub(crate) fn sent_twice(param: &str) -> Self {
        let message = format!("Duplicate parameter: '{param}' was sent more than once.");
        Self::bad_request(message).on(param).with_code("duplicate_parameter")
    }

    /// A field whose name is almost that of another, which it seems to mean.
    pub(crate) fn misspelt(name: &str, meant: &str) -> Self {
        let name = shown(name);
        Self::bad_request(format!("Unknown parameter: '{name}'. Did you mean '{meant}'?"))
            .on(&name)
            .with_code("unknown_parameter")
    }

    /// A body of the wrong kind. `None` when the request does not say what it is.
    pub(crate) fn not_multipart(content_type: Option<&str>) -> Self {
        let specified = match content_type {
            Some(value) => format!("specified the header 'Content-Type: {}'", shown(value)),
            None => "sent no 'Content-Type' header".to_owned(),
        };
        let message = format!(
            "Unsupported content type. This API method only accepts 'multipart/form-data' \
             requests, but you {specified}. Please try again with a supported content type."
        );
        Self::bad_request(message).with_code("unsupported_content_type")
    }

    /// A body that was compressed; nothing would come of it, since pictures are compressed already.
    pub(crate) fn encoded_body(coding: &str) -> Self {
        let message = format!(
            "Unsupported content encoding. You specified the header 'Content-Encoding: {}': send \
             the form as it is, without compressing it.",
            shown(coding),
        );
        Self::bad_request(message).with_code("unsupported_content_encoding")
    }

    /// A body that breaks the rules of multipart; `problem` says where.
    pub(crate) fn invalid_multipart(problem: impl Display) -> Self {
        Self::bad_request(format!("Could not parse the multipart form: {problem}."))
            .with_code("invalid_multipart")
    }

    /// Bytes that are no request.
    pub(crate) fn malformed_http() -> Self {
        let message = "Could not parse the request: its first line or one of its headers is not \
                       that of an HTTP/1.1 request.";
        Self::bad_request(message).with_code("malformed_http")
    }

    /// A head that does not end within `limit_bytes`, or has more headers than hyper takes.
    pub(crate) fn head_too_large(limit_bytes: usize) -> Self {
        let message = format!(
            "Could not read the request: its first line and headers have more than {limit_bytes} \
             bytes, or there are more than 100 headers."
        );
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        Self::new(status, ErrorType::InvalidRequestError, message).with_code("head_too_large")
    }

    /// An `Idempotency-Key` that is in use for another request.
    pub(crate) fn idempotency_key_reused() -> Self {
        let message = "Keys for idempotent requests can only be used with the same parameters \
                       they were first used with. Send another 'Idempotency-Key'.";
        Self::bad_request(message).with_code("idempotency_key_reused")
    }

    /// An `Idempotency-Key` of a stream that is still being sent. Clients ask again by themselves.
    pub(crate) fn idempotency_key_in_use() -> Self {
        let message = "A stream with this 'Idempotency-Key' is being sent. Try again when it has \
                       ended, or send another key.";
        Self::new(StatusCode::CONFLICT, ErrorType::InvalidRequestError, message)
            .with_code("idempotency_key_in_use")
            .retry_after(Duration::from_secs(1))
    }

    /// A request without a key.
    pub(crate) fn no_api_key() -> Self {
        let message = "You didn't provide an API key. You need to provide your API key in an \
                       Authorization header using Bearer auth (i.e. Authorization: Bearer \
                       YOUR_KEY), or as the password of Basic auth with a blank username, or in \
                       an api-key header.";
        Self::unauthorized(message)
    }

    /// A request with a key that is none of ours; it is never repeated.
    pub(crate) fn wrong_api_key() -> Self {
        let message = "Incorrect API key provided. Ask the operator of this server for a key.";
        Self::unauthorized(message).with_code("invalid_api_key")
    }

    /// A form that was sent from a page of somebody else's.
    pub(crate) fn other_site() -> Self {
        let message = "Pages of other sites cannot send requests to this server, unless its \
                       operator names them (--cors-origin). If the page is the server's own, its \
                       operator has to say under which address it is seen (--public-url).";
        Self::new(StatusCode::FORBIDDEN, ErrorType::InvalidRequestError, message)
            .with_code("cross_site_request")
    }

    /// A request with a key that was ours once.
    pub(crate) fn expired_api_key() -> Self {
        let message = "Incorrect API key provided. It has expired: ask the operator of this \
                       server for another one.";
        Self::unauthorized(message).with_code("invalid_api_key")
    }

    /// A path that is not served. Those who post were to have an image made: by a base URL with one
    /// `/v1` too many, or by a method of OpenAI's that takes a prompt.
    pub(crate) fn unknown_path(method: &Method, path: &str) -> Self {
        let mut message = format!("Invalid URL ({method} {})", shown(path));
        if method == Method::POST {
            message.push_str(". Variations are made at POST /v1/images/variations.");
        }
        Self::new(StatusCode::NOT_FOUND, ErrorType::InvalidRequestError, message)
    }

    /// A file that was never there, or is no more.
    pub(crate) fn unknown_file() -> Self {
        let message = "This file does not exist. Links work for 60 minutes.";
        Self::new(StatusCode::NOT_FOUND, ErrorType::InvalidRequestError, message)
            .with_code("file_not_found")
    }

    /// A model id that `GET /v1/models/{id}` does not know.
    pub(crate) fn no_such_model(id: &str) -> Self {
        let message = format!("The model '{}' does not exist", shown(id));
        Self::new(StatusCode::NOT_FOUND, ErrorType::InvalidRequestError, message)
            .on("model")
            .with_code("model_not_found")
    }

    /// A link whose signature is wrong or whose hour is over.
    pub(crate) fn link_refused(reason: &str) -> Self {
        let message = format!("This link cannot be used: {reason}");
        Self::new(StatusCode::FORBIDDEN, ErrorType::InvalidRequestError, message)
            .with_code("invalid_link")
    }

    /// A known path with a method that it does not take; `allowed` is the `Allow` header.
    pub(crate) fn wrong_method(allowed: &'static str) -> Self {
        let first = allowed.split(',').next().unwrap_or(allowed);
        let message = format!("Only {first} requests are accepted.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, ErrorType::InvalidRequestError, message)
            .with_code("method_not_supported")
            .with_header(ALLOW, HeaderValue::from_static(allowed))
    }

    /// A body of which nothing more arrives for `limit`.
    pub(crate) fn stalled(limit: Duration) -> Self {
        Self::timed_out(format_args!("nothing more for {} s", limit.as_secs()))
    }

    /// A body that is not complete after `limit`.
    pub(crate) fn too_slow(limit: Duration) -> Self {
        Self::timed_out(format_args!("not complete after {} s", limit.as_secs()))
    }

    fn timed_out(how: impl Display) -> Self {
        let message = format!("Timed out reading the request body: {how}.");
        Self::new(StatusCode::REQUEST_TIMEOUT, ErrorType::InvalidRequestError, message)
            .with_code("request_timeout")
    }

    /// A caller who asks for more than its share of `what`. Without a time to wait, `asked` is
    /// more than the limit ever allows, and coming back is of no use.
    pub(crate) fn rate_limited(
        what: &str,
        limit: &str,
        asked: u32,
        wait: Option<Duration>,
    ) -> Self {
        let start = format!("Rate limit exceeded for {what}. Limit: {limit}.");
        let new = |message: String| {
            Self::new(StatusCode::TOO_MANY_REQUESTS, ErrorType::Requests, message)
                .with_code("rate_limit_exceeded")
        };
        match wait {
            Some(wait) => {
                let seconds = whole_seconds(wait);
                new(format!("{start} Please try again in {seconds} s.")).retry_after(wait)
            }
            None => new(format!("{start} This request asks for {asked} at once: ask for fewer."))
                .with_header(X_SHOULD_RETRY, HeaderValue::from_static("false")),
        }
    }

    /// An end user whom the operator has blocked.
    pub(crate) fn user_blocked() -> Self {
        let message = "The end user of this request is blocked by the operator of this server.";
        Self::new(StatusCode::FORBIDDEN, ErrorType::InvalidRequestError, message)
            .on("user")
            .with_code("user_blocked")
    }

    /// No room in the queue now.
    pub(crate) fn overloaded(load: Overload) -> Self {
        let error = Self::from(ErrorObject::overloaded());
        match load {
            Overload::Passing { wait } => error.retry_after(wait),
            Overload::Deep { wait } => {
                let never = HeaderValue::from_static("false");
                error.retry_after(wait).with_header(X_SHOULD_RETRY, never)
            }
        }
    }

    /// Files cannot be kept or had now, for example because the disk is full.
    pub(crate) fn no_storage() -> Self {
        let message = "The server cannot use its storage at the moment. Please try again later.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorType::ServiceUnavailableError, message)
            .with_code("storage_unavailable")
            .retry_after(Duration::from_secs(30))
    }

    /// Our fault; what happened stands in the log under the request's id.
    pub(crate) fn internal() -> Self {
        ErrorObject::internal().into()
    }

    fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorType::InvalidRequestError, message)
            .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// Milliseconds too, which the official clients prefer.
    fn retry_after(self, wait: Duration) -> Self {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.with_header(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)))
            .with_header(RETRY_AFTER_MS, HeaderValue::from(milliseconds))
    }
}

/// How bad an overload is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Overload {
    /// Clients may come back by themselves after `wait`.
    Passing { wait: Duration },
    /// Clients should not come back by themselves: retries would make it worse.
    Deep { wait: Duration },
}

const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
const X_SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_sent_in_whole_seconds_and_in_milliseconds() {
        let error = ApiError::rate_limited(
            "images per minute",
            "50/1min",
            3,
            Some(Duration::from_millis(1500)),
        );
        let limit = "Rate limit exceeded for images per minute. Limit: 50/1min.";
        assert!(error.message().starts_with(limit));
        assert_eq!(error.0.headers[RETRY_AFTER], "2");
        assert_eq!(error.0.headers[RETRY_AFTER_MS], "1500");
        assert_eq!((error.status().as_u16(), error.code()), (429, Some("rate_limit_exceeded")));
    }

    #[test]
    fn more_than_a_limit_ever_allows_is_not_to_be_asked_again() {
        let error = ApiError::rate_limited("images per minute", "5/1min", 10, None);
        assert_eq!(error.0.headers[X_SHOULD_RETRY], "false");
        assert!(!error.0.headers.contains_key(RETRY_AFTER));
        assert!(error.message().contains("asks for 10 at once"));
    }

    #[test]
    fn deep_overload_asks_clients_to_stay_away() {
        let wait = Duration::from_secs(20);
        let deep = ApiError::overloaded(Overload::Deep { wait });
        let passing = ApiError::overloaded(Overload::Passing { wait });
        assert_eq!(deep.0.headers[X_SHOULD_RETRY], "false");
        assert!(!passing.0.headers.contains_key(X_SHOULD_RETRY));
        assert_eq!(passing.0.headers[RETRY_AFTER], "20");
    }

    #[test]
    fn only_our_own_faults_carry_the_request_id() {
        assert!(ApiError::internal().with_request_id("req_1").message().contains("req_1"));
        assert!(!ApiError::no_api_key().with_request_id("req_1").message().contains("req_1"));
    }
}
